package ews

import (
	"context"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

const (
	// claimEvery is how often a call looks whether the one that signs in has ended.
	claimEvery = 250 * time.Millisecond
	// claimMargin is what a claim lasts longer than its call may take.
	claimMargin = 10 * time.Second
	// awayFor is how long the shared state is left alone after it failed.
	awayFor = 10 * time.Second
)

// turn is a call that may sign in, and what it holds meanwhile.
type turn struct {
	signIns *signIns
	op      operation
	most    time.Duration // what the call takes at the longest
	held    bool
	end     func()
}

// begin lets a call go on, at once where nothing is held against the credentials. End what
// it returns. The error is that of a call that must not sign in now, or ctx's.
func (s *signIns) begin(ctx context.Context, op operation, most time.Duration) (*turn, error) {
	t := &turn{signIns: s, op: op, most: most, end: func() {}}
	if state := s.state(ctx); state.Resting(s.now()) {
		return nil, rests(op, state)
	}
	if !s.isExclusive() {
		return t, nil
	}
	if err := t.wait(ctx); err != nil {
		return nil, err
	}
	if !s.isExclusive() {
		t.giveBack() // the one before ended the doubt
	}
	return t, nil
}

// signIn is asked before a new connection is signed in: one at a time, because who is
// under way when a password is refused for the first time cannot know of it.
func (t *turn) signIn(ctx context.Context) error {
	if t.held {
		return nil
	}
	return t.wait(ctx)
}

// wait makes this the only call of the process that signs in and, where there is a doubt,
// of all processes. The error is as of begin.
func (t *turn) wait(ctx context.Context) error {
	s := t.signIns
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	pass := func() { s.noteEnd(); <-s.turn }
	t.held, t.end = true, pass
	state := s.state(ctx)
	if !state.Resting(s.now()) && s.inDoubt() {
		claimed, err := s.claimed(ctx, t.most)
		if err != nil {
			t.giveBack()
			return err
		}
		if state = claimed.state; claimed.ours {
			t.end = func() { s.unclaim(ctx); pass() }
		}
	}
	if state.Resting(s.now()) {
		t.giveBack()
		return rests(t.op, state)
	}
	return nil
}

func (t *turn) giveBack() {
	t.end()
	t.held, t.end = false, func() {}
}

// claimed waits until no other process signs in.
func (s *signIns) claimed(ctx context.Context, most time.Duration) (claim, error) {
	for {
		result := s.claim(ctx, most)
		if !result.taken {
			return result, nil
		}
		select {
		case <-time.After(claimEvery):
		case <-ctx.Done():
			return claim{}, ctx.Err()
		}
	}
}

func rests(op operation, state calendars.SignInState) error {
	return blocked(op, state.Code, calendars.CredentialsRejected, calendars.ScopeConnection)
}

// claim is what became of asking to be the only one of all processes who signs in.
type claim struct {
	state calendars.SignInState
	// ours says that nobody else signs in meanwhile; taken, that somebody does. Both are
	// false where a sign-in was just accepted, and there is nothing to claim.
	ours, taken bool
}

func (s *signIns) claim(ctx context.Context, most time.Duration) (result claim) {
	asked := s.update(ctx, func(state *calendars.SignInState) {
		now := s.now()
		result = claim{state: *state}
		switch {
		case state.Resting(now), state.Refused == 0 && now.Sub(state.Accepted) < s.grace:
		case now.Before(state.ClaimedUntil):
			result.taken = true
		default:
			state.ClaimedUntil = now.Add(most + claimMargin)
			result.ours = true
		}
	})
	if !asked {
		return claim{state: s.ownState()}
	}
	return result
}

// unclaim ends a claim, unless an answer ended it.
func (s *signIns) unclaim(ctx context.Context) {
	s.update(context.WithoutCancel(ctx), func(state *calendars.SignInState) { state.ClaimedUntil = time.Time{} })
}

// state is what is known: by all where that can be read, else by this process.
func (s *signIns) state(ctx context.Context) calendars.SignInState {
	if s.shared == nil || s.isAway() {
		return s.ownState()
	}
	if s.isUnsaved() && !s.save(ctx) {
		return s.ownState()
	}
	state, err := s.shared.State(ctx)
	if s.failed(ctx, err) {
		return s.ownState()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.others = doubted(state, s.now())
	return state
}

// save shares what this process learnt while that could not be shared.
func (s *signIns) save(ctx context.Context) bool {
	own := s.ownState()
	return s.update(ctx, func(state *calendars.SignInState) {
		state.Refused = max(state.Refused, own.Refused)
		if own.Until.After(state.Until) {
			state.Until, state.Code = own.Until, own.Code
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unsaved = false
	})
}

// update changes the shared state and tells whether it could.
func (s *signIns) update(ctx context.Context, change func(*calendars.SignInState)) bool {
	if s.shared == nil || s.isAway() {
		return false
	}
	return !s.failed(ctx, s.shared.Update(ctx, change))
}

// failed notes whether the shared state could be reached.
func (s *signIns) failed(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return err != nil
	}
	s.log.WarnContext(ctx, "what other processes learnt of sign-ins cannot be used now", "error", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awayUntil = s.now().Add(awayFor)
	return true
}

func (s *signIns) isAway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Before(s.awayUntil)
}

func (s *signIns) isUnsaved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unsaved
}

func (s *signIns) ownState() calendars.SignInState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own
}

// noteEnd notes that a call that might sign in ended, whatever became of it.
func (s *signIns) noteEnd() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// isExclusive tells whether calls wait for each other: before the first of them has ended,
// and while refusals are held against the credentials. An outage is no reason.
func (s *signIns) isExclusive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own.Accepted.IsZero() && !s.ended || doubted(s.own, s.now()) || s.others
}

// inDoubt tells whether the next sign-in is to be the only one.
func (s *signIns) inDoubt() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own.Accepted.IsZero() || doubted(s.own, s.now()) || s.others
}
