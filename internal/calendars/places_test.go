package calendars_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// slow takes that long for an answer and notes the most calls at once by mailbox.
type slow struct {
	calendars.Calendar
	takes time.Duration

	mu        sync.Mutex
	now, most map[string]int
}

func newSlow(takes time.Duration) *slow {
	return &slow{takes: takes, now: map[string]int{}, most: map[string]int{}}
}

func (s *slow) Find(_ context.Context, mailbox string, _ calendars.Key) ([]calendars.Placed, error) {
	s.count(mailbox, 1)
	time.Sleep(s.takes)
	s.count(mailbox, -1)
	return nil, nil
}

func (s *slow) count(mailbox string, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now[mailbox] += by
	s.now["all"] += by
	s.most[mailbox] = max(s.most[mailbox], s.now[mailbox])
	s.most["all"] = max(s.most["all"], s.now["all"])
}

// A live change beside a back-fill takes at most twice as long as alone, with a
// provider that needs 300 ms for an answer: the work of C5 in a virtual clock.
func TestALiveCallBesideBulkWork(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []int{2, 4, 16} {
		synctest.Test(t, func(t *testing.T) {
			const answer, bulk, live = 300 * time.Millisecond, 2000, 100
			cal := newSlow(answer)
			breaker := newBreaker(limited{cal, atOnce}, calendars.BreakerOptions{})
			_ = askFor(t, breaker, "first")
			var all sync.WaitGroup
			for range bulk {
				all.Go(func() {
					_, _ = breaker.Find(calendars.WithBulk(t.Context()), "bulk", calendars.Key{})
				})
			}
			time.Sleep(time.Second)
			var took []time.Duration
			for range live {
				began := time.Now()
				_ = askFor(t, breaker, "live")
				took = append(took, time.Since(began))
				time.Sleep(37 * time.Millisecond)
			}
			all.Wait()
			slices.Sort(took)
			if p95 := took[live*95/100]; p95 > 2*answer {
				t.Errorf("%d places: a live call takes %s at p95, alone %s", atOnce, p95, answer)
			}
			if cal.most["bulk"] > max(atOnce/2, 1) || cal.most["all"] > atOnce {
				t.Errorf("%d places: at most %d at once, %d of bulk work", atOnce, cal.most["all"], cal.most["bulk"])
			}
		})
	}
}

// Whoever gives up while waiting keeps no place, and all places are used.
func TestPlacesAreNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cal := newSlow(time.Second)
		breaker := newBreaker(limited{cal, 4}, calendars.BreakerOptions{})
		_ = askFor(t, breaker, "first")
		var all sync.WaitGroup
		for i := range 200 {
			ctx := t.Context()
			if i%2 == 0 {
				ctx = calendars.WithBulk(ctx)
			}
			ctx, cancel := context.WithTimeout(ctx, time.Duration(i)*100*time.Millisecond)
			defer cancel()
			all.Go(func() { _, _ = breaker.Find(ctx, "m", calendars.Key{}) })
		}
		all.Wait()
		began := time.Now()
		for range 8 {
			all.Go(func() { _ = askFor(t, breaker, "m") })
		}
		all.Wait()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("8 calls through 4 places took %s, want 2 s", took)
		}
		if cal.most["all"] != 4 {
			t.Errorf("%d calls at once, want 4", cal.most["all"])
		}
	})
}
