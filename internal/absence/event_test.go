package absence_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/figgosync/figgosync/internal/absence"
)

// In these tests 2026-03-02 is a Monday, 2026-03-06 a Friday, 2026-03-09 the
// next Monday.

func TestWhenAnAbsenceIsShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		halves string
		off    string
		want   []string
	}{
		"a whole day":                 {"2026-03-02", "", []string{"all-day 2026-03-02 to 2026-03-03"}},
		"a morning":                   {"2026-03-02 am", "", []string{"timed 2026-03-02T09:00 to 2026-03-02T12:00"}},
		"an afternoon":                {"2026-03-02 pm", "", []string{"timed 2026-03-02T14:00 to 2026-03-02T18:00"}},
		"five days":                   {"2026-03-02, 2026-03-03, 2026-03-04, 2026-03-05, 2026-03-06", "", []string{"all-day 2026-03-02 to 2026-03-07"}},
		"noon to noon":                {"2026-03-02 pm, 2026-03-03, 2026-03-04 am", "", []string{"timed 2026-03-02T14:00 to 2026-03-04T12:00"}},
		"noon to evening":             {"2026-03-02 pm, 2026-03-03", "", []string{"timed 2026-03-02T14:00 to 2026-03-03T18:00"}},
		"morning to noon":             {"2026-03-02, 2026-03-03 am", "", []string{"timed 2026-03-02T09:00 to 2026-03-03T12:00"}},
		"a weekend is bridged":        {"2026-03-06, 2026-03-09", "", []string{"all-day 2026-03-06 to 2026-03-10"}},
		"a missing afternoon splits":  {"2026-03-06 am, 2026-03-09 am", "", []string{"timed 2026-03-06T09:00 to 2026-03-06T12:00", "timed 2026-03-09T09:00 to 2026-03-09T12:00"}},
		"a missing morning splits":    {"2026-03-06, 2026-03-09 pm", "", []string{"all-day 2026-03-06 to 2026-03-07", "timed 2026-03-09T14:00 to 2026-03-09T18:00"}},
		"noon to noon over a weekend": {"2026-03-06 pm, 2026-03-09 am", "", []string{"timed 2026-03-06T14:00 to 2026-03-09T12:00"}},
		"a missing day splits":        {"2026-03-02, 2026-03-04", "", []string{"all-day 2026-03-02 to 2026-03-03", "all-day 2026-03-04 to 2026-03-05"}},
		"a day off is bridged":        {"2026-03-02, 2026-03-04", "2026-03-03", []string{"all-day 2026-03-02 to 2026-03-05"}},
		"a long weekend is bridged":   {"2026-04-02, 2026-04-07", "2026-04-03 2026-04-06", []string{"all-day 2026-04-02 to 2026-04-08"}},
		"days off around are not shown": {"2026-03-06", "2026-03-05 2026-03-09",
			[]string{"all-day 2026-03-06 to 2026-03-07"}},
		"a Saturday that was entered":   {"2026-03-06, 2026-03-07", "", []string{"all-day 2026-03-06 to 2026-03-08"}},
		"a Saturday morning in between": {"2026-03-06, 2026-03-07 am, 2026-03-09", "", []string{"all-day 2026-03-06 to 2026-03-10"}},
		"ends on a Saturday morning":    {"2026-03-06, 2026-03-07 am", "", []string{"timed 2026-03-06T09:00 to 2026-03-07T12:00"}},
		"a day off that was entered":    {"2026-03-02, 2026-03-03 pm", "2026-03-03", []string{"all-day 2026-03-02 to 2026-03-04"}},
		"only a weekend":                {"2026-03-07, 2026-03-08", "", []string{"all-day 2026-03-07 to 2026-03-09"}},
		"two weeks and two holes": {"2026-03-02, 2026-03-03 am, 2026-03-04, 2026-03-05, 2026-03-06, 2026-03-09, 2026-03-10 pm", "",
			[]string{"timed 2026-03-02T09:00 to 2026-03-03T12:00", "all-day 2026-03-04 to 2026-03-10", "timed 2026-03-10T14:00 to 2026-03-10T18:00"}},
		"the leap day":               {"2028-02-29", "", []string{"all-day 2028-02-29 to 2028-03-01"}},
		"the day before no leap day": {"2027-02-28", "", []string{"all-day 2027-02-28 to 2027-03-01"}},
		"over new year":              {"2026-12-31, 2027-01-01", "", []string{"all-day 2026-12-31 to 2027-01-02"}},
		"two hours in the morning":   {"2026-03-02 am 120", "", []string{"timed 2026-03-02T09:00 to 2026-03-02T11:00"}},
		"an hour in the afternoon":   {"2026-03-02 pm 60", "", []string{"timed 2026-03-02T14:00 to 2026-03-02T15:00"}},
		"seven hours from morning":   {"2026-03-02 am 420", "", []string{"timed 2026-03-02T09:00 to 2026-03-02T16:00"}},
		"hours until midnight":       {"2026-03-02 pm 600", "", []string{"timed 2026-03-02T14:00 to 2026-03-03T00:00"}},
		"hours over midnight":        {"2026-12-31 pm 1440", "", []string{"timed 2026-12-31T14:00 to 2027-01-01T00:00"}},
		"hours do not join hours":    {"2026-03-02 am 179, 2026-03-02 pm 240", "", []string{"timed 2026-03-02T09:00 to 2026-03-02T11:59", "timed 2026-03-02T14:00 to 2026-03-02T18:00"}},
		"hours that fill the day":    {"2026-03-02 am 210, 2026-03-02 pm 210", "", []string{"all-day 2026-03-02 to 2026-03-03"}},
		"five days in hours": {"2026-03-02 am 240, 2026-03-02 pm 180, 2026-03-03 am 240, 2026-03-03 pm 180, 2026-03-04, 2026-03-05 am 210, 2026-03-05 pm 210, 2026-03-06 am 420, 2026-03-06 pm 1",
			"", []string{"all-day 2026-03-02 to 2026-03-07"}},
		"a day and a half in hours": {"2026-03-02 am 210, 2026-03-02 pm 210, 2026-03-03 am 210", "",
			[]string{"all-day 2026-03-02 to 2026-03-03", "timed 2026-03-03T09:00 to 2026-03-03T12:30"}},
		"hours of two days": {"2026-03-02 pm 420, 2026-03-03 am 420", "",
			[]string{"timed 2026-03-02T14:00 to 2026-03-02T21:00", "timed 2026-03-03T09:00 to 2026-03-03T16:00"}},
		"hours between whole halves": {"2026-03-02 am, 2026-03-02 pm 60, 2026-03-03 am", "",
			[]string{"timed 2026-03-02T09:00 to 2026-03-02T12:00", "timed 2026-03-02T14:00 to 2026-03-02T15:00", "timed 2026-03-03T09:00 to 2026-03-03T12:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := of(c.halves)
			for day := range strings.FieldsSeq(c.off) {
				a.Off = append(a.Off, date(day))
			}
			events := eventsOf(t, a, absence.DefaultPolicy())
			equal(t, "events", c.want, whens(events))
			for i, e := range events {
				equal(t, "run number", i+1, e.Run)
				equal(t, "zone", paris, e.Zone)
			}
		})
	}
}

