package ews

import (
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/figgosync/figgosync/internal/absence"
)

// version is an EWS schema version. Microsoft's rule is to ask for the earliest
// one that has what is used; newer servers speak all older ones:
// learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-schema-versions-in-exchange.
type version int

// In the order in which a server learnt them. exchange2010 is the first with
// StartTimeZone and EndTimeZone; exchange2013 brought WorkingElsewhere.
const (
	exchange2010 version = iota
	exchange2010SP1
	exchange2010SP2
	exchange2013

	lowest = exchange2010
)

// String is the version as RequestServerVersion spells it.
func (v version) String() string {
	return [...]string{"Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013"}[v]
}

// wantedVersion is the earliest version that can say all of the event.
func wantedVersion(event absence.Event) version {
	if event.ShowAs == absence.Elsewhere {
		return exchange2013
	}
	return exchange2010SP2
}

// refusesVersion tells whether err is the server's way to say that it does not
// speak v. A server older than 2013 does not know that name at all and can call
// it a schema violation.
func refusesVersion(err error, v version) bool {
	switch codeOf(err) {
	case "ErrorInvalidServerVersion", "ErrorIncorrectSchemaVersion",
		"ErrorInvalidSchemaVersionForMailboxVersion", "ErrorInvalidRequest":
		return true
	case "ErrorSchemaValidation":
		return v == exchange2013
	}
	return false
}

const (
	maxRemembered   = 10_000
	rememberVersion = 24 * time.Hour
)

// versions remembers which mailboxes stand on a server that refused a version.
// It is kept per mailbox because mailboxes behind one address can be on servers
// of different age, and forgotten after a day because mailboxes move. (The
// library's expiring cache would leave a goroutine behind for good.)
type versions struct {
	known *lru.Cache[string, knownVersion]
}

type knownVersion struct {
	highest version
	until   time.Time
}

func newVersions() versions {
	cache, err := lru.New[string, knownVersion](maxRemembered)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return versions{cache}
}

// highest is want, or the lower version the mailbox's server is known to need.
func (v versions) highest(mailbox string, want version) version {
	known, ok := v.known.Get(strings.ToLower(mailbox))
	if !ok || time.Now().After(known.until) {
		return want
	}
	return min(known.highest, want)
}

func (v versions) remember(mailbox string, highest version) {
	v.known.Add(strings.ToLower(mailbox), knownVersion{highest, time.Now().Add(rememberVersion)})
}
