package google_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

func TestFindReadsAllPages(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.pageSize = 2
	c := f.open()
	var want []calendars.Placed
	for run := 1; run <= 5; run++ {
		event := allDay()
		event.Run = run
		placed, err := c.Create(t.Context(), alice, calendars.Marker{Key: key, Run: run}, event, "")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, placed)
	}
	other := calendars.Marker{Key: calendars.Key{Source: "acme", Absence: "LEAVE-17"}, Run: 1}
	if _, err := c.Create(t.Context(), alice, other, allDay(), ""); err != nil {
		t.Fatal(err)
	}
	got, err := c.Find(t.Context(), alice, key)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b calendars.Placed) int { return a.Marker.Run - b.Marker.Run })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	query := f.last().query
	if query["privateExtendedProperty"][0] != "figgosyncKey=acme/leave-17" || query["showDeleted"][0] != "false" || query["maxResults"][0] != "250" {
		t.Errorf("query %v", query)
	}
}

func TestFindKeepsPeopleApart(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	create(t, c, allDay())
	found, err := c.Find(t.Context(), "bob@corp.example", key)
	if err != nil || len(found) != 0 || found == nil {
		t.Errorf("bob has %v, %v", found, err)
	}
	if owner := f.last().owner; owner != "bob@corp.example" {
		t.Errorf("read as %s", owner)
	}
}

func TestFindLeavesOutTheDead(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, _ sent) bool {
		marked := map[string]any{"private": map[string]any{calendars.PropertyKey: "acme/leave-17", calendars.PropertyRun: "1:aa"}}
		writeJSON(w, 200, map[string]any{"kind": "calendar#events", "items": []any{
			map[string]any{"id": "dead0", "etag": "1", "status": "cancelled", "extendedProperties": marked},
			map[string]any{"id": "plain", "etag": "2", "status": "confirmed"},
			map[string]any{"id": "other", "etag": "3", "extendedProperties": map[string]any{"private": map[string]any{calendars.PropertyKey: "acme/leave-1"}}},
			map[string]any{"id": "norun", "etag": "4", "extendedProperties": map[string]any{"private": map[string]any{calendars.PropertyKey: "acme/leave-17"}}},
			map[string]any{"id": "found", "etag": "5", "status": "tentative", "created": "2026-01-07T10:11:12.000Z", "extendedProperties": marked},
		}})
		return true
	}
	found, err := f.open().Find(t.Context(), alice, key)
	if err != nil {
		t.Fatal(err)
	}
	want := []calendars.Placed{
		{Marker: calendars.Marker{Key: key}, ID: "norun", Version: "4", Identity: calendars.IdentityCopy},
		{
			Marker: marker, ID: "found", Version: "5", Fingerprint: "aa",
			Identity: calendars.IdentityCopy, CreatedAt: time.Date(2026, 1, 7, 10, 11, 12, 0, time.UTC),
		},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateGone(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(f *fake, id string){
		"cancelled": func(f *fake, id string) {
			f.change(alice, id, func(e map[string]any) { e["status"] = "cancelled" })
		},
		"marker missing": func(f *fake, id string) {
			f.change(alice, id, func(e map[string]any) { delete(e, "extendedProperties") })
		},
		"unknown": func(f *fake, id string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.events[alice], id)
		},
		"while writing": func(f *fake, id string) {
			f.before = func(w http.ResponseWriter, s sent) bool {
				if s.verb == "PATCH" {
					writeError(w, 410, "deleted", "Resource has been deleted")
				}
				return s.verb == "PATCH"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			placed := create(t, c, allDay())
			remove(f, placed.ID)
			_, err := c.Update(t.Context(), alice, placed, morning())
			var gone *calendars.Gone
			if !errors.As(err, &gone) {
				t.Errorf("%v, want gone", err)
			}
		})
	}
}

