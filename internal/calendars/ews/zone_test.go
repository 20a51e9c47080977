package ews_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
)

func zoneOf(bias int, standard, daylight string) string {
	return fmt.Sprintf(`<t:TimeZone><t:Bias>%d</t:Bias><t:StandardTime>%s</t:StandardTime><t:DaylightTime>%s</t:DaylightTime></t:TimeZone>`, bias, standard, daylight)
}

func clocks(bias int, at string, order, month int, weekday string) string {
	return fmt.Sprintf(`<t:Bias>%d</t:Bias><t:Time>%s</t:Time><t:DayOrder>%d</t:DayOrder><t:Month>%d</t:Month><t:DayOfWeek>%s</t:DayOfWeek>`,
		bias, at, order, month, weekday)
}

func period(start, end int) string {
	return fmt.Sprintf(`<t:WorkingPeriodArray><t:WorkingPeriod><t:DayOfWeek>Monday Tuesday</t:DayOfWeek><t:StartTimeInMinutes>%d</t:StartTimeInMinutes>`+
		`<t:EndTimeInMinutes>%d</t:EndTimeInMinutes></t:WorkingPeriod></t:WorkingPeriodArray>`, start, end)
}

func american(bias int) string {
	return zoneOf(bias, clocks(0, "02:00:00", 1, 11, "Sunday"), clocks(-60, "02:00:00", 2, 3, "Sunday"))
}

// availability is the answer about one mailbox, whose working hours are those.
func availability(class, code, hours string) answer {
	return answer{status: 200, body: envelopeStart +
		`<GetUserAvailabilityResponse xmlns="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">` +
		`<FreeBusyResponseArray><FreeBusyResponse><ResponseMessage ResponseClass="` + class + `"><ResponseCode>` + code + `</ResponseCode></ResponseMessage>` +
		`<FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType>` + hours + `</FreeBusyView></FreeBusyResponse></FreeBusyResponseArray>` +
		`</GetUserAvailabilityResponse>` + envelopeEnd}
}

func hours(zone, periods string) answer {
	return availability("Success", "NoError", `<t:WorkingHours>`+zone+periods+`</t:WorkingHours>`)
}

// All-day events get the midnights of the mailbox's own zone.
func TestAllDayEventsAreInTheMailboxsZone(t *testing.T) {
	t.Parallel()
	const paris = "Romance Standard Time"
	nineToSix := period(540, 1080)
	for name, test := range map[string]struct {
		answer answer
		want   string
		// waits is how many tries are told to come again before that.
		waits int
	}{
		"New York":                    {hours(american(300), nineToSix), "Eastern Standard Time", 0},
		"Paris, of several alike":     {hours(zoneOf(-60, clocks(0, "03:00:00", 5, 10, "Sunday"), clocks(-60, "02:00:00", 5, 3, "Sunday")), nineToSix), paris, 0},
		"no summer time":              {hours(zoneOf(-540, clocks(0, "00:00:00", 0, 0, "Sunday"), clocks(0, "00:00:00", 0, 0, "Sunday")), nineToSix), "Korea Standard Time", 0},
		"Los Angeles":                 {hours(american(480), nineToSix), "Pacific Standard Time", 0},
		"the maker's default":         {hours(american(480), period(480, 1020)), paris, 0},
		"clocks nobody has":           {hours(zoneOf(17, clocks(0, "00:00:00", 0, 0, "Sunday"), clocks(0, "00:00:00", 0, 0, "Sunday")), nineToSix), paris, 0},
		"a change of one year":        {hours(zoneOf(300, clocks(0, "02:00:00", 1, 11, "Sunday")+`<t:Year>2026</t:Year>`, clocks(-60, "02:00:00", 2, 3, "Sunday")), nineToSix), paris, 0},
		"a day that is no weekday":    {hours(zoneOf(300, clocks(0, "02:00:00", 1, 11, "Weekday"), clocks(-60, "02:00:00", 2, 3, "Sunday")), nineToSix), paris, 0},
		"no zone":                     {hours("", nineToSix), paris, 0},
		"no working hours":            {availability("Success", "NoError", ""), paris, 0},
		"an error inside":             {availability("Error", "ErrorMailRecipientNotFound", ""), paris, 0},
		"a fault":                     {soapFault("ErrorServerBusy", ""), paris, 2},
		"refused":                     {answer{status: 403}, paris, 0},
		"nothing that is XML":         {answer{status: 200, body: "<html>"}, paris, 2},
		"another operation's message": {success("GetUserAvailability", ""), paris, 0},
	} {
		e, c := open(t, wellBehaved)
		e.zone = func(request) answer { return test.answer }
		for range test.waits {
			if _, err := c.Create(t.Context(), mailbox, marker, twoDays(), ""); !isPassing(err) || len(e.seen()) != 0 {
				t.Errorf("%s: %v and %d calls, want another try", name, err, len(e.seen()))
			}
		}
		placed, create := c.Create(t.Context(), mailbox, marker, twoDays(), "")
		_, update := c.Update(t.Context(), mailbox, placed, twoDays())
		if create != nil || update != nil {
			t.Errorf("%s: %v, %v", name, create, update)
			continue
		}
		for _, r := range e.seen() {
			for _, part := range []string{`<t:StartTimeZone Id="%s">`, `<t:EndTimeZone Id="%s">`, `<t:TimeZoneDefinition Id="%s">`} {
				if r.operation != "GetItem" && !strings.Contains(r.body, fmt.Sprintf(part, test.want)) {
					t.Errorf("%s: %s is not in %s: %s", name, r.operation, test.want, r.body)
				}
			}
		}
		if placed.Fingerprint != calendars.Fingerprint(twoDays()) {
			t.Errorf("%s: the zone is in the fingerprint", name)
		}
		if asked := e.zoneQuestions(); len(asked) != 1+test.waits || asked[0].mailbox != mailbox || asked[0].header.Get("X-AnchorMailbox") != mailbox {
			t.Errorf("%s: asked %v, want once a try, as the mailbox", name, asked)
		}
	}
}

func isPassing(err error) bool {
	_, passing := errors.AsType[*calendars.Temporary](err)
	return passing
}

// Hours are moments, the same wherever they are shown: nobody asks.
func TestHoursStayInTheEventsZone(t *testing.T) {
	t.Parallel()
	e, c := open(t, wellBehaved)
	if _, err := c.Create(t.Context(), mailbox, marker, morning(), ""); err != nil {
		t.Fatal(err)
	}
	if asked := e.zoneQuestions(); len(asked) != 0 || !strings.Contains(e.seen()[0].body, `<t:StartTimeZone Id="Romance Standard Time">`) {
		t.Errorf("%d questions, then %s", len(asked), e.seen()[0].body)
	}
}

// 429 is about the mailbox that was asked for, 503 about the server.
func TestWhoseWaitItIs(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]calendars.Scope{429: calendars.ScopeMailbox, 503: calendars.ScopeConnection} {
		_, c := open(t, func(request) answer {
			return answer{status: status, header: map[string][]string{"Retry-After": {"120"}}}
		})
		_, err := c.Find(t.Context(), mailbox, key)
		wait, ok := err.(*calendars.Temporary)
		if !ok || wait.Scope != want || wait.RetryAfter.Seconds() != 120 {
			t.Errorf("%d: %#v, want the scope %s", status, err, want)
		}
	}
}
