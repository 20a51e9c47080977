package absence_test

import (
	"archive/zip"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a machine without a zone database runs these tests too

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const paris = "Europe/Paris"

// date reads YYYY-MM-DD; tests only write dates that exist.
func date(s string) absence.Date {
	d, err := absence.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// halves reads a list such as "2026-03-02 am, 2026-03-02 pm?, 2026-03-03 am 90":
// "?" means pending, a number the minutes, a date alone both halves.
func halves(list string) []absence.HalfDay {
	var all []absence.HalfDay
	for item := range strings.SplitSeq(list, ",") {
		item, pending := strings.CutSuffix(strings.TrimSpace(item), "?")
		words := strings.Fields(item)
		half := absence.HalfDay{Date: date(words[0]), Confirmed: !pending}
		if len(words) == 1 {
			half.Part = absence.Morning
			all = append(all, half)
			half.Part = absence.Afternoon
			all = append(all, half)
			continue
		}
		half.Part = absence.Part(words[1])
		if len(words) == 3 {
			fmt.Sscan(words[2], &half.Minutes)
		}
		all = append(all, half)
	}
	return all
}

func of(list string) absence.Absence { return absence.Absence{HalfDays: halves(list)} }

// when writes an event's time as a person would say it.
func when(e absence.Event) string {
	kind := "timed"
	if e.AllDay {
		kind = "all-day"
		if e.Start.Clock != 0 || e.End.Clock != 0 {
			return "all-day event that does not start and end at midnight"
		}
		return fmt.Sprintf("%s %s to %s", kind, e.Start.Date, e.End.Date)
	}
	return fmt.Sprintf("%s %s to %s", kind, e.Start, e.End)
}

func whens(events []absence.Event) []string {
	texts := make([]string, len(events))
	for i, e := range events {
		texts[i] = when(e)
	}
	return texts
}

func eventsOf(t rapid.TB, a absence.Absence, p absence.Policy) []absence.Event {
	t.Helper()
	events, err := absence.Events(a, paris, p)
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	return events
}

func equal(t rapid.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// refused fails unless err names all of words.
func refused(t rapid.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted, want an error with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

// zones are the names of all IANA zones, from the copy of the database that
// comes with Go.
var zones = sync.OnceValues(func() ([]string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	var names []string
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, "/") {
			names = append(names, file.Name)
		}
	}
	return names, nil
})

// allZones returns every IANA zone name.
func allZones(t rapid.TB) []string {
	t.Helper()
	names, err := zones()
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 400 {
		t.Fatalf("only %d zones in the database", len(names))
	}
	return names
}

// clockChanges returns the local dates on which the zone's clocks change in the
// years from first to last, the day a zone skips at the date line included.
func clockChanges(t rapid.TB, zone string, first, last int) []absence.Date {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	var days []absence.Date
	for at := time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC); ; {
		_, end := at.In(location).ZoneBounds()
		if end.IsZero() || end.Year() > last {
			return days
		}
		days = append(days, absence.DateOf(end.In(location)))
		at = end
	}
}
