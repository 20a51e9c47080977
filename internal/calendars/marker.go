package calendars

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
)

// The names under which a marker is kept inside an event. In Graph and EWS they
// are string named properties of PropertySet; in Google they are keys of
// extendedProperties.private (44 characters at most, longer ones are silently
// dropped: developers.google.com/workspace/calendar/api/guides/extended-properties).
const (
	// PropertySet is the GUID of our MAPI named properties. A mailbox moved
	// from an Exchange server to Office 365 keeps them, so it is one for both.
	PropertySet = "7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21"
	// PropertyKey holds Key.String: the absence an event belongs to.
	PropertyKey = "figgosyncKey"
	// PropertyRun holds "<run>:<fingerprint>", or "<run>:<fingerprint>:<binding>"
	// once the marker is bound to the event it was put on (see Identity).
	PropertyRun = "figgosyncRun"
	// PropertySource holds the source alone. Google has no search for the beginning
	// of a value, so only its events carry it.
	PropertySource = "figgosyncSource"
)

// Identity tells whether an event that carries our marker is the one we made.
//
// Calendar clients copy named properties with the event: a copy that an owner
// makes in the same calendar carries our marker too. What a client must not copy
// is the event's global id (PidLidGlobalObjectId, shown as UID or iCalUId:
// learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal 3.1.4.3,
// "Copying a Calendar Object"); Google gives a duplicate another id.
type Identity string

// The identities of an event found by its marker.
const (
	// IdentityUnknown: the marker is not bound to an event yet.
	IdentityUnknown Identity = ""
	// IdentityOwn: the marker names this event; it is ours.
	IdentityOwn Identity = "own"
	// IdentityCopy: the marker names another event, of which this one is its
	// owner's copy. It is theirs: never adopted, changed or removed.
	IdentityCopy Identity = "copy"
)

// Key names one absence of one source; all its events carry it.
type Key struct {
	Source  string `json:"source"`
	Absence string `json:"absence"`
}

// String writes the key as "source/absence".
func (k Key) String() string { return k.Source + "/" + k.Absence }

// Marker is our key inside an event, by which it is found again with an empty
// database: the absence and the run of it.
type Marker struct {
	Key Key `json:"key"`
	Run int `json:"run"`
	// GuessedZone says that the event stands in a zone that was guessed, because its
	// mailbox's could not be asked. No event so written is right: it is to be written again.
	GuessedZone bool `json:"-"`
}

// guessedZone ends the fingerprint of an event in a guessed zone.
const guessedZone = "~"

// GuessedZone tells whether the event was written in a zone that was guessed.
func (p Placed) GuessedZone() bool { return strings.HasSuffix(p.Fingerprint, guessedZone) }

// Written is the fingerprint of the event that was written, whatever its zone.
func (p Placed) Written() string { return strings.TrimSuffix(p.Fingerprint, guessedZone) }

// RunValue is the text of PropertyRun for an event with this fingerprint.
func (m Marker) RunValue(fingerprint string) string {
	if m.GuessedZone {
		fingerprint += guessedZone
	}
	return strconv.Itoa(m.Run) + ":" + fingerprint
}

// BoundRunValue is RunValue bound to the event whose global id (UID, iCalUId) is
// uid; without one it is RunValue.
func (m Marker) BoundRunValue(fingerprint, uid string) string {
	if uid == "" {
		return m.RunValue(fingerprint)
	}
	return m.RunValue(fingerprint) + ":" + bindingOf(uid)
}

// bindingOf is a short text for an event's global id. Servers differ in the case
// of its hexadecimal digits, so case does not count.
func bindingOf(uid string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(uid)))
	return hex.EncodeToString(sum[:8])
}

// IdentityOf tells, from the text of PropertyRun and the event's own global id,
// whether the event is the one the marker was put on.
func IdentityOf(text, uid string) Identity {
	parts := strings.Split(text, ":")
	switch {
	case len(parts) < 3 || uid == "" || parts[2] == "":
		return IdentityUnknown
	case parts[2] == bindingOf(uid):
		return IdentityOwn
	default:
		return IdentityCopy
	}
}

// ParseRunValue reads what RunValue or BoundRunValue wrote, without the binding.
// ok is false for anything else; such an event is ours by its key but of an
// unknown run.
func ParseRunValue(text string) (run int, fingerprint string, ok bool) {
	number, rest, found := strings.Cut(text, ":")
	fingerprint, _, _ = strings.Cut(rest, ":")
	run, err := strconv.Atoi(number)
	if !found || err != nil || run < 1 {
		return 0, "", false
	}
	return run, fingerprint, true
}

// WithCategory adds the category that we gave the event to the text of PropertyRun, so
// that it is told from its owner's categories. "" adds nothing.
func WithCategory(text, category string) string {
	if category == "" {
		return text
	}
	if strings.Count(text, ":") < 2 {
		text += ":" // no binding
	}
	return text + ":" + base64.RawURLEncoding.EncodeToString([]byte(category))
}

// CategoryOf is the category that the text of PropertyRun tells, "" for none.
func CategoryOf(text string) string {
	parts := strings.Split(text, ":")
	if len(parts) < 4 {
		return ""
	}
	category, err := base64.RawURLEncoding.DecodeString(parts[3])
	if err != nil {
		return ""
	}
	return string(category)
}

// Categories are those of an event that had ours, "" for none, after it gets wanted: its
// owner's stay.
func Categories(present []string, ours, wanted string) []string {
	left := slices.DeleteFunc(slices.Clone(present), func(one string) bool { return ours != "" && one == ours })
	if wanted != "" && !slices.Contains(left, wanted) {
		left = append(left, wanted)
	}
	return left
}

// fingerprintFormat changes when adapters start to write the same event
// differently, so that events already there are rewritten once.
const fingerprintFormat = "1"

// Fingerprint is a short text that is equal for equal events and different for
// different ones. It reveals nothing of the event.
func Fingerprint(e absence.Event) string {
	text := fmt.Appendf(nil, "%s|%d|%q|%t|%s %d|%s %d|%s|%s|%s|%t", fingerprintFormat, e.Run, e.Title, e.AllDay,
		e.Start.Date, e.Start.Clock, e.End.Date, e.End.Clock, e.Zone, e.Status, e.ShowAs, e.Private)
	// What most events have none of must not change the others' fingerprints.
	for _, more := range [][2]string{
		{"kind", string(e.Kind)}, {"mark", e.Mark}, {"category", e.Category}, {"colour", e.Colour},
		{"decline", string(e.Decline)}, {"message", e.Message}, {"place", e.Place},
	} {
		if more[1] != "" {
			text = fmt.Appendf(text, "|%s=%q", more[0], more[1])
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
