package windowszones_test

import (
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

func TestRulesFindTheirZone(t *testing.T) {
	t.Parallel()
	change := func(bias int, month time.Month, occurrence int, clock time.Duration) windowszones.Change {
		return windowszones.Change{Bias: bias, Month: month, Occurrence: occurrence, Weekday: time.Sunday, Clock: clock}
	}
	paris := windowszones.Rules{Bias: -60, Standard: change(0, time.October, 5, 3*time.Hour), Daylight: change(-60, time.March, 5, 2*time.Hour)}
	for name, test := range map[string]struct {
		rules        windowszones.Rules
		prefer, want string
	}{
		"Paris":              {paris, "Romance Standard Time", "Romance Standard Time"},
		"Paris, asked in NY": {paris, "Eastern Standard Time", "Central Europe Standard Time"},
		"New York": {windowszones.Rules{Bias: 300, Standard: change(0, time.November, 1, 2*time.Hour), Daylight: change(-60, time.March, 2, 2*time.Hour)},
			"Romance Standard Time", "Eastern Standard Time"},
		"Sydney": {windowszones.Rules{Bias: -600, Standard: change(0, time.April, 1, 3*time.Hour), Daylight: change(-60, time.October, 1, 2*time.Hour)},
			"", "AUS Eastern Standard Time"},
		"New York, asked in Cuba, whose clocks change two hours earlier": {windowszones.Rules{Bias: 300,
			Standard: change(0, time.November, 1, 2*time.Hour), Daylight: change(-60, time.March, 2, 2*time.Hour)}, "Cuba Standard Time", "Eastern Standard Time"},
		"Cuba as nobody tells it any more": {windowszones.Rules{Bias: 300,
			Standard: change(0, time.November, 1, 4*time.Hour), Daylight: change(-60, time.March, 2, 0)}, "Cuba Standard Time", "Cuba Standard Time"},
		"Reunion":           {windowszones.Rules{Bias: -240}, "Mauritius Standard Time", "Mauritius Standard Time"},
		"nowhere":           {windowszones.Rules{Bias: 17}, "Romance Standard Time", ""},
		"an unknown prefer": {windowszones.Rules{Bias: -330}, "Middle-earth Standard Time", "India Standard Time"},
	} {
		got, ok := test.rules.Named(2026, test.prefer)
		if ok != (test.want != "") {
			t.Errorf("%s: found %t", name, ok)
			continue
		}
		// Several zones may be alike: what counts is that the clocks are.
		if got != test.want && !alike(t, got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func alike(t *testing.T, a, b string) bool {
	t.Helper()
	var zones []*time.Location
	for _, name := range []string{a, b} {
		iana, _ := windowszones.ToIANA(name)
		loc, err := time.LoadLocation(iana)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, loc)
	}
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == 2026; day = day.Add(time.Hour) {
		_, one := day.In(zones[0]).Zone()
		if _, other := day.In(zones[1]).Zone(); one != other {
			return false
		}
	}
	return true
}
