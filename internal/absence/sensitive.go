package absence

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// sensitiveStems begin the words, in French and in English and without accents, by which
// names and categories of absence types tell of health, family, disability, beliefs or
// union work.
var sensitiveStems = []string{
	"malad", "arret", "accident", "maternit", "paternit", "parental", "adoption", "enfant", "naissance",
	"grossesse", "famil",
	"aidant", "handicap", "invalid", "syndic", "delegation", "greve", "deces", "deuil", "obseque", "therapeut",
	"sante", "medic",
	"hospital", "menstru", "endometrio", "fertil", "religi", "solidarite", "sick", "illness", "health", "maternal",
	"childbirth",
	"pregnan", "child", "birth", "disab", "union", "strike", "bereave", "funeral", "compassion", "carer", "caregiv",
	"injur",
	"surger", "miscarr", "rehab",
}

// sensitiveWords are words that begin others, too.
var sensitiveWords = []string{"ill", "ivg", "pma", "ivf", "rqth"}

// IsSensitive tells whether the name or the category of an absence type has a word by
// which it tells of somebody's health, family, disability, beliefs or union work.
func IsSensitive(t Type) bool { return isSensitiveText(t.Name) || isSensitiveText(t.Category) }

func isSensitiveText(text string) bool {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(text))
	words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool {
		isStem := func(stem string) bool { return strings.HasPrefix(word, stem) }
		return slices.Contains(sensitiveWords, word) || slices.ContainsFunc(sensitiveStems, isStem)
	})
}

// isSensitive tells whether the rule is about a sensitive type by what its accounts and its
// own texts say.
func (r Rule) isSensitive() bool {
	if r.Sensitive != nil {
		return *r.Sensitive
	}
	said := r.Template + " " + r.Category + " " + r.ReplyText
	if r.OutOfOffice != nil {
		said += " " + r.OutOfOffice.Message
	}
	return isSensitiveText(said) || slices.ContainsFunc(r.Accounts, func(account string) bool {
		name, isName := strings.CutPrefix(account, AccountName)
		category, isCategory := strings.CutPrefix(account, AccountCategory)
		return (isName && isSensitiveText(name)) || (isCategory && isSensitiveText(category))
	})
}

// Telling is one way in which a policy tells a sensitive type.
type Telling struct {
	// Rule is the place of the rule, -1 for the policy itself, and Field what tells, as
	// it is spelt in JSON.
	Rule  int
	Field string
}

// Tellings are the ways in which the policy would show a sensitive type as such, whether
// somebody confirmed that or not.
func (p Policy) Tellings() []Telling {
	var all []Telling
	if p.ShowType {
		all = append(all, Telling{-1, "showType"})
	}
	for i, rule := range p.Rules {
		if !rule.isSensitive() || rule.Write == WriteNever {
			continue
		}
		for _, field := range p.tellingFields(rule) {
			all = append(all, Telling{i, field})
		}
	}
	return all
}

// tellingFields are those by which people see that an event is of the rule's types. What
// other events have too tells nothing.
func (p Policy) tellingFields(r Rule) []string {
	var all []string
	tells := func(field string, is bool) {
		if is {
			all = append(all, field)
		}
	}
	kind := r.titleKind(p)
	tells("title", kind == TitleType && !p.ShowType)
	tells("template", kind == TitleTemplate)
	tells("showPending", !p.showsSo(r.ShowPending))
	tells("showApproved", !p.showsSo(r.ShowApproved))
	tells("category", r.Category != "")
	tells("colour", r.Colour != "")
	tells("outOfOffice", r.OutOfOffice != nil && p.ShowApproved != OutOfOffice)
	tells("outOfOffice.message", r.OutOfOffice != nil && r.OutOfOffice.Message != "")
	tells("telework", r.Telework != nil)
	tells("replyText", r.ReplyText != "")
	return all
}

// showsSo tells whether other events of a calendar show an availability: any meeting is
// busy.
func (p Policy) showsSo(value ShowAs) bool {
	return slices.Contains([]ShowAs{"", Busy, p.ShowPending, p.ShowApproved}, value)
}

// TellsAs tells whether the policy tells of absence types what another one does.
func (p Policy) TellsAs(other Policy) bool {
	return p.ShowType == other.ShowType && p.ShowPending == other.ShowPending && p.ShowApproved == other.ShowApproved &&
		reflect.DeepEqual(p.Rules, other.Rules)
}

// Discreet is the policy without anything that tells an absence type, telework among
// them. Which absences are written stays as the rules say.
func (p Policy) Discreet() Policy {
	rules := make([]Rule, len(p.Rules))
	neutral := p
	neutral.ShowType, neutral.ConfirmReveals = false, false
	for i, rule := range p.Rules {
		rules[i] = neutral.discreet(rule)
		rules[i].Private, rules[i].WholeDay, rules[i].OutOfOffice = nil, "", nil
		rules[i].ShowPending, rules[i].ShowApproved = "", ""
	}
	neutral.Rules = rules
	return neutral
}

// discreet is the rule without what tells its types.
func (p Policy) discreet(r Rule) Rule {
	r.Title, r.Template, r.Category, r.Colour, r.Telework, r.ReplyText = TitleNeutral, "", "", "", nil, ""
	if !p.showsSo(r.ShowPending) {
		r.ShowPending = ""
	}
	if !p.showsSo(r.ShowApproved) {
		r.ShowApproved = ""
	}
	switch {
	case r.OutOfOffice == nil:
	case p.ShowApproved != OutOfOffice:
		r.OutOfOffice = nil
	default:
		r.OutOfOffice = &AutoDecline{Decline: r.OutOfOffice.Decline}
	}
	return r
}

// mayTell tells whether an absence of the type may be shown as the rule says. A type whose
// name nobody knows may be a sensitive one.
func (p Policy) mayTell(t Type, r Rule) bool {
	sensitive := r.isSensitive()
	if r.Sensitive == nil {
		sensitive = sensitive || t.Name == "" || IsSensitive(t)
	}
	return p.ConfirmReveals || !sensitive
}

// titleKind is what the title is made of under the rule.
func (r Rule) titleKind(p Policy) Title {
	kind := r.Title
	if kind == "" && r.Template != "" {
		kind = TitleTemplate
	}
	if kind == "" && p.ShowType {
		kind = TitleType
	}
	return cmp.Or(kind, TitleNeutral)
}
