package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/settings"
)

func TestReadAddresses(t *testing.T) {
	problem := func(code, line, first string) settings.Problem {
		p := settings.Problem{Field: "addresses", Code: code, Values: map[string]string{"line": line}}
		if first != "" {
			p.Values["first"] = first
		}
		return p
	}
	for name, test := range map[string]struct {
		text     string
		want     map[string]string
		problems []settings.Problem
	}{
		"nothing":      {"", map[string]string{}, nil},
		"semicolons":   {"416;jane@example.com\n417;joe@example.com\n", map[string]string{"416": "jane@example.com", "417": "joe@example.com"}, nil},
		"commas":       {"416,jane@example.com", map[string]string{"416": "jane@example.com"}, nil},
		"a sheet":      {"\uFEFFid\tadresse\r\n416\t\"jane@example.com\"\r\n\r\n", map[string]string{"416": "jane@example.com"}, nil},
		"invisible":    {"\u200b416;\u2066jane\u200d@example.com\u2069\u00a0\n", map[string]string{"416": "jane@example.com"}, nil},
		"one bad line": {"416;jane@example.com\nnobody\n417;joe@example.com", map[string]string{"416": "jane@example.com", "417": "joe@example.com"}, []settings.Problem{problem("bad-line", "2", "")}},
		"no addresses": {"416;jane@example.com\n417;joe\n418;Joe <joe@example.com>\n;x@example.com\n419;a@example.com;b@example.com", map[string]string{"416": "jane@example.com"}, []settings.Problem{
			problem("bad-line", "2", ""), problem("bad-line", "3", ""), problem("bad-line", "4", ""), problem("bad-line", "5", ""),
		}},
		"no heading":      {"nothing to do with it\n416;jane@example.com", map[string]string{"416": "jane@example.com"}, []settings.Problem{problem("bad-line", "1", "")}},
		"an endless line": {strings.Repeat("a", 1000) + ";b", map[string]string{}, []settings.Problem{problem("bad-line", "1", "")}},
		"somebody twice":  {"416;jane@example.com\n417;joe@example.com\n416;other@example.com", map[string]string{"416": "jane@example.com", "417": "joe@example.com"}, []settings.Problem{problem("line-twice", "3", "1")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := settings.ReadAddresses(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.problems, problems); diff != "" {
				t.Error(diff)
			}
			if again, wrong := settings.ReadAddresses(settings.WriteAddresses(got)); !cmp.Equal(got, again) || wrong != nil {
				t.Errorf("written and read again: %v %v", again, wrong)
			}
		})
	}
}

func TestAddressesAndHiddenTypesOfASynchronization(t *testing.T) {
	s := settings.Synchronization{
		Exclude: []string{"1"}, HideType: []string{"2", ""},
		Addresses: map[string]string{"3": "jane@example.com", "4": "nobody", "": "x@example.com"},
	}
	found := map[string]string{}
	for _, p := range settings.ValidateSynchronization(s, settings.Rules{}) {
		found[p.Field] = p.Code
	}
	for field, code := range map[string]string{
		"hideType.1": settings.CodeBadEntity, "addresses.4": settings.CodeBadEmail, "addresses.": settings.CodeBadEntity,
		"addresses.3": "",
	} {
		if found[field] != code {
			t.Errorf("%s is %q, want %q", field, found[field], code)
		}
	}
	changes := settings.SynchronizationChanges(settings.Synchronization{Name: "s", Zone: "UTC"},
		settings.Synchronization{Name: "s", Zone: "UTC", Addresses: map[string]string{"3": "jane@example.com"}})
	if len(changes) != 1 || changes[0].Field != "addresses" || changes[0].To == "" || changes[0].To == "3=jane@example.com" {
		t.Errorf("the audit log gets %+v", changes)
	}
}
