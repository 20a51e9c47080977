package exchange

import (
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// The properties of a calendar item that are valid and refused loudly: those
// that send something to somebody, then those the room does not imitate.
var (
	inviting = []string{"RequiredAttendees", "OptionalAttendees", "Resources", "Organizer"}
	omitted  = []string{"Recurrence", "Attachments", "MimeContent", "EnhancedLocation", "MeetingTimeZone", "IsOnlineMeeting",
		"MeetingWorkspaceUrl", "NetShowUrl", "ConferenceType", "OnlineMeetingSettings", "InboxReminders", "Flag", "ReminderDueBy",
		"StartTimeZoneId", "EndTimeZoneId", "StartWallClock", "EndWallClock", "RetentionDate", "PolicyTag", "ArchiveTag"}
)

// unimitated are valid elements of operations that the room does not know.
var unimitated = []string{"AppendToItemField", "OccurrenceItemId", "RecurringMasterItemId", "RecurringMasterItemIdRanges",
	"IndexedFieldURI", "GroupBy", "DistinguishedGroupBy", "SortOrder", "QueryString", "FractionalPageItemView",
	"SeekToConditionPageItemView", "ContactsView", "Excludes", "IsNotEqualTo", "IsGreaterThan", "IsGreaterThanOrEqualTo",
	"IsLessThan", "IsLessThanOrEqualTo", "Near", "IncludeMimeContent", "AddressListId"}

// refuseLoudly looks through the whole request before anything is done. The
// product must never invite, update or cancel anybody, so whoever asks for it
// here has a bug worth stopping for.
func (c *call) refuseLoudly() *fault {
	for _, attr := range []string{"SendMeetingInvitations", "SendMeetingInvitationsOrCancellations", "SendMeetingCancellations"} {
		if value, given := c.operation.Attr(attr); given && value != "SendToNone" {
			return sandboxRefusal(attr + "=" + value + " would write to people")
		}
	}
	return refuseNodes(c.operation)
}

func refuseNodes(n *schema.Node) *fault {
	name := n.Name.Local
	if name == "FieldURI" || name == "CalendarItem" {
		return refuseProperties(n)
	}
	for _, child := range n.Children {
		switch child.Name.Local {
		case "ItemShape", "FolderShape": // reading harms nobody
			if child.Child("IncludeMimeContent") != nil {
				return sandboxRefusal("IncludeMimeContent is not imitated")
			}
			continue
		}
		if slices.Contains(unimitated, child.Name.Local) {
			return sandboxRefusal(child.Name.Local + " is not imitated")
		}
		if refusal := refuseNodes(child); refusal != nil {
			return refusal
		}
	}
	items := n.Name.Local == "Items" || n.Name.Local == "SetItemField"
	for _, child := range n.Children {
		if local := child.Name.Local; items && local != "CalendarItem" && !strings.HasSuffix(local, "URI") {
			return sandboxRefusal("an item of class " + local + " is not imitated")
		}
	}
	return nil
}

func refuseProperties(n *schema.Node) *fault {
	var names []string
	for _, child := range n.Children {
		names = append(names, child.Name.Local)
	}
	if _, name, ok := strings.Cut(n.Value("FieldURI"), ":"); ok {
		names = append(names, name)
	}
	for _, name := range names {
		if slices.Contains(inviting, name) {
			return sandboxRefusal(name + " would write to people")
		}
		if slices.Contains(omitted, name) {
			return sandboxRefusal(name + " is not imitated")
		}
	}
	return nil
}
