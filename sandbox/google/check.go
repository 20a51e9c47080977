package google

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// validID is what a client may choose as an id: base32hex in lower case, 5 to
// 1024 characters (developers.google.com/workspace/calendar/api/v3/reference/events/insert).
// Go's regexp repeats at most 1000 times, so the length is checked beside it.
var validID = regexp.MustCompile(`^[a-v0-9]+$`)

func checkID(id string) error {
	if len(id) < 5 || len(id) > 1024 || !validID.MatchString(id) {
		return invalid("Invalid resource id value.")
	}
	return nil
}

// complete checks an event that shall be live and fills what was not sent.
func complete(e event, box mailboxes.Mailbox) (stored, error) {
	if err := checkValues(&e); err != nil {
		return stored{}, err
	}
	kept, err := checkTimes(e, box)
	if err != nil {
		return stored{}, err
	}
	if err := checkOutOfOffice(kept.event); err != nil {
		return stored{}, err
	}
	if err := checkWorkingLocation(kept); err != nil {
		return stored{}, err
	}
	if kept.Reminders, err = checkReminders(e.Reminders); err != nil {
		return stored{}, err
	}
	kept.ExtendedProperties, err = checkProperties(e.ExtendedProperties)
	return kept, err
}

// checkValues checks the fields that have a list of values; defaults that Google
// leaves out of its answers are left out here.
func checkValues(e *event) error {
	if e.Status == "" {
		e.Status = confirmed
	}
	if e.EventType == "" {
		e.EventType = defaultType
	}
	for _, field := range []struct {
		name, got string
		values    []string
	}{
		{"status", e.Status, []string{confirmed, tentative}},
		{"transparency", e.Transparency, []string{"", opaque, transparent}},
		{"visibility", e.Visibility, []string{"", "default", "public", "private", "confidential"}},
		{"colorId", e.ColorID, []string{"", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}},
	} {
		if !slices.Contains(field.values, field.got) {
			return invalid("Invalid value %q for %s.", field.got, field.name)
		}
	}
	switch e.EventType {
	case defaultType, outOfOffice, atLocation:
	case "focusTime", "birthday":
		return notImitated("the eventType " + e.EventType)
	default: // fromGmail, too: "This value cannot be created by a client"
		return refuse(http.StatusBadRequest, "invalidEventType", "Invalid eventType "+e.EventType+".")
	}
	if e.Transparency == opaque {
		e.Transparency = ""
	}
	if e.Visibility == "default" {
		e.Visibility = ""
	}
	if e.Source != nil {
		link, err := url.Parse(e.Source.URL)
		if err != nil || link.Host == "" || (link.Scheme != "http" && link.Scheme != "https") {
			return invalid("Invalid value for source.url.")
		}
	}
	return nil
}

// checkTimes parses start and end. The end is exclusive, also of an all-day
// event: one of 1 December ends on 2 December.
func checkTimes(e event, box mailboxes.Mailbox) (stored, error) {
	calendar, err := zoneOf(box)
	if err != nil {
		return stored{}, err
	}
	kept := stored{event: e}
	if kept.Start, kept.start, err = e.Start.check("start", calendar); err != nil {
		return stored{}, err
	}
	if kept.End, kept.end, err = e.End.check("end", calendar); err != nil {
		return stored{}, err
	}
	if (kept.Start.Date == "") != (kept.End.Date == "") {
		return stored{}, invalid("Start and end times must either both be date or both be dateTime.")
	}
	if !kept.end.After(kept.start) {
		return stored{}, timeRangeEmpty()
	}
	return kept, nil
}

// timeRangeEmpty is of the domain calendar, as in the example of
// developers.google.com/workspace/calendar/api/guides/errors
func timeRangeEmpty() *refusal {
	f := refuse(http.StatusBadRequest, "timeRangeEmpty", "The specified time range is empty.")
	f.Domain = "calendar"
	return f
}