func TestLostRaceTwiceIsTemporary(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	placed := create(t, c, allDay())
	f.before = func(_ http.ResponseWriter, s sent) bool {
		if s.verb == "PATCH" || s.verb == "DELETE" {
			f.change(alice, placed.ID, func(map[string]any) {})
		}
		return false
	}
	_, err := c.Update(t.Context(), alice, placed, morning())
	wantTemporary(t, err, "412 conditionNotMet", 0)
	wantTemporary(t, c.Delete(t.Context(), alice, placed), "412 conditionNotMet", 0)
	if live := f.live(alice); len(live) != 1 || live[0]["status"] != "confirmed" {
		t.Errorf("live: %v", live)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		c := f.open()
		placed := create(t, c, allDay())
		if err := c.Delete(t.Context(), alice, placed); err != nil {
			t.Error(err)
		}
		wantGone(t, c.Delete(t.Context(), alice, placed), "cancelled")
		if f.requests[1].query["sendUpdates"][0] != "none" || f.requests[1].header.Get("If-Match") != placed.Version {
			t.Errorf("query %v, header %v", f.requests[1].query, f.requests[1].header)
		}
		if len(f.live(alice)) != 0 {
			t.Error("still there")
		}
	})
	t.Run("unknown event", func(t *testing.T) {
		t.Parallel()
		c := newFake(t).open()
		for _, version := range []string{"", "1"} {
			err := c.Delete(t.Context(), alice, calendars.Placed{Marker: marker, ID: "fs0unknown", Version: version})
			wantGone(t, err, "404 notFound")
		}
	})
	t.Run("tombstone, version unknown", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		c := f.open()
		placed := create(t, c, allDay())
		f.change(alice, placed.ID, func(e map[string]any) { e["status"] = "cancelled" })
		placed.Version = ""
		wantGone(t, c.Delete(t.Context(), alice, placed), "cancelled")
	})
	for _, version := range []string{"", `"0"`} {
		t.Run("edited, version "+version, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			placed := create(t, c, allDay())
			f.change(alice, placed.ID, func(e map[string]any) { e["summary"] = "mine" })
			placed.Version = version
			if err := c.Delete(t.Context(), alice, placed); err != nil || len(f.live(alice)) != 0 {
				t.Errorf("%v, %d live", err, len(f.live(alice)))
			}
		})
		t.Run("without our marker, version "+version, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			placed := create(t, c, allDay())
			f.change(alice, placed.ID, func(e map[string]any) { setProperty(e, calendars.PropertyKey, "acme/other") })
			placed.Version = version
			wantGone(t, c.Delete(t.Context(), alice, placed), "marker-missing")
			if live := len(f.live(alice)); live != 1 {
				t.Errorf("%d live", live)
			}
		})
	}
	t.Run("became another run's", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		c := f.open()
		placed := create(t, c, allDay())
		stale := placed
		stale.Marker.Run = 0 // as Find tells an event whose run nobody can read
		if _, err := c.Update(t.Context(), alice, placed, morning()); err != nil {
			t.Fatal(err)
		}
		wantGone(t, c.Delete(t.Context(), alice, stale), "marker-missing")
		if live := len(f.live(alice)); live != 1 {
			t.Errorf("%d live", live)
		}
	})
}

func wantGone(t testing.TB, err error, code string) {
	t.Helper()
	wantPortError(t, &calendars.Gone{Code: code}, err)
}

func TestEveryRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	placed := create(t, c, allDay())
	if _, err := c.Update(t.Context(), alice, placed, morning()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(t.Context(), " Alice@corp.example", key); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), alice, placed); err != nil {
		t.Fatal(err)
	}
	users := map[string]bool{}
	for _, s := range f.requests {
		users[s.query["quotaUser"][0]] = true
		if text := fmt.Sprint(s.path, s.query, s.raw); strings.Contains(strings.ToLower(text), "alice") {
			t.Errorf("the address is in %s %s", s.verb, text)
		}
		if !strings.HasPrefix(s.path, "calendars/primary/") {
			t.Errorf("path %s", s.path)
		}
	}
	if len(users) != 1 || users[""] {
		t.Errorf("quota users %v", users)
	}
	if got := f.tokenRequests(); got != 1 {
		t.Errorf("%d token requests", got)
	}
}

// TestLimits: writes into one mailbox one after another, everything together
// within MaxConcurrent, which is used in full.
func TestLimits(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open(func(cfg *google.Config) { cfg.MaxConcurrent = 3 })
	var all, most, mine, mineMost atomic.Int64
	full, once := make(chan struct{}), sync.Once{}
	enter := func(now, high *atomic.Int64) func() {
		n := now.Add(1)
		for old := high.Load(); n > old && !high.CompareAndSwap(old, n); old = high.Load() {
		}
		return func() { now.Add(-1) }
	}
	f.before = func(_ http.ResponseWriter, s sent) bool {
		defer enter(&all, &most)()
		if s.owner == alice {
			defer enter(&mine, &mineMost)()
		}
		if all.Load() == 3 {
			once.Do(func() { close(full) })
		}
		<-full
		return false
	}
	if got := c.MaxConcurrent(); got != 3 {
		t.Errorf("MaxConcurrent tells %d", got)
	}
	var group sync.WaitGroup
	for i := range 24 {
		group.Go(func() {
			mailbox := alice
			if i%2 == 0 {
				mailbox = fmt.Sprintf("user%d@corp.example", i)
			}
			m := calendars.Marker{Key: calendars.Key{Source: "acme", Absence: fmt.Sprint(i)}, Run: 1}
			if _, err := c.Create(t.Context(), mailbox, m, allDay(), ""); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most.Load() != 3 || mineMost.Load() != 1 {
		t.Errorf("%d requests at once, %d into one mailbox", most.Load(), mineMost.Load())
	}
}

// TestWaitingObeysContext: who waits for the mailbox or for a free slot leaves
// when told to.
func TestWaitingObeysContext(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open(func(cfg *google.Config) { cfg.MaxConcurrent = 1 })
	started, release := make(chan struct{}), make(chan struct{})
	f.before = func(http.ResponseWriter, sent) bool { close(started); <-release; f.before = nil; return false }
	var group sync.WaitGroup
	group.Go(func() { create(t, c, allDay()) })
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, locked := c.Create(ctx, alice, marker, morning(), "")
	_, full := c.Find(ctx, "bob@corp.example", key)
	if locked != context.DeadlineExceeded || full != context.DeadlineExceeded {
		t.Errorf("%v, %v", locked, full)
	}
	close(release)
	group.Wait()
}
