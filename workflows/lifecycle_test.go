package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/workflows"
)

// start is a Monday; the absences of these tests are in the week after.
var start = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

func date(text string) absence.Date {
	d, err := absence.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func half(day string, part absence.Part) absence.HalfDay {
	return absence.HalfDay{Date: date(day), Part: part}
}

func wholeDay(day string) absence.Absence {
	return absence.Absence{HalfDays: []absence.HalfDay{half(day, absence.Morning), half(day, absence.Afternoon)}}
}

// change is a whole absence on one day, as it was minutes after start.
func change(day string, minutes int) workflows.Change {
	at := start.Add(time.Duration(minutes) * time.Minute)
	return workflows.Change{ChangedAt: at, OccurredAt: at, Employee: "416", Absence: wholeDay(day)}
}

// world stands for settings, directory and calendars. Calendars are keyed by
// place; what they hold are the fingerprints of days.
type world struct {
	*testsuite.TestWorkflowEnvironment
	t         *testing.T
	mu        sync.Mutex
	place     workflows.Place
	calendars map[workflows.Place]string
	applies   int
	timers    []time.Duration
	behaviour workflows.Behaviour // what Route tells
	route     func(workflows.RouteRequest) workflows.Route
	apply     func(context.Context, workflows.ApplyRequest) (workflows.ApplyResult, error)
	find      func(workflows.FindEmployeeRequest) workflows.FindEmployeeResult

	admission  workflows.Admission // of live deletions
	admissions int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		TestWorkflowEnvironment: newEnvironment(), t: t,
		place:     workflows.Place{Connection: "c1", Provider: "office365", Mailbox: "jane@example.com"},
		calendars: map[workflows.Place]string{}, behaviour: workflows.NewestBehaviour,
		admission: workflows.AdmissionGiven,
	}
	w.SetOnTimerScheduledListener(func(_ string, length time.Duration) { w.timers = append(w.timers, length) })
	w.route, w.apply = w.routeToPlace, w.write
	w.SetStartTime(start)
	w.SetStartWorkflowOptions(startOptions)
	w.SetWorkerOptions(worker.Options{DisableRegistrationAliasing: true, DeadlockDetectionTimeout: forever})
	w.RegisterWorkflowWithOptions(workflows.AbsenceLifecycle, workflow.RegisterOptions{Name: workflows.AbsenceLifecycleType})
	w.RegisterWorkflowWithOptions(workflows.Initialization, workflow.RegisterOptions{Name: workflows.InitializationType})
	w.RegisterWorkflowWithOptions(workflows.LegalEntityInitialization, workflow.RegisterOptions{Name: workflows.LegalEntityInitializationType})
	w.RegisterActivityWithOptions(func(_ context.Context, r workflows.RouteRequest) (workflows.Route, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		route := w.route(r)
		route.Behaviour = w.behaviour
		route.Retry = workflows.RetryWaits{First: time.Minute, Max: 24 * time.Hour}
		return route, nil
	}, activity.RegisterOptions{Name: workflows.RouteActivity})
	w.RegisterActivityWithOptions(func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		w.mu.Lock() // activities of different absences run at once
		defer w.mu.Unlock()
		w.applies++
		return w.apply(ctx, r)
	}, activity.RegisterOptions{Name: workflows.ApplyAbsenceActivity})
	w.RegisterActivityWithOptions(func(_ context.Context, r workflows.AdmitRequest) (workflows.Admission, error) {
		w.admissions++
		return w.admission, nil
	}, activity.RegisterOptions{Name: workflows.AdmitDeletionActivity})
	w.RegisterActivityWithOptions(func(_ context.Context, r workflows.FindEmployeeRequest) (workflows.FindEmployeeResult, error) {
		return w.find(r), nil
	}, activity.RegisterOptions{Name: workflows.FindEmployeeActivity})
	return w
}

func (w *world) routeToPlace(r workflows.RouteRequest) workflows.Route {
	return workflows.Route{Outcome: workflows.RouteWrite, LegalEntity: "1", Target: w.target(w.place, r.Absence)}
}

