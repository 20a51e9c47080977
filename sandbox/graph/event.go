package graph

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// event is one event as the service keeps it in mailboxes.Item.Body. The store
// never changes a body in place, so a change is a copy.
type event struct {
	immutableID string // for life, inside the mailbox
	classicID   string // until the item moves
	iCalUID     string
	created     time.Time
	modified    time.Time
	version     int64
	binned      bool   // in Deleted Items
	calendar    string // "" is the default calendar

	subject              string
	body                 itemBody
	start, end           moment
	allDay               bool
	showAs               string
	sensitivity          string
	importance           string
	reminder             bool
	reminderMinutes      int32
	categories           []string
	attendees            []string // addresses, and names of files: added by the
	attachments          []string // owner, never by an app
	location             string
	responseRequested    bool
	allowNewTimeProposal bool
	hideAttendees        bool
	transactionID        string // "" when none was given
	extended             []extendedProperty
}

type itemBody struct{ contentType, content string }

// newEvent is an event with the values Graph gives what a client leaves out:
// the reminder on among them.
func newEvent(now time.Time) *event {
	e := &event{
		immutableID: newID(immutablePrefix, immutableLength), classicID: newID(classicPrefix, classicLength),
		iCalUID: "040000008200E00074C5B7101A82E008" + strings.ToUpper(hex.EncodeToString(random(40))),
		created: now,
		body:    itemBody{contentType: "html"}, showAs: "busy", sensitivity: "normal", importance: "normal",
		reminder: true, reminderMinutes: 15, categories: []string{}, responseRequested: true,
		allowNewTimeProposal: true,
	}
	return e
}

// Lengths as seen: 72 characters for an immutable id, 140 for a classic one.
// Both are base64 in the URL alphabet and differ by case.
const (
	immutablePrefix = "AAkALgAA"
	immutableLength = 72
	classicPrefix   = "AAMkAGVm"
	classicLength   = 140
)

var idForm = regexp.MustCompile(`^AA[A-Za-z0-9_-]+={0,2}$`)

func newID(prefix string, length int) string {
	return prefix + base64.RawURLEncoding.EncodeToString(random((length-len(prefix))/4*3))
}

func random(n int) []byte {
	bytes := make([]byte, n)
	_, _ = rand.Read(bytes) // never fails: crypto/rand
	return bytes
}

func (e *event) id(immutable bool) string {
	if immutable {
		return e.immutableID
	}
	return e.classicID
}

// changeKey names the event's version.
func (e *event) changeKey() string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(e.immutableID), uint64(e.version)))
	return base64.StdEncoding.EncodeToString(sum[:18])
}

func (e *event) etag() string { return `W/"` + e.changeKey() + `"` }

// copy is what a change is made on.
func (e *event) copy() *event {
	c := *e
	c.categories, c.extended = slices.Clone(e.categories), slices.Clone(e.extended)
	return &c
}

// live tells whether the event is in the default calendar.
func (e *event) live() bool { return !e.binned && e.calendar == "" }

// move puts the event elsewhere, which gives it a new classic id.
func (e *event) move(binned bool, calendar string) {
	e.binned, e.calendar = binned, calendar
	e.classicID = newID(classicPrefix, classicLength)
}

// events returns all events of the mailbox, oldest first, binned ones included.
func events(tx *mailboxes.Tx) []*event {
	var list []*event
	for _, item := range tx.Items() {
		if e, ok := item.Body.(*event); ok {
			list = append(list, e)
		}
	}
	return list
}

// find returns the event with this id of either form. Ids are case-sensitive.
// The immutable one still finds an event in the bin; the classic one does not,
// having changed on the way.
func find(tx *mailboxes.Tx, id string) (*event, *failure) {
	if !idForm.MatchString(id) {
		return nil, fail(http.StatusBadRequest, "ErrorInvalidIdMalformed", "Id is malformed.")
	}
	for _, e := range events(tx) {
		if e.immutableID == id || e.classicID == id {
			return e, nil
		}
	}
	return nil, failNotFound()
}

// put stores the event as a new version, with what its owner sees of it.
func put(tx *mailboxes.Tx, e *event, now time.Time) *failure {
	e.version++
	e.modified = now
	view, f := viewOf(e, tx.Mailbox())
	if f != nil {
		return f
	}
	tx.Put(mailboxes.Item{ID: e.immutableID, Binned: e.binned, View: view, Personal: e.personal(), Body: e})
	return nil
}
