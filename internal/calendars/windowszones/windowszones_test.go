package windowszones_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

func TestKnownZones(t *testing.T) {
	for iana, want := range map[string]string{
		"Europe/Paris":     "Romance Standard Time",
		"Europe/Zurich":    "W. Europe Standard Time",
		"Indian/Reunion":   "Mauritius Standard Time",
		"Asia/Kolkata":     "India Standard Time",
		"Asia/Calcutta":    "India Standard Time",
		"America/New_York": "Eastern Standard Time",
		"Etc/UTC":          "UTC",
		"UTC":              "UTC",
	} {
		if got, ok := windowszones.FromIANA(iana); !ok || got != want {
			t.Errorf("FromIANA(%q) = %q, %t; want %q", iana, got, ok, want)
		}
	}
	if got, ok := windowszones.FromIANA("Mars/Olympus"); ok {
		t.Errorf("FromIANA of an unknown zone = %q, want none", got)
	}
}

// Going to Windows and back must land on a zone with the same clocks, or an
// all-day event would spill into a second day.
func TestRoundTripKeepsTheOffset(t *testing.T) {
	instants := []time.Time{
		time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC),
		time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC),
	}
	for _, iana := range []string{"Europe/Paris", "Europe/Zurich", "Indian/Reunion", "Europe/London", "America/Martinique", "Pacific/Noumea", "Pacific/Tahiti", "America/Cayenne", "Africa/Casablanca"} {
		windows, _ := windowszones.FromIANA(iana)
		back, ok := windowszones.ToIANA(windows)
		if !ok {
			t.Errorf("%s: no way back from %q", iana, windows)
			continue
		}
		for _, at := range instants {
			if a, b := offset(t, iana, at), offset(t, back, at); a != b {
				t.Errorf("%s is %d s from UTC on %s, %s (%s) is %d", iana, a, at.Format(time.DateOnly), back, windows, b)
			}
		}
	}
}

func offset(t *testing.T, zone string, at time.Time) int {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	_, seconds := at.In(location).Zone()
	return seconds
}