func TestWholeDaysAsATimeRange(t *testing.T) {
	t.Parallel()
	policy := absence.DefaultPolicy()
	policy.WholeDay = absence.TimeRange
	for name, c := range map[string]struct {
		halves string
		want   string
	}{
		"a day":             {"2026-03-02", "timed 2026-03-02T09:00 to 2026-03-02T18:00"},
		"over a weekend":    {"2026-03-06, 2026-03-09", "timed 2026-03-06T09:00 to 2026-03-09T18:00"},
		"over the leap day": {"2028-02-28, 2028-02-29, 2028-03-01", "timed 2028-02-28T09:00 to 2028-03-01T18:00"},
		"a morning":         {"2026-03-02 am", "timed 2026-03-02T09:00 to 2026-03-02T12:00"},
	} {
		t.Run(name, func(t *testing.T) {
			equal(t, "events", []string{c.want}, whens(eventsOf(t, of(c.halves), policy)))
		})
	}
	t.Run("a day that ends at 24:00 ends at 00:00 of the next", func(t *testing.T) {
		night := policy
		night.Hours.AfternoonEnd = 24 * 60
		equal(t, "events", []string{"timed 2026-12-31T09:00 to 2027-01-01T00:00"}, whens(eventsOf(t, of("2026-12-31"), night)))
	})
}