func required(message string) *refusal {
	return refuse(http.StatusBadRequest, "required", message)
}

// check parses a start or an end and rewrites a time with the offset it has in
// its own zone. which is "start" or "end".
func (m *moment) check(which string, calendar *time.Location) (*moment, time.Time, error) {
	switch {
	case m == nil || m.Date == "" && m.DateTime == "":
		return nil, time.Time{}, required("Missing " + which + " time.")
	case m.Date != "" && m.DateTime != "":
		return nil, time.Time{}, invalid("Invalid %s time: it has both date and dateTime.", which)
	}
	zone := calendar
	if m.TimeZone != "" {
		named, err := loadZone(m.TimeZone)
		if err != nil {
			return nil, time.Time{}, invalid("Invalid time zone definition for %s time.", which)
		}
		zone = named
	}
	if m.Date != "" {
		at, err := time.ParseInLocation(time.DateOnly, m.Date, calendar)
		if err != nil {
			return nil, time.Time{}, invalid("Invalid value for %s.date: it must be YYYY-MM-DD.", which)
		}
		return &moment{Date: m.Date, TimeZone: m.TimeZone}, at, nil
	}
	if at, err := time.Parse(time.RFC3339, m.DateTime); err == nil {
		return &moment{DateTime: at.In(zone).Format(time.RFC3339Nano), TimeZone: m.TimeZone}, at, nil
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05", m.DateTime, zone)
	switch {
	case err != nil:
		return nil, time.Time{}, invalid("Invalid value for %s.dateTime: it must be as in RFC 3339.", which)
	case m.TimeZone == "":
		return nil, time.Time{}, required("Missing time zone definition for " + which + " time.")
	}
	return &moment{DateTime: at.Format(time.RFC3339Nano), TimeZone: m.TimeZone}, at, nil
}

// loadZone accepts IANA names only; "" and "Local" are names of Go alone.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not an IANA time zone", name)
	}
	return time.LoadLocation(name)
}

func zoneOf(box mailboxes.Mailbox) (*time.Location, error) {
	zone, err := loadZone(box.Zone)
	if err != nil {
		return nil, fmt.Errorf("the time zone of the mailbox: %w", err)
	}
	return zone, nil
}

// checkOutOfOffice holds the rules of
// developers.google.com/workspace/calendar/api/guides/calendar-status and those
// that developers quote from live answers.
func checkOutOfOffice(e event) error {
	if e.EventType != outOfOffice {
		if e.OutOfOfficeProperties != nil {
			return invalid("outOfOfficeProperties are for events of eventType outOfOffice.")
		}
		return nil
	}
	malformed := func(message string) error {
		return refuse(http.StatusBadRequest, "malformedOutOfOfficeEvent", message)
	}
	modes := []string{"", "declineNone", "declineAllConflictingInvitations", "declineOnlyNewConflictingInvitations"}
	switch {
	case e.Start.Date != "":
		return malformed("An out of office event must not be an all-day event.")
	case e.Description != "":
		return malformed("An out of office event must not have a description.")
	case e.Location != "":
		return malformed("An out of office event must not have a location.")
	case e.OutOfOfficeProperties == nil:
		return malformed("An out of office event must have outOfOfficeProperties.")
	case e.Transparency == transparent:
		return malformed("An out of office event must be opaque.")
	case !slices.Contains(modes, e.OutOfOfficeProperties.AutoDeclineMode):
		return malformed("Invalid autoDeclineMode.")
	}
	return nil
}

