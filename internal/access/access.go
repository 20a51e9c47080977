package access

import (
	"context"

	"github.com/figgosync/figgosync/internal/settings"
)

// Role is what somebody may do. Lucca's own calendar synchronization page knows
// the same two.
type Role string

// The roles: Consult sees everything but secrets, Configure may change it too.
const (
	Consult   Role = "consult"
	Configure Role = "configure"
)

// Decode is the role of the one token that opens the payload codec, and nothing else:
// it is given by AddFixedToken only.
const Decode Role = "decode"

// Allows tells whether somebody with this role may do what needs the wanted one.
func (r Role) Allows(wanted Role) bool {
	return r == Configure || r == wanted && r == Consult
}

// Principal is who makes a request: a person who signed in, or a program with an
// API token.
type Principal struct {
	// ID is stable and goes into the audit log: "person:SUBJECT" or "token:ID".
	ID string
	// Name is what people read, such as a person's name or a token's label.
	Name string
	Role Role
	// Person is true for somebody in a browser, with a session.
	Person bool
}

// Author is the principal as the audit log names him.
func (p Principal) Author() settings.Author { return settings.Author{ID: p.ID, Name: p.Name} }

type principalKey struct{}

// With returns a context in which From finds the principal.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From tells who makes the request; false for nobody known.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// known tells whether it is one of the roles.
func (r Role) known() bool { return r == Consult || r == Configure }
