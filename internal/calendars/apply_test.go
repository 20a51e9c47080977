package calendars_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
)

const mailbox = "marie@example.com"

var key = calendars.Key{Source: "demo", Absence: "4711"}

// memories are the kinds of calendar systems: those that choose all ids, and those
// where Create chooses the event's id or its UID from the marker.
func memories() map[string]*calendartest.Memory {
	plain, ids, uids := calendartest.NewMemory(mailbox), calendartest.NewMemory(mailbox), calendartest.NewMemory(mailbox)
	ids.ChosenIDs, uids.ChosenUIDs = true, true
	return map[string]*calendartest.Memory{"its own ids": plain, "chosen ids": ids, "chosen UIDs": uids}
}

// day is an all-day event of that run on that day of March 2026.
func day(run, dayOfMarch int) absence.Event {
	date := absence.Date{Year: 2026, Month: 3, Day: dayOfMarch}
	return absence.Event{
		Run: run, Title: "Absent", AllDay: true, Zone: "Europe/Paris", Status: absence.Confirmed, ShowAs: absence.OutOfOffice,
		Start: absence.LocalTime{Date: date}, End: absence.LocalTime{Date: date.AddDays(1)},
	}
}

func apply(t *testing.T, cal calendars.Calendar, opts calendars.Options, events ...absence.Event) calendars.Result {
	t.Helper()
	result, err := calendars.Apply(t.Context(), cal, mailbox, key, events, opts)
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	return result
}

func token(text string) calendars.Options { return calendars.Options{Token: text} }

// tester is what a test and a property have in common.
type tester interface {
	Helper()
	Fatalf(string, ...any)
}

// shows fails the test unless the mailbox shows exactly events, by their titles
// and first days.
func shows(t tester, m *calendartest.Memory, events ...absence.Event) {
	t.Helper()
	want, got := []string{}, []string{}
	for _, e := range events {
		want = append(want, e.Title+" "+e.Start.Date.String())
	}
	for _, v := range m.Views(mailbox) {
		got = append(got, v.Title+" "+v.Start[:len("2026-03-02")])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the mailbox shows (-want +got):\n%s", diff)
	}
}

func operations(m *calendartest.Memory) []string {
	list := []string{}
	for _, op := range m.Operations() {
		list = append(list, op.String())
	}
	return list
}

func did(t *testing.T, m *calendartest.Memory, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, operations(m)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

// Sick leave in the middle of holidays cuts them in two: the days that stay are shown all
// the time, as what is new is written before what was there becomes shorter.
func TestApplyCutsWithoutAGap(t *testing.T) {
	t.Parallel()
	for name, m := range memories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			week := day(1, 2)
			week.End.Date = week.Start.Date.AddDays(5)
			apply(t, m, token("1"), week)
			var gaps []string
			m.After = func(op calendartest.Operation) error {
				for _, stays := range []string{"2026-03-02", "2026-03-06"} {
					covered := func(v calendartest.View) bool { return v.Start[:10] <= stays && stays < v.End[:10] }
					if !slices.ContainsFunc(m.Views(mailbox), covered) {
						gaps = append(gaps, stays+" after "+op.String())
					}
				}
				return nil
			}
			monday, friday := day(1, 2), day(2, 6)
			result := apply(t, m, token("2"), monday, friday)
			if len(gaps) > 0 {
				t.Errorf("nothing is shown of %v", gaps)
			}
			if len(result.Events) != 2 || result.Events[0].Marker.Run != 1 || result.Events[1].Marker.Run != 2 {
				t.Errorf("the events are %+v, want them in the order of their runs", result.Events)
			}
			shows(t, m, monday, friday)
		})
	}
}

