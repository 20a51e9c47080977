package pages

import (
	"fmt"
	"net/http"
	"strconv"

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
	// Path is where the record is shown, "" for none.
	Path string
}

type auditField struct{ Label, From, To string }

const auditLimit = 50

var auditKinds = []settings.Kind{
	settings.KindSource, settings.KindConnection, settings.KindSynchronization, settings.KindInitialization,
	settings.KindAbsence, settings.KindToken, settings.KindSession, settings.KindLink, settings.KindDoor, settings.KindEmployee,
	settings.KindTimings,
}

// auditLog is GET /audit-log: who changed what, when, from what to what.
func (s *site) auditLog(w http.ResponseWriter, r *http.Request) error {
	words := s.words(r)
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
	shown := auditPage{Form: f, Kinds: []option{{Label: words.T("audit.all")}}, Filtered: asked.Kind != "" || asked.Name != ""}
	if len(changes) > auditLimit {
		changes = changes[:auditLimit]
		shown.Older = query("/audit-log", "kind", asked.Kind, "name", asked.Name, "before", changes[auditLimit-1].ID)
	}
	if asked.Before > 0 {
		shown.Newest = query("/audit-log", "kind", asked.Kind, "name", asked.Name)
	}
	for _, kind := range auditKinds {
		shown.Kinds = append(shown.Kinds, option{Value: string(kind), Label: words.T("kind." + string(kind))})
	}
	for _, change := range changes {
		shown.Lines = append(shown.Lines, newAuditLine(words, change))
	}
	return s.show(w, r, page{Template: "audit-log.html", Title: words.T("nav.audit-log"), Nav: "audit-log", Data: shown})
}

func newAuditLine(words texts.Words, change settings.Change) auditLine {
	line := auditLine{Change: change}
	switch change.Kind {
	case settings.KindSource, settings.KindConnection, settings.KindSynchronization:
		if change.Action != settings.ActionRemoved {
			line.Path = fmt.Sprintf("/%ss/%s", change.Kind, change.Name)
		}
	case settings.KindAbsence:
		if change.Name != "" { // one, not many
			line.Path = "/absences/" + change.Name
		}
	}
	for _, one := range change.Fields {
		line.Fields = append(line.Fields, refusedField(words, change.Kind, newAuditField(words, change.Kind, one)))
	}
	return line
}

// formPrefixes are those of the labels of each kind's form.
var formPrefixes = map[settings.Kind]string{settings.KindSource: "source", settings.KindConnection: "connection", settings.KindSynchronization: "sync", settings.KindToken: "token"}

// newAuditField names a field as its form does. Of secrets only that they were
// set, replaced or removed is known.
func newAuditField(words texts.Words, kind settings.Kind, change settings.FieldChange) auditField {
	field := auditField{Label: change.Field, From: auditValue(words, change.From), To: auditValue(words, change.To)}
	if key := "audit.field." + change.Field; words.Has(key) {
		field.Label = words.T(key)
	}
	prefix := formPrefixes[kind]
	if at := closest(words, prefix, change.Field); words.Has(prefix + "." + at) {
		field.Label = words.T(prefix + "." + at)
	}
	if kind == settings.KindAbsence && words.Has("retried."+change.Field) {
		field.Label = words.T("retried." + change.Field)
		switch change.Field {
		case "status":
			field.To = words.T("status." + change.To)
		case "reason":
			field.To = texts.ReasonFor(change.To).What.In(words.Lang)
		}
	}
	if change.From == change.To && change.From == hidden {
		field.From, field.To = "", words.T("audit.replaced")
	}
	return field
}

// hidden stands for a secret, see settings.FieldChange.
const hidden = "[secret]"

func auditValue(words texts.Words, value string) string {
	switch value {
	case hidden:
		return words.T("audit.hidden")
	case "true":
		return words.T("audit.yes")
	case "false":
		return words.T("audit.no")
	}
	return value
}

// Long tells whether the fields are folded.
func (l auditLine) Long() bool {
	const most = 5
	return len(l.Fields) > most
}