// target is one event a half-day: enough to see what was asked for.
func (w *world) target(place workflows.Place, a absence.Absence) *workflows.Target {
	events := []absence.Event{}
	for i, h := range a.HalfDays {
		status := absence.Pending
		if h.Confirmed {
			status = absence.Confirmed
		}
		events = append(events, absence.Event{Run: i + 1, Title: fmt.Sprint(h.Date, h.Part), Status: status})
	}
	return &workflows.Target{Synchronization: "s1", Place: place, Events: events, Fingerprint: place.Mailbox + show(events)}
}

func show(events []absence.Event) string {
	text := ""
	for _, e := range events {
		text += fmt.Sprintf("[%s %s]", e.Title, e.Status)
	}
	return text
}

func (w *world) write(_ context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
	w.calendars[r.Place] = show(r.Events)
	return workflows.ApplyResult{Created: len(r.Events)}, nil
}

func (w *world) signal(after time.Duration, name string, value any) {
	w.RegisterDelayedCallback(func() { w.SignalWorkflow(name, value) }, after)
}

func (w *world) run() workflows.Result {
	w.t.Helper()
	w.ExecuteWorkflow(workflows.AbsenceLifecycleType, workflows.State{Source: "demo", Absence: "8750"})
	return w.result()
}

func (w *world) result() workflows.Result {
	w.t.Helper()
	var result workflows.Result
	if !w.IsWorkflowCompleted() {
		w.t.Fatal("the workflow did not complete")
	}
	if err := w.GetWorkflowResult(&result); err != nil {
		w.t.Fatal(err)
	}
	return result
}

func (w *world) stateAt(after time.Duration, check func(workflows.State)) {
	w.RegisterDelayedCallback(func() {
		value, err := w.QueryWorkflow(workflows.StateQuery)
		if err != nil {
			w.t.Errorf("query: %v", err)
			return
		}
		var state workflows.State
		if err := value.Get(&state); err != nil {
			w.t.Errorf("query: %v", err)
		}
		check(state)
	}, after)
}

const (
	tentativeDay = "[2026-12-07am tentative][2026-12-07pm tentative]"
	confirmedDay = "[2026-12-07am confirmed][2026-12-07pm confirmed]"
)

func TestAnAbsenceLivesThroughItsThreeStates(t *testing.T) {
	w := newWorld(t)
	w.signal(0, "requested", change("2026-12-07", 1))
	w.RegisterDelayedCallback(func() { w.sees(tentativeDay) }, time.Hour)
	w.signal(2*time.Hour, "approved", change("2026-12-07", 60))
	w.RegisterDelayedCallback(func() { w.sees(confirmedDay) }, 3*time.Hour)
	w.signal(4*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(4 * time.Hour)})
	result := w.run()
	w.sees("")
	if result.Status != workflows.StatusDeleted {
		t.Errorf("ended as %q, want deleted", result.Status)
	}
	if w.applies != 3 {
		t.Errorf("%d calendar activities, want 3", w.applies)
	}
	if len(w.timers) != 1 {
		t.Errorf("timers %v, want the one for the end only", w.timers)
	}
	if age := w.Now().Sub(start); age < 52*time.Hour {
		t.Errorf("the tombstone stood %s, want 48h after the deletion at least", age)
	}
}

// The timer that runs already does for the tombstone, unless it would fire too early.
func TestTheTombstoneStandsForTwoDays(t *testing.T) {
	for name, c := range map[string]struct {
		timers  int
		day     string
		deleted time.Duration
		end     time.Time
	}{
		"the timer that runs does": {1, "2026-12-07", time.Hour, start.Add(endLookedFor)},
		"of a far one too":         {1, "2027-11-08", time.Hour, start.Add(endLookedFor)},
		"of its second timer too":  {2, "2027-02-08", endLookedFor + time.Hour, start.Add(2 * endLookedFor)},
		"it is too early":          {2, "2026-12-07", 59 * 24 * time.Hour, start.Add(61 * 24 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.signal(0, "approved", change(c.day, 1))
			w.signal(c.deleted, "deleted", workflows.Change{ChangedAt: start.Add(c.deleted)})
			w.run()
			if w.Now().Before(c.end) || w.Now().After(c.end.Add(time.Minute)) || len(w.timers) != c.timers {
				t.Errorf("ended %s after %d timers, want %s after %d", w.Now(), len(w.timers), c.end, c.timers)
			}
		})
	}
}

