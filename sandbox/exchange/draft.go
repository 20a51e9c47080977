package exchange

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// draft is an item being created or changed. Times wait as text until all
// fields are known, because zones come after them.
type draft struct {
	calendarItem
	startText, endText           string
	newStartZone, newEndZone     string
	startZoneGiven, endZoneGiven bool
}

// setter takes over one element of a CalendarItem.
type setter func(*draft, *schema.Node) *itemError

func plain(field func(*draft) *string) setter {
	return func(d *draft, n *schema.Node) *itemError {
		*field(d) = n.Text
		return nil
	}
}

func flag(field func(*draft) *bool) setter {
	return func(d *draft, n *schema.Node) *itemError {
		value := strings.TrimSpace(n.Text)
		*field(d) = value == "true" || value == "1"
		return nil
	}
}

// setters are the properties a client may set; the schema has checked their
// values. Everything else on an item is the server's own or refused loudly.
var setters = map[string]setter{
	"Subject":              plain(func(d *draft) *string { return &d.subject }),
	"Sensitivity":          plain(func(d *draft) *string { return &d.sensitivity }),
	"Importance":           plain(func(d *draft) *string { return &d.importance }),
	"Culture":              plain(func(d *draft) *string { return &d.culture }),
	"UID":                  plain(func(d *draft) *string { return &d.uid }),
	"Location":             plain(func(d *draft) *string { return &d.location }),
	"LegacyFreeBusyStatus": plain(func(d *draft) *string { return &d.freeBusy }),
	"ReminderIsSet":        flag(func(d *draft) *bool { return &d.reminder }),
	"IsAllDayEvent":        flag(func(d *draft) *bool { return &d.allDay }),
	"IsResponseRequested":  flag(func(d *draft) *bool { return &d.responseRequested }),
	"AllowNewTimeProposal": flag(func(d *draft) *bool { return &d.proposals }),
	"Start":                plain(func(d *draft) *string { return &d.startText }),
	"End":                  plain(func(d *draft) *string { return &d.endText }),
	"Body": func(d *draft, n *schema.Node) *itemError {
		d.body, d.bodyType = n.Text, n.Value("BodyType")
		return nil
	},
	"Categories": func(d *draft, n *schema.Node) *itemError {
		d.categories = nil
		for _, category := range n.Children {
			d.categories = append(d.categories, category.Text)
		}
		return nil
	},
	"ReminderMinutesBeforeStart": func(d *draft, n *schema.Node) *itemError {
		d.reminderMinutes, _ = strconv.Atoi(strings.TrimSpace(n.Text))
		return nil
	},
	"ItemClass": func(d *draft, n *schema.Node) *itemError {
		if n.Text != "IPM.Appointment" && !strings.HasPrefix(n.Text, "IPM.Appointment.") {
			return &itemError{code: "ErrorObjectTypeChanged", message: "The item class is not that of a calendar item.",
				field: "item:ItemClass"}
		}
		d.itemClass = n.Text
		return nil
	},
	"ExtendedProperty": func(d *draft, n *schema.Node) *itemError {
		p, failed := parseProperty(n)
		if failed == nil {
			d.extended = withProperty(d.extended, p)
		}
		return failed
	},
	"StartTimeZone": func(d *draft, n *schema.Node) *itemError {
		d.newStartZone, d.startZoneGiven = n.Value("Id"), true
		return givenByID(n)
	},
	"EndTimeZone": func(d *draft, n *schema.Node) *itemError {
		d.newEndZone, d.endZoneGiven = n.Value("Id"), true
		return givenByID(n)
	},
}

func givenByID(n *schema.Node) *itemError {
	if len(n.Children) > 0 {
		return &itemError{code: "ErrorTimeZone", message: "Sandbox: a time zone is given by its id alone."}
	}
	_, failed := zone(n.Value("Id"))
	return failed
}

// clearers are the properties DeleteItemField can empty.
var clearers = map[string]func(*draft){
	"Body":       func(d *draft) { d.body, d.bodyType = "", "Text" },
	"Subject":    func(d *draft) { d.subject = "" },
	"Location":   func(d *draft) { d.location = "" },
	"Categories": func(d *draft) { d.categories = nil },
	"Culture":    func(d *draft) { d.culture = "" },
}

func (d *draft) set(n *schema.Node) *itemError {
	set, ok := setters[n.Name.Local]
	if !ok {
		return &itemError{code: "ErrorInvalidPropertySet", message: "Set action is invalid for property.",
			field: fieldURI(n.Name.Local)}
	}
	return set(d, n)
}

