package desk

import (
	"fmt"
	"net/http"
	"time"
)

// heartbeat keeps idle streams from being cut by what stands between.
const heartbeat = 15 * time.Second

// stream sends server-sent events: "mailbox" with the address of each mailbox that
// changed, and "leaves" with the employee whose leaves or webhooks did. Some may be
// lost when thousands change at once; a page re-reads what it shows now and then.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request) {
	changed, stop := d.store.Watch()
	defer stop()
	leaves, stopLeaves := d.company.Watch()
	defer stopLeaves()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	_, err := fmt.Fprint(w, "retry: 1000\n\n")
	for err == nil {
		if err = control.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-d.closed:
			return
		case email := <-changed:
			_, err = fmt.Fprintf(w, "event: mailbox\ndata: {\"email\":%q}\n\n", email)
		case change := <-leaves:
			_, err = fmt.Fprintf(w, "event: leaves\ndata: {\"employee\":\"%d\"}\n\n", change.Employee)
		case <-beat.C:
			_, err = fmt.Fprint(w, ": still here\n\n")
		}
	}
}
