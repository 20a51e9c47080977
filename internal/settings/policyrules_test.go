package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/settings"
)

const ruledPolicy = `policy:
      pendingMark: "[?]"
      language: en
      automaticReplies: {enabled: true, inside: "Back on {back}.\nBye", audience: contacts}
      rules:
        - accounts: [1718, "name:Congés payés"]
          title: template
          template: "{label} > {until}"
          category: Absence
          outOfOffice: {decline: all, message: "I am away"}
          replyText: Ask Bob until {until}
        - accounts: ["category:Travail"]
          write: approved
          private: false
          telework: {place: home}
          automaticReply: false
        - accounts: ["name:Maladie"]
          private: true
          showApproved: busy`

// Rules are read as they are written, and an export reads back as the same.
func TestRulesOfAFile(t *testing.T) {
	t.Parallel()
	file, err := parse(change(t, "paused: true", ruledPolicy))
	if err != nil {
		t.Fatal(err)
	}
	want := []absence.Rule{
		{
			Accounts: []string{"1718", "name:Congés payés"}, Title: absence.TitleTemplate, Template: "{label} > {until}", Category: "Absence",
			OutOfOffice: &absence.AutoDecline{Decline: absence.DeclineAll, Message: "I am away"},
			ReplyText:   "Ask Bob until {until}",
		},
		{
			Accounts: []string{"category:Travail"}, Write: absence.WriteApproved, Private: new(false), Telework: &absence.Telework{Place: "home"},
			AutomaticReply: new(false),
		},
		{Accounts: []string{"name:Maladie"}, Private: new(true), ShowApproved: absence.Busy},
	}
	all, err := file.Synchronizations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := all[len(all)-1].Policy
	if diff := cmp.Diff(want, last.Rules); diff != "" || last.PendingMark != "[?]" || last.Language != absence.English {
		t.Errorf("%s %+v", diff, last)
	}
	replies := absence.AutomaticReplies{Enabled: true, Inside: "Back on {back}.\nBye", Audience: absence.ReplyContacts}
	if diff := cmp.Diff(replies, last.AutomaticReplies, cmpopts.IgnoreUnexported(absence.AutomaticReplies{})); diff != "" {
		t.Error(diff)
	}
	exported, err := settings.Export(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := settings.Parse(exported, "export.yaml", settings.LoadOptions{ForImport: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, exported)
	}
	read, err := again.Synchronizations(t.Context())
	if diff := cmp.Diff(all, read); diff != "" || err != nil {
		t.Errorf("%s %v\n%s", diff, err, exported)
	}
	if len(file.Warnings()) > 0 {
		t.Errorf("warnings: %q", file.Warnings())
	}
}

// A text of an automatic reply has its own words in braces: the type is none of them.
func TestPlaceholdersOfReplies(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{
		`policy: {automaticReplies: {inside: "{type} until {until}"}}`, `policy: {automaticReplies: {outside: "{label}"}}`,
		`policy: {rules: [{accounts: ["1"], replyText: "Ask {substitute}"}]}`,
	} {
		if _, err := parse(change(t, "paused: true", policy)); err == nil || !strings.Contains(err.Error(), "{until}, {back}") {
			t.Errorf("%s: %v", policy, err)
		}
	}
	if _, err := parse(change(t, "paused: true", `policy: {automaticReplies: {audience: anybody}}`)); err == nil {
		t.Error("an audience that there is not")
	}
}

// Changes of rules are told by their paths, and a copy shares nothing.
func TestChangesOfRules(t *testing.T) {
	t.Parallel()
	before := settings.Synchronization{Name: "main", Policy: absence.DefaultPolicy()}
	before.Policy.Rules = []absence.Rule{{Accounts: []string{"1"}, Private: new(true), Telework: &absence.Telework{Place: "home"}}, {Accounts: []string{"2"}}}
	after := before.Clone()
	after.Policy.Rules = after.Policy.Rules[:1]
	after.Policy.Rules[0].Accounts[0] = "3"
	*after.Policy.Rules[0].Private = false
	after.Policy.Rules[0].Telework.Place = "office"
	want := []settings.FieldChange{
		{Field: "policy.rules.0.accounts", From: "1", To: "3"},
		{Field: "policy.rules.0.private", From: "true", To: "false"},
		{Field: "policy.rules.0.telework.place", From: "home", To: "office"},
		{Field: "policy.rules.1.accounts", From: "2"},
	}
	if diff := cmp.Diff(want, settings.SynchronizationChanges(before, after)); diff != "" {
		t.Error(diff)
	}
}

// A file may tell sensitive types; who reads the log is warned.
func TestTellingPolicyOfAFile(t *testing.T) {
	t.Parallel()
	telling := `policy: {rules: [{accounts: ["name:Arrêt maladie"], title: type}]}`
	file, err := parse(change(t, "paused: true", telling))
	if err != nil || len(file.Warnings()) != 1 || !strings.Contains(file.Warnings()[0], "rules[0].title") {
		t.Errorf("%v %q", err, file.Warnings())
	}
	file, err = parse(change(t, "paused: true", strings.Replace(telling, "{", "{confirmReveals: true, ", 1)))
	if err != nil || len(file.Warnings()) != 0 {
		t.Errorf("%v %q", err, file.Warnings())
	}
}
