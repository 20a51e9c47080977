package delays_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/delays"
)

var _ admin.Delays = (*delays.Book)(nil)

// noon is the clock of most tests.
var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// both runs a test with a Book in each kind of database and with one in none.
func both(t *testing.T, run func(t *testing.T, book *delays.Book, now *clock)) {
	t.Helper()
	start := func(t *testing.T, book *delays.Book) {
		t.Helper()
		now := &clock{at: noon}
		book.SetNow(now.now)
		run(t, book, now)
	}
	t.Run("memory", func(t *testing.T) { start(t, delays.New(nil)) })
	databasetest.All(t, func(t *testing.T, db *database.DB) { start(t, delays.Open(db, nil)) })
}

func TestReadTellsHoursAndTotals(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, book *delays.Book, now *clock) {
		for range 90 {
			book.Observe("paris", 300*time.Millisecond)
		}
		for range 10 {
			book.Observe("paris", 3*time.Second)
		}
		now.set(noon.Add(70 * time.Minute))
		book.Observe("paris", 40*time.Minute)
		book.Observe("lyon", 0)
		now.set(noon.Add(80 * time.Minute))
		book.Flush(t.Context())
		buckets, totals, err := book.Read(t.Context(), noon.Add(30*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		ms := time.Millisecond
		at := noon.Add(70 * time.Minute)
		want := []delays.Bucket{
			{Synchronization: "paris", Start: noon, Width: time.Hour, Count: 100, P50: 379 * ms, P95: 4324 * ms, Last: noon},
			{Synchronization: "lyon", Start: noon.Add(time.Hour), Width: time.Hour, Count: 1, P50: 50 * ms, P95: 50 * ms, Last: at},
			{Synchronization: "paris", Start: noon.Add(time.Hour), Width: time.Hour, Count: 1, P50: 2840756 * ms, P95: 2840756 * ms, Last: at},
		}
		if diff := cmp.Diff(want, buckets); diff != "" {
			t.Error(diff)
		}
		want = []delays.Bucket{
			{Synchronization: "lyon", Start: noon, Width: 80 * time.Minute, Count: 1, P50: 50 * ms, P95: 50 * ms, Last: at},
			{Synchronization: "paris", Start: noon, Width: 80 * time.Minute, Count: 101, P50: 379 * ms, P95: 4324 * ms, Last: at},
		}
		if diff := cmp.Diff(want, totals); diff != "" {
			t.Error(diff)
		}
		if buckets, totals, err = book.Read(t.Context(), noon.Add(2*time.Hour)); err != nil || len(buckets)+len(totals) != 0 {
			t.Errorf("from 14:00: %v, %v, %v", buckets, totals, err)
		}
	})
}

func TestSweepRemovesWhatIsOlderThan32Days(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, book *delays.Book, now *clock) {
		for day := range 40 {
			now.set(noon.AddDate(0, 0, day))
			book.Observe("paris", time.Second)
		}
		book.Flush(t.Context())
		book.Sweep(t.Context())
		buckets, _, err := book.Read(t.Context(), noon)
		if err != nil {
			t.Fatal(err)
		}
		if len(buckets) != 33 || !buckets[0].Start.Equal(noon.AddDate(0, 0, 7)) {
			t.Errorf("%d buckets from %s", len(buckets), buckets[0].Start)
		}
	})
}

// Several processes write to the same rows, at the same time: nothing is lost and
// nothing counted twice.
func TestSeveralProcessesAddUp(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		first := databasetest.Open(t, address)
		if err := first.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		const processes, rounds = 4, 25
		for range processes {
			db := databasetest.Open(t, address)
			group.Go(func() {
				book := delays.Open(db, slog.New(slog.NewTextHandler(t.Output(), nil)))
				for i := range rounds {
					for _, name := range []string{"a", "b", "c"} {
						book.Observe(name, time.Duration(rand.IntN(5000))*time.Millisecond)
					}
					book.Flush(t.Context())
					if i%10 == 0 {
						book.Sweep(t.Context())
					}
				}
				for book.Pending() > 0 { // PostgreSQL or SQLite was busy
					book.Flush(t.Context())
				}
			})
		}
		group.Wait()
		_, totals, err := delays.Open(first, nil).Read(t.Context(), time.Now().Add(-2*time.Hour))
		if err != nil || len(totals) != 3 {
			t.Fatalf("%v, %v", totals, err)
		}
		for _, total := range totals {
			if total.Count != processes*rounds || total.P95 > 10*time.Second || total.P50 < 50*time.Millisecond {
				t.Errorf("%+v", total)
			}
		}
	})
}