func TestApplyWritesBeforeItRemoves(t *testing.T) {
	t.Parallel()
	for name, m := range memories() {
		t.Run(name, func(t *testing.T) {
			apply(t, m, token("1"), day(1, 2), day(2, 4), day(3, 6))
			did(t, m, "find", "create 1", "create 2", "create 3")
			m.Person().Bin(t, mailbox, apply(t, m, token("2"), day(1, 2), day(2, 4), day(3, 6)).Events[0].ID)
			did(t, m, "find")
			result := apply(t, m, token("3"), day(1, 9), day(2, 10))
			did(t, m, "find", "create 1", "update 2", "delete 3")
			if result.Created != 1 || result.Updated != 1 || result.Deleted != 1 || result.Unchanged != 0 || result.Writes() != 3 {
				t.Errorf("the result tells: %+v", result)
			}
			shows(t, m, day(1, 9), day(2, 10))
		})
	}
}

// Google's Create takes over the event whose run cannot be read, so that event
// must not be removed as surplus afterwards.
func TestApplyDoesNotRemoveWhatItHasJustWritten(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{"", "rubbish", "9:0123456789abcdef"} {
		for name, m := range memories() {
			t.Run(name+" "+damage, func(t *testing.T) {
				placed := apply(t, m, token("1"), day(1, 2), day(2, 4))
				m.Person().SetRun(t, mailbox, placed.Events[0].ID, damage)
				result := apply(t, m, token("2"), day(1, 2), day(2, 4))
				shows(t, m, day(1, 2), day(2, 4))
				if len(result.Events) != 2 || result.Events[0].ID == result.Events[1].ID {
					t.Errorf("the events are said to stand at %+v", result.Events)
				}
				if again := apply(t, m, token("3"), day(1, 2), day(2, 4)); again.Writes() != 0 {
					t.Errorf("the next Apply still writes: %+v", again)
				}
			})
		}
	}
}

// Only the event of run 1 is left, and it says that it is run 2: creating run 1
// takes it over, so it is no longer there for run 2.
func TestApplyAfterATakeOverDoesNotTrustWhatItFound(t *testing.T) {
	t.Parallel()
	m := memories()["chosen ids"]
	placed := apply(t, m, token("1"), day(1, 2))
	m.Person().SetRun(t, mailbox, placed.Events[0].ID, calendars.Marker{Key: key, Run: 2}.RunValue(calendars.Fingerprint(day(2, 4))))
	m.Operations()
	apply(t, m, token("2"), day(1, 2), day(2, 4))
	did(t, m, "find", "create 1", "create 2")
	shows(t, m, day(1, 2), day(2, 4))
}

// Only the event of run 2 is left, and it says that it is run 1: creating run 2 takes it
// over, so it is no longer there for run 1.
func TestApplyNoticesThatACreationTookOverAnotherRun(t *testing.T) {
	t.Parallel()
	m := memories()["chosen ids"]
	placed := apply(t, m, token("1"), day(1, 2), day(2, 4))
	m.Person().Bin(t, mailbox, placed.Events[0].ID)
	m.Person().SetRun(t, mailbox, placed.Events[1].ID, calendars.Marker{Key: key, Run: 1}.RunValue(calendars.Fingerprint(day(1, 2))))
	m.Operations()
	apply(t, m, token("2"), day(1, 2), day(2, 4))
	did(t, m, "find", "create 2", "create 1")
	shows(t, m, day(1, 2), day(2, 4))
}

func TestApplyRewritesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	for name, m := range memories() {
		t.Run(name, func(t *testing.T) {
			placed := apply(t, m, token("1"), day(1, 2))
			m.Person().Edit(t, mailbox, placed.Events[0].ID)
			if result := apply(t, m, token("2"), day(1, 2)); result.Unchanged != 1 || result.Writes() != 0 {
				t.Errorf("without Rewrite: %+v", result)
			}
			m.Operations()
			apply(t, m, calendars.Options{Token: "3", Rewrite: true}, day(1, 2))
			did(t, m, "find", "update 1")
			shows(t, m, day(1, 2))
		})
	}
}