// endLookedFor is how often a run looks whether it is over.
const endLookedFor = 60 * 24 * time.Hour

func (w *world) sees(want string) {
	w.t.Helper()
	if got := w.calendars[w.place]; got != want {
		w.t.Errorf("the calendar shows %q, want %q", got, want)
	}
}

// Signals arrive in any order, each twice, early or late: the end is the same.
func TestOrderOfSignalsDoesNotMatter(t *testing.T) {
	type message struct {
		name   string
		change workflows.Change
	}
	requested := message{"requested", change("2026-12-07", 1)}
	approved := message{"approved", change("2026-12-07", 2)}
	deleted := message{"deleted", workflows.Change{ChangedAt: start.Add(3 * time.Minute)}}
	for name, messages := range map[string][]message{
		"":             {requested, approved, requested, approved},
		"with deleted": {requested, approved, deleted, requested, approved, deleted},
	} {
		want := confirmedDay
		if name != "" {
			want = ""
		}
		for i, order := range permutations(len(messages)) {
			for _, gap := range []time.Duration{0, time.Minute} {
				if gap > 0 && i%7 != 0 {
					continue
				}
				w := newWorld(t)
				var delay time.Duration
				for _, index := range order {
					w.signal(delay, messages[index].name, messages[index].change)
					delay += gap
				}
				w.run()
				if got := w.calendars[w.place]; got != want {
					t.Fatalf("%s order %v gap %s: calendar shows %q, want %q", name, order, gap, got, want)
				}
			}
		}
	}
}

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for _, shorter := range permutations(n - 1) {
		for i := range n {
			longer := append(append(append([]int{}, shorter[:i]...), n-1), shorter[i:]...)
			all = append(all, longer)
		}
	}
	return all
}

func TestRepeatedNewsWritesNothing(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.signal(time.Duration(i)*time.Hour, "approved", change("2026-12-07", 1))
	}
	later := change("2026-12-07", 30) // newer, and the same
	w.signal(6*time.Hour, "approved", later)
	w.run()
	if w.applies != 1 {
		t.Errorf("%d calendar activities, want 1", w.applies)
	}
}

func TestALateApprovalDoesNotResurrect(t *testing.T) {
	w := newWorld(t)
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(time.Hour)})
	w.signal(48*time.Hour, "approved", change("2026-12-07", 1))
	w.run()
	w.sees("")
}

func TestADeletionWinsATie(t *testing.T) {
	for _, order := range [][2]string{{"approved", "deleted"}, {"deleted", "approved"}} {
		w := newWorld(t)
		w.signal(0, order[0], change("2026-12-07", 5))
		w.signal(time.Minute, order[1], change("2026-12-07", 5))
		w.run()
		w.sees("")
	}
}

func TestHalfDayPostsMakeOneWrite(t *testing.T) {
	w := newWorld(t)
	days := []string{"2026-12-07", "2026-12-08", "2026-12-09", "2026-12-10"}
	var delay time.Duration
	for _, day := range days {
		for _, part := range []absence.Part{absence.Afternoon, absence.Morning} {
			w.signal(delay, "requested", halfPost(half(day, part)))
			delay += 300 * time.Millisecond
		}
	}
	w.stateAt(time.Minute, func(s workflows.State) {
		if len(s.Content.HalfDays) != 8 || s.Status != workflows.StatusSynced {
			t.Errorf("%d half-days, status %s; want 8, synced", len(s.Content.HalfDays), s.Status)
		}
	})
	w.run()
	if w.applies != 1 {
		t.Errorf("%d calendar activities for 8 posts, want 1", w.applies)
	}
}

