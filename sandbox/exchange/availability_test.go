package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange"
)

const (
	utcZone = `<t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>1</t:DayOrder><t:Month>10</t:Month>` +
		`<t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>1</t:DayOrder><t:Month>3</t:Month>` +
		`<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>`
	oneDay = `<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-07-01T00:00:00</t:StartTime><t:EndTime>2026-07-02T00:00:00</t:EndTime></t:TimeWindow>` +
		`<t:MergedFreeBusyIntervalInMinutes>60</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>FreeBusy</t:RequestedView></t:FreeBusyViewOptions>`
)

func availabilityBody(zone, address, options string) string {
	return `<m:GetUserAvailabilityRequest>` + zone + `<m:MailboxDataArray><t:MailboxData><t:Email><t:Address>` + address +
		`</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>` + options + `</m:GetUserAvailabilityRequest>`
}

// The zone of the working hours is told by its offsets.
func TestWorkingHoursTellTheMailboxsZone(t *testing.T) {
	t.Parallel()
	s := start(t, exchange.Config{Schemes: []string{exchange.Basic}, Now: func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }})
	for address, want := range map[string]string{
		alice:               "-60; 0 03:00:00 5 10 Sunday; -60 02:00:00 5 3 Sunday",
		"rene@example.com":  "-240; 0 00:00:00 0 0 Sunday; 0 00:00:00 0 0 Sunday",
		"sofia@example.com": "240; 0 00:00:00 1 4 Sunday; -60 00:00:00 1 9 Sunday",
	} {
		a := s.must(t, request{body: availabilityBody(utcZone, address, oneDay)})
		zone := a.all("WorkingHours")[0].Child("TimeZone")
		got := zone.Child("Bias").Text
		for _, name := range []string{"StandardTime", "DaylightTime"} {
			c := zone.Child(name)
			got += fmt.Sprintf("; %s %s %s %s %s", c.Child("Bias").Text, c.Child("Time").Text, c.Child("DayOrder").Text, c.Child("Month").Text, c.Child("DayOfWeek").Text)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestAvailabilityRefusals(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	for name, test := range map[string]struct{ body, want string }{
		"nobody":                {availabilityBody(utcZone, "nobody@example.com", oneDay), "ErrorMailRecipientNotFound"},
		"a mailbox elsewhere":   {availabilityBody(utcZone, "cloud@example.com", oneDay), "ErrorMailRecipientNotFound"},
		"no zone":               {availabilityBody("", alice, oneDay), "ErrorTimeZone"},
		"no view":               {availabilityBody(utcZone, alice, ""), "SandboxNotImitated"},
		"the order of elements": {availabilityBody(utcZone+oneDay, alice, ""), "ErrorSchemaValidation"},
	} {
		if got := s.send(t, request{body: test.body}).one("ResponseCode"); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
