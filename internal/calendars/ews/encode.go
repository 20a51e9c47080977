package ews

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

// calendarItem has the fields we write, in the order of the schema's
// CalendarItemType, which the server enforces. Fields left nil or "" are not
// written.
type calendarItem struct {
	Subject             *string            `xml:"t:Subject"`
	Sensitivity         string             `xml:"t:Sensitivity,omitempty"`
	Categories          *categoryList      `xml:"t:Categories"`
	ReminderIsSet       *bool              `xml:"t:ReminderIsSet"`
	ExtendedProperties  []extendedProperty `xml:"t:ExtendedProperty"`
	UID                 string             `xml:"t:UID,omitempty"`
	Start               string             `xml:"t:Start,omitempty"`
	End                 string             `xml:"t:End,omitempty"`
	IsAllDayEvent       *bool              `xml:"t:IsAllDayEvent"`
	FreeBusy            string             `xml:"t:LegacyFreeBusyStatus,omitempty"`
	IsResponseRequested *bool              `xml:"t:IsResponseRequested"`
	StartTimeZone       *zoneID            `xml:"t:StartTimeZone"`
	EndTimeZone         *zoneID            `xml:"t:EndTimeZone"`
}

type categoryList struct {
	All []string `xml:"t:String"`
}

type zoneID struct {
	ID string `xml:"Id,attr"`
}

type extendedProperty struct {
	Field extendedFieldURI `xml:"t:ExtendedFieldURI"`
	Value string           `xml:"t:Value"`
}

// extendedFieldURI names one of our properties. The GUID has no braces here,
// unlike in Graph.
type extendedFieldURI struct {
	PropertySet string `xml:"PropertySetId,attr"`
	Name        string `xml:"PropertyName,attr"`
	Type        string `xml:"PropertyType,attr"`
}

func ourProperty(name string) extendedFieldURI {
	return extendedFieldURI{PropertySet: calendars.PropertySet, Name: name, Type: "String"}
}

func runProperty(value string) extendedProperty {
	return extendedProperty{ourProperty(calendars.PropertyRun), value}
}

// newItem is the event as the calendar shows it, without its marker. Times are
// local without an offset, beside StartTimeZone and EndTimeZone: an offset or Z
// would win over the zones, and an all-day event whose midnights are another
// zone's is stretched by the server to the midnights around it, by one day:
//
// learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-create-all-day-events-by-using-ews-in-exchange.
func newItem(event absence.Event, zone string, v version) calendarItem {
	return calendarItem{
		Subject:       new(subject(event.Title)),
		Sensitivity:   sensitivity(event),
		Start:         localTime(event.Start, event.AllDay),
		End:           localTime(event.End, event.AllDay),
		IsAllDayEvent: new(event.AllDay),
		FreeBusy:      freeBusyOf(event, v),
		StartTimeZone: &zoneID{zone},
		EndTimeZone:   &zoneID{zone},
	}
}

// localTime writes t as xs:dateTime without an offset. A Clock of 24:00 is the
// next day's midnight: Windows does not read hour 24.
func localTime(t absence.LocalTime, allDay bool) string {
	date, minutes := t.Date, int(t.Clock)
	if allDay {
		minutes = 0
	}
	for ; minutes >= 24*60; minutes -= 24 * 60 {
		date = date.AddDays(1)
	}
	return fmt.Sprintf("%sT%02d:%02d:00", date, minutes/60, minutes%60)
}

// freeBusyOf spells an event's ShowAs. Telework never blocks a meeting: a server that has
// no word for it gets Free.
func freeBusyOf(event absence.Event, v version) string {
	if event.Kind == absence.KindTelework && event.ShowAs == absence.Elsewhere && v < exchange2013 {
		return "Free"
	}
	return freeBusy(event.ShowAs, v)
}

// freeBusy spells ShowAs. WorkingElsewhere came with Exchange 2013; an older
// server gets Busy, as Google does.
func freeBusy(show absence.ShowAs, v version) string {
	switch show {
	case absence.Free:
		return "Free"
	case absence.Tentative:
		return "Tentative"
	case absence.OutOfOffice:
		return "OOF"
	case absence.Elsewhere:
		if v >= exchange2013 {
			return "WorkingElsewhere"
		}
	}
	return "Busy"
}

func sensitivity(event absence.Event) string {
	if event.Private {
		return "Private"
	}
	return "Normal"
}

// maxSubject is the longest subject Exchange keeps, in UTF-16 units.
const maxSubject = 255

// subject makes title one line of characters XML 1.0 can carry, cut to what
// Exchange keeps.
func subject(title string) string {
	var line strings.Builder
	units := 0
	for _, r := range title {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			r = ' '
		case !isXMLChar(r):
			continue
		}
		if units += max(utf16.RuneLen(r), 1); units > maxSubject {
			break
		}
		line.WriteRune(r)
	}
	return line.String()
}

// isXMLChar is the production Char of XML 1.0 (w3.org/TR/xml/#charsets). Not
// even a character reference may name another character.
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// windowsZone returns the Windows id of the event's zone. Invalid for the few
// zones that have none (Antarctica/Troll).
func windowsZone(op operation, event absence.Event) (string, error) {
	zone, ok := windowszones.FromIANA(event.Zone)
	if !ok {
		return "", invalid(op, "zone-without-windows-id")
	}
	return zone, nil
}

// maxKey is how much of a text property FindItem gives back (512 bytes with
// their end, so 255 characters): a longer key would never compare equal.
// learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
const maxKey = 255

// checkTarget refuses what cannot be sent unharmed: the mailbox goes into a
// header line and the key is compared exactly when read back.
func checkTarget(op operation, mailbox string, key calendars.Key) error {
	at := strings.LastIndexByte(mailbox, '@')
	if at < 1 || at == len(mailbox)-1 || len(mailbox) > 320 || strings.ContainsFunc(mailbox, notInAddress) {
		return blocked(op, "invalid-address", calendars.MailboxMissing, calendars.ScopeMailbox)
	}
	text := key.String()
	if len(utf16.Encode([]rune(text))) > maxKey || strings.ContainsFunc(text, notInKey) {
		return invalid(op, "invalid-key")
	}
	return nil
}

func checkPlaced(op operation, mailbox string, placed calendars.Placed) error {
	if err := checkTarget(op, mailbox, placed.Marker.Key); err != nil {
		return err
	}
	if placed.ID == "" || strings.ContainsFunc(placed.ID+placed.Version, notInKey) {
		return invalid(op, "invalid-id")
	}
	return nil
}

func notInAddress(r rune) bool { return r <= ' ' || r == 0x7F || r == '<' || r == '>' || notInKey(r) }

// notInKey also refuses U+FFFD, which is what broken UTF-8 turns into.
func notInKey(r rune) bool { return r < ' ' || r == 0xFFFD || !isXMLChar(r) }
