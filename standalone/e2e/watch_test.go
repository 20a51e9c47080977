package e2e_test

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// Watch looks into a mailbox all the time, as a colleague cannot but a race can.
type Watch struct {
	mu sync.Mutex
	// most is how many events were ever seen at once, by the date they start on.
	most map[string]int
	// dates are all between the two, seen those on which an event was ever seen, and
	// gone those on which it was seen no more later.
	dates      []string
	seen, gone map[string]bool
}

// Watch begins to look at the events of a mailbox that start between two dates,
// both inclusive, until the test ends.
func (w *World) Watch(t *testing.T, email, from, to string) *Watch {
	t.Helper()
	watch := &Watch{most: map[string]int{}, dates: datesBetween(t, from, to), seen: map[string]bool{}, gone: map[string]bool{}}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				watch.look(w, email, from, to)
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
	return watch
}

func (watch *Watch) look(w *World, email, from, to string) {
	views, err := w.Mailboxes().Views(email)
	if err != nil {
		return // no mailbox yet
	}
	now := map[string]int{}
	for _, view := range within(views, from, to) {
		now[view.Start[:len("2006-01-02")]]++
	}
	watch.mu.Lock()
	defer watch.mu.Unlock()
	for date, count := range now {
		watch.most[date] = max(watch.most[date], count)
	}
	for _, date := range watch.dates {
		covered := slices.ContainsFunc(views, func(v View) bool { return v.Start[:len(date)] <= date && date < v.End })
		watch.gone[date] = watch.gone[date] || watch.seen[date] && !covered
		watch.seen[date] = watch.seen[date] || covered
	}
}

// AlwaysShown checks that the dates were seen in an event, and from then on always.
func (watch *Watch) AlwaysShown(t *testing.T, dates ...string) {
	t.Helper()
	watch.mu.Lock()
	defer watch.mu.Unlock()
	for _, date := range dates {
		if !watch.seen[date] || watch.gone[date] {
			t.Errorf("%s was seen: %t, and was missing later: %t", date, watch.seen[date], watch.gone[date])
		}
	}
}

func datesBetween(t *testing.T, from, to string) []string {
	t.Helper()
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for date := first; date.Format(time.DateOnly) <= to; date = date.AddDate(0, 0, 1) {
		all = append(all, date.Format(time.DateOnly))
	}
	return all
}

// AtMostOne checks that no two events that start on one date were ever seen
// together.
func (watch *Watch) AtMostOne(t *testing.T) {
	t.Helper()
	watch.mu.Lock()
	defer watch.mu.Unlock()
	for date, most := range watch.most {
		if most > 1 {
			t.Errorf("%d events that start on %s were seen at once, want one at most", most, date)
		}
	}
}

// Never checks that no event that starts on the date was ever seen.
func (watch *Watch) Never(t *testing.T, date string) {
	t.Helper()
	watch.mu.Lock()
	defer watch.mu.Unlock()
	if watch.most[date] > 0 {
		t.Errorf("an event on %s was seen, want none ever", date)
	}
}
