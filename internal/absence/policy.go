package absence

// WholeDay says how whole days are shown.
type WholeDay string

// The two ways to show whole days.
const (
	AllDay    WholeDay = "all-day"    // an all-day event
	TimeRange WholeDay = "time-range" // a timed event at the policy's hours
)

// ShowAs is what colleagues see in free/busy. Each adapter spells it in its
// calendar's own words.
type ShowAs string

// The values of ShowAs. Google knows only busy and free; there OutOfOffice and
// Tentative are busy ("opaque") and Elsewhere is busy too.
const (
	Free        ShowAs = "free"
	Tentative   ShowAs = "tentative"
	Busy        ShowAs = "busy"
	OutOfOffice ShowAs = "out-of-office"
	Elsewhere   ShowAs = "working-elsewhere"
)

// Hours are the clock times of a working day. Each half ends after it starts and
// the afternoon starts no earlier than the morning ends.
type Hours struct {
	MorningStart   Clock `json:"morningStart"`
	MorningEnd     Clock `json:"morningEnd"`
	AfternoonStart Clock `json:"afternoonStart"`
	AfternoonEnd   Clock `json:"afternoonEnd"`
}

// startOf is when a part of the day begins.
func (h Hours) startOf(part Part) Clock {
	if part == Morning {
		return h.MorningStart
	}
	return h.AfternoonStart
}

// endOf is when a part of the day ends.
func (h Hours) endOf(part Part) Clock {
	if part == Morning {
		return h.MorningEnd
	}
	return h.AfternoonEnd
}

// Policy is how a company wants absences to look in calendars.
type Policy struct {
	// Label is the neutral title.
	Label string `json:"label" rule:"required max=120" hint:"write the title events shall have, such as \"Absent\"" doc:"The title of events."`
	// ShowType replaces the label by the absence type where it is known.
	ShowType bool     `json:"showType" doc:"The absence's type is the title, where it is known. Types can tell of somebody's health."`
	WholeDay WholeDay `json:"wholeDay" choice:"all-day time-range" doc:"How whole days are shown."`
	Hours    Hours    `json:"hours"`
	// ShowPending and ShowApproved are the free/busy values of a tentative and
	// of a confirmed event.
	ShowPending  ShowAs `json:"showPending" choice:"free tentative busy out-of-office working-elsewhere" default:"tentative" doc:"What colleagues see while it awaits approval."`
	ShowApproved ShowAs `json:"showApproved" choice:"free tentative busy out-of-office working-elsewhere" default:"out-of-office" doc:"What colleagues see when it is approved."`
	// Private hides the event's title from colleagues.
	Private bool `json:"private" doc:"Hides the title from colleagues."`
	// ConfirmReveals says that somebody knows that the policy shows sensitive types as
	// such. Where nobody does, they are shown as the policy shows absences whose type
	// nobody reads.
	ConfirmReveals bool `json:"confirmReveals,omitempty" doc:"Somebody has confirmed that the policy shows sensitive absence types, such as sick leave. Without it they are shown as any absence, with the label."`
	// PendingMark is put before the title of tentative events where the calendar shows
	// them like confirmed ones: Google Calendar does, and Outlook where ShowPending is not
	// Tentative.
	PendingMark string `json:"pendingMark,omitempty" rule:"max=20" doc:"Put before the title of pending events where the calendar shows them like others: in Google Calendar, and in Outlook where showPending is not tentative."`
	// OwnerEdits is about an event's time, title and status, OwnerDeletes about the event
	// itself. What else an owner does to an event is theirs in any case.
	OwnerEdits   OwnerChanges `json:"ownerEdits,omitempty" choice:"restore respect" doc:"Time, title or status that an owner changed: restore, by the next comparison, or respect, until the absence changes. restore where it is missing."`
	OwnerDeletes OwnerChanges `json:"ownerDeletes,omitempty" choice:"restore respect" doc:"An event that its owner deleted: restore, by the next comparison, or respect, until the absence changes. restore where it is missing."`
	// RemoveLeavers is about people who have left the company: what is not over of their
	// absences is taken out of their calendars.
	RemoveLeavers bool `json:"removeLeavers,omitempty" doc:"Takes the events of people who have left the company out of their calendars, but for absences that are over."`
	// Language is that of the dates in titles.
	Language         Language         `json:"language,omitempty" choice:"fr en" doc:"Language of the dates in titles; fr where it is missing."`
	AutomaticReplies AutomaticReplies `json:"automaticReplies,omitzero"`
	// Rules say otherwise for some absence types. The first one that an absence matches
	// counts; none of them does for the others.
	Rules []Rule `json:"rules,omitempty" rule:"items=50" doc:"What holds for certain absence types only. The first rule that an absence matches counts; what it does not say is the policy's."`
}

// OwnerChanges says what becomes of what owners do to their events.
type OwnerChanges string

// The values of OwnerChanges; "" is RestoreOwners.
const (
	RestoreOwners OwnerChanges = "restore" // a comparison puts it right
	RespectOwners OwnerChanges = "respect" // it stays until the absence changes
)

// Language is a language that titles are written in.
type Language string

// The languages.
const (
	French  Language = "fr"
	English Language = "en"
)

// DefaultPolicy is what applies where a company chose nothing: the title hides
// the type, whole days are all-day, 09:00-12:00 and 14:00-18:00, tentative while
// pending, out of office when approved, not private.
func DefaultPolicy() Policy {
	return Policy{
		Label:        "Absent",
		WholeDay:     AllDay,
		Hours:        Hours{MorningStart: 9 * 60, MorningEnd: 12 * 60, AfternoonStart: 14 * 60, AfternoonEnd: 18 * 60},
		ShowPending:  Tentative,
		ShowApproved: OutOfOffice,
	}
}
