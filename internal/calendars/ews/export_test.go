package ews

import (
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// SetSignInGrace changes how long after a good sign-in a 401 counts as
// throttling.
func (c *Calendar) SetSignInGrace(d time.Duration) { c.signIns.grace = d }

// SetClock replaces the clock by which refused credentials rest.
func (c *Calendar) SetClock(now func() time.Time) { c.signIns.now = now }

// ChosenUID returns the UID of a marker's event.
func ChosenUID(m calendars.Marker) string { return chosenUID(m) }

// Challenges returns the challenges of a 401.
func Challenges(header http.Header) []string { return challenges(header) }

// Parked returns how many slots rest.
func (c *Calendar) Parked() int { return int(c.slots.parked.Load()) }

// Parse reads an answer's envelope and returns its error only.
func Parse(document []byte) error {
	_, err := parse(document)
	return err
}

// ReadAnswer reads a whole answer to a FindItem.
func ReadAnswer(status int, document []byte) error {
	_, err := readAnswer(opFind, reply{status: status, body: document})
	return err
}

// BindChallenge returns an NTLM challenge with a channel binding, nil for what is none.
func BindChallenge(message, binding []byte) []byte { return bindChallenge(message, binding) }
