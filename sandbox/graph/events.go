package graph

import (
	"net/http"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// createEvent adds an event, or answers the one that was created under the same
// transactionId: 201 both times. What Microsoft leaves open is read to the
// client's harm: the id counts for the whole mailbox and every app, whatever
// the content, and also after its event was binned; the answer is then the
// binned event, which no list shows.
func createEvent(c *call) (answer, *failure) {
	body, f := readJSON(c.request)
	if f != nil {
		return answer{}, f
	}
	now := c.service.cfg.Now().UTC()
	e := newEvent(now)
	if f := e.apply(body, true); f != nil {
		return answer{}, f
	}
	if f := e.validate(); f != nil {
		return answer{}, f
	}
	f = c.within(func(tx *mailboxes.Tx) *failure {
		if first := c.remembered(tx, e.transactionID, now); first != nil {
			e = first
			return nil
		}
		return put(tx, e, now)
	})
	if f != nil {
		return answer{}, f
	}
	return c.entity(http.StatusCreated, e, shape{}), nil
}

// remembered returns the event created under this transactionId, if any.
func (c *call) remembered(tx *mailboxes.Tx, transactionID string, now time.Time) *event {
	if transactionID == "" {
		return nil
	}
	memory := c.service.cfg.TransactionMemory
	for _, e := range events(tx) {
		if e.transactionID == transactionID && (memory == 0 || now.Sub(e.created) < memory) {
			return e
		}
	}
	return nil
}

func (c *call) entity(status int, e *event, s shape) answer {
	fields := c.render(e, s)
	fields["@odata.context"] = c.contextURL("calendar/events/$entity")
	return answer{status: status, body: fields}
}

func getEvent(c *call) (answer, *failure) {
	s, f := c.shape()
	if f != nil {
		return answer{}, f
	}
	var e *event
	f = c.within(func(tx *mailboxes.Tx) (f *failure) {
		e, f = find(tx, c.route.event)
		return f
	})
	if f != nil {
		return answer{}, f
	}
	return c.entity(http.StatusOK, e, s), nil
}

// updateEvent changes the named properties. It changes a binned event all the
// same, and nothing in the answer tells.
func updateEvent(c *call) (answer, *failure) {
	body, f := readJSON(c.request)
	if f != nil {
		return answer{}, f
	}
	var changed *event
	f = c.within(func(tx *mailboxes.Tx) *failure {
		e, f := c.current(tx)
		if f != nil {
			return f
		}
		changed = e.copy()
		return change(tx, changed, body, c.service.cfg.Now().UTC())
	})
	if f != nil {
		return answer{}, f
	}
	return c.entity(http.StatusOK, changed, shape{}), nil
}

func change(tx *mailboxes.Tx, e *event, body []byte, now time.Time) *failure {
	if f := e.apply(body, false); f != nil {
		return f
	}
	if f := e.validate(); f != nil {
		return f
	}
	return put(tx, e, now)
}

// current finds the call's event and checks If-Match.
func (c *call) current(tx *mailboxes.Tx) (*event, *failure) {
	e, f := find(tx, c.route.event)
	if f != nil {
		return nil, f
	}
	if match := c.header.Get("If-Match"); match != "" && match != "*" && match != e.etag() {
		return nil, fail(http.StatusPreconditionFailed, "ErrorIrresolvableConflict",
			"The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.")
	}
	return e, nil
}

// deleteEvent moves the event to Deleted Items; one that is there already goes
// for good.
func deleteEvent(c *call) (answer, *failure) {
	f := c.within(func(tx *mailboxes.Tx) *failure {
		e, f := c.current(tx)
		if f != nil {
			return f
		}
		if e.binned {
			tx.Purge(e.immutableID)
			return nil
		}
		binned := e.copy()
		binned.move(true, "")
		return put(tx, binned, c.service.cfg.Now().UTC())
	})
	if f != nil {
		return answer{}, f
	}
	return answer{status: http.StatusNoContent}, nil
}
