package calendars_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

var (
	noRole        = &calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeConnection, Code: "401"}
	wrongPassword = &calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection, Code: "401"}
	noConsent     = &calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeConnection, Code: "403"}
	noMailbox     = &calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox, Code: "404"}
	busy          = &calendars.Temporary{RetryAfter: time.Second, Code: "503"}
)

// provider counts the calls that reach it and answers all of them the same.
type provider struct {
	mu       sync.Mutex
	err      error
	takes    time.Duration
	reached  int
	atOnce   int
	mostOnce int
}

func (p *provider) answers(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func (p *provider) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reached
}

func (p *provider) call(ctx context.Context) error {
	p.mu.Lock()
	p.reached++
	p.atOnce++
	p.mostOnce = max(p.mostOnce, p.atOnce)
	takes := p.takes
	p.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atOnce--
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.err
}

func (p *provider) Find(ctx context.Context, _ string, key calendars.Key) ([]calendars.Placed, error) {
	return []calendars.Placed{{ID: key.Absence}}, p.call(ctx)
}

func (p *provider) List(ctx context.Context, _, source string) ([]calendars.Listed, error) {
	return []calendars.Listed{{Placed: calendars.Placed{ID: source}}}, p.call(ctx)
}

func (p *provider) Shown(ctx context.Context, _ string, event absence.Event) (calendars.Shown, error) {
	return calendars.Shown{Title: event.Title}, p.call(ctx)
}

func (p *provider) Create(ctx context.Context, _ string, _ calendars.Marker, _ absence.Event, token string) (calendars.Placed, error) {
	return calendars.Placed{ID: token}, p.call(ctx)
}

func (p *provider) Update(ctx context.Context, _ string, placed calendars.Placed, _ absence.Event) (calendars.Placed, error) {
	return placed, p.call(ctx)
}

func (p *provider) Delete(ctx context.Context, _ string, _ calendars.Placed) error {
	return p.call(ctx)
}

// find makes one call; every method goes through the breaker in the same way.
func find(ctx context.Context, cal calendars.Calendar) error {
	_, err := cal.Find(ctx, "jane.doe@example.com", calendars.Key{Source: "demo", Absence: "8750"})
	return err
}

// newBreaker is a breaker that waits exactly as long as it says.
func newBreaker(cal calendars.Calendar, opts calendars.BreakerOptions) *calendars.Breaker {
	opts.Spread = func(wait time.Duration) time.Duration { return wait }
	return calendars.NewBreaker(cal, opts)
}

// limited is a calendar that makes so many calls at once.
type limited struct {
	calendars.Calendar
	atOnce int
}

func (l limited) MaxConcurrent() int { return l.atOnce }

func expect(t *testing.T, got, want error) {
	t.Helper()
	if got != want { // the very same error is promised
		t.Errorf("the call answered %v, want %v", got, want)
	}
}

func expectCalls(t *testing.T, p *provider, want int) {
	t.Helper()
	if got := p.calls(); got != want {
		t.Errorf("%d calls reached the provider, want %d", got, want)
	}
}

func TestBreakerSparesABlockedConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{err: noRole}
		cal := newBreaker(p, calendars.BreakerOptions{})
		for range 1000 {
			expect(t, find(t.Context(), cal), noRole)
		}
		expectCalls(t, p, 1)
		time.Sleep(30*time.Second - time.Nanosecond)
		expect(t, find(t.Context(), cal), noRole)
		expectCalls(t, p, 1)
		time.Sleep(time.Nanosecond)
		expect(t, find(t.Context(), cal), noRole)
		expectCalls(t, p, 2)
	})
}

