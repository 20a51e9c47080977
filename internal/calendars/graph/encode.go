package graph

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

// propertyID writes the id of one of our named properties. Graph wants braces
// around the GUID and single spaces, and a property written under one form of
// its id must be read under the same
// (learn.microsoft.com/graph/api/resources/extended-properties-overview).
func propertyID(name string) string {
	return "String {" + calendars.PropertySet + "} Name " + name
}

// isProperty tells whether id names that property. The GUID may come back in
// another case; the name is case-sensitive.
func isProperty(id, name string) bool {
	want := propertyID(name)
	return strings.EqualFold(id, want) && strings.HasSuffix(id, " "+name)
}

// quote writes an OData string literal.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// findQuery asks for the events that carry key.
func findQuery(key calendars.Key) *users.ItemCalendarEventsRequestBuilderGetRequestConfiguration {
	return searchQuery("ep/value eq " + quote(key.String()))
}

// searchQuery asks for the events whose key meets a condition on ep/value, with both
// properties shown: an extended property comes back only through $expand with its own
// $filter (learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get).
func searchQuery(condition string) *users.ItemCalendarEventsRequestBuilderGetRequestConfiguration {
	keyID, runID := quote(propertyID(calendars.PropertyKey)), quote(propertyID(calendars.PropertyRun))
	filter := fmt.Sprintf("singleValueExtendedProperties/Any(ep: ep/id eq %s and %s)", keyID, condition)
	return &users.ItemCalendarEventsRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemCalendarEventsRequestBuilderGetQueryParameters{
			Filter: &filter,
			Expand: []string{fmt.Sprintf("singleValueExtendedProperties($filter=id eq %s or id eq %s)", keyID, runID)},
			Select: []string{"id", "isCancelled", "iCalUId", "createdDateTime"},
			Top:    new(pageSize),
		},
	}
}

// encodeNew writes the event to create. There are no attendees, so nothing is
// sent; the reminder and the flags about answers are off because their defaults
// are on. Its marker is not bound: its global id is the server's to choose, and
// the first update binds it.
func encodeNew(mailbox, zone string, marker calendars.Marker, event absence.Event, token string) *models.Event {
	e := encode(event, zone)
	e.SetIsReminderOn(new(false))
	e.SetResponseRequested(new(false))
	e.SetAllowNewTimeProposals(new(false))
	e.SetTransactionId(new(transactionID(mailbox, marker, event, token)))
	e.SetSingleValueExtendedProperties([]models.SingleValueLegacyExtendedPropertyable{
		property(calendars.PropertyKey, marker.Key.String()),
		property(calendars.PropertyRun,
			calendars.WithCategory(marker.RunValue(calendars.Fingerprint(event)), event.Category)),
	})
	if event.Category != "" {
		e.SetCategories([]string{event.Category})
	}
	return e
}

// encodeChanges writes what an update sets: the fields that are ours, and the
// marker bound to the event. Anything more would undo what its owner did: a
// reminder set, notes taken; an empty body even ends an online meeting
// (learn.microsoft.com/graph/api/event-update).
func encodeChanges(zone string, marker calendars.Marker, uid string, event absence.Event) *models.Event {
	e := encode(event, zone)
	e.SetSingleValueExtendedProperties([]models.SingleValueLegacyExtendedPropertyable{
		property(calendars.PropertyRun,
			calendars.WithCategory(marker.BoundRunValue(calendars.Fingerprint(event), uid), event.Category)),
	})
	return e
}

// encode writes the fields that are ours for as long as the event stands. A
// tentative event shows by ShowAs alone: Graph events have no status of their own.
//
// zone is the Windows id of the zone whose clocks show the event's times.
func encode(event absence.Event, zone string) *models.Event {
	showAs := freeBusy[event.ShowAs]
	e := models.NewEvent()
	e.SetSubject(&event.Title)
	e.SetStart(dateTime(event.Start, zone))
	e.SetEnd(dateTime(event.End, zone))
	e.SetIsAllDay(&event.AllDay)
	e.SetShowAs(&showAs)
	e.SetSensitivity(new(sensitivity(event.Private)))
	return e
}

