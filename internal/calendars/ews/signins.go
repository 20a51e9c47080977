package ews

import (
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

const (
	// signInGrace is how long after a good sign-in a refused one is taken for
	// throttling in disguise.
	signInGrace = 5 * time.Minute
	// refusedAtMost refusals in a row are no throttling.
	refusedAtMost = 3
	// refusedRest is how long credentials that were refused are not tried again: a
	// directory locks an account after a handful of tries, for all who use it. New
	// settings make a new Calendar, which tries at once.
	refusedRest = 30 * time.Minute
)

// signIns remembers how the server took our credentials.
type signIns struct {
	now   func() time.Time
	grace time.Duration

	mu sync.Mutex
	// accepted is when it last took them, zero before that; refused counts the
	// refusals since.
	accepted time.Time
	refused  int
	// resting is the code of the refusal after which no sign-in is tried until
	// then.
	resting string
	until   time.Time
}

func newSignIns() *signIns { return &signIns{now: time.Now, grace: signInGrace} }

func (s *signIns) accept() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted, s.refused, s.resting = s.now(), 0, ""
}

// rest returns the error of a call that must not sign in now, nil when it may.
func (s *signIns) rest(op operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resting == "" || !s.now().Before(s.until) {
		return nil
	}
	return blocked(op, s.resting, calendars.CredentialsRejected, calendars.ScopeConnection)
}

// refuse turns a 401 into an error. Exchange also answers 401 when it throttles
// (exchangelib meets it the same way), so a refusal shortly after a good sign-in is
// Temporary; one that lasts longer than grace, the refusedAtMost-th in a row, and
// any refusal of credentials that never worked, are taken for wrong credentials.
// The next try is then refusedRest away, if the password was tried at all.
func (s *signIns) refuse(op operation, code string, tried bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
	if s.refused < refusedAtMost && !s.accepted.IsZero() && s.now().Sub(s.accepted) < s.grace {
		return temporary(op, code)
	}
	if tried {
		s.resting, s.until = code, s.now().Add(refusedRest)
	}
	return blocked(op, code, calendars.CredentialsRejected, calendars.ScopeConnection)
}

// reject turns the directory's own verdict on the credentials into an error. Nothing
// is throttled in disguise there.
func (s *signIns) reject(op operation, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
	s.resting, s.until = code, s.now().Add(refusedRest)
	return blocked(op, code, calendars.CredentialsRejected, calendars.ScopeConnection)
}

// refusal is the error a 401 stands for. A handshake torn over two connections
// proves nothing about the password.
func (c *Calendar) refusal(op operation, r reply) error {
	code := "401"
	switch h := r.signIn; {
	case c.basic:
	case c.kerberos != nil && !h.offered:
		code = "401-negotiate-not-offered"
	case c.kerberos != nil:
		code = "401-kerberos"
	case !h.offered:
		code = "401-ntlm-not-offered"
	case h.withoutNTLM:
		code = "401-kerberos-only"
	case h.sent == 1:
		// The library cannot answer this challenge, such as one that demands a
		// key exchange.
		code = "401-ntlm-challenge"
	case h.cut:
		return temporary(op, "401-connection-cut")
	}
	return c.signIns.refuse(op, code, c.triedToSignIn(r))
}

// triedToSignIn tells whether a refused exchange counts as a try of the password.
func (c *Calendar) triedToSignIn(r reply) bool { return c.basic || r.signIn.sent == 3 && !r.signIn.cut }
