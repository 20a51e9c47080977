package pages

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// auditPage is a page of the audit log.
type auditPage struct {
	Form  *form
	Kinds []option
	Lines []auditLine
	// Older and Newest are the addresses of the page after this and of the first,
	// "" where there is none.
	Older, Newest string
	Filtered      bool
}

// auditLine is one change in words.
type auditLine struct {
	settings.Change
	Fields []auditField
	// Path is where the record is shown, "" for none; Shown is its name in words.
	Path, Shown string
}

// Plain fields are no gain: they are not painted as one.
type auditField struct {
	Label, From, To string
	Plain           bool
}

const auditLimit = 50

var auditKinds = []settings.Kind{
	settings.KindSource, settings.KindConnection, settings.KindSynchronization, settings.KindInitialization,
	settings.KindReconciliation, settings.KindRemoval,
	settings.KindAbsence, settings.KindToken, settings.KindSession, settings.KindLink, settings.KindDoor,
	settings.KindEmployee, settings.KindTimings, settings.KindRecipient, settings.KindSettings, settings.KindAuditLog,
}

// auditLog is GET /audit-log: who changed what, when, from what to what.
func (s *site) auditLog(w http.ResponseWriter, r *http.Request) error {
	loc := s.loc(r)
	f := newForm(0)
	for _, name := range []string{"kind", "name"} {
		if value := r.URL.Query().Get(name); plainText(value) {
			f.Set(name, value)
		}
	}
	asked := settings.ChangesQuery{Limit: auditLimit + 1, Kind: settings.Kind(f.Get("kind")), Name: f.Get("name")}
	if before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil && before > 0 {
		asked.Before = before
	}
	changes, err := s.config.Admin.Changes(r.Context(), asked)
	if err != nil {
		return err
	}
	shown := auditPage{Form: f, Kinds: []option{{Label: loc.T("audit.all")}},
		Filtered: asked.Kind != "" || asked.Name != ""}
	if len(changes) > auditLimit {
		changes = changes[:auditLimit]
		shown.Older = query("/audit-log", "kind", asked.Kind, "name", asked.Name, "before", changes[auditLimit-1].ID)
	}
	if asked.Before > 0 {
		shown.Newest = query("/audit-log", "kind", asked.Kind, "name", asked.Name)
	}
	for _, kind := range auditKinds {
		shown.Kinds = append(shown.Kinds, option{Value: string(kind), Label: loc.T("kind." + string(kind))})
	}
	synchronizations, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return err
	}
	names := s.entityNames(r, synchronizations)
	for _, change := range changes {
		shown.Lines = append(shown.Lines, newAuditLine(loc, withEntityNames(change, names)))
	}
	return s.show(w, r, page{Template: "audit-log.html", Title: loc.T("nav.audit-log"), Nav: "audit-log",
		Data: shown})
}

// withEntityNames is the change with the legal entities of its synchronization by name.
func withEntityNames(change settings.Change, names map[string]map[string]string) settings.Change {
	name := change.Name
	for _, field := range change.Fields {
		if field.Field == "synchronization" {
			name = cmp.Or(field.To, field.From)
		}
	}
	known := names[name]
	change.Fields = slices.Clone(change.Fields)
	for i, field := range change.Fields {
		if field.Field == "legalEntities" {
			change.Fields[i].From, change.Fields[i].To = namesIn(known, field.From), namesIn(known, field.To)
		}
	}
	return change
}

// namesIn are the names of a list of ids, as the audit log writes one.
func namesIn(names map[string]string, list string) string {
	if list == "" {
		return ""
	}
	return strings.Join(named(names, strings.Split(list, ", ")), ", ")
}

func newAuditLine(loc texts.Localizer, change settings.Change) auditLine {
	line := auditLine{Change: change, Shown: change.Name}
	if id, isLink := strings.CutPrefix(change.Name, "link "); isLink {
		line.Shown = loc.T("audit.link", "id", id)
	}
	switch change.Kind {
	case settings.KindSource, settings.KindConnection, settings.KindSynchronization:
		if change.Action != settings.ActionRemoved {
			line.Path = fmt.Sprintf("/%ss/%s", change.Kind, change.Name)
		}
	case settings.KindSession:
		if key := "audit.session." + change.Name; loc.Has(key) {
			line.Shown = loc.T(key)
		}
	case settings.KindInitialization, settings.KindReconciliation, settings.KindRemoval:
		line.Path, line.Shown = fmt.Sprintf("/%ss/%s", change.Kind, change.Name), ""
		for _, field := range change.Fields {
			if field.Field == "synchronization" {
				line.Shown = field.To
			}
		}
		if line.Shown == "" {
			line.Shown = change.Name
		}
	case settings.KindAbsence:
		if change.Name != "" { // one, not many
			line.Path = "/absences/" + change.Name
		}
	}
	for _, one := range change.Fields {
		line.Fields = append(line.Fields, refusedField(loc, change.Kind, newAuditField(loc, change.Kind, one)))
	}
	return line
}

