package pages

import "net/http"

// confirmation asks before something dangerous is done. In a page it is a dialog
// (template "confirm"), opened by a link to a page of its own with the same
// question, for browsers without script (confirmPage).
type confirmation struct {
	// ID is the dialog's id in the page; Link the address of the page that asks.
	ID, Link string
	// Action is where the answer is posted; Hidden goes with it.
	Action string
	Hidden map[string]string
	// Title asks, Text says what would happen, Button what it does; all in words.
	// Opener is what the link says, with Icon before it.
	Title, Text, Button, Opener, Icon string
	// Used says what uses the record, so that it cannot be removed now; "" for
	// nothing.
	Used string
	// Keep is the button that changes nothing, in words.
	Keep string
	// Danger paints the buttons.
	Danger bool
	// Back is where "cancel" leads on the page of its own.
	Back string
}

// confirmPage shows the question on a page of its own.
func (s *site) confirmPage(w http.ResponseWriter, r *http.Request, nav string, c confirmation) error {
	return s.show(w, r, page{Template: "confirm.html", Title: c.Title, Nav: nav, Data: c})
}