// checkWorkingLocation holds the rules of
// developers.google.com/workspace/calendar/api/guides/calendar-status: public, not busy,
// and of one day exactly where it is all-day.
func checkWorkingLocation(kept stored) error {
	e := kept.event
	if e.EventType != atLocation {
		if e.WorkingLocationProperties != nil {
			return invalid("workingLocationProperties are for events of eventType workingLocation.")
		}
		return nil
	}
	malformed := func(message string) error {
		return refuse(http.StatusBadRequest, "malformedWorkingLocationEvent", message)
	}
	properties := e.WorkingLocationProperties
	switch {
	case properties == nil:
		return malformed("A working location event must have workingLocationProperties.")
	case e.Visibility != "public":
		return malformed("A working location event must be public.")
	case e.Transparency != transparent:
		return malformed("A working location event must be transparent.")
	case e.Start.Date != "" && !kept.end.Equal(kept.start.AddDate(0, 0, 1)):
		return malformed("An all-day working location event must be of one day.")
	}
	given := map[string]bool{
		"homeOffice": properties.HomeOffice != nil, "customLocation": properties.CustomLocation != nil,
		"officeLocation": properties.OfficeLocation != nil,
	}
	if is, known := given[properties.Type]; !known || !is {
		return malformed("A working location event must have the place that its type names.")
	}
	return nil
}

// checkReminders fills in the calendar's default reminders where none were sent.
// An empty object counts as none sent: "useDefault": false must be said.
func checkReminders(sent *reminders) (*reminders, error) {
	if sent == nil || sent.UseDefault == nil && len(sent.Overrides) == 0 {
		return &reminders{UseDefault: new(true)}, nil
	}
	useDefault := sent.UseDefault != nil && *sent.UseDefault
	switch {
	case useDefault && len(sent.Overrides) > 0:
		return nil, refuse(http.StatusBadRequest, "cannotUseDefaultRemindersAndSpecifyOverride",
			"Cannot specify both default reminders and overrides at the same time.")
	case len(sent.Overrides) > 5:
		return nil, invalid("Invalid value for reminders.overrides: at most 5.")
	}
	for _, o := range sent.Overrides {
		if o.Method != "email" && o.Method != "popup" || o.Minutes == nil || *o.Minutes < 0 || *o.Minutes > 40320 {
			return nil, invalid("Invalid value for reminders.overrides: method is email or popup, minutes 0 to 40320.")
		}
	}
	return &reminders{UseDefault: &useDefault, Overrides: sent.Overrides}, nil
}

// The limits of extended properties. Google does not say when it drops a key or
// cuts a value: developers.google.com/workspace/calendar/api/guides/extended-properties
const (
	maxPropertyKey   = 44
	maxPropertyValue = 1024
	maxProperties    = 300
	maxPropertyBytes = 32 << 10
)

func checkProperties(sent *extendedProperties) (*extendedProperties, error) {
	if sent == nil {
		return nil, nil
	}
	kept := &extendedProperties{Private: cutProperties(sent.Private), Shared: cutProperties(sent.Shared)}
	size := 0
	for _, properties := range []map[string]string{kept.Private, kept.Shared} {
		for key, value := range properties {
			size += len(key) + len(value)
		}
	}
	if len(kept.Private)+len(kept.Shared) > maxProperties || size > maxPropertyBytes {
		return nil, invalid("Too many extended properties: at most %d, of %d bytes in total.", maxProperties,
			maxPropertyBytes)
	}
	if kept.Private == nil && kept.Shared == nil {
		return nil, nil
	}
	return kept, nil
}

// cutProperties drops keys that are too long and cuts values that are.
func cutProperties(sent map[string]string) map[string]string {
	var kept map[string]string
	for key, value := range sent {
		if len([]rune(key)) > maxPropertyKey {
			continue
		}
		if runes := []rune(value); len(runes) > maxPropertyValue {
			value = string(runes[:maxPropertyValue])
		}
		if kept == nil {
			kept = map[string]string{}
		}
		kept[key] = value
	}
	return kept
}

// isMarked tells whether the event carries figgosync's marker.
func isMarked(e event) bool {
	if e.ExtendedProperties == nil {
		return false
	}
	for key := range e.ExtendedProperties.Private {
		if strings.HasPrefix(key, "figgosync") {
			return true
		}
	}
	return false
}
