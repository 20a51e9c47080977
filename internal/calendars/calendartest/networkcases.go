package calendartest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// networkCases are connections that break, at each step of an Apply, and
// answers that do not come.
func networkCases() []testCase {
	atStep := func(name string, fault Action) testCase {
		return testCase{name: name + " at every step", lacks: needsProxy, run: atEveryStep(fault)}
	}
	rubbish := Answer{Status: http.StatusOK, Header: map[string]string{"Content-Type": "text/html"},
		Body: "<html>Sign in to the guest network</html>"}
	return []testCase{
		atStep("connection cut", Cut()),
		atStep("lost answer", Lose()),
		atStep("half an answer", Halve()),
		atStep("answer replaced by a page", Garble(rubbish)),
		atStep("503 with HTML", Give(htmlPage(http.StatusServiceUnavailable))),
		atStep("500 after the work", Garble(Answer{Status: http.StatusInternalServerError})),
		atStep("504 after the work", Garble(htmlPage(http.StatusGatewayTimeout))),
		atStep("throttling", Give(Answer{Status: http.StatusTooManyRequests,
			Header: map[string]string{"Retry-After": "1"}})),
		{name: "slow answer ends with the deadline", lacks: needsProxy, run: slowAnswer},
		{name: "no answer ends by itself", lacks: needsProxy, run: noAnswer},
		{name: "commits that come late", lacks: needsProxy, run: lateCommits},
		{name: "a bad day", lacks: needsProxy, run: badDay},
	}
}

// Garble lets the service do all its work and answers something else.
func Garble(a Answer) Action {
	return func(service http.Handler, w http.ResponseWriter, r *http.Request) {
		service.ServeHTTP(httptest.NewRecorder(), r)
		Give(a)(service, w, r)
	}
}

func slowAnswer(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	slow := map[string]Action{"no answer": s.Proxy.Stall(), "an endless answer": s.Proxy.Trickle(s.NoEvents.media())}
	for name, action := range slow {
		for _, match := range []Match{nil, s.calendarOnly()} {
			s.cold()
			s.Proxy.Every(match, action)
			ctx, cancel := context.WithTimeout(s.Context(), 300*time.Millisecond)
			_, err := s.try(ctx, nil, calendars.Options{Token: s.token()})
			cancel()
			s.Proxy.Clear()
			// The adapter's own timeout would be another error.
			if !errors.Is(err, context.DeadlineExceeded) {
				s.Errorf("%s: %v", name, err)
			}
		}
	}
	s.cold()
	s.apply(events)
}

// noAnswer: without a deadline of the caller's, the adapter's own timeout ends a
// request that is not answered.
func noAnswer(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	for name, action := range map[string]Action{"no answer": s.Proxy.Stall(),
		"an endless answer": s.Proxy.Trickle(s.NoEvents.media())} {
		impatient := s.Open(s.T, time.Second)
		s.Proxy.Every(nil, action)
		began := time.Now()
		_, err := calendars.Apply(s.Context(), impatient, s.Mailbox, s.key, nil, calendars.Options{Token: s.token()})
		s.Proxy.Clear()
		if !isTemporary(err) || time.Since(began) > 2*time.Minute {
			s.Errorf("%s: %v after %s", name, err, time.Since(began))
		}
	}
	s.cold()
	s.apply(events)
}

// lateCommits: the nth request of an Apply is stuck in a balancer, its client
// gives up and tries again, and then the service gets it after all. Nothing can
// prevent what it does then; the next Apply must put it right.
func lateCommits(s *stage) {
	changed := func(one *stage) { one.apply(one.events(pending(severalRuns()))) }
	for _, step := range []struct {
		prepare     func(*stage)
		first, then absence.Absence
	}{
		{nil, severalRuns(), severalRuns()}, {nil, days(monday, friday), none}, {changed, severalRuns(), severalRuns()},
		{changed, severalRuns(), days(monday, friday)}, {changed, none, severalRuns()}, {changed, none, none},
	} {
		for n := 1; ; n++ {
			one := s.another(s.T)
			one.twins = !one.TellsTwins
			if step.prepare != nil {
				step.prepare(one)
			}
			release, done := make(chan struct{}), make(chan struct{})
			ctx, giveUp := context.WithCancel(one.Context())
			one.Proxy.Nth(n, nil, Late(giveUp, release, func() { close(done) }))
			_, err := one.try(ctx, one.events(step.first), calendars.Options{Token: one.token()})
			giveUp()
			if one.Proxy.Clear() == 0 {
				close(release)
				break
			}
			if err == nil {
				s.Errorf("request %d was never answered, and Apply succeeded", n)
			}
			one.cold()
			one.repeat(one.events(step.then), calendars.Options{Token: one.token()})
			close(release)
			<-done
			one.repeat(one.events(step.then), calendars.Options{Token: one.token()})
		}
	}
}

// badDay is a long series of changes by us and by the person, with every
// sixth request in trouble. (More would keep some adapters from ever getting
// through the many requests that bring back what was binned often.)
func badDay(s *stage) {
	const rounds = 30
	chance := rand.New(rand.NewPCG(4711, 2026))
	var mu sync.Mutex
	roll := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return chance.IntN(n)
	}
	troubles := []Action{
		Cut(), Lose(), Halve(), Give(htmlPage(http.StatusServiceUnavailable)),
		Garble(Answer{Status: http.StatusInternalServerError}),
		Give(Answer{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "1"}}),
	}
	versions := []absence.Absence{
		none, severalRuns(), pending(severalRuns()), days(monday, friday), half(monday, absence.Morning),
		several(days(monday, monday), pending(days(wednesday, wednesday)), half(friday, absence.Afternoon)),
	}
	for round := range rounds {
		s.disturb(roll)
		events := s.events(versions[roll(len(versions))])
		s.Proxy.Every(nil, func(service http.Handler, w http.ResponseWriter, r *http.Request) {
			if roll(6) > 0 {
				service.ServeHTTP(w, r)
				return
			}
			troubles[roll(len(troubles))](service, w, r)
		})
		opts, err := calendars.Options{Token: s.token(), Rewrite: true}, error(nil)
		for range 200 {
			if _, err = s.try(s.Context(), events, opts); !isTemporary(err) {
				break
			}
		}
		s.Proxy.Clear()
		if err != nil {
			s.Fatalf("round %d: %v", round, err)
		}
		s.stands(events)
	}
}

// disturb has the person do something to one event of ours, or nothing.
func (s *stage) disturb(roll func(int) int) {
	s.Helper()
	acts := []func(id string){
		nil,
		func(id string) { s.Person.Edit(s.T, s.Mailbox, id) },
		func(id string) { s.Person.Bin(s.T, s.Mailbox, id) },
		func(id string) { s.Person.SetRun(s.T, s.Mailbox, id, "rubbish") },
	}
	found := s.find(s.key)
	act := acts[roll(len(acts))]
	if len(found) == 0 || act == nil {
		return
	}
	act(found[roll(len(found))].ID)
}
