package absence_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
)

// The absence types of the tests.
var (
	paid     = absence.Type{ID: "56", Name: "Congés payés", Category: "Congés"}
	rtt      = absence.Type{ID: "57", Name: "RTT", Category: "Congés"}
	telework = absence.Type{ID: "58", Name: "Télétravail", Category: "Autres"}
	sick     = absence.Type{ID: "59", Name: "Maladie", Category: "Santé"}
)

// typed is an absence of one type on the half-days of a list.
func typed(t absence.Type, list string) absence.Absence {
	return absence.Absence{HalfDays: halves(list), Account: t.ID, AccountName: t.Name, Category: t.Category}
}

func ruled(rules ...absence.Rule) absence.Policy {
	p := absence.DefaultPolicy()
	p.Rules = rules
	return p
}

// told is one line about each event: when, title, availability and what is particular.
func told(t *testing.T, a absence.Absence, p absence.Policy) []string {
	t.Helper()
	events, err := absence.Events(a, paris, p)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for i, e := range events {
		if e.Run != i+1 {
			t.Errorf("event %d has the run %d", i, e.Run)
		}
		line := fmt.Sprintf("%s | %s | %s", when(e), e.Title, e.ShowAs)
		if e.Kind != "" {
			line += " | kind=" + string(e.Kind)
		}
		for _, more := range []string{e.Mark, e.Category, e.Colour, string(e.Decline), e.Message, e.Place} {
			if more != "" {
				line += " | " + more
			}
		}
		if e.Private {
			line += " | private"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestRules(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	monday := "2026-12-07"
	cases := map[string]struct {
		of     absence.Absence
		policy absence.Policy
		want   []string
	}{
		"no rule is about it": {
			typed(rtt, monday), ruled(absence.Rule{Accounts: []string{"56"}, Title: absence.TitleType}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | out-of-office"},
		},
		"the first rule counts": {
			typed(paid, monday), ruled(absence.Rule{Accounts: []string{"category:congés"}, Title: absence.TitleType}, absence.Rule{Accounts: []string{"56"}, Write: absence.WriteNever}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Congés payés | out-of-office"},
		},
		"never written": {
			typed(paid, monday), ruled(absence.Rule{Accounts: []string{"name:congés payés"}, Write: absence.WriteNever}), []string{},
		},
		"pending, and written once it is approved": {
			typed(paid, monday+" am?, "+monday+" pm?"), ruled(absence.Rule{Accounts: []string{"56"}, Write: absence.WriteApproved}), []string{},
		},
		"written once it is approved, and it is": {
			typed(paid, monday), ruled(absence.Rule{Accounts: []string{"56"}, Write: absence.WriteApproved}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | out-of-office"},
		},
		"a template, in French": {
			typed(paid, "2026-12-30, 2026-12-31, 2027-01-01"), ruled(absence.Rule{Accounts: []string{"56"}, Template: "{label} ({type}) jusqu’au {until}"}),
			[]string{"all-day 2026-12-30 to 2027-01-02 | Absent (Congés payés) jusqu’au 1er janvier | out-of-office"},
		},
		"the first day back, after a weekend": {
			typed(paid, "2026-12-10, 2026-12-11"), ruled(absence.Rule{Accounts: []string{"56"}, Template: "retour le {back}"}),
			[]string{"all-day 2026-12-10 to 2026-12-12 | retour le 14 décembre | out-of-office"},
		},
		"back in the afternoon": {
			typed(paid, "2026-12-10, 2026-12-11 am"), ruled(absence.Rule{Accounts: []string{"56"}, Template: "{back}"}),
			[]string{"timed 2026-12-10T09:00 to 2026-12-11T12:00 | 11 décembre | out-of-office"},
		},
		"back between two runs": {
			typed(paid, "2026-12-10, 2026-12-15"), ruled(absence.Rule{Accounts: []string{"56"}, Template: "{back}"}),
			[]string{"all-day 2026-12-10 to 2026-12-11 | 11 décembre | out-of-office", "all-day 2026-12-15 to 2026-12-16 | 16 décembre | out-of-office"},
		},
		"a template of a type without name": {
			absence.Absence{HalfDays: halves(monday), Account: "56"}, ruled(absence.Rule{Accounts: []string{"56"}, Template: "{type} – {label}", Sensitive: new(false)}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent – Absent | out-of-office"},
		},
		"what the rule says wins, what it does not say is the policy's": {
			typed(rtt, monday), ruled(absence.Rule{Accounts: []string{"57"}, ShowApproved: absence.Busy, Private: &yes, WholeDay: absence.TimeRange, Category: "Congés", Colour: "tomato"}),
			[]string{"timed 2026-12-07T09:00 to 2026-12-07T18:00 | Absent | busy | Congés | tomato | private"},
		},
		"a rule takes privacy back": {
			typed(rtt, monday), func() absence.Policy {
				p := ruled(absence.Rule{Accounts: []string{"57"}, Private: &no})
				p.Private = true
				return p
			}(), []string{"all-day 2026-12-07 to 2026-12-08 | Absent | out-of-office"},
		},
		"out of office once approved": {
			typed(paid, monday), ruled(absence.Rule{Accounts: []string{"56"}, OutOfOffice: &absence.AutoDecline{Decline: absence.DeclineNew, Message: "Absent"}}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | out-of-office | kind=out-of-office | new | Absent"},
		},
		"not out of office before": {
			typed(paid, monday+" am?"), ruled(absence.Rule{Accounts: []string{"56"}, OutOfOffice: &absence.AutoDecline{}}),
			[]string{"timed 2026-12-07T09:00 to 2026-12-07T12:00 | Absent | tentative"},
		},
		"telework is told for each day": {
			typed(telework, "2026-12-07, 2026-12-08 am"), ruled(absence.Rule{Accounts: []string{"58"}, Title: absence.TitleType, Telework: &absence.Telework{Place: "home"}}),
			[]string{
				"all-day 2026-12-07 to 2026-12-08 | Télétravail | working-elsewhere | kind=telework | home",
				"timed 2026-12-08T09:00 to 2026-12-08T12:00 | Télétravail | working-elsewhere | kind=telework | home",
			},
		},
		"telework is called by its place": {
			typed(telework, monday), ruled(absence.Rule{Accounts: []string{"58"}, Telework: &absence.Telework{Place: "home"}}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Télétravail | working-elsewhere | kind=telework | home"},
		},
		"telework is called by its place, in English": {
			typed(telework, monday), func() absence.Policy {
				p := ruled(absence.Rule{Accounts: []string{"58"}, Telework: &absence.Telework{Place: "office"}})
				p.Language = absence.English
				return p
			}(), []string{"all-day 2026-12-07 to 2026-12-08 | At the office | free | kind=telework | office"},
		},
		"telework at a place with a name": {
			typed(telework, monday), ruled(absence.Rule{Accounts: []string{"58"}, Telework: &absence.Telework{Place: "Lyon, {label}"}}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Lyon, {label} | working-elsewhere | kind=telework | Lyon, {label}"},
		},
		"telework with the neutral title, which the rule says": {
			typed(telework, monday), ruled(absence.Rule{Accounts: []string{"58"}, Title: absence.TitleNeutral, Telework: &absence.Telework{Place: "home"}}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | working-elsewhere | kind=telework | home"},
		},
		"telework of a company that shows types": {
			typed(telework, monday), func() absence.Policy {
				p := ruled(absence.Rule{Accounts: []string{"58"}, Telework: &absence.Telework{Place: "office"}})
				p.ShowType = true
				return p
			}(), []string{"all-day 2026-12-07 to 2026-12-08 | Télétravail | free | kind=telework | office"},
		},
		"a mark of pending ones": {
			typed(paid, monday+" am?"), func() absence.Policy { p := absence.DefaultPolicy(); p.PendingMark = "[?]"; return p }(),
			[]string{"timed 2026-12-07T09:00 to 2026-12-07T12:00 | Absent | tentative | [?]"},
		},
		"a period that mixes types that look alike is one event": {
			mixed(), absence.DefaultPolicy(), []string{"all-day 2026-12-07 to 2026-12-09 | Absent | out-of-office"},
		},
		"a period that mixes types is split where they look otherwise": {
			mixed(), ruled(absence.Rule{Accounts: []string{"57"}, Title: absence.TitleType}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | out-of-office", "all-day 2026-12-08 to 2026-12-09 | RTT | out-of-office"},
		},
		"a period of which one type is not written": {
			mixed(), ruled(absence.Rule{Accounts: []string{"56"}, Write: absence.WriteNever}),
			[]string{"all-day 2026-12-08 to 2026-12-09 | Absent | out-of-office"},
		},
		"a sensitive type is not told, whatever the policy shows": {
			typed(sick, monday), func() absence.Policy { p := absence.DefaultPolicy(); p.ShowType = true; return p }(),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | out-of-office"},
		},
		"a rule about it keeps what tells nothing": {
			typed(sick, monday), ruled(absence.Rule{Accounts: []string{"59"}, Title: absence.TitleType, Colour: "tomato", Category: "M", ShowApproved: absence.Busy, Private: &yes}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | busy | private"},
		},
		"somebody confirmed that it is told": {
			typed(sick, monday), func() absence.Policy {
				p := ruled(absence.Rule{Accounts: []string{"59"}, Title: absence.TitleType})
				p.ConfirmReveals = true
				return p
			}(), []string{"all-day 2026-12-07 to 2026-12-08 | Maladie | out-of-office"},
		},
		"somebody said that it is not sensitive": {
			typed(absence.Type{ID: "60", Name: "Enfants du patron"}, monday), ruled(absence.Rule{Accounts: []string{"60"}, Title: absence.TitleType, Sensitive: &no}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Enfants du patron | out-of-office"},
		},
		"somebody said that it is sensitive": {
			typed(rtt, monday), ruled(absence.Rule{Accounts: []string{"57"}, Title: absence.TitleType, Sensitive: &yes}),
			[]string{"all-day 2026-12-07 to 2026-12-08 | Absent | out-of-office"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, told(t, c.of, c.policy)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// mixed is a period of a day of paid leave and a day of RTT.
func mixed() absence.Absence {
	a := absence.Absence{HalfDays: halves("2026-12-07, 2026-12-08"), Account: paid.ID, AccountName: paid.Name}
	for i := range a.HalfDays {
		a.HalfDays[i].Type = paid
		if i > 1 {
			a.HalfDays[i].Type = rtt
		}
	}
	return a
}

func TestLanguageOfTemplates(t *testing.T) {
	t.Parallel()
	p := ruled(absence.Rule{Accounts: []string{"56"}, Template: "Away until {until}"})
	p.Language = absence.English
	if got := told(t, typed(paid, "2026-05-01"), p); !strings.Contains(got[0], "Away until 1 May") {
		t.Error(got)
	}
}

func TestSensitive(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Maladie", "Arrêt de travail", "ARRET MALADIE", "Congé maternité", "Congé paternité et accueil de l’enfant", "Enfant malade",
		"Heures de délégation", "Congé de formation syndicale", "Mi-temps thérapeutique", "RQTH", "Décès", "Événement familial",
		"Sick leave", "Maternity leave", "Parental leave", "Disability", "Bereavement", "Union duties", "Ill",
	} {
		if !absence.IsSensitive(absence.Type{Name: name}) {
			t.Errorf("%q is not sensitive", name)
		}
	}
	for _, name := range []string{"", "Congés payés", "RTT", "Télétravail", "Juillet", "Village", "Work at home", "Billet", "Unpaid leave", "Récupération"} {
		if absence.IsSensitive(absence.Type{Name: name, Category: name}) {
			t.Errorf("%q is sensitive", name)
		}
	}
	if !absence.IsSensitive(absence.Type{Name: "AM", Category: "Maladie"}) {
		t.Error("a category is not looked at")
	}
}

func TestTellings(t *testing.T) {
	t.Parallel()
	p := ruled(
		absence.Rule{Accounts: []string{"name:Maladie"}, Private: new(true), ShowApproved: absence.Busy}, // tells nothing
		absence.Rule{Accounts: []string{"name:RTT"}, Title: absence.TitleType, Colour: "sage"},           // not sensitive
		absence.Rule{Accounts: []string{"category:Santé"}, Title: absence.TitleType, Colour: "tomato", ShowApproved: absence.Free},
		absence.Rule{Accounts: []string{"name:Handicap"}, Write: absence.WriteNever, Colour: "tomato"}, // never written
	)
	want := []absence.Telling{{Rule: 2, Field: "title"}, {Rule: 2, Field: "showApproved"}, {Rule: 2, Field: "colour"}}
	if diff := cmp.Diff(want, p.Tellings()); diff != "" {
		t.Error(diff)
	}
	p = absence.DefaultPolicy()
	if len(p.Tellings()) > 0 {
		t.Error("the default policy tells something")
	}
	if p.ShowType = true; len(p.Tellings()) != 1 {
		t.Errorf("got %v", p.Tellings())
	}
}

// Whatever the rules, a sensitive type that nobody confirmed is not in the events, and
// events of it look as the policy's own.
func TestSensitiveTypesNeverShow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule := absence.Rule{
			Accounts:     []string{rapid.SampledFrom([]string{"59", "name:Maladie", "category:Santé"}).Draw(t, "account")},
			Title:        rapid.SampledFrom([]absence.Title{"", absence.TitleNeutral, absence.TitleType}).Draw(t, "title"),
			Template:     rapid.SampledFrom([]string{"", "{type}", "Maladie jusqu’au {until}"}).Draw(t, "template"),
			ShowApproved: rapid.SampledFrom([]absence.ShowAs{"", absence.Free, absence.Tentative, absence.Elsewhere}).Draw(t, "approved"),
			Category:     rapid.SampledFrom([]string{"", "Maladie"}).Draw(t, "category"),
			Colour:       rapid.SampledFrom([]string{"", "tomato"}).Draw(t, "colour"),
		}
		if rapid.Bool().Draw(t, "out of office") {
			rule.OutOfOffice = &absence.AutoDecline{Message: "Maladie"}
		}
		p := ruled(rule)
		p.ShowType = rapid.Bool().Draw(t, "show type")
		events, err := absence.Events(typed(sick, "2026-12-07"), paris, p)
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%+v", events); strings.Contains(text, "Maladie") || strings.Contains(text, "tomato") {
			t.Errorf("it is told: %s", text)
		}
		if events[0].ShowAs != absence.OutOfOffice && events[0].ShowAs != absence.Tentative {
			t.Errorf("it shows as %s", events[0].ShowAs)
		}
	})
}

func TestTitleReveals(t *testing.T) {
	t.Parallel()
	type revealed = absence.Revealed
	template := func(text string) absence.Rule { return absence.Rule{Template: text} }
	for name, test := range map[string]struct {
		policy absence.Policy
		rule   absence.Rule
		want   revealed
	}{
		"as the policy":              {want: revealed{}},
		"as a policy that shows":     {policy: absence.Policy{ShowType: true}, want: revealed{Type: true}},
		"neutral under it":           {policy: absence.Policy{ShowType: true}, rule: absence.Rule{Title: absence.TitleNeutral}, want: revealed{}},
		"the type":                   {rule: absence.Rule{Title: absence.TitleType}, want: revealed{Type: true}},
		"a template that is unused":  {rule: absence.Rule{Title: absence.TitleNeutral, Template: "{type}"}, want: revealed{}},
		"the label alone":            {rule: template(" {label} ! "), want: revealed{}},
		"type":                       {rule: template("{type}"), want: revealed{Type: true}},
		"first day back":             {rule: template("{label}, {back}"), want: revealed{Dates: true}},
		"last day":                   {rule: template("{label} – {until}"), want: revealed{Dates: true}},
		"words":                      {rule: template("Congé"), want: revealed{Words: true}},
		"all":                        {rule: template("{type} jusqu’au {until}"), want: revealed{Type: true, Dates: true, Words: true}},
		"a place":                    {rule: absence.Rule{Telework: &absence.Telework{Place: "home"}}, want: revealed{Type: true}},
		"a place under the label":    {rule: absence.Rule{Title: absence.TitleNeutral, Telework: &absence.Telework{Place: "home"}}, want: revealed{}},
		"what is never written":      {rule: absence.Rule{Title: absence.TitleType, Write: absence.WriteNever}, want: revealed{}},
		"braces that stand for none": {rule: template("{}"), want: revealed{}},
	} {
		if got := test.policy.TitleReveals(test.rule); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// Who is away under several rules is back after the last of them, also where one is not
// written; telework is no absence.
func TestBackIsAfterAllOfTheAbsence(t *testing.T) {
	t.Parallel()
	day := func(date string, of absence.Type) []absence.HalfDay {
		all := halves(date)
		for i := range all {
			all[i].Type = of
		}
		return all
	}
	a := absence.Absence{HalfDays: slices.Concat(day("2026-12-09", paid), day("2026-12-10", rtt), day("2026-12-11", paid), day("2026-12-14", telework))}
	policy := ruled(
		absence.Rule{Accounts: []string{"56"}, Template: "{until} {back}"}, absence.Rule{Accounts: []string{"57"}, Write: absence.WriteNever},
		absence.Rule{Accounts: []string{"58"}, Template: "{back}", Telework: &absence.Telework{Place: "home"}, Sensitive: new(false)},
	)
	want := []string{"9 décembre 14 décembre", "11 décembre 14 décembre", "15 décembre"}
	events, err := absence.Events(a, "Europe/Paris", policy)
	var got []string
	for _, event := range events {
		got = append(got, event.Title)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v: %q, want %q", err, got, want)
	}
	a.HalfDays, a.Off = day("2026-12-09", paid), []absence.Date{{Year: 2026, Month: 12, Day: 10}}
	if events, err = absence.Events(a, "Europe/Paris", policy); err != nil || events[0].Title != "9 décembre 11 décembre" {
		t.Errorf("%v: %+v", err, events)
	}
	a.HalfDays[0].Minutes, a.HalfDays, a.Off = 90, a.HalfDays[:1], nil
	if events, err = absence.Events(a, "Europe/Paris", policy); err != nil || events[0].Title != "9 décembre 9 décembre" {
		t.Errorf("%v: %+v", err, events)
	}
}
