package ews

import (
	"context"
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/mailboxzone"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

var opAvailability = operation{name: "GetUserAvailability", repeatable: true}

// getUserAvailability asks when a mailbox's owner works, in which zone, and when
// they are free or busy, which is not read:
// learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation.
type getUserAvailability struct {
	XMLName xml.Name         `xml:"m:GetUserAvailabilityRequest"`
	Zone    serializableZone `xml:"t:TimeZone"`
	Mailbox struct {
		Address string `xml:"t:Email>t:Address"`
		Role    string `xml:"t:AttendeeType"`
	} `xml:"m:MailboxDataArray>t:MailboxData"`
	Options struct {
		Start    string `xml:"t:TimeWindow>t:StartTime"`
		End      string `xml:"t:TimeWindow>t:EndTime"`
		Interval int    `xml:"t:MergedFreeBusyIntervalInMinutes"`
		View     string `xml:"t:RequestedView"`
	} `xml:"t:FreeBusyViewOptions"`
}

type serializableZone struct {
	Bias     int        `xml:"t:Bias"`
	Standard zoneChange `xml:"t:StandardTime"`
	Daylight zoneChange `xml:"t:DaylightTime"`
}

type zoneChange struct {
	Bias    int    `xml:"t:Bias"`
	Time    string `xml:"t:Time"`
	Order   int    `xml:"t:DayOrder"`
	Month   int    `xml:"t:Month"`
	Weekday string `xml:"t:DayOfWeek"`
}

// newGetUserAvailability asks about one day, in UTC. The view FreeBusy has no titles.
func newGetUserAvailability(mailbox string, day time.Time) getUserAvailability {
	const dateTime = "2006-01-02T00:00:00"
	change := zoneChange{Time: "00:00:00", Order: 1, Weekday: "Sunday"}
	g := getUserAvailability{Zone: serializableZone{Standard: change, Daylight: change}}
	g.Zone.Standard.Month, g.Zone.Daylight.Month = 10, 3
	g.Mailbox.Address, g.Mailbox.Role = mailbox, "Required"
	g.Options.Start, g.Options.End = day.Format(dateTime), day.AddDate(0, 0, 1).Format(dateTime)
	g.Options.Interval, g.Options.View = 60, "FreeBusy"
	return g
}

// freeBusyResponse is the answer about one mailbox. GetUserAvailability is older
// than the other operations and has an envelope of its own.
type freeBusyResponse struct {
	Message responseMessage `xml:"ResponseMessage"`
	Hours   *workingHours   `xml:"FreeBusyView>WorkingHours"`
}

type workingHours struct {
	Zone struct {
		Bias     *int          `xml:"Bias"`
		Standard answeredClock `xml:"StandardTime"`
		Daylight answeredClock `xml:"DaylightTime"`
	} `xml:"TimeZone"`
	Periods []struct {
		Start int `xml:"StartTimeInMinutes"`
		End   int `xml:"EndTimeInMinutes"`
	} `xml:"WorkingPeriodArray>WorkingPeriod"`
}

type answeredClock struct {
	Bias    int    `xml:"Bias"`
	Time    string `xml:"Time"`
	Order   int    `xml:"DayOrder"`
	Month   int    `xml:"Month"`
	Weekday string `xml:"DayOfWeek"`
	Year    int    `xml:"Year"`
}

// zoneFor is the Windows id of the zone to write the event in: the event's own for
// one with hours, whose moments are the same everywhere; the mailbox's for an
// all-day one, or the event's own where that cannot be told. It is no part of the
// fingerprint, so that a person who changes theirs causes no rewrite. Its errors are
// Invalid for an event Exchange cannot show, Temporary where asking again may help, and
// ctx's.
func (c *Calendar) zoneFor(ctx context.Context, op operation, mailbox string, event absence.Event) (
	windows string, guess bool, err error,
) {
	own, err := windowsZone(op, event)
	if err != nil || !event.AllDay {
		return own, false, err
	}
	return c.zones.Of(ctx, mailbox, own, func() mailboxzone.Answer { return c.askZone(ctx, mailbox, own) })
}

// askZone reads the zone of the mailbox's working hours.
func (c *Calendar) askZone(ctx context.Context, mailbox, own string) mailboxzone.Answer {
	now := time.Now().UTC()
	message, err := c.call(ctx, mailbox, opAvailability, exchange2010SP2, fixed(newGetUserAvailability(mailbox, now)))
	if failsInPassing(err) {
		return mailboxzone.Answer{Passing: err}
	}
	if err != nil {
		return mailboxzone.Answer{}
	}
	if message.hours == nil {
		return mailboxzone.Answer{Heard: true}
	}
	return mailboxzone.Answer{Zone: message.hours.zoneName(now.Year(), own), Heard: true}
}

// failsInPassing tells whether to ask for a zone again soon. What Exchange says in a code
// that no write knows, such as ErrorMailRecipientNotFound, is taken for lasting here.
func failsInPassing(err error) bool {
	passing, ok := errors.AsType[*calendars.Temporary](err)
	if !ok {
		return false
	}
	_, known := classes[passing.Code]
	return known || !strings.HasPrefix(passing.Code, "Error")
}

// pacific is the zone of working hours nobody ever set: Exchange's own default,
// eight to five on its makers' clocks, which says nothing of where the person is.
const pacific = "Pacific Standard Time"

// zoneName is the Windows id of a zone with the same clocks in that year: prefer
// when it is one. "" when there is none, or nobody set the hours.
func (h *workingHours) zoneName(year int, prefer string) string {
	standard, ok := h.Zone.Standard.change()
	daylight, alsoOK := h.Zone.Daylight.change()
	if h.Zone.Bias == nil || !ok || !alsoOK {
		return ""
	}
	rules := windowszones.Rules{Bias: *h.Zone.Bias, Standard: standard, Daylight: daylight}
	if h.eightToFive() {
		if name, _ := rules.Named(year, pacific); name == pacific {
			return ""
		}
	}
	name, _ := rules.Named(year, prefer)
	return name
}

func (h *workingHours) eightToFive() bool {
	for _, p := range h.Periods {
		if p.Start != 8*60 || p.End != 17*60 {
			return false
		}
	}
	return len(h.Periods) > 0
}

var weekdays = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// change reads one change of the clocks: the zero one for none, which has month 0;
// ok is false for one that is not understood, such as one of a single year.
func (a answeredClock) change() (change windowszones.Change, ok bool) {
	if a.Month == 0 {
		return windowszones.Change{}, true
	}
	weekday := slices.Index(weekdays, a.Weekday)
	clock, err := time.Parse(time.TimeOnly, strings.TrimSpace(a.Time))
	if weekday < 0 || err != nil || a.Year != 0 || a.Month > 12 || a.Month < 0 || a.Order < 1 || a.Order > 5 {
		return windowszones.Change{}, false
	}
	return windowszones.Change{
		Bias: a.Bias, Month: time.Month(a.Month), Occurrence: a.Order, Weekday: time.Weekday(weekday),
		Clock: time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute,
	}, true
}
