package desk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// onEvent lets do act as the owner of the mailbox a request names, on the event it
// names, and answers what the owner then sees of the event do returns.
func (d *Desk) onEvent(w http.ResponseWriter, r *http.Request, status int,
	do func(owner mailboxes.Owner, email, id string) (string, error)) {
	box, known := d.store.Lookup(r.PathValue("email"))
	if !known {
		refuse(w, mailboxes.ErrNoMailbox)
		return
	}
	id, err := d.store.ItemOf(box.Email, r.PathValue("n"))
	if err == nil {
		id, err = do(d.owners[box.System], box.Email, id)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	d.answerEvent(w, status, box.Email, id)
}

// createEvent enters an event that is the owner's own.
func (d *Desk) createEvent(w http.ResponseWriter, r *http.Request) {
	var made mailboxes.Edit
	if !Read(w, r, &made) {
		return
	}
	box, known := d.store.Lookup(r.PathValue("email"))
	if !known {
		refuse(w, mailboxes.ErrNoMailbox)
		return
	}
	id, err := d.owners[box.System].OwnerCreate(box.Email, made)
	if err != nil {
		refuse(w, err)
		return
	}
	d.answerEvent(w, http.StatusCreated, box.Email, id)
}

func (d *Desk) answerEvent(w http.ResponseWriter, status int, email, id string) {
	event, err := d.store.Event(email, id)
	if err != nil {
		refuse(w, err)
		return
	}
	JSON(w, status, event)
}

func (d *Desk) editEvent(w http.ResponseWriter, r *http.Request) {
	var edit mailboxes.Edit
	if !Read(w, r, &edit) {
		return
	}
	d.onEvent(w, r, http.StatusOK, func(owner mailboxes.Owner, email, id string) (string, error) {
		return id, owner.OwnerEdit(email, id, edit)
	})
}

func (d *Desk) copyEvent(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	if !Read(w, r, &body) {
		return
	}
	d.onEvent(w, r, http.StatusCreated, func(owner mailboxes.Owner, email, id string) (string, error) {
		return owner.OwnerCopy(email, id, body.Start, body.End)
	})
}

func (d *Desk) deleteEvent(w http.ResponseWriter, r *http.Request) {
	d.onEvent(w, r, http.StatusNoContent, func(owner mailboxes.Owner, email, id string) (string, error) {
		return "", owner.OwnerDelete(email, id)
	})
}

// moveMailbox moves a mailbox to another system. Between an Exchange server and
// Office 365 its events go with it; to and from Google they do not.
func (d *Desk) moveMailbox(w http.ResponseWriter, r *http.Request) {
	var body struct {
		To string `json:"to"`
	}
	if !Read(w, r, &body) {
		return
	}
	systems := []mailboxes.System{mailboxes.Graph, mailboxes.Exchange, mailboxes.Google}
	at := slices.IndexFunc(systems, func(s mailboxes.System) bool { return word(s) == body.To })
	if at < 0 {
		Problem(w, http.StatusBadRequest, "to: give office365, exchange or google.")
		return
	}
	box, _ := d.store.Lookup(r.PathValue("email"))
	from, _ := d.owners[box.System].(mailboxes.Carrier)
	into, _ := d.owners[systems[at]].(mailboxes.Carrier)
	if err := d.store.Move(r.PathValue("email"), systems[at], from, into); err != nil {
		refuse(w, err)
		return
	}
	d.answerMailbox(w, http.StatusOK, r.PathValue("email"))
}

func (d *Desk) answerMailbox(w http.ResponseWriter, status int, email string) {
	box, _ := d.store.Lookup(email)
	JSON(w, status, mailboxBody{Email: box.Email, Name: box.Name, System: word(box.System), Zone: box.Zone})
}

// addAlias gives a mailbox another address, at which all three systems find it.
func (d *Desk) addAlias(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Alias string `json:"alias"`
	}
	if !Read(w, r, &body) {
		return
	}
	if local, domain, _ := strings.Cut(body.Alias, "@"); local == "" || domain == "" {
		Problem(w, http.StatusBadRequest, "alias: give an address.")
		return
	}
	if err := d.store.AddAlias(r.PathValue("email"), body.Alias); err != nil {
		refuse(w, err)
		return
	}
	d.answerMailbox(w, http.StatusCreated, body.Alias)
}

// showReply answers the automatic reply as the mailbox's owner sees it.
func (d *Desk) showReply(w http.ResponseWriter, r *http.Request) {
	reply, err := d.store.Reply(r.PathValue("email"))
	if err != nil {
		refuse(w, err)
		return
	}
	JSON(w, http.StatusOK, reply)
}

// setReply replaces the automatic reply as the mailbox's owner does.
func (d *Desk) setReply(w http.ResponseWriter, r *http.Request) {
	var reply mailboxes.Reply
	if !Read(w, r, &reply) {
		return
	}
	if err := d.store.SetReply(r.PathValue("email"), reply); err != nil {
		refuse(w, err)
		return
	}
	d.showReply(w, r)
}
