package absence

import (
	"slices"
	"strings"
)

// Write says which requests of an absence type are written at all.
type Write string

// The values of Write; "" is WriteAlways.
const (
	WriteAlways   Write = "always"
	WriteApproved Write = "approved" // only once it is approved
	WriteNever    Write = "never"
)

// Title says what an event's title is made of.
type Title string

// The values of Title; "" is what the policy says.
const (
	TitleNeutral  Title = "neutral"  // the policy's label
	TitleType     Title = "type"     // the absence type's name
	TitleTemplate Title = "template" // Rule.Template
)

// Rule is what a Policy says of certain absence types only. A field without a value
// says nothing: the policy's counts.
type Rule struct {
	// Accounts are the absence types: ids, "name:" and a name, "category:" and the name
	// of a category. Names are compared without regard to case.
	Accounts []string `json:"accounts" rule:"required max=260 items=100" hint:"write a list of accounts, such as \"1718\", \"name:Maladie\" or \"category:Congés payés\"" doc:"Absence types: an id, name: and a name, or category: and the name of a category."`
	Write    Write    `json:"write,omitempty" choice:"always approved never" doc:"Which requests are written; always where it is missing."`
	Title    Title    `json:"title,omitempty" choice:"neutral type template" doc:"The label, the absence's type, or the template."`
	// Template is the title, with PlaceholderLabel and the others in it.
	Template     string   `json:"template,omitempty" rule:"max=200" hint:"write a title such as \"{label} until {until}\"" doc:"The title, in which {label}, {type}, {until} and {back} stand for the policy's label, the absence's type, its last day and the first day back."`
	ShowPending  ShowAs   `json:"showPending,omitempty" choice:"free tentative busy out-of-office working-elsewhere" doc:"What colleagues see while it awaits approval."`
	ShowApproved ShowAs   `json:"showApproved,omitempty" choice:"free tentative busy out-of-office working-elsewhere" doc:"What colleagues see when it is approved."`
	Private      *bool    `json:"private,omitempty" doc:"Hides the title from colleagues."`
	WholeDay     WholeDay `json:"wholeDay,omitempty" choice:"all-day time-range" doc:"How whole days are shown."`
	// Category is one of Outlook's, added to those that the owner gives an event.
	Category string `json:"category,omitempty" rule:"max=255" doc:"A category that the event gets in Outlook besides its owner's."`
	// Colour is one of Colours.
	Colour string `json:"colour,omitempty" choice:"lavender sage grape flamingo banana tangerine peacock graphite blueberry basil tomato" doc:"Colour of the event in Google Calendar, unless its owner chose another."`
	// Sensitive says whether the accounts tell of somebody's health, family or beliefs,
	// where that is not to be told by their names (see IsSensitive).
	Sensitive *bool `json:"sensitive,omitempty" doc:"The accounts are sensitive, such as sick leave, or not; where it is missing, figgosync tells by their names and categories."`
	// AutomaticReply says that there is none during these absences; nil and true are what
	// the policy says. ReplyText is theirs, inside and outside.
	AutomaticReply *bool  `json:"automaticReply,omitempty" doc:"Whether mail is answered during these absences, where the policy has automatic replies; it is where this is missing."`
	ReplyText      string `json:"replyText,omitempty" rule:"file max=2000" doc:"The text of automatic replies during these absences, for people inside and outside of the organization; the policy's where it is missing."`
	// OutOfOffice makes approved events real out-of-office events where the calendar
	// has such a thing, and Telework makes events working locations.
	OutOfOffice *AutoDecline `json:"outOfOffice,omitempty"`
	Telework    *Telework    `json:"telework,omitempty"`
}

// AutoDecline is what a calendar does with meetings during an out-of-office event.
type AutoDecline struct {
	_ struct{} `doc:"Approved events are out-of-office events where the calendar has such: Google Calendar. Outlook shows the time as out of office."`
	// Decline is "" for DeclineNone.
	Decline Decline `json:"decline,omitempty" choice:"none new all" doc:"Which meetings are declined: none, new ones, or all; none where it is missing."`
	Message string  `json:"message,omitempty" rule:"max=500" doc:"What those read whose meeting is declined."`
}

// Decline says which meetings an out-of-office event declines.
type Decline string

// The values of Decline.
const (
	DeclineNone Decline = "none"
	DeclineNew  Decline = "new"
	DeclineAll  Decline = "all"
)

// Telework says where somebody works who is not absent.
type Telework struct {
	_ struct{} `doc:"The days are telework and not absence: a working location in Google Calendar, working elsewhere in Outlook. They never block meetings."`
	// Place is PlaceHome, PlaceOffice, or the name of a place.
	Place string `json:"place" rule:"required max=100" hint:"write home, office, or the name of a place" doc:"home, office, or the name of a place."`
}

// The places of Telework that calendars know.
const (
	PlaceHome   = "home"
	PlaceOffice = "office"
)

// Colours are those of events that a Rule may choose, in the order of Google's numbers,
// which begin with 1 (developers.google.com/workspace/calendar/api/v3/reference/colors).
func Colours() []string {
	return []string{
		"lavender", "sage", "grape", "flamingo", "banana", "tangerine", "peacock", "graphite", "blueberry", "basil",
		"tomato",
	}
}

// The beginnings of Rule.Accounts that are no ids.
const (
	AccountName     = "name:"
	AccountCategory = "category:"
)

// covers tells whether the rule is about an absence type.
func (r Rule) covers(t Type) bool {
	return slices.ContainsFunc(r.Accounts, func(account string) bool {
		if name, is := strings.CutPrefix(account, AccountName); is {
			return sameName(name, t.Name)
		}
		if name, is := strings.CutPrefix(account, AccountCategory); is {
			return sameName(name, t.Category)
		}
		return t.ID != "" && account == t.ID
	})
}

func sameName(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	return a != "" && strings.EqualFold(a, b)
}

// RuleOf is the place of the first rule about an absence type, -1 where there is none.
func (p Policy) RuleOf(t Type) int {
	return slices.IndexFunc(p.Rules, func(r Rule) bool { return r.covers(t) })
}

// EventRules are the places of the rules behind the events that [Events] makes of an absence,
// in their order; -1 where there is none.
func EventRules(a Absence, p Policy) []int {
	var all []int
	for _, run := range lookedRuns(FillDays(a, p.Hours), p) {
		all = append(all, p.RuleOf(a.typeOf(run.first())))
	}
	return all
}
