package ews

import (
	"context"
	"log/slog"
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

// signIns remembers how the server took our credentials, here and, where that is shared,
// in every other process. While there is a doubt about them only one call at a time signs
// in.
type signIns struct {
	now    func() time.Time
	grace  time.Duration
	log    *slog.Logger
	shared calendars.SignIns // nil: what is learnt stays in this process
	// turn holds one token: that of the call that signs in while there is a doubt.
	turn chan struct{}

	mu sync.Mutex
	// own is what this process learnt; its Refused counts the refusals in a row, also
	// those where no password was tried.
	own calendars.SignInState
	// answered is when the server last answered us as somebody who is signed in.
	answered time.Time
	// ended says that a call ended that might sign in.
	ended bool
	// others says that the shared state had refusals when it was last read.
	others bool
	// unsaved says that own has what could not be shared yet.
	unsaved bool
	// awayUntil is until when the shared state is not asked, because it failed.
	awayUntil time.Time
}

func newSignIns(shared calendars.SignIns, log *slog.Logger) *signIns {
	return &signIns{now: time.Now, grace: signInGrace, log: log, shared: shared, turn: make(chan struct{}, 1)}
}

// accept notes an answer. signedIn says that the credentials were looked at for it: over a
// connection that was signed in before they are not.
func (s *signIns) accept(ctx context.Context, signedIn bool) {
	s.mu.Lock()
	now := s.now()
	s.answered = now
	first := s.own.Accepted.IsZero() && s.own.Refused == 0 && !s.others
	if !signedIn && !first { // before the first sign-in such an answer shows that none is needed
		s.mu.Unlock()
		return
	}
	doubted := s.own.Accepted.IsZero() || s.own.Refused > 0 || s.others
	s.own = calendars.SignInState{Accepted: now}
	s.others, s.unsaved = false, false
	s.mu.Unlock()
	if doubted {
		s.update(context.WithoutCancel(ctx), func(state *calendars.SignInState) {
			*state = calendars.SignInState{Accepted: now}
		})
	}
}

// refuse turns a 401 into an error. Exchange also answers 401 when it throttles
// (exchangelib meets it the same way), so a refusal shortly after a good sign-in is
// Temporary; one that lasts longer than grace, the refusedAtMost-th in a row of all
// processes, and any refusal of credentials that never worked, are taken for wrong
// credentials. The next try is then refusedRest away, if the password was tried at all.
func (s *signIns) refuse(ctx context.Context, op operation, code string, tried bool) error {
	if s.refused(ctx, code, tried, false) {
		return temporary(op, code)
	}
	return blocked(op, code, calendars.CredentialsRejected, calendars.ScopeConnection)
}

// reject turns the directory's own verdict on the credentials into an error. Nothing
// is throttled in disguise there.
func (s *signIns) reject(ctx context.Context, op operation, code string) error {
	s.refused(ctx, code, true, true)
	return blocked(op, code, calendars.CredentialsRejected, calendars.ScopeConnection)
}

// refused notes a refusal and tells whether it may be a passing one. certain says that it
// is not.
func (s *signIns) refused(ctx context.Context, code string, tried, certain bool) (passing bool) {
	s.mu.Lock()
	now := s.now()
	recently := func(at time.Time) bool { return !at.IsZero() && now.Sub(at) < s.grace }
	answered := recently(s.answered)
	passing = !certain
	judge := func(state *calendars.SignInState) {
		if !doubted(*state, now) {
			state.Refused = 0
		}
		state.Refused++
		state.Until = now.Add(refusedRest)
		passing = passing && state.Refused < refusedAtMost && (answered || recently(state.Accepted))
		if tried && !passing {
			state.Code = code
		}
	}
	judge(&s.own)
	s.mu.Unlock()
	if !tried || s.shared == nil {
		return passing
	}
	// The others know when the credentials last worked, and how often they were refused.
	alone := passing
	passing = !certain
	shared := s.update(context.WithoutCancel(ctx), judge)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !shared {
		s.unsaved = true
		return alone
	}
	if !passing {
		s.own.Code = code
	}
	return passing
}

// doubted tells whether refusals are held against the credentials still: those after
// which nobody signed in until a sign-in is accepted, others for refusedRest.
func doubted(state calendars.SignInState, now time.Time) bool {
	return state.Refused > 0 && (state.Code != "" || now.Before(state.Until))
}

// refusal is the error a 401 stands for. A handshake torn over two connections
// proves nothing about the password.
func (c *Calendar) refusal(ctx context.Context, op operation, r reply) error {
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
	return c.signIns.refuse(ctx, op, code, c.triedToSignIn(r))
}

// signedIn tells whether the credentials were looked at for an answer. Tickets are the
// directory's word for them.
func (c *Calendar) signedIn(r reply) bool { return c.basic || c.kerberos != nil || r.signIn.sent == 3 }

// triedToSignIn tells whether a refused exchange counts as a try of the password.
func (c *Calendar) triedToSignIn(r reply) bool { return c.basic || r.signIn.sent == 3 && !r.signIn.cut }
