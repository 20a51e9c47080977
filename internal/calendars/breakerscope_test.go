package calendars_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
)

// people answers by mailbox, and notes who was asked.
type people struct {
	calendars.Calendar
	takes time.Duration

	mu     sync.Mutex
	answer map[string]error
	asked  []string
}

func (p *people) Find(_ context.Context, mailbox string, _ calendars.Key) ([]calendars.Placed, error) {
	time.Sleep(p.takes)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, mailbox)
	return nil, p.answer[mailbox]
}

func (p *people) set(mailbox string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer[mailbox] = err
}

func (p *people) whoWasAsked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

var (
	unclear = &calendars.Blocked{Reason: calendars.AccessDenied, Scope: calendars.ScopeUnclear, Code: "403"}
	another = &calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeUnclear, Code: "401"}
)

func askFor(t *testing.T, cal calendars.Calendar, mailbox string) error {
	t.Helper()
	_, err := cal.Find(t.Context(), mailbox, calendars.Key{})
	return err
}

// wantScope wants a refusal of that reach; "" is none.
func wantScope(t *testing.T, cal calendars.Calendar, mailbox string, want calendars.Scope) {
	t.Helper()
	err := askFor(t, cal, mailbox)
	blocked, ok := errors.AsType[*calendars.Blocked](err)
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", mailbox, err)
	case want != "" && (!ok || blocked.Scope != want):
		t.Errorf("%s: %v, want blocked for the %s", mailbox, err, want)
	}
}

func wantAsked(t *testing.T, p *people, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, p.whoWasAsked()); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestOnePersonsRefusalIsTheirs(t *testing.T) {
	t.Parallel()
	p := &people{answer: map[string]error{"leaver": unclear}}
	cal := newBreaker(p, calendars.BreakerOptions{})
	wantScope(t, cal, "a", "")
	for range 10 {
		wantScope(t, cal, "leaver", calendars.ScopeMailbox)
		wantScope(t, cal, "LEAVER", "") // the adapter answers by the address as it is
		p.set("LEAVER", unclear)
		wantScope(t, cal, "LEAVER", calendars.ScopeMailbox)
		p.set("LEAVER", nil)
		wantScope(t, cal, "b", "")
	}
}

func TestASecondMailboxConfirmsARefusal(t *testing.T) {
	t.Parallel()
	p := &people{answer: map[string]error{"a": unclear, "b": unclear}}
	cal := newBreaker(p, calendars.BreakerOptions{})
	wantScope(t, cal, "c", "")
	wantScope(t, cal, "a", calendars.ScopeMailbox)
	wantScope(t, cal, "c", "") // a success in between: nothing is confirmed
	wantScope(t, cal, "b", calendars.ScopeMailbox)
	p.set("d", another)
	wantScope(t, cal, "d", calendars.ScopeMailbox) // for another reason
	wantScope(t, cal, "a", calendars.ScopeConnection)
	p.whoWasAsked()
	wantScope(t, cal, "c", calendars.ScopeConnection)
	wantAsked(t, p)
}

// Nothing ever worked: one refusal may be everybody's. Another mailbox is tried
// at once, so that nobody waits because a leaver came first.
func TestTheFirstRefusalIsCheckedWithAnotherMailbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &people{answer: map[string]error{"leaver": unclear}, takes: time.Second}
		var woken []calendars.Reason
		cal := newBreaker(p, calendars.BreakerOptions{OnClose: func(r calendars.Reason) { woken = append(woken, r) }})
		wantScope(t, cal, "leaver", calendars.ScopeConnection)
		wantScope(t, cal, "leaver", calendars.ScopeConnection)
		wantAsked(t, p, "leaver")
		var all sync.WaitGroup
		for _, mailbox := range []string{"a", "b", "c"} {
			all.Go(func() { wantScope(t, cal, mailbox, "") })
		}
		began := time.Now()
		all.Wait()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the others waited %s", took)
		}
		wantScope(t, cal, "leaver", calendars.ScopeMailbox)
		if diff := cmp.Diff([]calendars.Reason{calendars.AccessDenied}, woken); diff != "" {
			t.Errorf("woken (-want +got):\n%s", diff)
		}
	})
}

func TestAMissingRoleStopsTheConnectionAfterTwo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &people{answer: map[string]error{"a": unclear, "b": unclear, "c": unclear}, takes: time.Second}
		cal := newBreaker(p, calendars.BreakerOptions{})
		var all sync.WaitGroup
		for range 50 {
			for _, mailbox := range []string{"a", "b", "c"} {
				all.Go(func() { wantScope(t, cal, mailbox, calendars.ScopeConnection) })
			}
		}
		all.Wait()
		if asked := p.whoWasAsked(); len(asked) != 2 || asked[0] == asked[1] {
			t.Errorf("asked for %q, want two mailboxes once each", asked)
		}
	})
}

func TestAnotherMailboxTriesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &people{answer: map[string]error{"a": unclear, "b": unclear}}
		closed := 0
		cal := newBreaker(p, calendars.BreakerOptions{OnClose: func(calendars.Reason) { closed++ }})
		wantScope(t, cal, "c", "")
		wantScope(t, cal, "a", calendars.ScopeMailbox)
		wantScope(t, cal, "b", calendars.ScopeConnection)
		p.whoWasAsked()
		time.Sleep(30 * time.Second)
		wantScope(t, cal, "a", calendars.ScopeConnection)
		wantScope(t, cal, "b", calendars.ScopeConnection)
		wantAsked(t, p)
		p.set("c", busy) // the connection answers: it is closed, and nobody is woken yet
		_ = askFor(t, cal, "c")
		if closed != 0 {
			t.Error("the waiting are woken into an outage")
		}
		p.set("c", nil)
		wantScope(t, cal, "c", "")
		wantScope(t, cal, "a", calendars.ScopeMailbox)
		if closed != 1 {
			t.Errorf("told %d times that it works again, want once", closed)
		}
	})
}

// Where nobody else comes, those that were refused try again themselves.
func TestTheRefusedTryWhenNobodyElseDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &people{answer: map[string]error{"a": unclear, "b": unclear}}
		cal := newBreaker(p, calendars.BreakerOptions{})
		wantScope(t, cal, "a", calendars.ScopeConnection)
		wantScope(t, cal, "b", calendars.ScopeConnection)
		p.set("a", nil)
		p.set("b", nil)
		time.Sleep(time.Minute)
		wantScope(t, cal, "a", calendars.ScopeConnection)
		time.Sleep(time.Minute)
		wantScope(t, cal, "a", "")
	})
}

// Directories lock accounts.
func TestARefusedLoginIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		worked bool
		tries  int
	}{"never worked": {false, 1}, "worked before": {true, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &provider{}
				cal := newBreaker(p, calendars.BreakerOptions{})
				if c.worked {
					expect(t, find(t.Context(), cal), nil)
				}
				p.answers(wrongPassword)
				before := p.calls()
				for began := time.Now(); time.Since(began) < 30*time.Minute; time.Sleep(time.Second) {
					_ = find(t.Context(), cal)
				}
				expectCalls(t, p, before+c.tries)
				time.Sleep(10 * time.Minute)
				p.answers(nil)
				expect(t, find(t.Context(), cal), nil)
			})
		})
	}
}

func TestTriesAreSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		moments := map[time.Duration]bool{}
		for range 20 {
			p := &provider{err: noConsent}
			cal := calendars.NewBreaker(p, calendars.BreakerOptions{})
			began := time.Now()
			for p.calls() < 2 {
				_ = find(t.Context(), cal)
				time.Sleep(100 * time.Millisecond)
			}
			took := time.Since(began)
			if moments[took] = true; took < 30*time.Second || took > 38*time.Second {
				t.Errorf("tried again after %s, want 30 s and up to a quarter", took)
			}
		}
		if len(moments) < 5 {
			t.Errorf("20 breakers tried at %d moments", len(moments))
		}
	})
}

// What a provider asked for is no proof that a blocked connection works again.
func TestATryThatWasHeldBackProvesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &people{answer: map[string]error{"a": &calendars.Temporary{RetryAfter: time.Hour, Code: "429"}, "b": noConsent}}
		cal := newBreaker(calendars.HonorRetryAfter(p, nil), calendars.BreakerOptions{})
		_ = askFor(t, cal, "a")
		wantScope(t, cal, "b", calendars.ScopeConnection)
		time.Sleep(30 * time.Second)
		_ = askFor(t, cal, "a")
		p.whoWasAsked()
		wantScope(t, cal, "b", calendars.ScopeConnection)
		wantAsked(t, p)
	})
}

// Standing tells who looks after a connection whether to wait, to try, or to wake.
func TestStanding(t *testing.T) {
	t.Parallel()
	clock := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	cal := &answering{}
	breaker := calendars.NewBreaker(cal, calendars.BreakerOptions{
		Now: func() time.Time { return clock }, Spread: func(wait time.Duration) time.Duration { return wait },
	})
	ask := func(err error) {
		cal.err = err
		_, _ = breaker.Find(t.Context(), "jane@example.com", calendars.Key{})
	}
	check := func(when string, want calendars.Standing) {
		t.Helper()
		if diff := cmp.Diff(want, breaker.Standing()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	blocked := &calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeConnection}
	check("at first", calendars.Standing{})
	ask(blocked)
	check("blocked", calendars.Standing{Reason: calendars.ConsentMissing, Since: clock, Until: clock.Add(30 * time.Second)})
	clock = clock.Add(time.Minute)
	ask(blocked)
	check("blocked again", calendars.Standing{Reason: calendars.ConsentMissing, Since: clock, Until: clock.Add(time.Minute)})
	clock = clock.Add(time.Minute)
	ask(&calendars.Temporary{Code: "503"})
	check("busy", calendars.Standing{Answers: true})
	ask(nil)
	check("working", calendars.Standing{Answers: true, Works: true})
	ask(&calendars.Temporary{Code: "503"})
	check("busy once more", calendars.Standing{Answers: true, Works: true})
}

// answering answers every search in one way.
type answering struct {
	calendars.Calendar
	err error
}

func (a *answering) Find(context.Context, string, calendars.Key) ([]calendars.Placed, error) {
	return nil, a.err
}
