package pages

import (
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// noted are the fields of lines that are no field of a record.
var noted = map[settings.Kind][]string{
	settings.KindInitialization: {"synchronization", "since", "legalEntities", "dryRun", "deletions", "changes"},
	settings.KindReconciliation: {"synchronization", "from", "to", "repair", "deletions", "changes"},
	settings.KindRemoval: {
		"synchronization", "source", "legalEntity", "employee", "initialization", "dryRun", "deletions", "changes",
	},
	settings.KindAbsence:    {"status", "reason", "count", "rewrite", "synchronization"},
	settings.KindToken:      {"id", "role", "expires"},
	settings.KindSession:    {"role", "reason", "person"},
	settings.KindLink:       {"role", "expires"},
	settings.KindDoor:       {"reason", "times"},
	settings.KindEmployee:   {"absences", "erased", "left", "lines", "erasedLines"},
	settings.KindSettings:   {"created", "changed", "removed", "keys"},
	settings.KindAuditLog:   {"lines", "through", "hash"},
	settings.KindSource:     {"result", "employees", "deletions"},
	settings.KindConnection: {"result", "mailbox", "probe"},
}

// Every field that a line of the audit log can have has a name in both languages, and
// every kind of record can be filtered by.
func TestTheAuditLogNamesEveryField(t *testing.T) {
	for _, kind := range settings.Kinds() {
		if !slices.Contains(auditKinds, kind) {
			t.Errorf("lines about a %s cannot be filtered", kind)
		}
	}
	for kind, names := range noted {
		for _, name := range names {
			isNamed(t, kind, name)
		}
	}
	policy := absence.DefaultPolicy()
	policy.Rules = []absence.Rule{{
		Accounts: []string{"1718"}, OutOfOffice: new(absence.AutoDecline), Telework: new(absence.Telework),
	}}
	ofRules := 0
	for kind, of := range map[settings.Kind]any{
		settings.KindSource: new(settings.Source), settings.KindConnection: new(settings.Connection),
		settings.KindSynchronization: &settings.Synchronization{Policy: policy},
		settings.KindTimings:         new(settings.Timings), settings.KindRecipient: new(settings.Recipient),
	} {
		for _, field := range record.Shown(record.Fields("", of)) {
			isNamed(t, kind, field.Path)
			choicesAreNamed(t, kind, field)
			if strings.HasPrefix(field.Path, "policy.rules.0.") {
				ofRules++
			}
		}
	}
	if ofRules < 10 {
		t.Errorf("only %d fields of a rule were looked at", ofRules)
	}
	for _, system := range calendars.Systems() {
		for _, field := range record.Shown(record.Fields(string(system.Provider), system.New())) {
			isNamed(t, settings.KindConnection, field.Path)
			choicesAreNamed(t, settings.KindConnection, field)
		}
	}
}

func isNamed(t *testing.T, kind settings.Kind, field string) {
	t.Helper()
	for _, lang := range []texts.Lang{texts.French, texts.English} {
		loc := texts.Localizer{Lang: lang}
		whole := loc.T("sync.policy.rules") // says nothing of one rule
		if label := newAuditField(loc, kind, settings.FieldChange{Field: field}).Label; label == field || label == whole {
			t.Errorf("%s of a %s has no name (%s)", field, kind, lang)
		}
	}
}

// The names of protocols are the same in every language.
var sameEverywhere = []string{"v3", "v4", "v5", "ntlm", "basic", "kerberos", "1.0", "1.1", "1.2", "1.3"}

func choicesAreNamed(t *testing.T, kind settings.Kind, field record.Field) {
	t.Helper()
	for _, choice := range field.Choices {
		shown := auditValue(texts.Localizer{Lang: texts.French}, kind, field.Path, choice)
		if shown == choice && choice != "" && !slices.Contains(sameEverywhere, choice) {
			t.Errorf("%q of %s of a %s is shown as it is stored", choice, field.Path, kind)
		}
	}
}
