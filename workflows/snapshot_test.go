package workflows_test

import (
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/workflows"
)

// snapshot is what a list told of an absence, read so long after start and as it was
// changed in Figgo minutes after start.
func snapshot(read time.Duration, minutes int, halves ...absence.HalfDay) workflows.Change {
	c := change("2026-12-07", minutes)
	c.Bulk, c.ReadAt = true, start.Add(read)
	if len(halves) > 0 {
		c.Absence.HalfDays = halves
	}
	return c
}

func cancelled(h absence.HalfDay) workflows.Change {
	c := halfPost(h)
	c.OccurredAt = time.Time{}
	return c
}

// A page that was read before a cancellation and is announced after it must not bring
// the absence back; what it tells besides still counts.
func TestASnapshotLosesToWhatCameAfterItWasRead(t *testing.T) {
	am, pm := half("2026-12-07", absence.Morning), half("2026-12-07", absence.Afternoon)
	const afternoon = "[2026-12-07pm confirmed]"
	for name, c := range map[string]struct {
		signals func(*world)
		want    string
	}{
		"whole, deleted without a time of its own": {func(w *world) {
			w.signal(time.Hour, "deleted", workflows.Change{Employee: "416", ChangedAt: start.Add(-time.Hour)})
			w.signal(2*time.Hour, "approved", snapshot(30*time.Minute, 1))
		}, ""},
		"whole, changed meanwhile": {func(w *world) {
			w.signal(time.Hour, "approved", change("2026-12-08", 1))
			w.signal(2*time.Hour, "approved", snapshot(30*time.Minute, 2))
		}, otherDay},
		"half-days, all cancelled meanwhile": {func(w *world) {
			w.signal(0, "approved", halfPost(am))
			w.signal(0, "approved", halfPost(pm))
			w.signal(time.Hour, "deleted", cancelled(am))
			w.signal(time.Hour, "deleted", cancelled(pm))
			w.signal(2*time.Hour, "approved", snapshot(30*time.Minute, 1))
		}, ""},
		"one half-day cancelled of an absence that only the list has whole": {func(w *world) {
			w.signal(time.Hour, "deleted", cancelled(am))
			w.signal(2*time.Hour, "approved", snapshot(30*time.Minute, 1))
		}, afternoon},
		"a late notice of a half-day that was cancelled before the list was read": {func(w *world) {
			w.signal(0, "approved", halfPost(am))
			w.signal(0, "approved", halfPost(pm))
			w.signal(time.Hour, "deleted", cancelled(am))
			w.signal(3*time.Hour, "approved", snapshot(2*time.Hour, 1, pm))
			w.signal(4*time.Hour, "requested", halfPost(am))
			w.signal(4*time.Hour, "approved", halfPost(am))
		}, afternoon},
		"late notices of half-days after the whole was deleted": {func(w *world) {
			w.signal(time.Hour, "deleted", workflows.Change{Employee: "416", ChangedAt: start.Add(time.Hour)})
			w.signal(2*time.Hour, "approved", halfPost(am))
			w.signal(3*time.Hour, "approved", halfPost(pm))
		}, ""},
		"a half-day cancelled after a list was read that tells no times": {func(w *world) {
			untimed := snapshot(time.Hour, 1)
			untimed.ChangedAt, untimed.OccurredAt = time.Time{}, time.Time{}
			w.signal(3*time.Hour, "approved", untimed)
			late := cancelled(am)
			late.ChangedAt = start.Add(2 * time.Hour)
			w.signal(4*time.Hour, "deleted", late)
		}, afternoon},
		"read after all of it": {func(w *world) {
			w.signal(time.Hour, "approved", change("2026-12-08", 1))
			w.signal(3*time.Hour, "approved", snapshot(2*time.Hour, 90))
		}, confirmedDay},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.signals(w)
			w.RegisterDelayedCallback(func() { w.sees(c.want) }, 5*time.Hour)
			w.run()
			w.sees(c.want)
		})
	}
}

// The HTTP synchronization writes times by the owner's clock, without an offset, and lists
// and the Lucca API in UTC: one that is hours off must neither keep what was cancelled nor
// bring back what was deleted. The legal entities are in Fort-de-France and Saint-Denis.
func TestTimesOfPostsAreOfAnotherClockThanThoseOfLists(t *testing.T) {
	am, pm := half("2026-12-07", absence.Morning), half("2026-12-07", absence.Afternoon)
	post := func(h absence.HalfDay, at, offset time.Duration) workflows.Change {
		c := halfPost(h)
		c.ChangedAt = start.Add(at + offset)
		return c
	}
	for name, c := range map[string]struct {
		signals func(*world)
		want    string
	}{
		"cancelled an hour after the list's last change, west of it": {func(w *world) {
			w.signal(time.Hour, "approved", snapshot(time.Hour, 30))
			w.signal(90*time.Minute, "deleted", post(am, 90*time.Minute, -4*time.Hour))
			w.signal(90*time.Minute, "deleted", post(pm, 90*time.Minute, -4*time.Hour))
		}, ""},
		"approved before the deletion that the comparison found, east of it": {func(w *world) {
			w.signal(0, "approved", post(am, 0, 4*time.Hour))
			gone := snapshot(time.Hour, 60)
			w.signal(time.Hour, "deleted", gone)
			w.signal(2*time.Hour, "approved", post(am, 0, 4*time.Hour))
			w.signal(2*time.Hour, "approved", post(pm, 0, 4*time.Hour))
		}, ""},
		"approved a day after the deletion": {func(w *world) {
			w.signal(time.Hour, "deleted", workflows.Change{Employee: "416", ChangedAt: start.Add(time.Hour)})
			w.signal(25*time.Hour, "approved", post(am, 25*time.Hour, 4*time.Hour))
		}, "[2026-12-07am confirmed]"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.signals(w)
			w.RegisterDelayedCallback(func() { w.sees(c.want) }, 30*time.Hour)
			w.run()
		})
	}
}

// A run of an older behaviour does what it did, or its history would not replay.
func TestAnOlderBehaviourComparesTimesOfAllClocks(t *testing.T) {
	w := newWorld(t)
	w.behaviour = 3
	w.signal(time.Hour, "approved", snapshot(time.Hour, 30))
	late := halfPost(half("2026-12-07", absence.Morning))
	late.ChangedAt = start.Add(-3 * time.Hour)
	w.signal(90*time.Minute, "deleted", late)
	w.RegisterDelayedCallback(func() { w.sees(confirmedDay) }, 2*time.Hour)
	w.run()
	w.sees(confirmedDay)
}