// A database that is away costs nothing but time; the numbers wait, within bounds.
func TestADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLite(t)) // without tables
	var log bytes.Buffer
	book := delays.Open(db, slog.New(slog.NewTextHandler(&log, nil)))
	book.Observe("paris", time.Second)
	book.Flush(t.Context())
	if book.Pending() != 1 || !strings.Contains(log.String(), "cannot be written") {
		t.Errorf("%d wait; %s", book.Pending(), log.String())
	}
	for i := range delays.MaxPending + 500 {
		book.Observe(fmt.Sprintf("s%d", i), time.Second)
	}
	book.Observe(strings.Repeat("x", 10_000), time.Second)
	if book.Pending() != delays.MaxPending {
		t.Errorf("%d wait", book.Pending())
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	log.Reset()
	book.Observe("paris", time.Second) // known, so it counts
	book.Flush(t.Context())
	_, totals, err := book.Read(t.Context(), time.Now().Add(-time.Hour))
	if err != nil || len(totals) != delays.MaxPending || !strings.Contains(log.String(), "changes=502") {
		t.Errorf("%d totals, %v; %s", len(totals), err, log.String())
	}
	i := slices.IndexFunc(totals, func(b delays.Bucket) bool { return b.Synchronization == "paris" })
	if i < 0 || totals[i].Count != 2 {
		t.Errorf("paris is at %d", i)
	}
	_ = db.Close()
	if _, _, err := book.Read(context.Background(), time.Now()); err == nil {
		t.Error("a closed database looks like one without delays")
	}
}

func TestMemoryForgetsTheOldestHourFirst(t *testing.T) {
	t.Parallel()
	book, now := delays.New(nil), &clock{at: noon}
	book.SetNow(now.now)
	for i := range delays.MaxPending {
		now.set(noon.Add(time.Duration(i/1000) * time.Hour))
		book.Observe(fmt.Sprintf("s%d", i%1000), time.Second)
	}
	book.Observe("new", time.Second)
	if got := book.Pending(); got != delays.MaxPending-1000+1 {
		t.Errorf("%d are kept", got)
	}
	buckets, _, err := book.Read(t.Context(), noon)
	if err != nil || !buckets[0].Start.Equal(noon.Add(time.Hour)) {
		t.Errorf("from %s, %v", buckets[0].Start, err)
	}
}

func TestRunWritesEveryFewSecondsAndAtTheEnd(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		book := delays.Open(db, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			book.Run(ctx)
		}()
		book.Observe("paris", time.Second)
		cancel()
		<-done
		if _, totals, err := book.Read(t.Context(), time.Now().Add(-time.Hour)); err != nil || len(totals) != 1 {
			t.Errorf("%v, %v", totals, err)
		}
	})
}

func TestRunSweepsMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := delays.New(nil)
		ctx, cancel := context.WithCancel(t.Context())
		go book.Run(ctx)
		book.Observe("paris", time.Second)
		time.Sleep(31 * 24 * time.Hour)
		if book.Pending() != 1 {
			t.Error("forgotten too soon")
		}
		time.Sleep(3 * 24 * time.Hour)
		if book.Pending() != 0 {
			t.Error("not forgotten")
		}
		cancel()
	})
}

func TestObserveFromManyGoroutines(t *testing.T) {
	t.Parallel()
	book := delays.New(nil)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 500 {
				book.Observe("paris", time.Duration(i)*time.Millisecond)
				if i%100 == 0 {
					_, _, _ = book.Read(t.Context(), time.Now().Add(-time.Hour))
				}
			}
		})
	}
	group.Wait()
	_, totals, err := book.Read(t.Context(), time.Now().Add(-2*time.Hour))
	if err != nil || len(totals) != 1 || totals[0].Count != 4000 {
		t.Errorf("%v, %v", totals, err)
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	classes := delays.Classes()
	if classes[0] != 50 || classes[len(classes)-1] < (30*24*time.Hour).Milliseconds() || len(classes) > 50 {
		t.Errorf("%d classes, %v", len(classes), classes)
	}
	for i := 1; i < len(classes); i++ {
		if ratio := float64(classes[i]) / float64(classes[i-1]); ratio < 1.45 || ratio > 1.55 {
			t.Errorf("%d after %d", classes[i], classes[i-1])
		}
	}
	for took, want := range map[time.Duration]int64{
		-time.Hour: 50, 0: 50, 50 * time.Millisecond: 50, 50*time.Millisecond + 1: 75, 75 * time.Millisecond: 75,
		365 * 24 * time.Hour: classes[len(classes)-1], 1<<63 - 1: classes[len(classes)-1], -1 << 63: 50,
	} {
		if got := delays.ClassOf(took); got != want {
			t.Errorf("%s is in %d, want %d", took, got, want)
		}
	}
}

// P50 and P95 are never below the true ones, and at most one class above.
func TestQuantilesAreUpperBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		took := rapid.SliceOfN(rapid.Int64Range(0, (20*24*time.Hour).Milliseconds()), 1, 300).Draw(t, "took")
		book := delays.New(nil)
		for _, ms := range took {
			book.Observe("x", time.Duration(ms)*time.Millisecond)
		}
		_, totals, err := book.Read(context.Background(), time.Now().Add(-2*time.Hour))
		if err != nil || len(totals) != 1 {
			t.Fatalf("%v, %v", totals, err)
		}
		slices.Sort(took)
		for percent, got := range map[int]time.Duration{50: totals[0].P50, 95: totals[0].P95} {
			want := took[(len(took)*percent+99)/100-1] // nearest rank
			if got.Milliseconds() < want || got.Milliseconds() > max(50, want*151/100) {
				t.Errorf("P%d is %s, truly %d ms", percent, got, want)
			}
		}
	})
}
