package settings

import (
	"net/url"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/record"
)

// A stored secret is not sent to another server than the one it was given for:
// whoever may change an address could read every secret otherwise, by having it sent
// to a server of their own. It has to be given again, by the pages, the API and
// imported files alike. Which addresses a secret is sent to stands beside it, in the
// tag "to".

// MovedSource returns a CodeSecretAgain for each secret that a change of a source
// would send elsewhere. given tells which secrets, by field, came with the change.
func MovedSource(from, to Source, given func(field string) bool) []Problem {
	return moved(record.Fields("", &from), record.Fields("", &to), given)
}

// MovedConnection does for a connection what MovedSource does.
func MovedConnection(from, to Connection, given func(field string) bool) []Problem {
	return moved(record.Fields("", &from), record.Fields("", &to), given)
}

// moved names the secrets that were stored, are kept as they were, and would go to
// another server.
func moved(from, to []record.Field, given func(field string) bool) []Problem {
	before := map[string]record.Field{}
	for _, f := range from {
		before[f.Path] = f
	}
	c := &record.Checker{}
	for _, f := range to {
		old, stored := before[f.Path]
		if f.Secret() == nil || !stored || f.IsZero() || *f.Secret() != *old.Secret() || given(f.Path) {
			continue
		}
		if slices.ContainsFunc(to, func(address record.Field) bool {
			return f.IsSentTo(address) && origin(before[address.Path].Raw()) != origin(address.Raw())
		}) {
			c.Add(f.Path, CodeSecretAgain)
		}
	}
	return c.Problems()
}

// origin is the server that an address leads to.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" { // no address, but a place all the same, such as a realm
		return address
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
