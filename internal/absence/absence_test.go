package absence_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
)

func TestNormalizeSortsAndMergesRepetitions(t *testing.T) {
	t.Parallel()
	given := of("2026-03-03 pm?, 2026-03-02 am 60?, 2026-03-03 am, 2026-03-03 am?, 2026-03-02 am 90?, 2026-03-02 am 30, 2026-03-03 pm")
	given.Off = []absence.Date{date("2026-05-14"), date("2026-05-01"), date("2026-05-14")}
	given.Account, given.AccountName = "7", "RTT"
	before := slices.Clone(given.HalfDays)

	want := of("2026-03-02 am 90, 2026-03-03 am, 2026-03-03 pm")
	want.Off = []absence.Date{date("2026-05-01"), date("2026-05-14")}
	want.Account, want.AccountName = "7", "RTT"
	got := given.Normalize()
	equal(t, "normalized", want, got)
	equal(t, "normalized twice", got, got.Normalize())
	equal(t, "the original", before, given.HalfDays)

	got.HalfDays[0].Confirmed = false
	got.Off[0] = date("2027-01-01")
	equal(t, "the original after a change to the copy", before, given.HalfDays)
}

func TestAnEmptyAbsence(t *testing.T) {
	t.Parallel()
	var none absence.Absence
	if !none.IsEmpty() || !none.FirstDay().IsZero() || !none.LastDay().IsZero() {
		t.Errorf("empty %t, first %q, last %q", none.IsEmpty(), none.FirstDay(), none.LastDay())
	}
	equal(t, "events", []absence.Event{}, eventsOf(t, none, absence.DefaultPolicy()))
	text, err := json.Marshal(none.Normalize())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "JSON", `{"halfDays":[]}`, string(text))
}

func TestFirstAndLastDayNeedNoOrder(t *testing.T) {
	t.Parallel()
	a := of("2026-12-31 pm, 2027-01-04, 2026-12-30 pm, 2027-01-01")
	equal(t, "first", date("2026-12-30"), a.FirstDay())
	equal(t, "last", date("2027-01-04"), a.LastDay())
	if a.IsEmpty() {
		t.Error("it is called empty")
	}
}

func TestFromPeriod(t *testing.T) {
	t.Parallel()
	const am, pm = absence.Morning, absence.Afternoon
	for name, c := range map[string]struct {
		from     string
		fromPart absence.Part
		to       string
		toPart   absence.Part
		want     string
	}{
		"a day":                         {"2026-03-02", am, "2026-03-02", pm, "2026-03-02"},
		"a morning":                     {"2026-03-02", am, "2026-03-02", am, "2026-03-02 am"},
		"an afternoon":                  {"2026-03-02", pm, "2026-03-02", pm, "2026-03-02 pm"},
		"from noon to noon":             {"2026-03-02", pm, "2026-03-04", am, "2026-03-02 pm, 2026-03-03, 2026-03-04 am"},
		"a weekend between":             {"2026-03-06", am, "2026-03-09", pm, "2026-03-06, 2026-03-09"},
		"only a weekend":                {"2026-03-07", pm, "2026-03-08", pm, "2026-03-07 pm, 2026-03-08"},
		"ends inside a weekend":         {"2026-03-06", pm, "2026-03-07", am, "2026-03-06 pm"},
		"the leap day":                  {"2028-02-28", pm, "2028-03-01", am, "2028-02-28 pm, 2028-02-29, 2028-03-01 am"},
		"over new year":                 {"2026-12-31", pm, "2027-01-01", am, "2026-12-31 pm, 2027-01-01 am"},
		"across the summer-time change": {"2026-03-27", pm, "2026-03-30", am, "2026-03-27 pm, 2026-03-30 am"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := absence.FromPeriod(date(c.from), c.fromPart, date(c.to), c.toPart, true)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "half-days", of(c.want), got)
		})
	}
	t.Run("pending", func(t *testing.T) {
		got, err := absence.FromPeriod(date("2026-03-02"), am, date("2026-03-02"), am, false)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "half-days", of("2026-03-02 am?"), got)
	})
}

func TestFromPeriodRefuses(t *testing.T) {
	t.Parallel()
	const am, pm = absence.Morning, absence.Afternoon
	day := date("2026-03-02")
	refuse := func(start absence.Date, startPart absence.Part, end absence.Date, endPart absence.Part, words ...string) {
		t.Helper()
		_, err := absence.FromPeriod(start, startPart, end, endPart, true)
		refused(t, err, words...)
	}
	refuse(day, am, day.AddDays(-1), pm, "2026-03-01", "before")
	refuse(day, pm, day, am, "before")
	refuse(day, am, day.AddDays(400), am, "401", "400")
	refuse(date("0001-01-01"), am, date("9998-01-01"), am, "400")
	refuse(absence.Date{}, am, day, am, "start", "YYYY-MM-DD")
	refuse(day, am, absence.Date{Year: 2026, Month: 2, Day: 31}, am, "end", "2026-02-31")
	refuse(day, "noon", day, am, "start", "noon")
	refuse(day, am, day, "", "end", `"pm"`)
	if _, err := absence.FromPeriod(day, am, day.AddDays(399), pm, true); err != nil {
		t.Errorf("400 days: %v", err)
	}
}
