package figgo

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
)

// maxID bounds Lucca's ids: they go into workflow ids and search attributes.
const maxID = 128

// text reads a string; null and absent are "".
func (v value) text() string {
	if !v.present() {
		return ""
	}
	var s string
	if v.raw[0] != '"' || json.Unmarshal(v.raw, &s) != nil {
		v.fail("it must be a text, not " + kindOfJSON(v.raw))
	}
	return s
}

// id reads an id, which v5 writes as a text and the legacy APIs as a number.
// Absent is "".
func (v value) id() string {
	if !v.present() {
		return ""
	}
	id := string(v.raw)
	switch {
	case v.raw[0] == '"':
		id = strings.TrimSpace(v.text())
	case strings.Trim(id, "0123456789") != "":
		v.fail("it must be an id: a text or a whole number")
		return ""
	}
	if len(id) > maxID || strings.ContainsFunc(id, notInID) {
		v.fail("it must be an id: at most 128 letters, digits and signs of ASCII")
		return ""
	}
	return id
}

// requiredID reads an id that must be there and not be empty.
func (v value) requiredID() string {
	id := v.required().id()
	if id == "" {
		v.fail("it is empty")
	}
	return id
}

// notInID tells what an id must not have: ids go into workflow ids, and those into
// gRPC headers, which take printable ASCII only
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Custom-Metadata).
func notInID(r rune) bool { return r <= ' ' || r > '~' }

// flag reads true or false, also as text; set is false when it is absent.
func (v value) flag() (is, set bool) {
	if !v.present() {
		return false, false
	}
	switch strings.ToLower(strings.Trim(string(v.raw), `"`)) {
	case "true":
		return true, true
	case "false":
		return false, true
	case "":
		return false, false
	}
	v.fail("it must be true or false")
	return false, false
}

// name reads a text for people: one line, no control characters.
func (v value) name() string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, v.text())
	return strings.Join(strings.Fields(clean), " ")
}

// address reads an e-mail address. One that cannot be an address is "", as if
// Lucca had none: it must not stop the absence of a person found by id.
func (v value) address() string {
	address := record.Visible(v.text())
	local, domain, found := strings.Cut(address, "@")
	if !found || local == "" || domain == "" || len(address) > 320 || strings.ContainsFunc(address, notInID) {
		return ""
	}
	return address
}

// The days a Date may be. Outside of them are the dates by which .NET says
// "never" (0001-01-01, 9999-12-31), and no absence.
var (
	firstDate = absence.Date{Year: 1950, Month: time.January, Day: 1}
	lastDate  = absence.Date{Year: 2500, Month: time.December, Day: 31}
)

// date reads a civil date, alone or followed by a time of day, which is ignored
// with its offset: the legacy API writes whole days as midnights. "" and null
// are the zero Date.
func (v value) date() absence.Date {
	s := strings.TrimSpace(v.text())
	if s == "" {
		return absence.Date{}
	}
	if len(s) > 10 && (s[10] == 'T' || s[10] == ' ') {
		s = s[:10]
	}
	date, err := absence.ParseDate(s)
	if err != nil || date.Before(firstDate) || lastDate.Before(date) {
		v.fail("it is not a date from 1950 to 2500, written YYYY-MM-DD")
		return absence.Date{}
	}
	return date
}

// instantLayouts are how Lucca writes date-times. Parsing takes fractions of a
// second with each of them.
var instantLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}

// instant reads a date-time, in UTC. The legacy APIs write none of their
// date-times with an offset and do not say whose clock it is; they are read as
// UTC, and only compared with each other. "", null and 0001-01-01 are the zero
// Time.
func (v value) instant() time.Time {
	s := strings.TrimSpace(v.text())
	if s == "" {
		return time.Time{}
	}
	for _, layout := range instantLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		t = t.UTC()
		switch {
		case t.Year() <= 1:
			return time.Time{}
		case t.Year() <= 9999: // what time.Time can write as JSON
			return t
		}
	}
	v.fail("it is not a date-time, written such as 2026-02-01T09:34:23Z")
	return time.Time{}
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// count reads a number of things, unknownTotal when it is absent.
func (v value) count() int {
	if !v.present() {
		return unknownTotal
	}
	n := unknownTotal
	if json.Unmarshal(v.raw, &n) != nil || n < 0 {
		v.fail("it must be a number from 0")
		return unknownTotal
	}
	return n
}
