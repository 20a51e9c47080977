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

// Desk is the desk.
type Desk struct {
	company *lucca.Service
	store   *mailboxes.Store
	owners  map[mailboxes.System]mailboxes.Owner
	handler http.Handler
	values  []Values
	// figgosync is the address of its pages, "" when nobody said.
	figgosync string
	closed    chan struct{}
	close     sync.Once
	// populating makes one company at a time, as ids are counted up.
	populating sync.Mutex
}

// New returns the desk of a company whose people have their mailboxes in store;
// owners act in those of each system.
func New(company *lucca.Service, store *mailboxes.Store, owners map[mailboxes.System]mailboxes.Owner) *Desk {
	d := &Desk{company: company, store: store, owners: owners, closed: make(chan struct{})}
	// A web page from elsewhere must not act here through its visitor's browser.
	d.handler = http.NewCrossOriginProtection().Handler(d.routes())
	return d
}

// Handler serves /sandbox and everything below it; the prefix is not stripped.
func (d *Desk) Handler() http.Handler { return d.handler }

// Close ends the event streams, which would keep a server from shutting down.
func (d *Desk) Close() { d.close.Do(func() { close(d.closed) }) }

func (d *Desk) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox", d.page)
	mux.HandleFunc("GET /sandbox/{$}", d.page)
	mux.Handle("GET /sandbox/static/", staticFiles())
	mux.HandleFunc("GET /sandbox/employees", d.listEmployees)
	mux.HandleFunc("PATCH /sandbox/employees/{id}", d.changeEmployee)
	mux.HandleFunc("GET /sandbox/mailboxes/{email}/events", d.mailboxEvents)
	mux.HandleFunc("POST /sandbox/mailboxes/{email}/events", d.createEvent)
	mux.HandleFunc("PATCH /sandbox/mailboxes/{email}/events/{n}", d.editEvent)
	mux.HandleFunc("DELETE /sandbox/mailboxes/{email}/events/{n}", d.deleteEvent)
	mux.HandleFunc("POST /sandbox/mailboxes/{email}/events/{n}/copy", d.copyEvent)
	mux.HandleFunc("GET /sandbox/mailboxes/{email}/reply", d.showReply)
	mux.HandleFunc("PUT /sandbox/mailboxes/{email}/reply", d.setReply)
	mux.HandleFunc("POST /sandbox/mailboxes/{email}/move", d.moveMailbox)
	mux.HandleFunc("POST /sandbox/mailboxes/{email}/aliases", d.addAlias)
	mux.HandleFunc("POST /sandbox/mailboxes/{email}", d.addMailbox)
	mux.HandleFunc("DELETE /sandbox/mailboxes/{email}", d.removeMailbox)
	mux.HandleFunc("GET /sandbox/leaves", d.listLeaves)
	mux.HandleFunc("POST /sandbox/leaves", d.requestLeave)
	mux.HandleFunc("GET /sandbox/leaves/{id}", d.act((*lucca.Service).Leave))
	mux.HandleFunc("PATCH /sandbox/leaves/{id}", d.moveLeave)
	mux.HandleFunc("POST /sandbox/leaves/{id}/approve", d.announced((*lucca.Service).Approve, lucca.Silent.Approve))
	mux.HandleFunc("DELETE /sandbox/leaves/{id}", d.announced((*lucca.Service).Withdraw, lucca.Silent.Withdraw))
	mux.HandleFunc("GET /sandbox/deliveries", d.listDeliveries)
	mux.HandleFunc("POST /sandbox/company", d.populate)
	mux.HandleFunc("GET /sandbox/events", d.stream)
	mux.HandleFunc("/sandbox/", func(w http.ResponseWriter, r *http.Request) {
		Problem(w, http.StatusNotFound, "There is nothing under "+r.URL.Path+" for the method "+r.Method+".")
	})
	return mux
}
