package worker

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// fixedSynchronizations are settings of three synchronizations on two connections.
type fixedSynchronizations struct{ settings.Store }

func (fixedSynchronizations) Synchronizations(context.Context) ([]settings.Synchronization, error) {
	return []settings.Synchronization{
		{Name: "paris", Source: "acme", Connection: "office"}, {Name: "lyon", Source: "other", Connection: "office"},
		{Name: "design", Source: "acme", Connection: "google"},
	}, nil
}

// blockedAbsences are the absences by synchronization, in pages of two.
type blockedAbsences struct {
	mu      sync.Mutex
	all     map[string][]string
	err     error
	retried []string
	at      []time.Time
}

func (b *blockedAbsences) Absences(_ context.Context, q starter.AbsencesQuery) ([]starter.AbsenceLine, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !q.Living || q.Reason != string(calendars.ConsentMissing) || !slices.Equal(q.Statuses, []workflows.Status{workflows.StatusBlocked}) {
		return nil, "", errors.New("not the blocked ones")
	}
	from, _ := strconv.Atoi(q.Page)
	ids := b.all[q.Synchronization]
	var lines []starter.AbsenceLine
	for _, id := range ids[from:min(from+2, len(ids))] {
		lines = append(lines, starter.AbsenceLine{Source: q.Source, Absence: id})
	}
	if from+2 < len(ids) {
		return lines, strconv.Itoa(from + 2), nil
	}
	return lines, "", nil
}

func (b *blockedAbsences) Retry(_ context.Context, source, absence string, rewrite bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.retried, b.at = append(b.retried, source+"/"+absence), append(b.at, time.Now())
	if rewrite {
		return errors.New("nothing is to be written again")
	}
	return b.err
}

func TestAConnectionThatWorksAgainWakesItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := &blockedAbsences{all: map[string][]string{"paris": {"1", "2", "3"}, "lyon": {"4"}, "design": {"5"}}, err: starter.ErrNotFound}
		w := newWaker(fixedSynchronizations{}, all, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go w.run(ctx)
		w.wake("office", calendars.ConsentMissing)
		synctest.Wait()
		if len(all.retried) > 0 {
			t.Error("asked before the index can know of the last one that was blocked")
		}
		time.Sleep(10 * time.Second)
		if diff := cmp.Diff([]string{"acme/1", "acme/2", "acme/3", "other/4"}, all.retried); diff != "" {
			t.Errorf("woken (-want +got):\n%s", diff)
		}
		for i := range all.at[1:] {
			if pause := all.at[i+1].Sub(all.at[i]); pause < time.Second/wakesASecond {
				t.Errorf("two signals %s apart", pause)
			}
		}
	})
}

func TestWakingEndsWhenTemporalDoesNotAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ids := make([]string, 1000)
		all := &blockedAbsences{all: map[string][]string{"design": ids}, err: errors.New("down")}
		w := newWaker(fixedSynchronizations{}, all, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		go w.run(ctx)
		for range 1000 { // never waits
			w.wake("nobody", calendars.ConsentMissing)
		}
		time.Sleep(time.Minute)
		w.wake("google", calendars.ConsentMissing)
		time.Sleep(time.Minute)
		cancel()
		if len(all.retried) != enoughFailures {
			t.Errorf("%d signals to a Temporal that is down", len(all.retried))
		}
	})
}
