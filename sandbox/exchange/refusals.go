package exchange

import (
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// The properties of a calendar item that are valid and refused loudly: those
// that send something to somebody, then those the service does not imitate.
var (
	inviting = []string{"RequiredAttendees", "OptionalAttendees", "Resources", "Organizer"}
	omitted  = []string{"Recurrence", "Attachments", "MimeContent", "EnhancedLocation", "MeetingTimeZone",
		"IsOnlineMeeting",
		"MeetingWorkspaceUrl", "NetShowUrl", "ConferenceType", "OnlineMeetingSettings", "InboxReminders", "Flag",
		"ReminderDueBy",
		"StartTimeZoneId", "EndTimeZoneId", "StartWallClock", "EndWallClock", "RetentionDate", "PolicyTag",
		"ArchiveTag"}
)

// unimitated are valid elements of operations that the service does not know.
var unimitated = []string{"AppendToItemField", "OccurrenceItemId", "RecurringMasterItemId",
	"RecurringMasterItemIdRanges",
	"IndexedFieldURI", "GroupBy", "DistinguishedGroupBy", "QueryString", "FractionalPageItemView",
	"SeekToConditionPageItemView", "ContactsView", "Excludes", "Near", "IncludeMimeContent", "AddressListId"}

// refuseLoudly looks through the whole request before anything is done. The
// product must never invite, update or cancel anybody, so whoever asks for it
// here has a bug worth stopping for.
func (c *call) refuseLoudly() *fault {
	for _, attr := range []string{"SendMeetingInvitations", "SendMeetingInvitationsOrCancellations",
		"SendMeetingCancellations"} {
		if value, given := c.operation.Attr(attr); given && value != "SendToNone" {
			return refused(attr + "=" + value + " would write to people")
		}
	}
	for _, name := range []string{"Restriction", "SortOrder"} {
		if uri := unknownPath(c.operation.Child(name)); uri != "" {
			return notImitated("a " + name + " by " + uri)
		}
	}
	return refuseNodes(c.operation)
}

func refuseNodes(n *schema.Node) *fault {
	name := n.Name.Local
	if name == "Restriction" || name == "SortOrder" {
		return refuseOperators(n)
	}
	if name == "FieldURI" || name == "CalendarItem" {
		return refuseProperties(n)
	}
	for _, child := range n.Children {
		switch child.Name.Local {
		case "ItemShape", "FolderShape": // reading harms nobody
			if child.Child("IncludeMimeContent") != nil {
				return notImitated("IncludeMimeContent")
			}
			continue
		}
		if slices.Contains(unimitated, child.Name.Local) {
			return notImitated(child.Name.Local)
		}
		if refusal := refuseNodes(child); refusal != nil {
			return refusal
		}
	}
	items := n.Name.Local == "Items" || n.Name.Local == "SetItemField"
	for _, child := range n.Children {
		if local := child.Name.Local; items && local != "CalendarItem" && !strings.HasSuffix(local, "URI") {
			return notImitated("an item of class " + local)
		}
	}
	return nil
}

// refuseOperators looks at the operators of a search alone: naming a property there
// neither reads nor writes it.
func refuseOperators(n *schema.Node) *fault {
	for _, child := range n.Children {
		if slices.Contains(unimitated, child.Name.Local) {
			return notImitated(child.Name.Local)
		}
		if refusal := refuseOperators(child); refusal != nil {
			return refusal
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
			return refused(name + " would write to people")
		}
		if slices.Contains(omitted, name) {
			return notImitated(name)
		}
	}
	return nil
}