func TestTentativeOrConfirmed(t *testing.T) {
	t.Parallel()
	policy := absence.DefaultPolicy()
	policy.ShowPending, policy.ShowApproved, policy.Private = absence.Free, absence.Busy, true
	events := eventsOf(t, of("2026-03-02?, 2026-03-04 am, 2026-03-04 pm?, 2026-03-06"), policy)
	want := []absence.Event{
		{Run: 1, Status: absence.Pending, ShowAs: absence.Free},
		{Run: 2, Status: absence.Pending, ShowAs: absence.Free},
		{Run: 3, Status: absence.Confirmed, ShowAs: absence.Busy},
	}
	for i := range events {
		equal(t, "private", true, events[i].Private)
		events[i] = absence.Event{Run: events[i].Run, Status: events[i].Status, ShowAs: events[i].ShowAs}
	}
	equal(t, "events", want, events)
}

func TestTitles(t *testing.T) {
	t.Parallel()
	types := absence.DefaultPolicy()
	types.ShowType = true
	long := strings.Repeat("é", 300)
	for name, c := range map[string]struct {
		policy  absence.Policy
		account string
		want    string
	}{
		"neutral by default":         {absence.DefaultPolicy(), "Maladie", "Absent"},
		"the type where it is shown": {types, "Congés payés", "Congés payés"},
		"an unknown type":            {types, "", "Absent"},
		"a type of blanks":           {types, " \t\n ", "Absent"},
		"trimmed and on one line":    {types, " RTT\r\nEmployeur\x00 ", "RTT  Employeur"},
		"cut to 255 characters":      {types, long, strings.Repeat("é", 255)},
		"text that is not UTF-8":     {types, "Cong\xe9s", "Cong\uFFFDs"},
	} {
		t.Run(name, func(t *testing.T) {
			a := of("2026-03-02")
			a.AccountName = c.account
			got := eventsOf(t, a, c.policy)[0].Title
			equal(t, "title", c.want, got)
			if !utf8.ValidString(got) {
				t.Error("the title is not UTF-8")
			}
		})
	}
}

func TestEventsRefusesWhatItCannotShow(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", "Local", "Romance Standard Time", "Europe/Nowhere", "../etc/passwd"} {
		_, err := absence.Events(of("2026-03-02"), zone, absence.DefaultPolicy())
		refused(t, err, "time zone", "Europe/Paris")
	}
	_, err := absence.Events(of("2026-03-02"), paris, absence.Policy{})
	refused(t, err, "label")
	_, err = absence.Events(absence.Absence{HalfDays: make([]absence.HalfDay, 1)}, paris, absence.DefaultPolicy())
	refused(t, err, "halfDays[0]")
}

func TestALocalTimeInJSONIsAStruct(t *testing.T) {
	t.Parallel()
	noon := absence.LocalTime{Date: date("2026-03-02"), Clock: 12 * 60}
	equal(t, "text", "2026-03-02T12:00", noon.String())
	text, err := json.Marshal(noon)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "JSON", `{"date":"2026-03-02","clock":"12:00"}`, string(text))
}

func TestRunsTellTheirDays(t *testing.T) {
	t.Parallel()
	runs := absence.Runs(of("2026-03-09, 2026-03-06, 2026-03-11 pm"))
	if len(runs) != 2 {
		t.Fatalf("%d runs, want 2", len(runs))
	}
	equal(t, "first run", []any{date("2026-03-06"), date("2026-03-09"), true, 4}, []any{runs[0].FirstDay(), runs[0].LastDay(), runs[0].WholeDays(), len(runs[0])})
	equal(t, "second run", []any{date("2026-03-11"), date("2026-03-11"), false, 1}, []any{runs[1].FirstDay(), runs[1].LastDay(), runs[1].WholeDays(), len(runs[1])})
}