// What an owner deleted is not made again; found again, as out of the bin, it is kept
// right; and an event that is another by now is written.
func TestApplyLeavesOutWhatTheOwnerDeleted(t *testing.T) {
	t.Parallel()
	for name, m := range memories() {
		t.Run(name, func(t *testing.T) {
			gone, other := day(1, 2), day(2, 4)
			respect := func(token string) calendars.Options {
				return calendars.Options{Token: token, Rewrite: true, OwnerDeleted: []string{calendars.Fingerprint(gone)}}
			}
			placed := apply(t, m, token("1"), gone, other)
			if err := m.Delete(t.Context(), mailbox, placed.Events[0]); err != nil {
				t.Fatal(err)
			}
			if result := apply(t, m, respect("2"), gone, other); result.Created != 0 || len(result.Events) != 1 {
				t.Errorf("%+v", result)
			}
			shows(t, m, other)
			changed := gone
			changed.Title = "Away"
			apply(t, m, respect("3"), changed, other)
			shows(t, m, changed, other)
			apply(t, m, respect("4"), gone, other) // it is there, however that came
			shows(t, m, gone, other)
		})
	}
}

// The first attempt's answer is lost; in the second the person deletes the event
// between Find and Update. The token alone would bring the deleted event back as
// an answer, and nothing into the calendar.
func TestApplyCreatesAnewWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, m := range memories() {
		t.Run(name, func(t *testing.T) {
			lost, binned := false, false
			m.After = func(op calendartest.Operation) error {
				if op.Name == "create" && !lost {
					lost = true
					return &calendars.Temporary{Code: "lost"}
				}
				return nil
			}
			m.Before = func(op calendartest.Operation) error {
				if op.Name == "update" && !binned {
					binned = true
					m.Person().Bin(t, mailbox, op.ID)
				}
				return nil
			}
			opts := calendars.Options{Token: "1", Rewrite: true}
			if _, err := calendars.Apply(t.Context(), m, mailbox, key, []absence.Event{day(1, 2)}, opts); err == nil {
				t.Fatal("the lost answer is no error")
			}
			result := apply(t, m, opts, day(1, 2))
			if !binned || result.Created != 1 || result.Updated != 0 {
				t.Errorf("the result tells: %+v", result)
			}
			shows(t, m, day(1, 2))
		})
	}
}

