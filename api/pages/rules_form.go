package pages

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// blankRules are the empty rules at the end of the form: filled in, they become rules,
// without a script.
const blankRules = 3

// rulePath is the path of a rule's field.
func rulePath(i int, field string) string { return "policy.rules." + strconv.Itoa(i) + "." + field }

// ruleFields are those of a rule in the form, named as the record names them; "rank" is
// its place in the list.
var ruleFields = []string{
	"rank", "remove", "accounts", rulePick, "write", "title", "template", "showPending", "showApproved", "private",
	"wholeDay", "category", "colour", "automaticReply", "replyText",
	"sensitive", ruleDecline, ruleMessage, ruleTelework,
}

// The fields of a rule that are no plain ones of the record: types that are ticked, in
// place of being typed, and fields of records in it.
const (
	rulePick     = "pick"
	ruleDecline  = "outOfOffice.decline"
	ruleMessage  = "outOfOffice.message"
	ruleTelework = "telework.place"
)

// setRules fills the fields of rules in, in the place of all that were there.
func setRules(f *form, rules []absence.Rule) {
	for i := range formRules(f) {
		for _, field := range ruleFields {
			delete(f.Values, rulePath(i, field))
		}
	}
	f.Set("rules", strconv.Itoa(len(rules)+blankRules))
	for i, rule := range rules {
		set := func(field, value string) { f.Set(rulePath(i, field), value) }
		set("rank", strconv.Itoa(i+1))
		set("accounts", strings.Join(rule.Accounts, "\n"))
		set("write", string(rule.Write))
		set("title", string(rule.Title))
		set("template", rule.Template)
		set("showPending", string(rule.ShowPending))
		set("showApproved", string(rule.ShowApproved))
		set("private", answerOf(rule.Private))
		set("wholeDay", string(rule.WholeDay))
		set("category", rule.Category)
		set("colour", rule.Colour)
		set("sensitive", answerOf(rule.Sensitive))
		set("automaticReply", answerOf(rule.AutomaticReply))
		set("replyText", rule.ReplyText)
		if rule.OutOfOffice != nil {
			set(ruleDecline, string(cmp.Or(rule.OutOfOffice.Decline, absence.DeclineNone)))
			set(ruleMessage, rule.OutOfOffice.Message)
		}
		if rule.Telework != nil {
			set(ruleTelework, rule.Telework.Place)
		}
	}
}

// formRules is how many rules the form has, empty ones too.
func formRules(f *form) int {
	n, err := strconv.Atoi(f.Get("rules"))
	if err != nil {
		return 0
	}
	return min(max(n, 0), 100)
}

