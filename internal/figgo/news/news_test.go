package news_test

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
	"github.com/figgosync/figgosync/internal/figgo/news"
)

// heard collects what a follower is told.
type heard struct {
	mu  sync.Mutex
	all map[string][]string
}

func (h *heard) stale(source string, employees []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[string][]string{}
	}
	h.all[source] = append(h.all[source], employees...)
}

// take returns what was heard since the last time, sorted.
func (h *heard) take() map[string][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.all
	h.all = nil
	for _, employees := range all {
		slices.Sort(employees)
	}
	return all
}

func tell(t *testing.T, board *news.Board, source string, employees ...string) {
	t.Helper()
	for _, employee := range employees {
		if err := board.Tell(t.Context(), source, employee); err != nil {
			t.Fatal(err)
		}
	}
}

func expect(t *testing.T, reader *news.Reader, want map[string][]string) {
	t.Helper()
	var h heard
	if err := reader.Look(t.Context(), h.stale); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, h.take()); diff != "" {
		t.Error(diff)
	}
}

func both(t *testing.T, run func(t *testing.T, board *news.Board)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { run(t, news.New(nil)) })
	databasetest.All(t, func(t *testing.T, db *database.DB) { run(t, news.Open(db, nil)) })
}

func TestEveryReaderHearsEachPieceOfNewsOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, board *news.Board) {
		first, second := board.NewReader(), board.NewReader()
		expect(t, first, nil)
		tell(t, board, "acme", "1", "2", "1")
		tell(t, board, "other", "1")
		want := map[string][]string{"acme": {"1", "2"}, "other": {"1"}}
		expect(t, first, want)
		expect(t, second, want)
		expect(t, first, nil)
		tell(t, board, "acme", "2", "3") // 2 again, maybe at the same moment
		expect(t, first, map[string][]string{"acme": {"2", "3"}})
		expect(t, first, nil)
		expect(t, second, map[string][]string{"acme": {"2", "3"}})
		expect(t, board.NewReader(), map[string][]string{"acme": {"1", "2", "3"}, "other": {"1"}})
	})
}

func TestNewsOfNobodyIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, board *news.Board) {
		for _, who := range [][2]string{{"", "1"}, {"acme", ""}, {"acme", strings.Repeat("1", 129)}, {strings.Repeat("a", 129), "1"}} {
			if err := board.Tell(t.Context(), who[0], who[1]); !errors.Is(err, news.ErrUnusable) {
				t.Errorf("%.10q: %v", who, err)
			}
		}
		expect(t, board.NewReader(), nil)
	})
}

// News that one process wrote before, and that is seen after the newest: its
// transaction ended later.
func TestNewsThatIsSeenLate(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		board := news.Open(db, nil)
		reader := board.NewReader()
		tell(t, board, "acme", "1")
		expect(t, reader, map[string][]string{"acme": {"1"}})
		insert := func(employee string, ago time.Duration) {
			var newest int64
			if err := db.QueryRowContext(t.Context(), `SELECT max(at) FROM employee_news`).Scan(&newest); err != nil {
				t.Fatal(err)
			}
			_, err := db.ExecContext(t.Context(), `INSERT INTO employee_news (source, employee, at, times) VALUES ('acme', $1, $2, 1)`, employee, newest-ago.Microseconds())
			if err != nil {
				t.Fatal(err)
			}
		}
		insert("2", 50*time.Second)
		expect(t, reader, map[string][]string{"acme": {"2"}})
		expect(t, reader, nil)
		insert("3", 49*time.Hour)
		if err := board.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, board.NewReader(), map[string][]string{"acme": {"1", "2"}})
	})
}

// The databases' clocks are right to the second: the tables' times are compared
// with each other only, but a clock in other units would keep news for ever.
func TestTheStoresClocksAreMicroseconds(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		tell(t, news.Open(db, nil), "acme", "1")
		var at int64
		if err := db.QueryRowContext(t.Context(), `SELECT at FROM employee_news`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		if off := time.Since(database.Time(at)); off.Abs() > 10*time.Second {
			t.Errorf("off by %s", off)
		}
	})
}

func TestManyTellAtOnce(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		db := databasetest.Open(t, address)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			board := news.Open(databasetest.Open(t, address), nil)
			group.Go(func() {
				for i := range 20 {
					if err := board.Tell(t.Context(), "acme", fmt.Sprint(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		var h heard
		if err := news.Open(db, nil).NewReader().Look(t.Context(), h.stale); err != nil {
			t.Fatal(err)
		}
		if all := h.take()["acme"]; len(all) != 20 {
			t.Errorf("%v", all)
		}
	})
}

func TestFollowLooksTwiceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := news.New(nil)
		tell(t, board, "acme", "1")
		var h heard
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go board.Follow(ctx, h.stale)
		synctest.Wait()
		if diff := cmp.Diff(map[string][]string{"acme": {"1"}}, h.take()); diff != "" {
			t.Error("at once:", diff)
		}
		tell(t, board, "acme", "2")
		time.Sleep(31 * time.Second)
		if diff := cmp.Diff(map[string][]string{"acme": {"2"}}, h.take()); diff != "" {
			t.Error("after half a minute:", diff)
		}
		time.Sleep(3 * 24 * time.Hour)
		if all := h.take(); all != nil {
			t.Errorf("old news again: %v", all)
		}
		expect(t, board.NewReader(), nil) // swept
	})
}

func TestFollowOutlivesADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLite(t)) // without tables
	var log bytes.Buffer
	board := news.Open(db, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		board.Follow(ctx, func(string, []string) { t.Error("news out of nothing") })
	}()
	time.AfterFunc(200*time.Millisecond, cancel)
	<-done
	if !strings.Contains(log.String(), "cannot be read now") {
		t.Error(log.String())
	}
	if err := board.Tell(t.Context(), "acme", "1"); err == nil {
		t.Error("news was told to no table")
	}
}
