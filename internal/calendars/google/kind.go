package google

import (
	"net/http"
	"slices"
	"strconv"

	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/absence"
)

// Google's words for kinds of events (developers.google.com/workspace/calendar/api/guides/calendar-status).
const (
	typeOutOfOffice     = "outOfOffice"
	typeWorkingLocation = "workingLocation"

	visibilityPublic = "public"
)

// The generations of ids that the kinds of events have. The kind of an event cannot be
// changed after its creation, so each kind has ids of its own.
var generationsOf = map[absence.EventKind]struct{ first, count int }{
	"":                      {0, maxGenerations},
	absence.KindOutOfOffice: {maxGenerations, 6},
	absence.KindTelework:    {maxGenerations + 6, 6},
}

// kindOf is the kind of the event that has an id of ours.
func kindOf(id string) absence.EventKind {
	if len(id) <= len(idPrefix) {
		return ""
	}
	generation, err := strconv.ParseInt(id[len(idPrefix):len(idPrefix)+1], 32, 0)
	if err != nil {
		return ""
	}
	for kind, of := range generationsOf {
		if int(generation) >= of.first && int(generation) < of.first+of.count {
			return kind
		}
	}
	return ""
}

// plain is the event where the calendar has no such kind: a busy event instead of an
// out-of-office one, a free one instead of a working location.
func plain(event absence.Event) absence.Event {
	if event.Kind == absence.KindTelework {
		event.ShowAs = absence.Free
	}
	event.Kind = ""
	return event
}

// setKind makes a body one of the event's kind. An out-of-office event cannot be all-day:
// whole days last from midnight to midnight in the owner's time zone.
func setKind(body *calendar.Event, event absence.Event) {
	switch event.Kind {
	case absence.KindOutOfOffice:
		body.EventType, body.Transparency = typeOutOfOffice, transparencyBusy
		body.OutOfOfficeProperties = &calendar.EventOutOfOfficeProperties{
			AutoDeclineMode: declineModes[event.Decline], DeclineMessage: event.Message,
		}
		if body.OutOfOfficeProperties.AutoDeclineMode == "" {
			body.OutOfOfficeProperties.AutoDeclineMode = declineModes[absence.DeclineNone]
		}
		timed := event
		timed.AllDay = false
		body.Start, body.End = dateTime(timed, event.Start), dateTime(timed, event.End)
	case absence.KindTelework:
		body.EventType, body.Transparency, body.Visibility = typeWorkingLocation, transparencyFree, visibilityPublic
		body.WorkingLocationProperties = workingLocation(event.Place)
	}
}

var declineModes = map[absence.Decline]string{
	absence.DeclineNone: "declineNone",
	absence.DeclineNew:  "declineOnlyNewConflictingInvitations",
	absence.DeclineAll:  "declineAllConflictingInvitations",
}

func workingLocation(place string) *calendar.EventWorkingLocationProperties {
	switch place {
	case absence.PlaceHome:
		return &calendar.EventWorkingLocationProperties{Type: "homeOffice", HomeOffice: struct{}{}}
	case absence.PlaceOffice:
		return &calendar.EventWorkingLocationProperties{
			Type: "officeLocation", OfficeLocation: &calendar.EventWorkingLocationPropertiesOfficeLocation{},
		}
	}
	return &calendar.EventWorkingLocationProperties{
		Type: "customLocation", CustomLocation: &calendar.EventWorkingLocationPropertiesCustomLocation{Label: place},
	}
}

// refusesKind tells that a calendar may have no events of the kind that was sent:
// secondary calendars and some editions have none. Google tells no single reason for it;
// whether it was the kind shows when a plain event is sent.
func refusesKind(err error) bool {
	e, ok := asAPI(err)
	return ok && (e.status == http.StatusBadRequest || e.status == http.StatusForbidden && ruleFor(e) == ruleForbidden)
}

// propertyColour is the extended property with the colour that we gave an event: another
// one is its owner's choice.
const propertyColour = "figgosyncColour"

// noColour stands in propertyColour for none, after there was one.
const noColour = "none"

// colourID is Google's number of a colour, "" for none.
func colourID(colour string) string {
	if i := slices.Index(absence.Colours(), colour); i >= 0 {
		return strconv.Itoa(i + 1)
	}
	return ""
}

// setColour gives a new event its colour.
func setColour(body *calendar.Event, event absence.Event) {
	if body.ColorId = colourID(event.Colour); body.ColorId != "" {
		body.ExtendedProperties.Private[propertyColour] = body.ColorId
	}
}

// ownersColour tells that somebody else than us chose the colour of an event.
func ownersColour(event *calendar.Event) bool {
	ours := ""
	if event.ExtendedProperties != nil {
		ours = event.ExtendedProperties.Private[propertyColour]
	}
	if ours == noColour {
		ours = ""
	}
	return event.ColorId != ours
}

// keepColour leaves the colour of an event to its owner where they chose it, and else
// takes away the one that is no longer wanted.
func keepColour(changes *calendar.Event, isOwners bool) {
	private := map[string]string{}
	for name, value := range changes.ExtendedProperties.Private {
		private[name] = value
	}
	changes.ExtendedProperties = &calendar.EventExtendedProperties{Private: private}
	switch {
	case isOwners:
		changes.ColorId = ""
		delete(private, propertyColour)
	case changes.ColorId == "":
		changes.NullFields = append(changes.NullFields, "ColorId")
		private[propertyColour] = noColour
	}
}