// checkEvent refuses what Graph cannot show.
func checkEvent(event absence.Event) error {
	if _, ok := windowszones.FromIANA(event.Zone); !ok {
		return &calendars.Invalid{Code: "time-zone"}
	}
	if _, ok := freeBusy[event.ShowAs]; !ok {
		return &calendars.Invalid{Code: "show-as"}
	}
	return nil
}

var freeBusy = map[absence.ShowAs]models.FreeBusyStatus{
	absence.Free:        models.FREE_FREEBUSYSTATUS,
	absence.Tentative:   models.TENTATIVE_FREEBUSYSTATUS,
	absence.Busy:        models.BUSY_FREEBUSYSTATUS,
	absence.OutOfOffice: models.OOF_FREEBUSYSTATUS,
	absence.Elsewhere:   models.WORKINGELSEWHERE_FREEBUSYSTATUS,
}

func sensitivity(private bool) models.Sensitivity {
	if private {
		return models.PRIVATE_SENSITIVITY
	}
	return models.NORMAL_SENSITIVITY
}

// dateTime writes a wall-clock time without offset, and the zone beside it.
// The end of an all-day event is exclusive in Graph as it is in absence.Event,
// and 24:00 is the next day's midnight.
func dateTime(t absence.LocalTime, zone string) models.DateTimeTimeZoneable {
	const day = 24 * 60
	date, clock := t.Date.AddDays(int(t.Clock/day)), t.Clock%day
	d := models.NewDateTimeTimeZone()
	d.SetDateTime(new(fmt.Sprintf("%sT%02d:%02d:00", date, clock/60, clock%60)))
	d.SetTimeZone(&zone)
	return d
}

func property(name, value string) models.SingleValueLegacyExtendedPropertyable {
	p := models.NewSingleValueLegacyExtendedProperty()
	p.SetId(new(propertyID(name)))
	p.SetValue(&value)
	return p
}

// transactionID names this creation to Graph. It is different for any other
// mailbox, marker or content under the same token: Microsoft does not say how
// far a transactionId reaches, nor what the same one with other content does.
func transactionID(mailbox string, marker calendars.Marker, event absence.Event, token string) string {
	marker.GuessedZone = false // the next try may know better
	name := fmt.Appendf(nil, "%q %q %q %q", strings.ToLower(mailbox), marker.Key,
		marker.RunValue(calendars.Fingerprint(event)), token)
	return uuid.NewSHA1(uuid.MustParse(calendars.PropertySet), name).String()
}

// eachEvent calls take for each live event of a page, with the text of its key.
func eachEvent(page models.EventCollectionResponseable, take func(event models.Eventable, key string) error) error {
	if page == nil || page.GetValue() == nil {
		return unexpectedAnswer("no list of events")
	}
	for _, event := range page.GetValue() {
		if event == nil || text(event.GetId()) == "" {
			return unexpectedAnswer("an event without id")
		}
		value, ok := propertyValue(event, calendars.PropertyKey)
		if !ok {
			return unexpectedAnswer("an event without the key it was searched by")
		}
		if cancelled := event.GetIsCancelled(); cancelled != nil && *cancelled {
			continue
		}
		if err := take(event, value); err != nil {
			return err
		}
	}
	return nil
}

// decode reads the marker of an event known to carry key.
func decode(event models.Eventable, key calendars.Key) calendars.Placed {
	placed := calendars.Placed{Marker: calendars.Marker{Key: key}, ID: text(event.GetId()),
		UID: text(event.GetICalUId()), CreatedAt: createdAt(event)}
	value, _ := propertyValue(event, calendars.PropertyRun)
	placed.Identity, placed.Category = calendars.IdentityOf(value, placed.UID), calendars.CategoryOf(value)
	if run, fingerprint, ok := calendars.ParseRunValue(value); ok {
		placed.Marker.Run, placed.Fingerprint = run, fingerprint
	}
	return placed
}

func createdAt(event models.Eventable) time.Time {
	if t := event.GetCreatedDateTime(); t != nil {
		return t.UTC()
	}
	return time.Time{}
}

func propertyValue(event models.Eventable, name string) (value string, ok bool) {
	for _, p := range event.GetSingleValueExtendedProperties() {
		if p != nil && p.GetValue() != nil && isProperty(text(p.GetId()), name) {
			return *p.GetValue(), true
		}
	}
	return "", false
}

// text reads one of the SDK's optional texts.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
