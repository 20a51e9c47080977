package ews_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest/official"
)

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
	schemas, err := official.EWS()
	if err != nil {
		official.Missing(t, err)
	}
	var bodies []string
	for _, r := range every(t) {
		if slices.Contains(bodies, r.body) || r.body == "" { // an anonymous GET has none
			continue
		}
		bodies = append(bodies, r.body)
		if r.version == "Exchange2013" && !strings.Contains(r.body, "WorkingElsewhere") {
			t.Errorf("%s asks for 2013 and does not need it", r.operation)
		}
	}
	current, old, err := schemas.Check(t.Context(), bodies)
	t.Logf("%d of %d requests are valid, %d by the schemas of 2010 too", current, len(bodies), old)
	if err != nil || current == 0 || old == 0 {
		t.Error(err)
	}
	t.Run("a wrong order is noticed", func(t *testing.T) {
		wrong := strings.Replace(bodies[0], "<t:Subject>Absent</t:Subject><t:Sensitivity>Normal</t:Sensitivity>", "<t:Sensitivity>Normal</t:Sensitivity><t:Subject>Absent</t:Subject>", 1)
		if _, _, err := schemas.Check(t.Context(), []string{strings.Replace(wrong, "Free<", "free<", 1)}); err == nil {
			t.Error("xmllint let it through")
		}
	})
}