func TestBreakerCoversEveryMethod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{}
		cal := newBreaker(p, calendars.BreakerOptions{})
		all := func() []error {
			placed, createErr := cal.Create(t.Context(), "m", calendars.Marker{}, absence.Event{}, "token")
			updated, updateErr := cal.Update(t.Context(), "m", calendars.Placed{ID: "id"}, absence.Event{})
			if createErr == nil && placed.ID != "token" || updateErr == nil && updated.ID != "id" {
				t.Errorf("the answers %v and %v are not the provider's", placed, updated)
			}
			return []error{find(t.Context(), cal), createErr, updateErr, cal.Delete(t.Context(), "m", calendars.Placed{})}
		}
		for _, err := range all() {
			expect(t, err, nil)
		}
		expectCalls(t, p, 4)
		p.answers(noConsent)
		expect(t, cal.Delete(t.Context(), "m", calendars.Placed{}), noConsent)
		for _, err := range all() {
			expect(t, err, noConsent)
		}
		expectCalls(t, p, 5)
	})
}

func TestBreakerWaitsTwiceAsLongEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{err: noRole}
		cal := newBreaker(p, calendars.BreakerOptions{})
		started := time.Now()
		var tries []time.Duration
		for elapsed := time.Duration(0); elapsed < time.Hour; elapsed = time.Since(started) {
			before := p.calls()
			if _ = find(t.Context(), cal); p.calls() > before {
				tries = append(tries, elapsed)
			}
			time.Sleep(time.Second)
		}
		want := []time.Duration{
			0, 30 * time.Second, 90 * time.Second, 210 * time.Second, 450 * time.Second, 930 * time.Second,
			1530 * time.Second, 2130 * time.Second, 2730 * time.Second, 3330 * time.Second,
		}
		if fmt.Sprint(tries) != fmt.Sprint(want) {
			t.Errorf("the connection was tried at %v, want %v", tries, want)
		}
	})
}

func TestBreakerEndsWithAnyOtherAnswer(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{nil, busy, noMailbox, &calendars.Gone{Code: "404"}, &calendars.Invalid{Code: "400"}} {
		synctest.Test(t, func(t *testing.T) {
			p := &provider{err: noRole}
			cal := newBreaker(p, calendars.BreakerOptions{})
			expect(t, find(t.Context(), cal), noRole)
			time.Sleep(30 * time.Second)
			expect(t, find(t.Context(), cal), noRole) // the next wait is a minute
			p.answers(answer)
			time.Sleep(time.Minute)
			for range 3 {
				expect(t, find(t.Context(), cal), answer)
			}
			expectCalls(t, p, 5)

			// Blocked again, the waits begin anew.
			p.answers(noConsent)
			expect(t, find(t.Context(), cal), noConsent)
			time.Sleep(30 * time.Second)
			p.answers(nil)
			expect(t, find(t.Context(), cal), nil)
		})
	}
}

func TestBreakerIsNotBegunByOtherTrouble(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{busy, noMailbox, errors.New("unforeseen")} {
		synctest.Test(t, func(t *testing.T) {
			p := &provider{err: answer}
			cal := newBreaker(p, calendars.BreakerOptions{})
			for range 10 {
				expect(t, find(t.Context(), cal), answer)
			}
			expectCalls(t, p, 10)
		})
	}
}

func TestBreakerFindsTheReasonInsideAnotherError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wrapped := fmt.Errorf("find events: %w", noRole)
		p := &provider{err: wrapped}
		cal := newBreaker(p, calendars.BreakerOptions{})
		expect(t, find(t.Context(), cal), wrapped)
		expect(t, find(t.Context(), cal), noRole)
		expectCalls(t, p, 1)
	})
}

func TestBreakerLetsOneCallTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{err: noRole}
		cal := newBreaker(p, calendars.BreakerOptions{})
		expect(t, find(t.Context(), cal), noRole)
		p.takes = 10 * time.Second
		time.Sleep(30 * time.Second)

		var tries sync.WaitGroup
		tries.Go(func() { expect(t, find(t.Context(), cal), noRole) })
		synctest.Wait()
		before := time.Now()
		for range 50 {
			expect(t, find(t.Context(), cal), noRole)
		}
		if waited := time.Since(before); waited != 0 {
			t.Errorf("calls waited %s beside the one that tries, want an answer at once", waited)
		}
		tries.Wait()
		expectCalls(t, p, 2)
	})
}

