package graph

import (
	"net/http"
	"time"
)

// validate checks start, end and isAllDay together, after all changes are made.
// Microsoft publishes the rules but not each error: those without one of their
// own are ErrorPropertyValidationFailure, the code seen for them.
func (e *event) validate() *failure {
	switch {
	case e.start.isZero() || e.end.isZero():
		// No property is called required; without these two Microsoft's page
		// promises nothing, and an event that starts "now" helps nobody.
		return failProperty("At least one property failed validation.")
	case e.allDay:
		return e.validateAllDay()
	case !e.end.instant().After(e.start.instant()):
		return failProperty("At least one property failed validation.")
	}
	return e.validateLength()
}

// validateAllDay: "regardless of whether it's a single-day or multi-day event,
// start and end must be set to midnight and be in the same time zone"
// (learn.microsoft.com/graph/api/resources/event). The end is exclusive.
func (e *event) validateAllDay() *failure {
	switch {
	case !e.start.isMidnight():
		return failProperty("The Event.Start property for an all-day event needs to be set to midnight.")
	case !e.end.isMidnight():
		return failProperty("The Event.End property for an all-day event needs to be set to midnight.")
	case e.start.zone != e.end.zone:
		return failProperty("The Event.Start and Event.End properties for an all-day event need to be in the same time zone.")
	case e.end.wall.Sub(e.start.wall) < 24*time.Hour:
		return failProperty("The duration of an event marked as All day must be at least 24 hours.")
	}
	return e.validateLength()
}

// validateLength: Exchange keeps no item longer than five years
// (learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode).
func (e *event) validateLength() *failure {
	if e.end.wall.After(e.start.wall.AddDate(5, 0, 0)) {
		return fail(http.StatusBadRequest, "ErrorCalendarDurationIsTooLong",
			"The calendar item's duration is too long.")
	}
	return nil
}