func halfPost(h absence.HalfDay) workflows.Change {
	return workflows.Change{OccurredAt: start, Employee: "134", Partial: true, Absence: absence.Absence{HalfDays: []absence.HalfDay{h}}}
}

func TestRemovingOneHalfDayKeepsTheOthers(t *testing.T) {
	w := newWorld(t)
	am, pm := half("2026-12-07", absence.Morning), half("2026-12-07", absence.Afternoon)
	w.signal(0, "approved", halfPost(am))
	w.signal(0, "approved", halfPost(pm))
	w.signal(time.Minute, "deleted", halfPost(pm))
	w.signal(2*time.Minute, "requested", halfPost(pm)) // late: stays removed
	w.RegisterDelayedCallback(func() { w.sees("[2026-12-07am confirmed]") }, time.Hour)
	w.signal(2*time.Hour, "deleted", halfPost(am))
	if result := w.run(); result.Status != workflows.StatusDeleted {
		t.Errorf("ended as %s, want deleted", result.Status)
	}
	w.sees("")
}

func TestBlockedHealsByItself(t *testing.T) {
	w := newWorld(t)
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if w.applies < 4 {
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox", Code: "ErrorInvalidUser"}}, nil
		}
		return w.write(ctx, r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.stateAt(time.Second, func(s workflows.State) {
		want := &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox", Code: "ErrorInvalidUser"}
		if diff := cmp.Diff(want, s.Trouble, cmpopts.IgnoreFields(workflows.Trouble{}, "Since")); diff != "" || s.Status != workflows.StatusBlocked {
			t.Errorf("status %s, trouble differs (-want +got):\n%s", s.Status, diff)
		}
		if wait := s.NextTry.Sub(start); wait < time.Minute || wait > 61*time.Second {
			t.Errorf("next try after %s, want a minute", wait)
		}
	})
	// Tries at 0, 1, 3 and 7 minutes.
	w.stateAt(7*time.Minute+time.Second, func(s workflows.State) {
		if s.Status != workflows.StatusSynced || s.Trouble != nil {
			t.Errorf("status %s, trouble %v; want synced", s.Status, s.Trouble)
		}
	})
	w.run()
	w.sees(confirmedDay)
}

func TestRetrySignalTriesAtOnceAndRewrites(t *testing.T) {
	w := newWorld(t)
	rewrites := 0
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if r.Rewrite {
			rewrites++
		}
		return w.write(ctx, r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "retry", workflows.Retry{})                // nothing to do
	w.signal(2*time.Hour, "retry", workflows.Retry{Rewrite: true}) // undo a user's edit
	w.run()
	if w.applies != 2 || rewrites != 1 {
		t.Errorf("%d writes, %d rewrites; want 2 and 1", w.applies, rewrites)
	}
}

// One of many that are asked leaves alone what does not wait, does not hurry, and goes
// behind live changes.
func TestOneOfManyIsAskedToTryAgain(t *testing.T) {
	t.Run("synced", func(t *testing.T) {
		w := newWorld(t)
		w.signal(0, "approved", change("2026-12-07", 1))
		w.signal(time.Hour, "retry", workflows.Retry{Bulk: true})
		w.stateAt(2*time.Hour, func(s workflows.State) {
			if last := s.Story[len(s.Story)-1]; last.Event != workflows.EventWritten {
				t.Errorf("the story ends with %+v", last)
			}
		})
		w.run()
	})
	t.Run("rewrite", func(t *testing.T) {
		w := newWorld(t)
		var priorities []int
		w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
			priorities = append(priorities, activity.GetInfo(ctx).Priority.PriorityKey)
			return w.write(ctx, r)
		}
		w.signal(0, "approved", change("2026-12-07", 1))
		w.signal(time.Hour, "retry", workflows.Retry{Bulk: true, Rewrite: true})
		w.signal(2*time.Hour, "approved", change("2026-12-08", 60))
		w.run()
		if w.applies != 3 {
			t.Errorf("%d writes, priorities %v", w.applies, priorities)
		}
	})
	t.Run("blocked", func(t *testing.T) {
		w := newWorld(t)
		w.route = block("no-email")
		var waits []time.Duration
		w.signal(0, "approved", change("2026-12-07", 1))
		for i := range 4 { // its own tries are after 1, 3 and 7 minutes
			w.signal(time.Duration(8+i)*time.Minute, "retry", workflows.Retry{Bulk: true})
			w.stateAt(time.Duration(8+i)*time.Minute+time.Second, func(s workflows.State) {
				if !s.Bulk {
					t.Error("it does not give way to live changes")
				}
				waits = append(waits, s.NextTry.Sub(w.Now()).Round(time.Minute))
			})
		}
		w.RegisterDelayedCallback(func() { w.route = w.routeToPlace }, 20*time.Minute)
		w.run()
		// After three tries the next wait is eight minutes, and doubles.
		want := []time.Duration{16 * time.Minute, 32 * time.Minute, 64 * time.Minute, 128 * time.Minute}
		if diff := cmp.Diff(want, waits); diff != "" {
			t.Errorf("being asked hurries it (-want +got):\n%s", diff)
		}
	})
}

