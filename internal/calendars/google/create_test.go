package google_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
)

func TestCreateTwiceIsOneEvent(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	first := create(t, c, allDay())
	again := create(t, c, morning())
	if first.ID != again.ID || !isLegalID(first.ID) || !strings.HasPrefix(first.ID, "fs0") {
		t.Errorf("ids %s, %s", first.ID, again.ID)
	}
	live := f.live(alice)
	if len(live) != 1 || live[0]["status"] != "tentative" {
		t.Errorf("live events: %v", live)
	}
	want := []string{"POST events", "POST events", "GET events/" + first.ID, "PATCH events/" + first.ID}
	if diff := cmp.Diff(want, f.log()); diff != "" {
		t.Error(diff)
	}
}

func TestIDsDiffer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	seen := map[string]bool{}
	markers := []calendars.Marker{
		{Key: key, Run: 1},
		{Key: key, Run: 2},
		{Key: calendars.Key{Source: "acme", Absence: "leave-1"}, Run: 7},
		{Key: calendars.Key{Source: "acme", Absence: "leave-1/7"}, Run: 7},
		{Key: calendars.Key{Source: "acme/leave-1", Absence: "7"}, Run: 7},
	}
	for _, m := range markers {
		placed, err := c.Create(t.Context(), alice, m, allDay(), "same token")
		if err != nil {
			t.Fatal(err)
		}
		seen[placed.ID] = true
	}
	if len(seen) != len(markers) {
		t.Errorf("%d ids for %d markers", len(seen), len(markers))
	}
}

// TestIdentity: what has our marker is ours when it has an id that we made of it,
// in any generation and whatever became of the run in its marker.
func TestIdentity(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	var own []calendars.Placed
	for run := range 3 {
		placed, err := c.Create(t.Context(), alice, calendars.Marker{Key: key, Run: run + 1}, allDay(), "")
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, placed)
	}
	f.change(alice, own[1].ID, func(e map[string]any) { setProperty(e, calendars.PropertyKey, key.String()) })
	f.change(alice, own[2].ID, func(e map[string]any) { e["status"], e["purged"] = "cancelled", true })
	again, err := c.Create(t.Context(), alice, calendars.Marker{Key: key, Run: 3}, allDay(), "")
	if err != nil || again.ID == own[2].ID || again.Identity != calendars.IdentityOwn {
		t.Fatalf("the next generation: %+v, %v", again, err)
	}
	other, err := c.Create(t.Context(), alice, calendars.Marker{Key: calendars.Key{Source: "acme", Absence: "other"}, Run: 1}, allDay(), "")
	if err != nil {
		t.Fatal(err)
	}
	f.change(alice, other.ID, func(e map[string]any) { setProperty(e, calendars.PropertyKey, key.String()) })
	copies := map[string]bool{other.ID: true}
	for _, id := range []string{"7k2b9q4fd0m1uvoh5e6c3aprst", "fs0", own[0].ID + "_20260202", strings.ToUpper(own[0].ID)} {
		f.mu.Lock()
		f.events[alice][id] = f.store(id, f.events[alice][own[0].ID])
		f.mu.Unlock()
		copies[id] = true
	}
	found, err := c.Find(t.Context(), alice, key)
	if err != nil || len(found) != 8 {
		t.Fatalf("found %d, %v", len(found), err)
	}
	for _, placed := range found {
		want := calendars.IdentityOwn
		if copies[placed.ID] {
			want = calendars.IdentityCopy
		}
		if placed.Identity != want {
			t.Errorf("%s is %q, want %q", placed.ID, placed.Identity, want)
		}
	}
}

func TestCreateRevivesTombstone(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	placed := create(t, c, allDay())
	if err := c.Delete(t.Context(), alice, placed); err != nil {
		t.Fatal(err)
	}
	// Of a tombstone only the id is promised.
	f.change(alice, placed.ID, func(event map[string]any) {
		delete(event, "extendedProperties")
		event["attendees"] = []any{map[string]any{"email": "bob@corp.example"}}
	})
	revived := create(t, c, allDay())
	if revived.ID != placed.ID {
		t.Errorf("id %s, want %s", revived.ID, placed.ID)
	}
	if put := f.last(); put.verb != "PUT" || put.body["sequence"] != 1.0 || put.body["status"] != "confirmed" {
		t.Errorf("%s %v", put.verb, put.body)
	}
	if guests := f.live(alice)[0]["attendees"]; guests != nil {
		t.Errorf("guests came back: %v", guests)
	}
	found, err := c.Find(t.Context(), alice, key)
	if err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestCreateTakesNextGeneration(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(event map[string]any){
		"removed for good":        func(e map[string]any) { e["status"], e["purged"] = "cancelled", true },
		"another's event":         func(e map[string]any) { delete(e, "extendedProperties") },
		"another absence's event": func(e map[string]any) { setProperty(e, calendars.PropertyKey, "acme/other") },
		"another's tombstone": func(e map[string]any) {
			e["status"] = "cancelled"
			setProperty(e, calendars.PropertyKey, "acme/other")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			first := create(t, c, allDay())
			f.change(alice, first.ID, spoil)
			second := create(t, c, allDay())
			if second.ID == first.ID || second.ID[3:] != first.ID[3:] || !strings.HasPrefix(second.ID, "fs1") {
				t.Errorf("ids %s then %s", first.ID, second.ID)
			}
			f.change(alice, second.ID, spoil)
			if third := create(t, c, allDay()); !strings.HasPrefix(third.ID, "fs2") {
				t.Errorf("third id %s", third.ID)
			}
		})
	}
}

