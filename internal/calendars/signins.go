package calendars

import (
	"context"
	"time"
)

// SignInState is what is known of how a server takes the credentials of a connection as
// it is configured now. It holds nothing of the credentials.
type SignInState struct {
	// Accepted is when a sign-in last ended a doubt, zero where none ever did.
	Accepted time.Time
	// Refused counts the passwords that were tried and refused since.
	Refused int
	// Code is that of the refusal after which nobody signs in before Until, "" for none.
	Code  string
	Until time.Time
	// ClaimedUntil is when the claim of the one who tries the password ends, zero for
	// none.
	ClaimedUntil time.Time
}

// Resting tells whether nobody is to sign in now.
func (s SignInState) Resting(now time.Time) bool { return s.Code != "" && now.Before(s.Until) }

// SignIns shares a SignInState among all processes that use a connection: a directory
// locks an account after a handful of refused passwords, whoever tried them. Where it
// fails, what the process itself has learnt counts.
type SignIns interface {
	// State reads it, the zero one where nothing is known.
	State(ctx context.Context) (SignInState, error)
	// Update changes it while nobody else reads or changes it.
	Update(ctx context.Context, change func(*SignInState)) error
}