// rulesOf are the rules in the form in the order of their places, without those that say
// nothing or are to be removed. The form has them in that order then, so that what is
// wrong is told where it stands.
func rulesOf(f *form) []absence.Rule {
	type placed struct {
		place int
		rule  absence.Rule
	}
	var all []placed
	for i := range formRules(f) {
		rule, said := ruleOf(f, i)
		place, err := strconv.Atoi(f.Get(rulePath(i, "rank")))
		if err != nil {
			place = i + 1
		}
		if said && !f.Bool(rulePath(i, "remove")) {
			all = append(all, placed{place, rule})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	var rules []absence.Rule
	for _, one := range all {
		rules = append(rules, one.rule)
	}
	setRules(f, rules)
	return rules
}

// ruleOf is one rule of the form; said is false where it is empty.
func ruleOf(f *form, i int) (rule absence.Rule, said bool) {
	get := func(field string) string {
		value := f.Get(rulePath(i, field))
		said = said || value != ""
		return value
	}
	rule = absence.Rule{
		Write: absence.Write(get("write")), Title: absence.Title(get("title")), Template: get("template"),
		ShowPending: absence.ShowAs(get("showPending")), ShowApproved: absence.ShowAs(get("showApproved")),
		Private: truthOf(get("private")), WholeDay: absence.WholeDay(get("wholeDay")), Category: get("category"),
		Colour:    get("colour"),
		Sensitive: truthOf(get("sensitive")), AutomaticReply: truthOf(get("automaticReply")),
		ReplyText: linesOf(get("replyText")),
	}
	rule.Accounts = namedIn(f, i)
	said = said || len(rule.Accounts) > 0
	if decline, message := get(ruleDecline), get(ruleMessage); decline != "" || message != "" {
		rule.OutOfOffice = &absence.AutoDecline{Decline: absence.Decline(cmp.Or(decline,
			string(absence.DeclineNone))), Message: message}
	}
	if place := get(ruleTelework); place != "" {
		rule.Telework = &absence.Telework{Place: place}
	}
	return rule, said
}

// namedIn are the types that a rule of the form names, ticked or typed, each once.
func namedIn(f *form, i int) []string {
	var all []string
	add := func(account string) {
		if account != "" && !slices.Contains(all, account) {
			all = append(all, account)
		}
	}
	for _, ticked := range f.All(rulePath(i, rulePick)) {
		add(strings.TrimSpace(ticked))
	}
	for line := range strings.Lines(f.Get(rulePath(i, "accounts"))) {
		if typed := strings.TrimSpace(line); typed != "" {
			add(accountOf(typed))
		}
	}
	return all
}

// accountOf is an account as people type it: what is no number and has no beginning is a
// name.
func accountOf(typed string) string {
	if _, err := strconv.Atoi(typed); err == nil || strings.Contains(typed, ":") {
		return typed
	}
	return absence.AccountName + typed
}

// answerOf is a question's answer that may be missing, as a form has it.
func answerOf(truth *bool) string {
	switch {
	case truth == nil:
		return ""
	case *truth:
		return "yes"
	default:
		return "no"
	}
}

func truthOf(answer string) *bool {
	switch answer {
	case "yes":
		return new(true)
	case "no":
		return new(false)
	}
	return nil
}

// rulesPart is the part of the page where rules are filled in.
type rulesPart struct {
	Form  *form
	Rules []ruleLine
	// NoAccounts says why no types can be ticked, "" where they can.
	NoAccounts string
	// The choices of a rule's fields; the first one of each says nothing.
	Writes, Titles, ShowsAs, Answers, WholeDays, Colours, Declines []option
}

// ruleLine is one rule of the page.
type ruleLine struct {
	// Path begins those of its fields.
	Path string
	// Title is its number, and which types it is about or that it is a new one.
	Title string
	// Place is its number, 0 of an empty one.
	Place int
	Wrong bool
	// Reveals says what the rule's titles tell, beside the template; RevealsID is its id.
	Reveals, RevealsID string
	// Accounts are the types to tick, and Unlisted the typed names that Lucca does not
	// know.
	Accounts []accountChoice
	Unlisted string
}

func newRulesPart(loc texts.Localizer, f *form, accounts accountList) *rulesPart {
	part := &rulesPart{Form: f, NoAccounts: accounts.Why}
	choose := func(missing, prefix string, values ...string) []option {
		return append([]option{{Label: loc.T(missing)}}, choicesOf(loc, prefix, values...)...)
	}
	part.Writes = choose("sync.rule.write.always", "sync.rule.write.", string(absence.WriteApproved),
		string(absence.WriteNever))
	part.Titles = choose("sync.rule.policy", "sync.rule.title.", string(absence.TitleNeutral),
		string(absence.TitleType), string(absence.TitleTemplate))
	part.ShowsAs = choose("sync.rule.policy", "preview.showAs.", showsAs...)
	part.Answers = choose("sync.rule.policy", "sync.rule.answer.", "yes", "no")
	part.WholeDays = choose("sync.rule.policy", "sync.wholeDay.", string(absence.AllDay), string(absence.TimeRange))
	part.Colours = choose("sync.rule.none", "sync.rule.colour.", absence.Colours()...)
	part.Declines = choose("sync.rule.decline.off", "sync.rule.decline.", string(absence.DeclineNone),
		string(absence.DeclineNew), string(absence.DeclineAll))
	reveals := revealsOf(loc, f)
	for i := range formRules(f) {
		line, title := ruleLine{Path: "policy.rules." + strconv.Itoa(i)}, loc.T("sync.rule.new")
		line.Reveals, line.RevealsID = reveals[i].Text, reveals[i].ID
		named := namedIn(f, i)
		if len(named) > 0 {
			line.Place, title = i+1, accountsText(loc, named)
		}
		line.Title = strconv.Itoa(i+1) + ". " + title
		line.Accounts, named = accounts.choices(named)
		line.Unlisted = accounts.unlisted(named)
		f.Set(rulePath(i, "accounts"), strings.Join(named, "\n"))
		line.Wrong = slices.ContainsFunc(f.Problems,
			func(p settings.Problem) bool { return strings.HasPrefix(p.Field, line.Path+".") })
		part.Rules = append(part.Rules, line)
	}
	return part
}

// ruleReveals says what the titles of one rule of a form tell.
type ruleReveals struct{ ID, Text string }

// revealsOf are those of all rules of the form, in the form's own order.
func revealsOf(loc texts.Localizer, f *form) (all []ruleReveals) {
	policy := absence.Policy{ShowType: f.Get("policy.showType") == "yes"}
	for i := range formRules(f) {
		rule, _ := ruleOf(f, i)
		all = append(all, ruleReveals{"reveals-" + strconv.Itoa(i), revealsText(loc, policy.TitleReveals(rule))})
	}
	return all
}

func revealsText(loc texts.Localizer, told absence.Revealed) string {
	var all []string
	for _, one := range []struct {
		what string
		is   bool
	}{{"type", told.Type}, {"dates", told.Dates}, {"words", told.Words}, {"nothing", told == absence.Revealed{}}} {
		if one.is {
			all = append(all, loc.T("sync.rule.reveals."+one.what))
		}
	}
	return strings.Join(all, " ")
}

// accountsText says which types a rule is about.
func accountsText(loc texts.Localizer, accounts []string) string {
	var all []string
	for _, account := range accounts {
		if name, is := strings.CutPrefix(account, absence.AccountName); is {
			all = append(all, name)
		} else if name, is := strings.CutPrefix(account, absence.AccountCategory); is {
			all = append(all, loc.T("sync.rule.category.of", "name", name))
		} else {
			all = append(all, account)
		}
	}
	return strings.Join(all, ", ")
}

// ruleSample says what absences of a rule look like.
type ruleSample struct{ Title, Pending, Approved string }

func ruleSampleOf(loc texts.Localizer, provider calendars.Provider, rule absence.Rule,
	samples []admin.Sample) ruleSample {
	sample := ruleSample{Title: accountsText(loc, rule.Accounts)}
	if len(samples) > 0 {
		sample.Pending = eventText(loc, provider, samples[0].Pending)
		sample.Approved = eventText(loc, provider, samples[0].Approved)
	}
	return sample
}

// eventText says what an event looks like.
func eventText(loc texts.Localizer, provider calendars.Provider, events []absence.Event) string {
	if len(events) == 0 {
		return loc.T("preview.rule.none")
	}
	event := events[0]
	parts := []string{event.Title, eventTimes(loc, event),
		loc.T("preview.showAs." + string(calendars.ShowsAs(provider, event.ShowAs)))}
	if event.Kind != "" {
		parts[2] = loc.T("preview.kind." + string(event.Kind))
	}
	if event.Category != "" {
		parts = append(parts, event.Category)
	}
	if event.Colour != "" {
		parts = append(parts, loc.T("sync.rule.colour."+event.Colour))
	}
	if event.Private {
		parts = append(parts, loc.T("preview.private"))
	}
	return strings.Join(parts, " · ")
}
