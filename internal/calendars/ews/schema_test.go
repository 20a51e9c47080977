package ews_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// missing skips on a developer's machine and fails in continuous integration.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// schemas returns the directory of Exchange's own schema files, kept beside the
// repository.
func schemas(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if data, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && strings.HasPrefix(string(data), "module github.com/figgosync/figgosync\n") {
			found := filepath.Join(filepath.Dir(dir), "shared", "schemas", "ews")
			if _, err := os.Stat(found); err == nil {
				return found
			}
		}
	}
	missing(t, "Exchange's schemas are not at hand: put them into shared/schemas/ews beside the repository")
	return ""
}

// every runs all calls with all kinds of events and returns each distinct
// request they sent.
func every(t *testing.T) []request {
	t.Helper()
	stale := true
	e, c := open(t, func(r request) answer {
		switch {
		case r.operation == "FindItem" && r.offset == 0:
			return success(r.operation, page(250, false))
		case r.operation == "UpdateItem" && stale:
			stale = false
			return failure(r.operation, "ErrorStaleObject")
		case r.mailbox == "old@example.com" && r.version != "Exchange2010":
			return soapFault("ErrorInvalidServerVersion", "")
		}
		return wellBehaved(r)
	})
	for _, person := range []string{mailbox, "o'neil+x@example.com", "old@example.com"} {
		for _, event := range everyEvent() {
			placed, err := c.Create(t.Context(), person, marker, event, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, version := range []string{"", placed.Version} {
				placed.Version = version
				if _, err := c.Update(t.Context(), person, placed, event); err != nil {
					t.Fatal(err)
				}
				if err := c.Delete(t.Context(), person, placed); err != nil {
					t.Fatal(err)
				}
			}
		}
		if steps := c.Check(t.Context(), person, false); !calendars.Passed(steps) {
			t.Fatalf("check: %v", steps)
		}
		odd := calendars.Key{Source: "acme", Absence: `12 <&"'> é`}
		if _, err := c.Find(t.Context(), person, odd); err != nil {
			t.Fatal(err)
		}
	}
	return append(e.seen(), e.zoneQuestions()...)
}

func everyEvent() []absence.Event {
	var all []absence.Event
	for _, show := range []absence.ShowAs{absence.Free, absence.Tentative, absence.Busy, absence.OutOfOffice, absence.Elsewhere} {
		for _, private := range []bool{false, true} {
			event := twoDays()
			event.ShowAs, event.Private = show, private
			timed := event
			timed.AllDay, timed.Title = false, "R&D <\x01>\n é 🏝"
			timed.Start.Clock, timed.End = 14*60, absence.LocalTime{Date: event.Start.Date, Clock: 24 * 60}
			untitled := event
			untitled.Title = ""
			all = append(all, event, timed, untitled)
		}
	}
	return append(all, calendars.ProbeEvent(time.Now()))
}

func TestRequestsAreValidByExchangesSchemas(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		missing(t, "xmllint is not at hand: install libxml2-utils")
	}
	dir := schemas(t)
	folder := t.TempDir()
	var current, old []string
	seen := map[string]bool{}
	for _, r := range every(t) {
		if seen[r.body] || r.body == "" { // an anonymous GET has none
			continue
		}
		seen[r.body] = true
		file := filepath.Join(folder, fmt.Sprintf("%03d-%s.xml", len(seen), r.operation))
		if err := os.WriteFile(file, []byte(r.body), 0o600); err != nil {
			t.Fatal(err)
		}
		current = append(current, file)
		if r.version == "Exchange2013" { // a 2010 server does not know that name
			if !strings.Contains(r.body, "WorkingElsewhere") {
				t.Errorf("%s asks for 2013 and does not need it", file)
			}
			continue
		}
		// The old set is that of one service pack and fixes its own name.
		renamed := strings.Replace(r.body, `Version="`+r.version+`"`, `Version="Exchange2010_SP2"`, 1)
		file = strings.TrimSuffix(file, ".xml") + "-2010.xml"
		if err := os.WriteFile(file, []byte(renamed), 0o600); err != nil {
			t.Fatal(err)
		}
		old = append(old, file)
	}
	validate(t, xmllint, filepath.Join(dir, "extra", "ews-all.xsd"), current)
	validate(t, xmllint, filepath.Join(dir, "exchange2010_sp2", "ews-all.xsd"), old)
	t.Run("a wrong order is noticed", func(t *testing.T) {
		data, err := os.ReadFile(current[0])
		if err != nil {
			t.Fatal(err)
		}
		wrong := strings.Replace(string(data), "<t:Subject>Absent</t:Subject><t:Sensitivity>Normal</t:Sensitivity>", "<t:Sensitivity>Normal</t:Sensitivity><t:Subject>Absent</t:Subject>", 1)
		file := filepath.Join(folder, "wrong.xml")
		if err := os.WriteFile(file, []byte(strings.Replace(wrong, "Free<", "free<", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := exec.Command(xmllint, "--noout", "--schema", filepath.Join(dir, "extra", "ews-all.xsd"), file).Run(); err == nil {
			t.Error("xmllint let it through")
		}
	})
}

func validate(t *testing.T, xmllint, schema string, files []string) {
	t.Helper()
	if len(files) == 0 {
		t.Fatal("no request to validate")
	}
	output, err := exec.Command(xmllint, append([]string{"--noout", "--schema", schema}, files...)...).CombinedOutput()
	valid := strings.Count(string(output), " validates\n")
	t.Logf("%d of %d requests are valid by %s", valid, len(files), filepath.Join(filepath.Base(filepath.Dir(schema)), filepath.Base(schema)))
	if err != nil || valid != len(files) || valid == 0 {
		t.Errorf("xmllint: %v\n%s", err, invalidLines(string(output)))
	}
}

func invalidLines(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		if !strings.HasSuffix(line, " validates\n") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
