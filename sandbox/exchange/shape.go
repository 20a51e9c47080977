package exchange

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// shape is which properties an answer shows. Extended properties are only shown
// when asked for by name, whatever the base shape.
type shape struct {
	names []string
	keys  []propertyKey
	body  string // Text, HTML or "" for as it is
	// cut says that texts end after maxText characters.
	cut bool
}

// maxText is how much FindItem gives of a text property
// (learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation).
const maxText = 255

func (s shape) text(value string) string {
	if units := utf16.Encode([]rune(value)); s.cut && len(units) > maxText {
		return string(utf16.Decode(units[:maxText]))
	}
	return value
}

// notInFind are the properties FindItem cannot return; GetItem can
//
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/email-properties-and-elements-in-ews-in-exchange).
var notInFind = []string{"Body", "StartTimeZone", "EndTimeZone"}

var defaultShape = []string{"Subject", "HasAttachments", "Start", "End", "LegacyFreeBusyStatus", "Location"}

func (c *call) itemShape(finding bool) (shape, *itemError) {
	n := c.operation.Child("ItemShape")
	s := shape{names: []string{"ItemId"}, cut: finding}
	switch n.Child("BaseShape").Text {
	case "Default":
		s.names = append(s.names, defaultShape...)
	case "AllProperties":
		s.names = slices.DeleteFunc(c.set.Elements("CalendarItemType"), func(name string) bool {
			return name == "ExtendedProperty" || finding && slices.Contains(notInFind, name)
		})
	}
	if kind := n.Child("BodyType"); kind != nil && kind.Text != "Best" {
		s.body = kind.Text
	}
	extra := n.Child("AdditionalProperties")
	if extra == nil {
		return s, nil
	}
	for _, path := range extra.Children {
		if failed := s.ask(path, finding); failed != nil {
			return s, failed
		}
	}
	return s, nil
}

func (s *shape) ask(path *schema.Node, finding bool) *itemError {
	if path.Name.Local == "ExtendedFieldURI" {
		key, failed := parseKey(path)
		s.keys = append(s.keys, key)
		return failed
	}
	uri := path.Value("FieldURI")
	class, name, _ := strings.Cut(uri, ":")
	if path.Name.Local != "FieldURI" || class != "item" && class != "calendar" || finding &&
		slices.Contains(notInFind, name) {
		return &itemError{code: "ErrorInvalidPropertyRequest", message: "Property is not valid for this object type.",
			field: uri}
	}
	s.names = append(s.names, name)
	return nil
}

// show writes an item in the order of the schema. Times are in the zone of the
// request's TimeZoneContext with its offset, in UTC without one; never without
// either.
func (c *call) show(item mailboxes.Item, s shape) *element {
	content := item.Body.(calendarItem)
	values := c.values(item, content, s)
	e := el("t:CalendarItem")
	for _, name := range c.set.Elements("CalendarItemType") {
		if name == "ExtendedProperty" {
			for _, key := range s.keys {
				if p, ok := content.property(key); ok {
					e.add(p.cut(s.text).element())
				}
			}
		} else if show := values[name]; show != nil && slices.Contains(s.names, name) {
			e.add(show)
		}
	}
	return e
}

// values are the properties an item has; all others it has not.
func (c *call) values(item mailboxes.Item, i calendarItem, s shape) map[string]*element {
	all := map[string]*element{"ItemId": idElement(item)}
	simple := map[string]string{
		"ItemClass": i.itemClass, "Subject": i.subject, "Sensitivity": i.sensitivity, "Importance": i.importance,
		"Size": strconv.Itoa(1024 + len(i.subject) + len(i.body)), "Culture": i.culture, "UID": i.uid,
		"Location":        i.location,
		"DateTimeCreated": c.time(i.created), "DateTimeReceived": c.time(i.created), "DateTimeSent": c.time(i.created),
		"DateTimeStamp": c.time(i.modified), "LastModifiedTime": c.time(i.modified),
		"ReminderIsSet": strconv.FormatBool(i.reminder), "ReminderMinutesBeforeStart": strconv.Itoa(i.reminderMinutes),
		"HasAttachments": strconv.FormatBool(len(i.attachments) > 0), "IsDraft": "false", "IsSubmitted": "false",
		"IsFromMe": "false", "IsResend": "false",
		"IsUnmodified": "false", "IsAssociated": "false", "Start": c.time(i.start), "End": c.time(i.end),
		"IsAllDayEvent": strconv.FormatBool(i.allDay), "LegacyFreeBusyStatus": i.freeBusy,
		"IsMeeting":   strconv.FormatBool(len(i.attendees) > 0),
		"IsCancelled": "false", "IsRecurring": "false", "MeetingRequestWasSent": "false",
		"IsResponseRequested": strconv.FormatBool(i.responseRequested), "CalendarItemType": "Single",
		"MyResponseType":          "Organizer",
		"ConflictingMeetingCount": "0", "AdjacentMeetingCount": "0", "AppointmentSequenceNumber": "0",
		"AppointmentState":     "0",
		"AllowNewTimeProposal": strconv.FormatBool(i.proposals), "IsOnlineMeeting": "false",
	}
	for name, value := range simple {
		if value != "" {
			all[name] = text("t:"+name, s.text(value))
		}
	}
	all["ParentFolderId"] = el("t:ParentFolderId").with("Id", folderID(c.mailbox, i.folder)).with("ChangeKey",
		"AQAAAA==")
	all["Body"] = text("t:Body", i.body).with("BodyType", i.bodyType)
	if s.body != "" && s.body != i.bodyType {
		all["Body"] = text("t:Body", i.body).with("BodyType", s.body)
	}
	if len(i.categories) > 0 {
		all["Categories"] = el("t:Categories")
		for _, category := range i.categories {
			all["Categories"].add(text("t:String", category))
		}
	}
	if len(i.attendees) > 0 {
		all["RequiredAttendees"] = el("t:RequiredAttendees")
		for _, address := range i.attendees {
			all["RequiredAttendees"].add(el("t:Attendee", el("t:Mailbox", text("t:EmailAddress", address))))
		}
	}
	for name, id := range map[string]string{"StartTimeZone": i.startZone, "EndTimeZone": i.endZone} {
		all[name] = el("t:"+name).with("Id", id).with("Name", zoneName(id))
	}
	return all
}

func (c *call) time(t time.Time) string { return t.In(c.location).Format("2006-01-02T15:04:05Z07:00") }
