package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// Quiet hours are those of the recipient's clock, also over midnight and when it changes.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for name, c := range map[string]struct{ quiet, zone, now, end string }{
		"none":                            {"", "", "2026-11-30 03:00", ""},
		"before they begin":               {"20:00-07:00", "", "2026-11-30 19:59", ""},
		"as they begin":                   {"20:00-07:00", "", "2026-11-30 20:00", "2026-12-01 07:00"},
		"after midnight":                  {"20:00-07:00", "", "2026-12-01 06:59", "2026-12-01 07:00"},
		"as they end":                     {"20:00-07:00", "", "2026-12-01 07:00", ""},
		"inside one day":                  {"12:00-14:00", "", "2026-11-30 13:00", "2026-11-30 14:00"},
		"outside, of one day":             {"12:00-14:00", "", "2026-11-30 23:00", ""},
		"the night summer time begins":    {"20:00-07:00", "", "2027-03-28 03:30", "2027-03-28 07:00"},
		"the night summer time ends":      {"20:00-07:00", "", "2026-10-25 02:30", "2026-10-25 07:00"},
		"elsewhere":                       {"20:00-07:00", "Indian/Reunion", "2026-11-30 17:00", "2026-12-01 04:00"},
		"elsewhere, where it is day":      {"20:00-07:00", "Indian/Reunion", "2026-12-01 04:30", ""},
		"what is no time, as in no check": {"late", "", "2026-11-30 23:00", ""},
	} {
		end, quiet := settings.Recipient{Quiet: c.quiet, Zone: c.zone}.QuietUntil(at(c.now), paris)
		if quiet != (c.end != "") || quiet && !end.Equal(at(c.end)) {
			t.Errorf("%s: until %v, %v; want %q", name, end.In(paris), quiet, c.end)
		}
	}
}

func TestQuietHoursThatAreNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ quiet, zone, field, code string }{
		"one time":      {"20:00", "", "quiet", settings.CodeBadQuiet},
		"the same time": {"20:00-20:00", "", "quiet", settings.CodeBadQuiet},
		"no such zone":  {"20:00-07:00", "Mars/Olympus", "zone", settings.CodeBadZone},
		"good":          {"20:00-07:00", "Europe/Paris", "", ""},
		"none":          {"", "", "", ""},
	} {
		r := settings.Recipient{Name: "it", Email: "it@example.com", Language: "fr", Quiet: c.quiet, Zone: c.zone}
		var found []string
		for _, fault := range settings.ValidateRecipient(r, settings.Rules{}) {
			found = append(found, fault.Field+" "+fault.Code)
		}
		if want := strings.TrimSpace(c.field + " " + c.code); strings.Join(found, ",") != want {
			t.Errorf("%s: found %v, want %q", name, found, want)
		}
	}
}
