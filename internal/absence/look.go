package absence

import "cmp"

// look is how the half-days of one absence type are shown: the policy with its rule.
// Equal looks can be one event.
type look struct {
	write                     Write
	title                     string // a template; "" is the place of telework
	typeName                  string // "" where the title does not tell it
	showPending, showApproved ShowAs
	private                   bool
	wholeDay                  WholeDay
	category, colour          string
	outOfOffice               bool
	decline                   Decline
	message                   string
	place                     string // "" for an absence
}

// lookOf is how an absence type is shown.
func (p Policy) lookOf(t Type) look {
	l := look{
		write: WriteAlways, showPending: p.ShowPending, showApproved: p.ShowApproved, private: p.Private,
		wholeDay: p.WholeDay,
	}
	var rule Rule
	if i := p.RuleOf(t); i >= 0 {
		rule = p.Rules[i]
	}
	if !p.mayTell(t, rule) {
		rule = p.discreet(rule)
	}
	l.apply(rule)
	l.title, l.typeName = p.titleOf(rule), cleanTitle(t.Name)
	if !holdsPlaceholder(l.title, PlaceholderType) {
		l.typeName = ""
	}
	return l
}

// apply puts what the rule says in the place of what the policy does.
func (l *look) apply(r Rule) {
	if r.OutOfOffice != nil {
		l.outOfOffice, l.decline, l.message = true, cmp.Or(r.OutOfOffice.Decline, DeclineNone), r.OutOfOffice.Message
		l.showApproved = OutOfOffice
	}
	if r.Telework != nil {
		l.place = r.Telework.Place
		l.showPending, l.showApproved = Elsewhere, Elsewhere
		if l.place == PlaceOffice {
			l.showPending, l.showApproved = Free, Free
		}
	}
	l.write = cmp.Or(r.Write, l.write)
	l.showPending, l.showApproved = cmp.Or(r.ShowPending, l.showPending), cmp.Or(r.ShowApproved, l.showApproved)
	l.wholeDay = cmp.Or(r.WholeDay, l.wholeDay)
	l.category, l.colour = r.Category, r.Colour
	if r.Private != nil {
		l.private = *r.Private
	}
}

// titleOf is the template of the title.
func (p Policy) titleOf(r Rule) string {
	switch r.titleKind(p) {
	case TitleType:
		return PlaceholderType
	case TitleTemplate:
		return r.Template
	default:
		if r.Telework != nil && r.Title == "" {
			return "" // who works elsewhere is not "Absent"
		}
		return PlaceholderLabel
	}
}

// writes tells whether a half-day is written at all.
func (l look) writes(h HalfDay) bool {
	return l.write != WriteNever && (l.write != WriteApproved || h.Confirmed)
}

// joins tells whether two half-days of the look can be in one event. Calendars tell
// where somebody works for each day by itself.
func (l look) joins(prev, next HalfDay) bool { return l.place == "" || prev.Date == next.Date }
