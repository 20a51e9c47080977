package graph

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
)

// roles are what a token says of its rights on calendars and mailbox settings.
type roles struct {
	// readable is false for a token that does not show its roles.
	readable    bool
	names       []string
	read, write bool
	// settings: the settings of mailboxes may be read and written.
	settings bool
}

// rolePattern is what names of application permissions look like.
var rolePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,60}$`)

// readRoles reads the roles in a token, without trusting it: Graph's tokens are
// not meant to be verified by others. A token that cannot be read shows none.
func readRoles(token string) roles {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return roles{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Roles []string `json:"roles"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return roles{}
	}
	names := slices.DeleteFunc(claims.Roles, func(name string) bool { return !rolePattern.MatchString(name) })
	write := slices.Contains(names, "Calendars.ReadWrite")
	return roles{
		readable: true, names: names, write: write, read: write || slices.Contains(names, "Calendars.Read"),
		settings: slices.Contains(names, "MailboxSettings.ReadWrite"),
	}
}

// allow tells whether the token's own roles allow reading, or writing too.
func (r roles) allow(writing bool) bool { return r.write || r.read && !writing }

func (r roles) readOnly() bool { return r.read && !r.write }

// String names the roles.
func (r roles) String() string {
	if len(r.names) == 0 {
		return "roles in the token: none"
	}
	return "roles in the token: " + strings.Join(r.names, ", ")
}

// exchangeRoles remembers what worked though the token's roles do not allow it:
// there Exchange Online's own roles (RBAC for Applications) give the right, mailbox
// by mailbox, and a token without roles is as it should be
// (learn.microsoft.com/exchange/permissions-exo/application-rbac).
type exchangeRoles struct{ read, written atomic.Bool }

func (e *exchangeRoles) note(writing bool) {
	e.read.Store(true)
	if writing {
		e.written.Store(true)
	}
}

func (e *exchangeRoles) allow(writing bool) bool {
	return e.written.Load() || e.read.Load() && !writing
}
