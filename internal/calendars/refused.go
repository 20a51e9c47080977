package calendars

import (
	"errors"

	"github.com/figgosync/figgosync/internal/egress"
)

// AddressRefused returns what it means that our own policy (package egress)
// refused a connection: Blocked with egress.Code for the whole connection, whose
// address a person must correct. ok is false for every other error.
func AddressRefused(err error) (blocked *Blocked, ok bool) {
	refused, ok := errors.AsType[*egress.RefusedError](err)
	if !ok {
		return nil, false
	}
	return &Blocked{Reason: ServerUnreachable, Scope: ScopeConnection, Code: egress.Code, Err: refused}, true
}
