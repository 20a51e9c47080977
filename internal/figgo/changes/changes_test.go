package changes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/figgo/changes"
)

// received collects what a follower is called with.
type received struct {
	mu  sync.Mutex
	all map[string][]string
}

func (h *received) stale(source string, employees []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[string][]string{}
	}
	h.all[source] = append(h.all[source], employees...)
}

// take returns what was received since the last time, sorted.
func (h *received) take() map[string][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.all
	h.all = nil
	for _, employees := range all {
		slices.Sort(employees)
	}
	return all
}

func publish(t *testing.T, feed *changes.Feed, source string, employees ...string) {
	t.Helper()
	for _, employee := range employees {
		if err := feed.Publish(t.Context(), source, employee); err != nil {
			t.Fatal(err)
		}
	}
}

func expect(t *testing.T, reader *changes.Reader, want map[string][]string) {
	t.Helper()
	var h received
	if err := reader.Poll(t.Context(), h.stale); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, h.take()); diff != "" {
		t.Error(diff)
	}
}

func both(t *testing.T, run func(t *testing.T, feed *changes.Feed)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { run(t, changes.New(nil)) })
	databasetest.All(t, func(t *testing.T, db *database.DB) { run(t, changes.Open(db, nil)) })
}

func TestEveryReaderGetsEachChangeOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, feed *changes.Feed) {
		first, second := feed.NewReader(), feed.NewReader()
		expect(t, first, nil)
		publish(t, feed, "acme", "1", "2", "1")
		publish(t, feed, "other", "1")
		want := map[string][]string{"acme": {"1", "2"}, "other": {"1"}}
		expect(t, first, want)
		expect(t, second, want)
		expect(t, first, nil)
		publish(t, feed, "acme", "2", "3") // 2 again, maybe at the same moment
		expect(t, first, map[string][]string{"acme": {"2", "3"}})
		expect(t, first, nil)
		expect(t, second, map[string][]string{"acme": {"2", "3"}})
		expect(t, feed.NewReader(), map[string][]string{"acme": {"1", "2", "3"}, "other": {"1"}})
	})
}

func TestAChangeOfNobodyIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, feed *changes.Feed) {
		for _, who := range [][2]string{{"", "1"}, {"acme", ""}, {"acme", strings.Repeat("1", 129)}, {strings.Repeat("a", 129), "1"}} {
			if err := feed.Publish(t.Context(), who[0], who[1]); !errors.Is(err, changes.ErrUnusable) {
				t.Errorf("%.10q: %v", who, err)
			}
		}
		expect(t, feed.NewReader(), nil)
	})
}

// News that one process wrote before, and that is seen after the newest: its
// transaction ended later.
func TestAChangeThatIsSeenLate(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		feed := changes.Open(db, nil)
		reader := feed.NewReader()
		publish(t, feed, "acme", "1")
		expect(t, reader, map[string][]string{"acme": {"1"}})
		insert := func(employee string, ago time.Duration) {
			var newest int64
			if err := db.QueryRowContext(t.Context(), `SELECT max(at) FROM employee_changes`).Scan(&newest); err != nil {
				t.Fatal(err)
			}
			_, err := db.ExecContext(t.Context(), `INSERT INTO employee_changes (source, employee, at, times) VALUES ('acme', $1, $2, 1)`, employee, newest-ago.Microseconds())
			if err != nil {
				t.Fatal(err)
			}
		}
		insert("2", 50*time.Second)
		expect(t, reader, map[string][]string{"acme": {"2"}})
		expect(t, reader, nil)
		insert("3", 49*time.Hour)
		if err := feed.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, feed.NewReader(), map[string][]string{"acme": {"1", "2"}})
	})
}

// The databases' clocks are right to the second: the tables' times are compared
// with each other only, but a clock in other units would keep changes for ever.
func TestTheStoresClocksAreMicroseconds(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		const between = time.Second // clocks of two programs of one machine
		begin := time.Now()
		publish(t, changes.Open(db, nil), "acme", "1")
		end := time.Now()
		var at int64
		if err := db.QueryRowContext(t.Context(), `SELECT at FROM employee_changes`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		if told := database.Time(at); told.Before(begin.Add(-between)) || told.After(end.Add(between)) {
			t.Errorf("%s, published from %s to %s", told, begin, end)
		}
	})
}

func TestManyPublishAtOnce(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		db := databasetest.Open(t, address)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			feed := changes.Open(databasetest.Open(t, address), nil)
			group.Go(func() {
				for i := range 20 {
					if err := feed.Publish(t.Context(), "acme", fmt.Sprint(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		var h received
		if err := changes.Open(db, nil).NewReader().Poll(t.Context(), h.stale); err != nil {
			t.Fatal(err)
		}
		if all := h.take()["acme"]; len(all) != 20 {
			t.Errorf("%v", all)
		}
	})
}

func TestFollowPollsTwiceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := changes.New(nil)
		publish(t, feed, "acme", "1")
		var h received
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go feed.Follow(ctx, h.stale)
		synctest.Wait()
		if diff := cmp.Diff(map[string][]string{"acme": {"1"}}, h.take()); diff != "" {
			t.Error("at once:", diff)
		}
		publish(t, feed, "acme", "2")
		time.Sleep(31 * time.Second)
		if diff := cmp.Diff(map[string][]string{"acme": {"2"}}, h.take()); diff != "" {
			t.Error("after half a minute:", diff)
		}
		time.Sleep(3 * 24 * time.Hour)
		if all := h.take(); all != nil {
			t.Errorf("old changes again: %v", all)
		}
		expect(t, feed.NewReader(), nil) // swept
	})
}

func TestFollowOutlivesADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLite(t)) // without tables
	var log bytes.Buffer
	feed := changes.Open(db, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		feed.Follow(ctx, func(string, []string) { t.Error("changes out of nothing") })
	}()
	time.AfterFunc(200*time.Millisecond, cancel)
	<-done
	if !strings.Contains(log.String(), "cannot be read now") {
		t.Error(log.String())
	}
	if err := feed.Publish(t.Context(), "acme", "1"); err == nil {
		t.Error("a change was published to no table")
	}
}
