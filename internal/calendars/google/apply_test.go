package google_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// TestApplyConverges: whatever users do to our events and whichever answers get
// lost, Apply repeated until it succeeds leaves exactly the wanted events, and
// everybody else's alone.
func TestApplyConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := newFake(t)
		c := f.open()
		var mu sync.Mutex
		var faults []string
		next := func() (fault string) {
			mu.Lock()
			defer mu.Unlock()
			if len(faults) > 0 {
				fault, faults = faults[0], faults[1:]
			}
			return fault
		}
		f.before = func(w http.ResponseWriter, s sent) bool {
			switch next() {
			case "throttled":
				writeError(w, 403, "rateLimitExceeded", "Rate Limit Exceeded")
				return true
			case "down":
				writeError(w, 503, "backendError", "Backend Error")
				return true
			}
			return false
		}
		f.after = func(w http.ResponseWriter, s sent) bool {
			if next() == "lost" {
				return reset(w, s)
			}
			return false
		}
		f.events[alice] = map[string]map[string]any{"theirs": f.store("theirs", map[string]any{"summary": "Lunch"})}
		for step := range rapid.IntRange(1, 6).Draw(t, "steps") {
			users(t, f)
			mu.Lock()
			faults = rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "", "throttled", "down", "lost"}), 0, 12).Draw(t, "faults")
			mu.Unlock()
			wanted := events(t)
			opts := calendars.Options{Token: fmt.Sprint(step), Rewrite: true}
			for try := 0; ; try++ {
				_, err := calendars.Apply(t.Context(), c, alice, key, wanted, opts)
				if err == nil {
					break
				}
				if !isTemporary(err) || try > 20 {
					t.Fatalf("try %d: %v", try, err)
				}
			}
			if diff := cmp.Diff(summaries(wanted), shown(f)); diff != "" {
				t.Fatalf("the calendar shows (-want +got):\n%s", diff)
			}
		}
	})
}

// users change, remove or restore events of ours.
func users(t *rapid.T, f *fake) {
	f.mu.Lock()
	ids := make([]string, 0, len(f.events[alice]))
	for id := range f.events[alice] {
		if id != "theirs" {
			ids = append(ids, id)
		}
	}
	f.mu.Unlock()
	slices.Sort(ids)
	for _, id := range ids {
		switch rapid.SampledFrom([]string{"nothing", "edit", "remove", "purge", "restore", "unmark"}).Draw(t, "user") {
		case "edit":
			f.change(alice, id, func(e map[string]any) {
				e["summary"], e["description"], e["sequence"] = "mine", "notes", number(e["sequence"])+1
			})
		case "remove":
			f.change(alice, id, func(e map[string]any) { e["status"] = "cancelled" })
		case "purge":
			f.change(alice, id, func(e map[string]any) { e["status"], e["purged"] = "cancelled", true })
		case "restore":
			f.change(alice, id, func(e map[string]any) { e["status"] = "confirmed"; delete(e, "purged") })
		case "unmark":
			// The run's marker is damaged; the event is still the absence's.
			f.change(alice, id, func(e map[string]any) { setProperty(e, calendars.PropertyKey, key.String()) })
		}
	}
}

// events draws up to three runs of an absence.
func events(t *rapid.T) []absence.Event {
	var drawn []absence.Event
	for run := range rapid.IntRange(0, 3).Draw(t, "runs") {
		event := rapid.SampledFrom([]func() absence.Event{allDay, morning}).Draw(t, "event")()
		event.Run = run + 1
		event.Title = rapid.SampledFrom([]string{"Absent", "Congés"}).Draw(t, "title")
		event.Private = rapid.Bool().Draw(t, "private")
		drawn = append(drawn, event)
	}
	return drawn
}

func summaries(events []absence.Event) []string {
	lines := []string{"Lunch"}
	for _, event := range events {
		visibility := "default"
		if event.Private {
			visibility = "private"
		}
		lines = append(lines, strings.Join([]string{event.Title, string(event.Status), visibility,
			fmt.Sprintf("%d:%s", event.Run, calendars.Fingerprint(event))}, " "))
	}
	slices.Sort(lines)
	return lines
}

// shown is what the fake's live events look like, in the same words.
func shown(f *fake) []string {
	var lines []string
	for _, event := range f.live(alice) {
		if event["id"] == "theirs" {
			lines = append(lines, event["summary"].(string))
			continue
		}
		lines = append(lines, fmt.Sprintf("%v %v %v %v", event["summary"], event["status"], event["visibility"],
			property(event, calendars.PropertyRun)))
	}
	slices.Sort(lines)
	return lines
}
