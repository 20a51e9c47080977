package absence_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
)

// What a policy must know of an absence type before it can say how it looks.
func TestWhatAPolicyMustKnow(t *testing.T) {
	rule := func(accounts ...string) absence.Rule { return absence.Rule{Accounts: accounts, Private: new(true)} }
	template := rule("59")
	template.Template = "{label} until {until}"
	said := template
	said.Sensitive = new(false)
	never := rule("59")
	never.Write = absence.WriteNever
	for name, test := range map[string]struct {
		rules                []absence.Rule
		showType, confirmed  bool
		of                   absence.Type
		undecided, wantsName bool
	}{
		"no rule":                         {of: absence.Type{ID: "59"}},
		"nothing is known, by id":         {rules: []absence.Rule{rule("59")}, undecided: true},
		"a rule by id":                    {rules: []absence.Rule{rule("59")}, of: absence.Type{ID: "59"}},
		"another id":                      {rules: []absence.Rule{rule("58")}, of: absence.Type{ID: "59"}},
		"a rule by name":                  {rules: []absence.Rule{rule("name:RTT")}, of: absence.Type{ID: "59"}, undecided: true, wantsName: true},
		"a known name":                    {rules: []absence.Rule{rule("name:RTT")}, of: absence.Type{ID: "59", Name: "Maladie"}},
		"a rule by id before one by name": {rules: []absence.Rule{rule("59"), rule("name:RTT")}, of: absence.Type{ID: "59"}},
		"a rule by id in one by name":     {rules: []absence.Rule{rule("name:RTT", "59")}, of: absence.Type{ID: "59"}},
		"a rule by name before one by id": {rules: []absence.Rule{rule("name:RTT"), rule("59")}, of: absence.Type{ID: "59"}, undecided: true, wantsName: true},
		"a rule by category":              {rules: []absence.Rule{rule("category:Congés")}, of: absence.Type{ID: "59", Name: "Maladie"}, undecided: true},
		"a known category":                {rules: []absence.Rule{rule("category:Congés")}, of: absence.Type{ID: "59", Category: "Santé"}},
		"the type is the title":           {showType: true, of: absence.Type{ID: "59"}, wantsName: true},
		"what tells may be sensitive":     {rules: []absence.Rule{template}, of: absence.Type{ID: "59"}, undecided: true, wantsName: true},
		"it is confirmed":                 {rules: []absence.Rule{template}, confirmed: true, of: absence.Type{ID: "59"}},
		"it is said not to be":            {rules: []absence.Rule{said}, of: absence.Type{ID: "59"}},
		"it is never written":             {rules: []absence.Rule{never}, showType: true, of: absence.Type{ID: "59"}},
	} {
		t.Run(name, func(t *testing.T) {
			policy := absence.DefaultPolicy()
			policy.Rules, policy.ShowType, policy.ConfirmReveals = test.rules, test.showType, test.confirmed
			if got := policy.Undecided(test.of); got != test.undecided {
				t.Errorf("undecided: %v", got)
			}
			if got := policy.WantsName(test.of); got != test.wantsName {
				t.Errorf("wants the name: %v", got)
			}
		})
	}
}

// A type that nobody could name is shown like a sensitive one.
func TestANamelessTypeTellsNothing(t *testing.T) {
	policy := absence.DefaultPolicy()
	policy.Rules = []absence.Rule{{Accounts: []string{"59"}, Template: "Away", Category: "Other", Colour: "tomato"}}
	want := told(t, typed(absence.Type{}, "2026-12-07 am, 2026-12-07 pm"), policy)
	got := told(t, typed(absence.Type{ID: "59"}, "2026-12-07 am, 2026-12-07 pm"), policy)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTypesOfAnAbsence(t *testing.T) {
	own := absence.Type{ID: "58", Name: "RTT"}
	a := typed(absence.Type{ID: "59"}, "2026-12-07 am, 2026-12-07 pm")
	a.HalfDays[1].Type = own
	full := a.Typed(func(t absence.Type) absence.Type {
		return t.Or(absence.Type{ID: "59", Name: "Maladie", Category: "Santé"})
	})
	want := []absence.Type{{ID: "59", Name: "Maladie", Category: "Santé"}, own}
	if diff := cmp.Diff(want, full.Types()); diff != "" {
		t.Error(diff)
	}
	if got := a.Types()[0]; got != (absence.Type{ID: "59"}) {
		t.Errorf("the absence itself was changed: %+v", got)
	}
}