// An error is handed on as it is, and nothing is done after it; above all
// nothing after a Find that failed.
func TestApplyStopsAtTheFirstError(t *testing.T) {
	t.Parallel()
	trouble := &calendars.Blocked{Reason: calendars.MailboxFull, Scope: calendars.ScopeMailbox, Code: "x"}
	for failing, want := range map[string][]string{
		"find":     nil,
		"create 2": {"find"},
		"update 1": {"find", "create 2"},
		"delete 3": {"find", "create 2", "update 1"},
	} {
		t.Run(failing, func(t *testing.T) {
			m := calendartest.NewMemory(mailbox)
			apply(t, m, token("1"), day(1, 2), day(3, 6))
			m.Operations()
			m.Before = func(op calendartest.Operation) error {
				if op.String() == failing {
					return trouble
				}
				return nil
			}
			result, err := calendars.Apply(t.Context(), m, mailbox, key, []absence.Event{day(1, 3), day(2, 4)}, token("2"))
			if got, ok := errors.AsType[*calendars.Blocked](err); !ok || got != trouble {
				t.Errorf("Apply: %v", err)
			}
			if result.Writes() != max(0, len(want)-1) {
				t.Errorf("the result tells: %+v", result)
			}
			if diff := cmp.Diff(want, operations(m), cmp.Transformer("nil", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
				t.Errorf("operations (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever copies, damage and deletions there are, and whichever calls fail, lose
// their answers or say Gone for no reason: repeated until it succeeds, Apply
// leaves exactly the wanted events, owners' copies as they were, and other
// absences' and the person's own events alone.
func TestApplyConverges(t *testing.T) {
	t.Parallel()
	for name, m := range memories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) { converges(t, r, m.ChosenIDs, m.ChosenUIDs) })
		})
	}
}

func converges(t *testing.T, r *rapid.T, chosenIDs, chosenUIDs bool) {
	m := calendartest.NewMemory(mailbox)
	m.ChosenIDs, m.ChosenUIDs = chosenIDs, chosenUIDs
	neighbours := []absence.Event{day(1, 20)}
	neighbours[0].Title = "Neighbour"
	if _, err := calendars.Apply(t.Context(), m, mailbox, calendars.Key{Source: "demo", Absence: "471"}, neighbours, token("n")); err != nil {
		r.Fatal(err)
	}
	m.Person().Create(t, mailbox, "Lunch", "2026-03-03")
	lunch := day(1, 3)
	lunch.Title = "Lunch"
	others := append(neighbours, lunch)
	var known []string
	for step := range rapid.IntRange(1, 5).Draw(r, "steps") {
		m.Before, m.After = nil, nil
		others = append(others, disturb(t, r, m)...)
		wanted := draw(r)
		m.Before, m.After = faults(r, "before"), faults(r, "after")
		opts := calendars.Options{Token: fmt.Sprint(step), Rewrite: true, Known: known}
		for try := 0; ; try++ {
			result, err := calendars.Apply(t.Context(), m, mailbox, key, wanted, opts)
			if err == nil {
				known = ids(result)
				break
			}
			if _, ok := errors.AsType[*calendars.Temporary](err); !ok || try > 20 {
				r.Fatalf("try %d: %v", try, err)
			}
		}
		shows(r, m, slices.Concat(wanted, others)...)
	}
}

func ids(result calendars.Result) []string {
	var list []string
	for _, placed := range result.Events {
		list = append(list, placed.ID)
	}
	return list
}

// faults fails the nth calls drawn, a few in all. One that says Gone is spurious
// before the call, and after it as any lost answer.
func faults(r *rapid.T, which string) func(calendartest.Operation) error {
	failing := rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 0, 5, rapid.ID[int]).Draw(r, which)
	gone := rapid.Bool().Draw(r, which+" gone")
	calls := 0
	return func(op calendartest.Operation) error {
		calls++
		switch {
		case !slices.Contains(failing, calls):
			return nil
		case gone && (op.Name == "update" || op.Name == "delete"):
			return &calendars.Gone{Code: which}
		default:
			return &calendars.Temporary{Code: which}
		}
	}
}

// disturb does things to the events that are ours, and returns the copies that the
// owner made of them, as they look.
func disturb(t *testing.T, r *rapid.T, m *calendartest.Memory) []absence.Event {
	found, err := m.Find(t.Context(), mailbox, key)
	if err != nil {
		r.Fatal(err)
	}
	person := m.Person()
	var copies []absence.Event
	for _, placed := range found {
		if placed.Identity == calendars.IdentityCopy {
			continue
		}
		acts := []string{"nothing", "edit", "bin", "damage", "swap"}
		if placed.Identity == calendars.IdentityOwn {
			acts = append(acts, "copy", "copy and bin")
		}
		act := rapid.SampledFrom(acts).Draw(r, "act")
		switch act {
		case "edit":
			person.Edit(t, mailbox, placed.ID)
		case "damage":
			person.SetRun(t, mailbox, placed.ID, "rubbish")
		case "swap":
			run := rapid.IntRange(1, 4).Draw(r, "run")
			person.SetRun(t, mailbox, placed.ID, calendars.Marker{Key: key, Run: run}.RunValue(placed.Fingerprint))
		case "copy", "copy and bin":
			person.Duplicate(t, mailbox, placed.ID)
			copies = append(copies, newest(t, m))
		}
		if act == "bin" || act == "copy and bin" {
			person.Bin(t, mailbox, placed.ID)
		}
	}
	return copies
}

// newest is how the event looks that was made last.
func newest(t *testing.T, m *calendartest.Memory) absence.Event {
	t.Helper()
	views := m.Views(mailbox)
	view := views[len(views)-1]
	date, err := absence.ParseDate(view.Start[:len("2026-03-02")])
	if err != nil {
		t.Fatal(err)
	}
	return absence.Event{Title: view.Title, Start: absence.LocalTime{Date: date}}
}

// draw is up to three runs on days of their own.
func draw(r *rapid.T) []absence.Event {
	var events []absence.Event
	for run := range rapid.IntRange(0, 3).Draw(r, "runs") {
		events = append(events, day(run+1, 4+5*run+rapid.IntRange(0, 2).Draw(r, "day")))
	}
	return events
}
