package google

import (
	"context"

	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/calendars"
)

// additionsFields are what an owner may add to an event. The texts are looked at for
// being there, and for nothing else.
const additionsFields = "id,etag,status,colorId,extendedProperties,reminders,recurrence,description,location," +
	"attendees/responseStatus,attachments/fileUrl,conferenceData/conferenceId"

// additions are what an owner added to an event that another one is to replace.
type additions struct {
	// stay says that there is something that an event of another kind cannot have, or
	// that may not be written anew, such as guests
	// (developers.google.com/workspace/calendar/api/guides/calendar-status).
	stay bool
	// colour and reminders are theirs, "" and nil for those that we gave the event.
	colour    string
	reminders *calendar.EventReminders
}

// additions reads what its owner added to the event at placed. It is Gone where that
// is cancelled, or ours no longer.
func (c *Calendar) additions(ctx context.Context, mailbox string, placed calendars.Placed) (additions, error) {
	current, err := c.event(ctx, mailbox, placed.ID,
		func(ctx context.Context, events *calendar.EventsService) (answer, error) {
			return events.Get(primary, placed.ID).Fields(additionsFields).Context(ctx).Do(quotaUser(mailbox))
		})
	switch {
	case err != nil:
		return additions{}, portError(err)
	case !isLive(current):
		return additions{}, &calendars.Gone{Code: statusCancelled}
	case !carries(current, placed.Marker.Key):
		return additions{}, &calendars.Gone{Code: "marker-missing"}
	}
	return additionsTo(current), nil
}

func additionsTo(event *calendar.Event) additions {
	theirs := additions{
		stay: event.Description != "" || event.Location != "" || len(event.Attendees) > 0 ||
			len(event.Attachments) > 0 || len(event.Recurrence) > 0 || event.ConferenceData != nil ||
			len(event.ExtendedProperties.Shared) > 0,
	}
	if ownersColour(event) {
		theirs.colour = event.ColorId
	}
	if r := event.Reminders; r != nil && (r.UseDefault || len(r.Overrides) > 0) {
		theirs.reminders = r
	}
	return theirs
}

// addTo gives a new event what its owner had added to the one before it.
func (a additions) addTo(body *calendar.Event) {
	if a.reminders != nil {
		body.Reminders = &calendar.EventReminders{
			UseDefault: a.reminders.UseDefault, Overrides: a.reminders.Overrides,
			ForceSendFields: []string{"UseDefault"},
		}
	}
	if a.colour != "" {
		body.ColorId = a.colour
		delete(body.ExtendedProperties.Private, propertyColour)
	}
}
