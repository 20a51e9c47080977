package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// What the action takes: learn.microsoft.com/graph/api/calendar-getschedule. Its
// parameters are spelt with a small letter on that page and with a capital one in
// the metadata; both are taken.
const (
	maxSchedules    = 20
	minInterval     = 5
	maxInterval     = 1440
	defaultInterval = 30
)

// question is what getSchedule is asked.
type question struct {
	schedules  []string
	start, end event // only the moment in start counts
	interval   int
}

// getSchedule tells when mailboxes are busy and when their owners work. It changes
// nothing, though it is a POST.
func getSchedule(c *call) (answer, *failure) {
	body, f := readJSON(c.request)
	if f != nil {
		return answer{}, f
	}
	asked, f := readQuestion(body)
	if f != nil {
		return answer{}, f
	}
	value := []map[string]any{}
	for _, address := range asked.schedules {
		value = append(value, c.scheduleOf(address, asked))
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"@odata.context": c.base + "/$metadata#Collection(microsoft.graph.scheduleInformation)", "value": value,
	}}, nil
}

func readQuestion(body []byte) (question, *failure) {
	asked := question{interval: defaultInterval}
	fields, f := object(body, "microsoft.graph.getSchedule")
	if f != nil {
		return asked, f
	}
	for name, raw := range fields {
		switch name {
		case "schedules", "Schedules":
			f = decode(raw, &asked.schedules, "Collection(Edm.String)")
		case "startTime", "StartTime":
			f = writable["start"](&asked.start, raw)
		case "endTime", "EndTime":
			f = writable["start"](&asked.end, raw)
		case "availabilityViewInterval", "AvailabilityViewInterval":
			f = decode(raw, &asked.interval, "Edm.Int32")
		default:
			f = failBody("The parameter '%s' in the request payload is not a valid parameter for the operation 'getSchedule'.", name)
		}
		if f != nil {
			return asked, f
		}
	}
	return asked, asked.check()
}

func (q question) check() *failure {
	switch {
	case len(q.schedules) == 0 || len(q.schedules) > maxSchedules:
		return fail(http.StatusBadRequest, "ErrorInvalidParameter", "The number of schedules must be between 1 and %d.",
			maxSchedules)
	case q.start.start.isZero() || q.end.start.isZero() || !q.end.start.instant().After(q.start.start.instant()):
		return fail(http.StatusBadRequest, "ErrorInvalidTimeInterval", "The time interval is not valid.")
	case q.interval < minInterval || q.interval > maxInterval:
		return fail(http.StatusBadRequest, "ErrorInvalidMergedFreeBusyInterval",
			"The interval must be between %d and %d minutes.", minInterval, maxInterval)
	}
	return nil
}

// scheduleOf is one mailbox's answer. An application that reads calendars sees the
// working hours of everybody.
func (c *call) scheduleOf(address string, asked question) map[string]any {
	mailbox, f := c.service.mailbox(address)
	if f != nil {
		return map[string]any{"scheduleId": address, "error": map[string]any{
			"message":      "Unable to resolve e-mail address to an Active Directory object.",
			"responseCode": "ErrorMailRecipientNotFound",
		}}
	}
	return map[string]any{
		"scheduleId": address, "availabilityView": c.availability(mailbox, asked), "scheduleItems": []any{},
		"workingHours": workingHours(mailbox),
	}
}

// busyDigits are the digits of an availability view; what is not here is busy.
var busyDigits = map[string]byte{"free": '0', "tentative": '1', "oof": '3', "workingElsewhere": '4'}

// availability has one digit for each slot of the interval: the busiest there.
func (c *call) availability(mailbox mailboxes.Mailbox, asked question) string {
	var all []*event
	_ = c.service.store.Within(mailboxes.Graph, mailbox.Email,
		func(tx *mailboxes.Tx) error { all = events(tx); return nil })
	var view strings.Builder
	step := time.Duration(asked.interval) * time.Minute
	for from := asked.start.start.instant(); from.Before(asked.end.start.instant()); from = from.Add(step) {
		digit := byte('0')
		for _, e := range all {
			if e.live() && e.start.instant().Before(from.Add(step)) && e.end.instant().After(from) {
				shown, ok := busyDigits[e.showAs]
				if !ok {
					shown = '2'
				}
				digit = max(digit, shown)
			}
		}
		view.WriteByte(digit)
	}
	return view.String()
}

// workingHours name the mailbox's zone by its Windows name where it has one, else by
// its offset, as Exchange does for zones it knows no name of.
func workingHours(mailbox mailboxes.Mailbox) json.RawMessage {
	zone := map[string]any{"@odata.type": "#microsoft.graph.customTimeZone", "name": "Customized Time Zone", "bias": 0}
	if name, ok := windowszones.FromIANA(mailbox.Zone); ok {
		zone = map[string]any{"name": name}
	} else if loc, err := time.LoadLocation(mailbox.Zone); err == nil {
		_, offset := time.Now().In(loc).Zone()
		zone["bias"] = -offset / 60
	}
	text, err := json.Marshal(map[string]any{
		"daysOfWeek": []string{"monday", "tuesday", "wednesday", "thursday", "friday"},
		"startTime":  "09:00:00.0000000", "endTime": "18:00:00.0000000", "timeZone": zone,
	})
	if err != nil {
		return json.RawMessage(fmt.Sprintf("%q", err.Error()))
	}
	return text
}