func setProperty(event map[string]any, name, value string) {
	event["extendedProperties"] = map[string]any{"private": map[string]any{name: value}}
}

func TestReviveRefusals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status       int
		reason, next string // next: the id's beginning, "" when Create fails
	}{
		"forbidden":           {403, "forbidden", "fs1"},
		"not the organizer":   {403, "forbiddenForNonOrganizer", "fs1"},
		"not found":           {404, "notFound", "fs1"},
		"deleted":             {410, "deleted", "fs1"},
		"rate limit":          {403, "rateLimitExceeded", ""},
		"scope missing":       {403, "insufficientPermissions", ""},
		"trouble at Google's": {500, "backendError", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			placed := create(t, c, allDay())
			f.change(alice, placed.ID, func(event map[string]any) { event["status"] = "cancelled" })
			f.before = func(w http.ResponseWriter, s sent) bool {
				if s.verb == "PUT" {
					writeError(w, tc.status, tc.reason, "message")
				}
				return s.verb == "PUT"
			}
			next, err := c.Create(t.Context(), alice, marker, allDay(), "")
			if tc.next == "" && err == nil || tc.next != "" && !strings.HasPrefix(next.ID, tc.next) {
				t.Errorf("created %q, %v", next.ID, err)
			}
		})
	}
}

func TestCreateGivesUpAfterSomeGenerations(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	f.before = func(w http.ResponseWriter, s sent) bool {
		switch s.verb {
		case "POST":
			writeError(w, 409, "duplicate", "The requested identifier already exists.")
		case "GET":
			writeJSON(w, 200, map[string]any{"id": s.path[strings.LastIndex(s.path, "/")+1:], "etag": `"1"`, "status": "cancelled"})
		default:
			writeError(w, 403, "forbidden", "Forbidden")
		}
		return true
	}
	_, err := c.Create(t.Context(), alice, marker, allDay(), "")
	wantInvalid(t, err, "no-free-event-id")
	inserts := map[string]bool{}
	for _, s := range f.requests {
		if s.verb == "POST" {
			inserts[s.body["id"].(string)] = true
		}
	}
	if len(inserts) != 20 {
		t.Errorf("%d ids tried", len(inserts))
	}
}

func TestDuplicateNotYetReadable(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	create(t, c, allDay())
	f.before = func(w http.ResponseWriter, s sent) bool {
		if s.verb == "GET" {
			writeError(w, 404, "notFound", "Not Found")
		}
		return s.verb == "GET"
	}
	_, err := c.Create(t.Context(), alice, marker, allDay(), "")
	wantTemporary(t, err, "notFound-after-duplicate", 0)
}

func TestConflictIsNotDuplicate(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, s sent) bool { writeError(w, 409, "conflict", "Conflict"); return true }
	_, err := f.open().Create(t.Context(), alice, marker, allDay(), "")
	wantTemporary(t, err, "409 conflict", 0)
	if log := f.log(); len(log) != 1 {
		t.Errorf("sent %q", log)
	}
}

// TestLostAnswers loses the answer to every kind of change, after it was done.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"POST", "PATCH", "DELETE"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			var placed calendars.Placed
			if verb != "POST" {
				placed = create(t, c, allDay())
			}
			lost := 0
			f.after = func(w http.ResponseWriter, s sent) bool {
				if s.verb == verb && lost == 0 {
					lost++
					return reset(w, s)
				}
				return false
			}
			do := func() (err error) {
				switch verb {
				case "POST":
					_, err = c.Create(t.Context(), alice, marker, allDay(), "")
				case "PATCH":
					_, err = c.Update(t.Context(), alice, placed, morning())
				case "DELETE":
					err = c.Delete(t.Context(), alice, placed)
				}
				return err
			}
			// net/http itself repeats a DELETE whose reused connection broke.
			if err := do(); verb != "DELETE" && !isTemporary(err) {
				t.Errorf("first try: %v", err)
			}
			if err := do(); verb == "DELETE" {
				wantGone(t, err, "cancelled")
			} else if err != nil {
				t.Errorf("second try: %v", err)
			}
			if live := len(f.live(alice)); live != map[bool]int{true: 0, false: 1}[verb == "DELETE"] {
				t.Errorf("%d live events", live)
			}
		})
	}
}

func TestTakeOverSurvivesARace(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	placed := create(t, c, allDay())
	races := 0
	f.before = func(_ http.ResponseWriter, s sent) bool {
		if s.verb == "PATCH" && races == 0 {
			races++
			f.change(alice, placed.ID, func(event map[string]any) { event["summary"] = "mine" })
		}
		return false
	}
	create(t, c, allDay())
	if live := f.live(alice); len(live) != 1 || live[0]["summary"] != "Absent" {
		t.Errorf("live: %v", live)
	}
	if patches := slices.DeleteFunc(f.log(), func(l string) bool { return !strings.HasPrefix(l, "PATCH") }); len(patches) != 2 {
		t.Errorf("%d PATCHes", len(patches))
	}
}