// All who come before the first answer wait for it: a service started with a
// wrong password and a long queue must cost one try.
func TestBreakersFirstCallGoesAlone(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{nil, noRole} {
		synctest.Test(t, func(t *testing.T) {
			p := &provider{err: answer, takes: time.Second}
			cal := newBreaker(p, calendars.BreakerOptions{})
			var all sync.WaitGroup
			for range 200 {
				all.Go(func() { expect(t, find(t.Context(), cal), answer) })
			}
			expiring, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			synctest.Wait()
			expectCalls(t, p, 1)
			expect(t, find(expiring, cal), context.DeadlineExceeded)
			all.Wait()
			want := 200
			if answer != nil {
				want = 1
			}
			expectCalls(t, p, want)
		})
	}
}

func TestBreakerLearnsNothingFromACallerWhoGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{err: noRole}
		cal := newBreaker(p, calendars.BreakerOptions{})
		expect(t, find(t.Context(), cal), noRole)
		p.takes = 10 * time.Second
		time.Sleep(30 * time.Second)
		expiring, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		expect(t, find(expiring, cal), context.DeadlineExceeded)
		expect(t, find(t.Context(), cal), noRole)
		expectCalls(t, p, 2)
		time.Sleep(30 * time.Second)
		p.answers(nil)
		expect(t, find(t.Context(), cal), nil)
		expectCalls(t, p, 3)
	})
}

// With a bound, calls queue before the breaker looks: a queue of hundreds costs no
// more tries than fit in at once.
func TestBreakerReachesWhoQueues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{}
		cal := newBreaker(limited{p, 4}, calendars.BreakerOptions{})
		expect(t, find(t.Context(), cal), nil)
		p.takes = time.Second
		p.answers(noRole)
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() { expect(t, find(t.Context(), cal), noRole) })
		}
		all.Wait()
		expectCalls(t, p, 1+4)
		if p.mostOnce != 4 {
			t.Errorf("%d calls at once reached the provider, want 4", p.mostOnce)
		}
		time.Sleep(30 * time.Second)
		p.answers(nil)
		expect(t, find(t.Context(), cal), nil)
	})
}

// A call that passed before the connection was found blocked neither lengthens
// the wait nor ends it.
func TestBreakerIgnoresLateAnswers(t *testing.T) {
	t.Parallel()
	for _, late := range []error{nil, noConsent} {
		synctest.Test(t, func(t *testing.T) {
			p := &provider{}
			cal := newBreaker(p, calendars.BreakerOptions{})
			expect(t, find(t.Context(), cal), nil)
			p.takes = 20 * time.Second
			var slow sync.WaitGroup
			slow.Go(func() { expect(t, find(t.Context(), cal), late) })
			synctest.Wait()

			p.takes = 0
			p.answers(noRole)
			expect(t, find(t.Context(), cal), noRole)
			p.answers(late)
			slow.Wait()
			p.answers(nil)
			expect(t, find(t.Context(), cal), noRole)
			time.Sleep(10 * time.Second)
			expect(t, find(t.Context(), cal), nil)
		})
	}
}

func TestBreakerSurvivesAPanic(t *testing.T) {
	t.Parallel()
	cal := newBreaker(limited{panics{&provider{}}, 1}, calendars.BreakerOptions{})
	for range 3 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = find(t.Context(), cal)
		}()
	}
}

type panics struct{ *provider }

func (panics) Find(context.Context, string, calendars.Key) ([]calendars.Placed, error) {
	panic("a fault of the adapter")
}

func TestBreakerTakesItsClockAndWaits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	p := &provider{err: noRole}
	cal := newBreaker(p, calendars.BreakerOptions{
		FirstWait: time.Hour, MaxWait: time.Minute, Now: func() time.Time { return now },
	})
	for want := 1; want <= 4; want++ {
		_ = find(t.Context(), cal)
		_ = find(t.Context(), cal)
		expectCalls(t, p, want)
		now = now.Add(time.Hour) // MaxWait never shortens the first wait
	}
}
