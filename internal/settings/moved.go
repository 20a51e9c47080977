package settings

import (
	"net/url"
	"slices"
	"strings"
)

// A stored secret is not sent to another server than the one it was given for:
// whoever may change an address could read every secret otherwise, by having it sent
// to a server of their own. It has to be given again, by the pages, the API and
// imported files alike.

// MovedSource returns a CodeSecretAgain for each secret that a change of a source
// would send elsewhere. given tells which secrets, by field, came with the change.
func MovedSource(from, to Source, given func(field string) bool) []Problem {
	host, login := elsewhere(from.Host, to.Host), elsewhere(from.TokenURL, to.TokenURL)
	var moved []string
	if host || login {
		moved = append(moved, "clientSecret")
	}
	if host {
		moved = append(moved, "apiKey")
	}
	return again(from.SecretsOf(), to.SecretsOf(), moved, given)
}

// MovedConnection does for a connection what MovedSource does.
func MovedConnection(from, to Connection, given func(field string) bool) []Problem {
	var moved []string
	switch {
	case from.Office365 != nil && to.Office365 != nil:
		if elsewhere(from.Office365.AuthorityURL, to.Office365.AuthorityURL) || elsewhere(from.Office365.GraphURL, to.Office365.GraphURL) {
			moved = []string{"office365.clientSecret", "office365.certificate"}
		}
	case from.Exchange != nil && to.Exchange != nil:
		if elsewhere(from.Exchange.URL, to.Exchange.URL) {
			moved = []string{"exchange.password"}
		}
	case from.Google != nil && to.Google != nil:
		// Without an address of its own the key names where its assertions go.
		if origin(from.Google.TokenURL) != origin(to.Google.TokenURL) || elsewhere(from.Google.CalendarURL, to.Google.CalendarURL) {
			moved = []string{"google.key"}
		}
	}
	return again(from.SecretsOf(), to.SecretsOf(), moved, given)
}

// again names the moved secrets that were stored and are kept as they were.
func again(from, to []SecretField, moved []string, given func(field string) bool) []Problem {
	c := &checker{}
	for _, f := range to {
		i := slices.IndexFunc(from, func(old SecretField) bool { return old.Field == f.Field })
		if i >= 0 && slices.Contains(moved, f.Field) && *f.Value != "" && *f.Value == *from[i].Value && !given(f.Field) {
			c.add(f.Field, CodeSecretAgain)
		}
	}
	return c.problems
}

// elsewhere tells whether a secret that went to one address would go to another
// server with the other.
func elsewhere(before, after string) bool { return before != "" && origin(before) != origin(after) }

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