func TestSkippedAbsenceIsWrittenOnceASynchronizationWantsIt(t *testing.T) {
	w := newWorld(t)
	wanted := false
	w.route = func(r workflows.RouteRequest) workflows.Route {
		if !wanted {
			return workflows.Route{Outcome: workflows.RouteSkip, Trouble: &workflows.Trouble{Reason: "no-synchronization"}}
		}
		return w.routeToPlace(r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.stateAt(time.Second, func(s workflows.State) {
		if s.Status != workflows.StatusSkipped {
			t.Errorf("status %s, want skipped", s.Status)
		}
	})
	w.RegisterDelayedCallback(func() { wanted = true }, time.Hour)
	w.run()
	w.sees(confirmedDay)
}

func TestAnUnknownEmployeeIsLookedUpOnce(t *testing.T) {
	w := newWorld(t)
	lookups := 0
	w.find = func(r workflows.FindEmployeeRequest) workflows.FindEmployeeResult {
		lookups++
		return workflows.FindEmployeeResult{Employee: &workflows.Employee{ID: r.Employee, Email: "jane@example.com"}}
	}
	w.route = func(r workflows.RouteRequest) workflows.Route {
		if r.Known == nil {
			return workflows.Route{Outcome: workflows.RouteLookup}
		}
		return w.routeToPlace(r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.run()
	w.sees(confirmedDay)
	if lookups != 1 {
		t.Errorf("%d look-ups, want 1", lookups)
	}
}

// Who the owner is comes first, and then what type it is: the policy that asks is theirs.
func TestAnUnknownAbsenceTypeIsLookedUp(t *testing.T) {
	w := newWorld(t)
	var asked [][]string
	w.find = func(r workflows.FindEmployeeRequest) workflows.FindEmployeeResult {
		asked = append(asked, r.Accounts)
		found := workflows.FindEmployeeResult{Employee: &workflows.Employee{ID: r.Employee, Email: "jane@example.com"}}
		for _, id := range r.Accounts {
			found.Types = append(found.Types, absence.Type{ID: id, Name: "RTT"})
		}
		return found
	}
	w.route = func(r workflows.RouteRequest) workflows.Route {
		switch {
		case r.Known == nil:
			return workflows.Route{Outcome: workflows.RouteLookup}
		case len(r.Types) == 0:
			return workflows.Route{Outcome: workflows.RouteLookup, Accounts: []string{"57"}}
		}
		if want := (absence.Type{ID: "57", Name: "RTT"}); r.Types[0] != want {
			t.Errorf("asked with %+v", r.Types)
		}
		return w.routeToPlace(r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.run()
	w.sees(confirmedDay)
	if diff := cmp.Diff([][]string{nil, {"57"}}, asked); diff != "" {
		t.Error(diff)
	}
}

// A Route that asks for the same again and again does not make the workflow turn.
func TestALookupThatHelpsNothing(t *testing.T) {
	w := newWorld(t)
	lookups := 0
	w.find = func(r workflows.FindEmployeeRequest) workflows.FindEmployeeResult {
		lookups++
		return workflows.FindEmployeeResult{Employee: &workflows.Employee{ID: r.Employee}}
	}
	helped := false
	w.route = func(r workflows.RouteRequest) workflows.Route {
		if helped {
			return w.routeToPlace(r)
		}
		return workflows.Route{Outcome: workflows.RouteLookup, Accounts: []string{"57"}}
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.stateAt(time.Second, func(s workflows.State) {
		if s.Status != workflows.StatusBlocked || lookups != 2 {
			t.Errorf("%s after %d look-ups", s.Status, lookups)
		}
	})
	w.RegisterDelayedCallback(func() { helped = true }, time.Minute)
	w.run()
	w.sees(confirmedDay)
}

func TestAMoveRemovesThereAndWritesHere(t *testing.T) {
	w := newWorld(t)
	old := w.place
	w.signal(0, "approved", change("2026-12-07", 1))
	w.RegisterDelayedCallback(func() {
		w.place = workflows.Place{Connection: "c3", Provider: "google", Mailbox: "jane@example.com"}
	}, time.Hour)
	w.signal(2*time.Hour, "approved", change("2026-12-08", 60))
	w.run()
	w.sees("[2026-12-08am confirmed][2026-12-08pm confirmed]")
	if got := w.calendars[old]; got != "" {
		t.Errorf("the old calendar still shows %q", got)
	}
}

// A mailbox that cannot be cleared any more must not keep the new one from
// being written.
func TestAMoveAwayFromABrokenMailboxStillWrites(t *testing.T) {
	w := newWorld(t)
	old, broken := w.place, true
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if r.Place == old && len(r.Events) == 0 && broken {
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "consent-missing", Scope: "connection"}}, nil
		}
		return w.write(ctx, r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.RegisterDelayedCallback(func() {
		w.place = workflows.Place{Connection: "c3", Provider: "google", Mailbox: "jane@example.com"}
	}, time.Hour)
	w.signal(2*time.Hour, "approved", change("2026-12-08", 60))
	w.stateAt(2*time.Hour+time.Second, func(s workflows.State) {
		w.sees("[2026-12-08am confirmed][2026-12-08pm confirmed]")
		if s.Status != workflows.StatusBlocked || len(s.Leftovers) != 1 {
			t.Errorf("status %s with %d leftovers, want blocked with 1", s.Status, len(s.Leftovers))
		}
		broken = false
	})
	w.run()
	if got := w.calendars[old]; got != "" {
		t.Errorf("the old calendar still shows %q", got)
	}
}

func TestNewsCancelsAWriteThatWaitsForItsProvider(t *testing.T) {
	w := newWorld(t)
	var asked []string
	down := true
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		asked = append(asked, show(r.Events))
		if down {
			return workflows.ApplyResult{}, errors.New("503")
		}
		return w.write(ctx, r)
	}
	w.signal(0, "requested", change("2026-12-07", 1))
	// The test environment gives up after ten attempts, which are 8 minutes.
	w.signal(3*time.Minute, "deleted", workflows.Change{ChangedAt: start.Add(time.Hour)})
	w.RegisterDelayedCallback(func() { asked = nil }, 3*time.Minute+time.Second)
	w.RegisterDelayedCallback(func() { down = false }, 5*time.Minute)
	result := w.run()
	for _, events := range asked {
		if events != "" {
			t.Errorf("after the deletion the calendar was asked to show %q", events)
		}
	}
	if result.Status != workflows.StatusDeleted {
		t.Errorf("ended as %s, want deleted", result.Status)
	}
}

func TestTroubleShowsAsRetrying(t *testing.T) {
	w := newWorld(t)
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if w.Now().Sub(start) < 7*time.Minute {
			return workflows.ApplyResult{}, errors.New("503")
		}
		return w.write(ctx, r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Minute, "trouble", workflows.Trouble{Reason: "temporary", Code: "503"})
	w.stateAt(2*time.Minute, func(s workflows.State) {
		if s.Status != workflows.StatusRetrying || s.Trouble == nil || s.Trouble.Code != "503" {
			t.Errorf("status %s, trouble %+v; want retrying, 503", s.Status, s.Trouble)
		}
	})
	w.stateAt(2*time.Hour, func(s workflows.State) {
		if s.Status != workflows.StatusSynced || s.Trouble != nil {
			t.Errorf("status %s, trouble %+v; want synced", s.Status, s.Trouble)
		}
	})
	w.run()
}

// A run ends at the first look after thirty days from the absence's last day. The
// length of a timer stands in clear beside the employee's id: absences of this week, of
// next spring and of last year have the same.
func TestTimersDoNotTellWhenTheAbsenceIs(t *testing.T) {
	for day, looks := range map[string]int{
		"2026-12-07": 1, "2026-12-29": 1, "2026-12-30": 2, "2027-02-26": 2, "2027-02-28": 3, "2025-12-08": 1,
	} {
		t.Run(day, func(t *testing.T) {
			w := newWorld(t)
			w.signal(0, "approved", change(day, 1))
			if result := w.run(); result.Status != workflows.StatusSynced {
				t.Errorf("ended as %s, want synced", result.Status)
			}
			if diff := cmp.Diff(slices.Repeat([]time.Duration{endLookedFor}, looks), w.timers); diff != "" {
				t.Errorf("timers (-want +got):\n%s", diff)
			}
			if end := start.Add(time.Duration(looks) * endLookedFor); w.Now().Before(end) || w.Now().After(end.Add(time.Minute)) {
				t.Errorf("ended %s, want %s", w.Now(), end)
			}
		})
	}
}

// A new run, after the old one is over, knows nothing: it must ask the calendar
// even to delete.
func TestADeletionInANewRunStillRemoves(t *testing.T) {
	w := newWorld(t)
	w.calendars[w.place] = confirmedDay
	w.signal(0, "deleted", workflows.Change{ChangedAt: start, Employee: "416"})
	w.run()
	w.sees("")
}

func TestAnEmptyOrBrokenChangeNeverDeletes(t *testing.T) {
	w := newWorld(t)
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "approved", workflows.Change{ChangedAt: start.Add(time.Hour), Employee: "416"})
	w.signal(2*time.Hour, "requested", "this is not a change")
	w.run()
	w.sees(confirmedDay)
}

func TestContinuesAsNewWithItsWholeState(t *testing.T) {
	w := newWorld(t)
	w.signal(0, "approved", change("2026-12-07", 1))
	w.RegisterDelayedCallback(func() {
		w.SetContinueAsNewSuggested(true)
		w.SignalWorkflow("retry", workflows.Retry{})
	}, time.Hour)
	w.ExecuteWorkflow(workflows.AbsenceLifecycleType, workflows.State{Source: "demo", Absence: "8750"})
	again := (*workflow.ContinueAsNewError)(nil)
	if err := w.GetWorkflowError(); !errors.As(err, &again) {
		t.Fatalf("ended with %v, want to continue as new", err)
	}
	var state workflows.State
	if err := converterFor(again).FromPayloads(again.Input, &state); err != nil {
		t.Fatal(err)
	}
	next := newWorld(t)
	next.calendars = w.calendars
	next.signal(time.Minute, "approved", change("2026-12-07", 1)) // known already
	next.signal(time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(time.Hour)})
	next.ExecuteWorkflow(workflows.AbsenceLifecycleType, state)
	next.result()
	next.sees("")
	if next.applies != 1 {
		t.Errorf("%d calendar activities after continuing, want 1", next.applies)
	}
}

func TestWrongInputSaysWhatToWrite(t *testing.T) {
	w := newWorld(t)
	w.ExecuteWorkflow(workflows.AbsenceLifecycleType, workflows.State{Source: "demo"})
	if err := w.GetWorkflowError(); err == nil || !contains(err.Error(), `{"source":"demo","absence":"8750"}`) {
		t.Errorf("error %v does not show an example", err)
	}
}
