package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/reconcile"
)

func shown(day, end string) calendars.Shown {
	return calendars.Shown{Title: "Absent", AllDay: true, Start: day, End: end}
}

func listed(name string, run int, identity calendars.Identity, s calendars.Shown) calendars.Listed {
	marker := calendars.Marker{Key: calendars.Key{Source: "demo", Absence: name}, Run: run}
	return calendars.Listed{Placed: calendars.Placed{Marker: marker, Identity: identity}, Shown: s}
}

func writtenAs(fingerprint string, one calendars.Listed) calendars.Listed {
	one.Fingerprint = fingerprint
	return one
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	const own, copied, unbound = calendars.IdentityOwn, calendars.IdentityCopy, calendars.IdentityUnknown
	monday, friday := shown("2026-12-07", "2026-12-08"), shown("2026-12-11", "2026-12-12")
	edited := monday
	edited.Title = "Mine"
	want := func(runs map[int]calendars.Shown) []reconcile.Want {
		return []reconcile.Want{{Absence: "1", Runs: runs, Written: map[int]string{1: "right"}}}
	}
	one := want(map[int]calendars.Shown{1: monday})
	two := want(map[int]calendars.Shown{1: monday, 2: friday})
	type differences = []reconcile.Difference
	for name, c := range map[string]struct {
		wanted []reconcile.Want
		listed []calendars.Listed
		want   reconcile.Outcome
	}{
		"right":             {two, []calendars.Listed{listed("1", 1, own, monday), listed("1", 2, unbound, friday)}, reconcile.Outcome{Events: 2, Right: 2}},
		"nothing, rightly":  {nil, nil, reconcile.Outcome{}},
		"missing":           {two, []calendars.Listed{listed("1", 2, own, friday)}, reconcile.Outcome{Events: 1, Right: 1, Differences: differences{{Kind: "missing", Absence: "1", Day: "2026-12-07", Run: 1}}}},
		"edited":            {one, []calendars.Listed{listed("1", 1, own, edited)}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "edited", Absence: "1", Day: "2026-12-07", Run: 1}}}},
		"edited by them":    {one, []calendars.Listed{writtenAs("right", listed("1", 1, own, edited))}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "edited", Absence: "1", Day: "2026-12-07", Run: 1, ByOwner: true}}}},
		"guessed zone":      {one, []calendars.Listed{writtenAs("right~", listed("1", 1, own, monday))}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "edited", Absence: "1", Day: "2026-12-07", Run: 1}}}},
		"guessed, edited":   {one, []calendars.Listed{writtenAs("right~", listed("1", 1, own, edited))}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "edited", Absence: "1", Day: "2026-12-07", Run: 1, ByOwner: true}}}},
		"a former policy":   {one, []calendars.Listed{writtenAs("older", listed("1", 1, own, monday))}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "edited", Absence: "1", Day: "2026-12-07", Run: 1}}}},
		"written as now":    {one, []calendars.Listed{writtenAs("right", listed("1", 1, own, monday))}, reconcile.Outcome{Events: 1, Right: 1}},
		"not written yet":   {one, []calendars.Listed{writtenAs("older", listed("1", 1, own, edited))}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "edited", Absence: "1", Day: "2026-12-07", Run: 1}}}},
		"a copy":            {one, []calendars.Listed{listed("1", 1, own, monday), listed("1", 1, copied, friday)}, reconcile.Outcome{Events: 1, Right: 1}},
		"only a copy":       {one, []calendars.Listed{listed("1", 1, copied, monday)}, reconcile.Outcome{Differences: differences{{Kind: "missing", Absence: "1", Day: "2026-12-07", Run: 1}}}},
		"twice":             {one, []calendars.Listed{listed("1", 1, own, monday), listed("1", 1, own, monday)}, reconcile.Outcome{Events: 2, Right: 1, Differences: differences{{Kind: "duplicate", Absence: "1", Day: "2026-12-07", Run: 1}}}},
		"perhaps a copy":    {one, []calendars.Listed{listed("1", 1, unbound, monday), listed("1", 1, unbound, friday)}, reconcile.Outcome{Events: 2, Right: 1}},
		"a run too much":    {one, []calendars.Listed{listed("1", 1, own, monday), listed("1", 2, own, friday)}, reconcile.Outcome{Events: 2, Right: 1, Differences: differences{{Kind: "surplus", Absence: "1", Day: "2026-12-11", Run: 2}}}},
		"surplus":           {nil, []calendars.Listed{listed("9", 1, own, monday)}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "surplus", Absence: "9", Day: "2026-12-07", Run: 1}}}},
		"misplaced":         {nil, []calendars.Listed{listed("elsewhere", 1, own, monday)}, reconcile.Outcome{Events: 1, Differences: differences{{Kind: "misplaced", Absence: "elsewhere", Day: "2026-12-07", Run: 1}}}},
		"before the window": {nil, []calendars.Listed{listed("9", 1, own, shown("2026-11-29", "2026-12-01"))}, reconcile.Outcome{Events: 1}},
		"after the window":  {nil, []calendars.Listed{listed("9", 1, own, shown("2026-12-31", "2027-01-02"))}, reconcile.Outcome{Events: 1}},
	} {
		window := reconcile.Window{From: absence.Date{Year: 2026, Month: 12, Day: 1}, To: absence.Date{Year: 2026, Month: 12, Day: 31}}
		got := reconcile.Mailbox(c.wanted, c.listed, window, func(name string) bool { return name == "elsewhere" })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
