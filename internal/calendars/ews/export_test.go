package ews

import "time"

// SetSignInGrace changes how long after a good sign-in a 401 counts as
// throttling.
func (c *Calendar) SetSignInGrace(d time.Duration) { c.grace = d }

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