// fieldURI returns the FieldURI of a calendar item's element.
func fieldURI(name string) string {
	if slices.Contains(ownElements(), name) {
		return "calendar:" + name
	}
	return "item:" + name
}

// ownElements are the elements a calendar item has beyond those of any item.
func ownElements() []string {
	all := schema.ExchangeSE.Elements("CalendarItemType")
	return all[slices.Index(all, "UID"):]
}

// finish reads the times by the rules of zones and checks them. fallback is the
// request's TimeZoneContext ("" for none): without a zone of its own on the same
// side a time is read by it, else as UTC. The end looks at EndTimeZone alone.
func (d *draft) finish(fallback string) *itemError {
	if fallback == "" {
		fallback = "UTC"
	}
	d.start = d.resolve(d.start, d.startText, d.startZone, d.newStartZone, fallback)
	d.end = d.resolve(d.end, d.endText, d.endZone, d.newEndZone, fallback)
	switch {
	case d.startZoneGiven:
		d.startZone = d.newStartZone
	case d.startZone == "":
		d.startZone = fallback
	}
	switch {
	case d.endZoneGiven:
		d.endZone = d.newEndZone
	case d.endZone == "":
		d.endZone = d.startZone
	}
	return d.checkTimes()
}

// resolve returns a start or end: read anew when it was given; on the same wall
// clock of the new zone when only the zone was given
//
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-update-the-time-zone-for-an-appointment-by-using-ews-in-exchange).
func (d *draft) resolve(old time.Time, given, oldZone, newZone, fallback string) time.Time {
	clocks := reading(newZone, fallback)
	switch {
	case given != "":
		return instant(given, clocks)
	case newZone != "" && oldZone != "":
		before, _ := zone(oldZone)
		return sameClock(old, before, clocks)
	}
	return old
}

// replay gives an item its times in the order of the fields that change them: a
// Start or End of an item that is all-day at that point is stretched to whole days,
// and stays so when a later field makes the item timed
// (github.com/ExchangeCalendar/exchangecalendar/issues/286).
func (d *draft) replay(before calendarItem, fields []*schema.Node, fallback string) *itemError {
	zones := draft{calendarItem: before, newStartZone: d.newStartZone, newEndZone: d.newEndZone,
		startZoneGiven: d.startZoneGiven, endZoneGiven: d.endZoneGiven}
	if failed := zones.finish(fallback); failed != nil {
		return failed
	}
	d.start, d.end, d.startZone, d.endZone, d.allDay = zones.start, zones.end, zones.startZone, zones.endZone,
		before.allDay
	for _, field := range fields {
		for _, value := range field.Child("CalendarItem").All() {
			switch value.Name.Local {
			case "IsAllDayEvent":
				setters["IsAllDayEvent"](d, value)
			case "Start":
				d.start = instant(value.Text, reading(d.newStartZone, fallback))
			case "End":
				d.end = instant(value.Text, reading(d.newEndZone, fallback))
			default:
				continue
			}
			d.stretch()
		}
	}
	return d.checkTimes()
}

// stretch moves an all-day item's times to midnights of its own zone, the start
// back and the end forward
//
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-create-all-day-events-by-using-ews-in-exchange).
func (d *draft) stretch() {
	if d.allDay {
		clocks, _ := zone(d.startZone)
		d.start, d.end = midnight(d.start.In(clocks)).UTC(), midnightFrom(d.end.In(clocks)).UTC()
	}
}

// reading is the zone a time without an offset is read in.
func reading(own, fallback string) *time.Location {
	for _, name := range []string{own, fallback} {
		if name != "" {
			clocks, _ := zone(name)
			return clocks
		}
	}
	return time.UTC
}

// checkTimes stretches an all-day event without a word and refuses times that are
// none.
func (d *draft) checkTimes() *itemError {
	early := &itemError{code: "ErrorCalendarEndDateIsEarlierThanStartDate",
		message: "EndDate is earlier than StartDate", field: "calendar:End"}
	if d.end.Before(d.start) {
		return early
	}
	if d.stretch(); d.allDay && !d.start.Before(d.end) {
		return early
	}
	if d.start.AddDate(5, 0, 0).Before(d.end) {
		return &itemError{code: "ErrorCalendarDurationIsTooLong",
			message: "The duration of the calendar item is too long."}
	}
	return nil
}
