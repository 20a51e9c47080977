package exchange

import (
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// getUserAvailability answers the working hours of each mailbox, with the zone they
// are in, and no events: what people do is not imitated. Its messages are not those
// of the other operations
// (learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation).
func (c *call) getUserAvailability() (*element, *fault) {
	options := c.operation.Child("FreeBusyViewOptions")
	switch {
	case options == nil || c.operation.Child("SuggestionsViewOptions") != nil:
		return nil, notImitated("GetUserAvailability with suggestions, or without a FreeBusyView")
	case c.operation.Child("TimeZone") == nil && c.zone == "":
		return nil, &fault{code: "ErrorTimeZone", message: "The time zone is missing."}
	}
	view := "MergedOnly"
	if asked := options.Child("RequestedView"); asked != nil {
		view = strings.TrimSpace(asked.Text)
	}
	window := options.Child("TimeWindow")
	from, to := instant(window.Child("StartTime").Text, time.UTC), instant(window.Child("EndTime").Text, time.UTC)
	if !to.After(from) || view == "None" {
		return nil, &fault{code: "ErrorInvalidFreeBusyViewType", message: "The view or its time window is not valid."}
	}
	list := el("m:FreeBusyResponseArray")
	for _, data := range c.operation.Child("MailboxDataArray").Children {
		list.add(c.availabilityOf(data.Child("Email").Child("Address").Text, view))
	}
	return el("m:GetUserAvailabilityResponse", list).with("xmlns:m", schema.Messages).with("xmlns:t", schema.Types), nil
}

func (c *call) availabilityOf(address, view string) *element {
	box, ok := c.service.store.Lookup(strings.TrimSpace(address))
	if !ok || box.System != mailboxes.Exchange {
		failed := &itemError{code: "ErrorMailRecipientNotFound",
			message: "Unable to resolve e-mail address to an Active Directory object."}
		return el("m:FreeBusyResponse", message("m:ResponseMessage", failed, nil, nil))
	}
	return el("m:FreeBusyResponse", message("m:ResponseMessage", nil, nil, nil),
		el("m:FreeBusyView", text("t:FreeBusyViewType", view), workingHours(box, c.service.now())))
}

// workingHours are nine to six on the clocks of the mailbox's zone, which Exchange
// tells by its offsets, without a name.
func workingHours(box mailboxes.Mailbox, now time.Time) *element {
	location, err := time.LoadLocation(box.Zone)
	if err != nil {
		location = time.UTC
	}
	return el("t:WorkingHours", serializableZone(location, now.Year()), el("t:WorkingPeriodArray", el("t:WorkingPeriod",
		text("t:DayOfWeek", "Monday Tuesday Wednesday Thursday Friday"), text("t:StartTimeInMinutes", "540"),
		text("t:EndTimeInMinutes", "1080"))))
}

// serializableZone tells the clocks of that year. One whose clocks do not change
// exactly twice has the offset of the year's end all year.
func serializableZone(location *time.Location, year int) *element {
	end := time.Date(year+1, time.January, 1, 0, 0, 0, 0, location).Add(-time.Second)
	_, standard := end.Zone()
	changes := changesIn(location, year)
	none := clockChange(time.Time{}, 0)
	toStandard, toDaylight := none, none
	if len(changes) == 2 {
		earlier, later := offsetAt(changes[0]), offsetAt(changes[1])
		standard = min(earlier, later)
		first, second := clockChange(changes[0], earlier-standard), clockChange(changes[1], later-standard)
		if toDaylight, toStandard = first, second; earlier < later {
			toDaylight, toStandard = second, first
		}
	}
	return el("t:TimeZone", text("t:Bias", strconv.Itoa(-standard/60)),
		el("t:StandardTime", toStandard...), el("t:DaylightTime", toDaylight...))
}

// changesIn are the moments of the year from which the clocks show something else.
func changesIn(location *time.Location, year int) []time.Time {
	var all []time.Time
	at := time.Date(year, time.January, 1, 0, 0, 0, 0, location)
	for {
		_, next := at.ZoneBounds()
		if next.IsZero() || next.Year() != year {
			return all
		}
		all = append(all, next)
		at = next
	}
}

func offsetAt(t time.Time) int {
	_, offset := t.Zone()
	return offset
}

// clockChange is the children of a SerializableTimeZoneTime: the day by its place in
// the month, 5 for the last, and the time on the clocks before the change; month 0
// is none. extra is in seconds what the clocks show beyond standard time.
func clockChange(at time.Time, extra int) []*element {
	order, month, clock, weekday := 0, 0, "00:00:00", time.Sunday
	if !at.IsZero() {
		before := at.In(time.FixedZone("", offsetAt(at.Add(-time.Second))))
		order, month = (before.Day()-1)/7+1, int(before.Month())
		if before.AddDate(0, 0, 7).Month() != before.Month() {
			order = 5
		}
		clock, weekday = before.Format(time.TimeOnly), before.Weekday()
	}
	return []*element{
		text("t:Bias", strconv.Itoa(-extra/60)), text("t:Time", clock), text("t:DayOrder", strconv.Itoa(order)),
		text("t:Month", strconv.Itoa(month)), text("t:DayOfWeek", weekday.String()),
	}
}
