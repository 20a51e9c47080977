package google

import (
	"fmt"
	"time"

	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// Google's words for an event's status, what it does to free/busy and who sees
// its details (developers.google.com/workspace/calendar/api/v3/reference/events).
const (
	statusTentative = "tentative"
	statusConfirmed = "confirmed"
	statusCancelled = "cancelled"

	transparencyBusy = "opaque"
	transparencyFree = "transparent"

	visibilityPrivate = "private"
	visibilityDefault = "default"
	// visibilityConfidential is an older name for private, which Google still gives.
	visibilityConfidential = "confidential"
)

// maxPropertyValue is how long the value of an extended property may be; Google
// cuts longer ones without a word
// (developers.google.com/workspace/calendar/api/guides/extended-properties).
const maxPropertyValue = 1024

// encode writes an event in full, as it is created. It has no attendees, and no
// reminders: useDefault must go over the wire as false, or the calendar's own
// reminders apply.
func encode(marker calendars.Marker, event absence.Event) (*calendar.Event, error) {
	if !event.AllDay && event.Zone == "" {
		return nil, &calendars.Invalid{Code: "no-time-zone"}
	}
	body := &calendar.Event{
		Summary:      event.Title,
		Status:       status(event.Status),
		Start:        dateTime(event, event.Start),
		End:          dateTime(event, event.End),
		Transparency: transparency(event.ShowAs),
		Visibility:   visibility(event.Private),
		Reminders:    &calendar.EventReminders{ForceSendFields: []string{"UseDefault"}},
		ExtendedProperties: &calendar.EventExtendedProperties{Private: map[string]string{
			calendars.PropertyKey:    marker.Key.String(),
			calendars.PropertyRun:    marker.RunValue(calendars.Fingerprint(event)),
			calendars.PropertySource: marker.Key.Source,
		}},
	}
	setKind(body, event)
	setColour(body, event)
	return body, nil
}

// encodeAs writes shown in the place of event, whose marker it carries.
func encodeAs(marker calendars.Marker, event, shown absence.Event) (*calendar.Event, error) {
	body, err := encode(marker, shown)
	if err != nil {
		return nil, err
	}
	body.ExtendedProperties.Private[calendars.PropertyRun] = marker.RunValue(calendars.Fingerprint(event))
	return body, nil
}

// patchOf is what makes an event that stands equal to body in our own fields.
// Reminders are the owner's from the creation on. A PATCH merges objects, so the
// form of start and end that does not apply is nulled.
func patchOf(body *calendar.Event, look look) *calendar.Event {
	changes := *body
	changes.Reminders, changes.EventType = nil, ""
	if look.coloured || body.ColorId != "" {
		keepColour(&changes, look.ownersColour)
	}
	changes.Start, changes.End = withoutOtherForm(body.Start), withoutOtherForm(body.End)
	changes.ForceSendFields = []string{"Summary"} // an empty one, too
	return &changes
}

// look is what of an event's look is to be known before it is changed.
type look struct {
	// ownersColour says that its owner chose its colour, and coloured that we once did.
	ownersColour, coloured bool
}

func lookOf(event *calendar.Event) look {
	coloured := event.ExtendedProperties != nil && event.ExtendedProperties.Private[propertyColour] != ""
	return look{ownersColour(event), coloured}
}

func withoutOtherForm(at *calendar.EventDateTime) *calendar.EventDateTime {
	only := *at
	only.NullFields = []string{"Date"}
	if at.Date != "" {
		only.NullFields = []string{"DateTime", "TimeZone"}
	}
	return &only
}

// dateTime writes a boundary: a date for all-day events, whose end Google takes
// as exclusive like ours, else a local time beside its zone.
func dateTime(event absence.Event, at absence.LocalTime) *calendar.EventDateTime {
	if event.AllDay {
		return &calendar.EventDateTime{Date: at.Date.String()}
	}
	const minutesADay = 24 * 60
	day := at.Date.AddDays(int(at.Clock) / minutesADay) // 24:00 is the next day's 00:00
	minutes := int(at.Clock) % minutesADay
	return &calendar.EventDateTime{
		DateTime: fmt.Sprintf("%sT%02d:%02d:00", day, minutes/60, minutes%60),
		TimeZone: event.Zone,
	}
}

func status(s absence.Status) string {
	if s == absence.Pending {
		return statusTentative
	}
	return statusConfirmed
}

// transparency: Google knows only busy and free. Its "out of office" is another
// type of event, which cannot be all-day.
func transparency(s absence.ShowAs) string {
	if s == absence.Free {
		return transparencyFree
	}
	return transparencyBusy
}

func visibility(private bool) string {
	if private {
		return visibilityPrivate
	}
	return visibilityDefault
}

func isLive(event *calendar.Event) bool { return event.Status != statusCancelled }

func propertyKey(event *calendar.Event) string {
	if event.ExtendedProperties == nil {
		return ""
	}
	return event.ExtendedProperties.Private[calendars.PropertyKey]
}

// carries tells whether the event has our marker for key, exactly.
func carries(event *calendar.Event, key calendars.Key) bool {
	return propertyKey(event) == key.String()
}

// isStill tells whether the event carries this marker, its run included: an event
// that became another run's since is not the one to remove.
func isStill(event *calendar.Event, marker calendars.Marker) bool {
	return carries(event, marker.Key) && placedOf(event, marker.Key).Marker == marker
}

// placedOf reads an event that carries key. Its run is 0 when its marker does
// not tell.
func placedOf(event *calendar.Event, key calendars.Key) calendars.Placed {
	placed := calendars.Placed{
		Marker: calendars.Marker{Key: key}, ID: event.Id, Version: event.Etag,
		Identity: identityOf(event.Id, key), CreatedAt: createdAt(event), OwnersColour: ownersColour(event),
		Coloured: lookOf(event).coloured,
	}
	if event.ExtendedProperties != nil {
		run, fingerprint, ok := calendars.ParseRunValue(event.ExtendedProperties.Private[calendars.PropertyRun])
		if ok {
			placed.Marker.Run, placed.Fingerprint = run, fingerprint
		}
	}
	return placed
}

// written is the event as Google stored it just now.
func written(stored *calendar.Event, marker calendars.Marker, event absence.Event) calendars.Placed {
	return calendars.Placed{
		Marker: marker, ID: stored.Id, Version: stored.Etag, Fingerprint: calendars.Fingerprint(event),
		Identity: identityOf(stored.Id, marker.Key), CreatedAt: createdAt(stored),
	}
}

// createdAt is zero when Google does not say it.
func createdAt(event *calendar.Event) time.Time {
	at, err := time.Parse(time.RFC3339, event.Created)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
