package desk

import (
	"embed"
	"net/http"
	"sync"

	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

//go:embed static templates
var files embed.FS

// Room is the desk.
type Room struct {
	company *lucca.Room
	store   *mailboxes.Store
	handler http.Handler
	closed  chan struct{}
	close   sync.Once
	// populating makes one company at a time, as ids are counted up.
	populating sync.Mutex
}

// New returns the desk of a company whose people have their mailboxes in store.
func New(company *lucca.Room, store *mailboxes.Store) *Room {
	d := &Room{company: company, store: store, closed: make(chan struct{})}
	// A web page from elsewhere must not act here through its visitor's browser.
	d.handler = http.NewCrossOriginProtection().Handler(d.routes())
	return d
}

// Handler serves /sandbox and everything below it; the prefix is not stripped.
func (d *Room) Handler() http.Handler { return d.handler }

// Close ends the event streams, which would keep a server from shutting down.
func (d *Room) Close() { d.close.Do(func() { close(d.closed) }) }

func (d *Room) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox", d.page)
	mux.HandleFunc("GET /sandbox/{$}", d.page)
	mux.Handle("GET /sandbox/static/", staticFiles())
	mux.HandleFunc("GET /sandbox/employees", d.listEmployees)
	mux.HandleFunc("GET /sandbox/mailboxes/{email}/events", d.mailboxEvents)
	mux.HandleFunc("POST /sandbox/mailboxes/{email}", d.addMailbox)
	mux.HandleFunc("DELETE /sandbox/mailboxes/{email}", d.removeMailbox)
	mux.HandleFunc("GET /sandbox/leaves", d.listLeaves)
	mux.HandleFunc("POST /sandbox/leaves", d.requestLeave)
	mux.HandleFunc("GET /sandbox/leaves/{id}", d.act((*lucca.Room).Leave))
	mux.HandleFunc("POST /sandbox/leaves/{id}/approve", d.act((*lucca.Room).Approve))
	mux.HandleFunc("DELETE /sandbox/leaves/{id}", d.act((*lucca.Room).Withdraw))
	mux.HandleFunc("GET /sandbox/deliveries", d.listDeliveries)
	mux.HandleFunc("POST /sandbox/company", d.populate)
	mux.HandleFunc("GET /sandbox/events", d.stream)
	mux.HandleFunc("/sandbox/", func(w http.ResponseWriter, r *http.Request) {
		Problem(w, http.StatusNotFound, "There is nothing under "+r.URL.Path+" for the method "+r.Method+".")
	})
	return mux
}