// formPrefixes are those of the labels of each kind's form.
var formPrefixes = map[settings.Kind]string{settings.KindSource: "source", settings.KindConnection: "connection",
	settings.KindSynchronization: "sync", settings.KindToken: "token", settings.KindRecipient: "recipient"}

// newAuditField names a field as its form does. Of secrets only that they were
// set, replaced or removed is known.
func newAuditField(loc texts.Localizer, kind settings.Kind, change settings.FieldChange) auditField {
	field := auditField{Label: change.Field, From: auditValue(loc, kind, change.Field, change.From),
		To: auditValue(loc, kind, change.Field, change.To)}
	if key := "audit.field." + change.Field; loc.Has(key) {
		field.Label = loc.T(key)
	}
	prefix := formPrefixes[kind]
	for _, path := range []string{change.Field, last(change.Field)} { // a part may have the label of all of its kind
		if at := closest(loc, prefix, path); loc.Has(prefix + "." + at) {
			field.Label = loc.T(prefix + "." + at)
			break
		}
	}
	if number, own, ok := ofRule(change.Field); ok && loc.Has("sync.rule."+own) {
		field.Label = loc.T("audit.rule", "number", number, "field", loc.T("sync.rule."+own))
	}
	if kind == settings.KindAbsence && loc.Has("retried."+change.Field) {
		field.Label = loc.T("retried." + change.Field)
	}
	field.Plain = change.Field == "result" && change.To != string(calendars.StepOK)
	if change.From == change.To && change.From == hidden {
		field.From, field.To = "", loc.T("audit.replaced")
	}
	return field
}

// ofRule is the number of a rule, from 1, and which of its fields a path names.
func ofRule(path string) (number int, field string, ok bool) {
	rest, ok := strings.CutPrefix(path, "policy.rules.")
	index, field, _ := strings.Cut(rest, ".")
	number, err := strconv.Atoi(index)
	return number + 1, field, ok && err == nil
}

// hidden stands for a secret, see settings.FieldChange.
const hidden = "[secret]"

func auditValue(loc texts.Localizer, kind settings.Kind, field, value string) string {
	switch {
	case value == "":
		return ""
	case value == hidden:
		return loc.T("audit.hidden")
	case value == "true":
		return loc.T("audit.yes")
	case value == "false":
		return loc.T("audit.no")
	case field == "role":
		return loc.T("role." + value)
	case field == "result" && value == string(calendars.StepOK):
		return loc.T("audit.result.ok")
	case field == "result" && kind == settings.KindSource:
		what, _ := sourceTrouble(loc, value)
		return what
	case field == "result":
		return texts.FindingFor(value).What.In(loc.Lang)
	case field == "provider":
		return texts.Provider(loc.Lang, value)
	case kind == settings.KindAbsence && field == "status":
		return loc.T("status." + value)
	case kind == settings.KindAbsence && field == "reason":
		return texts.ReasonFor(value).What.In(loc.Lang)
	case kind == settings.KindSession && field == "reason" && loc.Has("sign-in.reason."+value):
		return loc.T("sign-in.reason." + value)
	}
	if digest, long := strings.CutPrefix(value, "[sha256:"); long {
		return loc.T("audit.digest", "digest", strings.TrimSuffix(digest, "]"))
	}
	if _, own, ok := ofRule(field); ok {
		field = "rule." + own
	}
	for _, choices := range auditChoices[field] {
		if loc.Has(choices + value) {
			return loc.T(choices + value)
		}
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return loc.Date(day)
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return loc.Moment(at)
	}
	return value
}

// auditChoices begin the texts of a field's choices.
var auditChoices = map[string][]string{
	"policy.wholeDay": {"sync.wholeDay."}, "policy.showPending": {"preview.showAs."},
	"policy.showApproved": {"preview.showAs."},
	"exchange.auth":       {"connection.exchange.auth."}, "api": {"source.api."},
	"policy.ownerEdits": {"sync.owners."}, "policy.ownerDeletes": {"sync.owners."},
	"rule.write": {"sync.rule.write."}, "rule.title": {"sync.rule.title."}, "rule.wholeDay": {"sync.wholeDay."},
	"rule.showPending": {"preview.showAs."}, "rule.showApproved": {"preview.showAs."},
	"rule.colour": {"sync.rule.colour."}, "rule.outOfOffice.decline": {"sync.rule.decline."},
	"rule.telework.place": {"sync.rule.place."},
	"rule.automaticReply": {"sync.rule.answer."}, "policy.automaticReplies.audience": {"sync.audience."},
	"policy.language": {"sync.language."}, "language": {"recipient.language."}, "keys": {"audit.keys."},
	"watch.every": {"sync.watch."},
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// Long tells whether the fields are folded.
func (l auditLine) Long() bool {
	const most = 5
	return len(l.Fields) > most
}
