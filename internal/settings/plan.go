package settings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
)

// ErrNoImport is returned for an Editor that is no BatchEditor.
var ErrNoImport = errors.New("these settings cannot be imported into")

// ImportOptions are what may be chosen about an import.
type ImportOptions struct {
	// Prune removes records that are not in the file, and sets the timings back
	// that it says nothing of.
	Prune bool
}

// Plan is what an import will change.
type Plan struct {
	editor   BatchEditor
	revision int64
	edits    []Edit
	// Changes are the changes, without time and author, sources first.
	Changes []Change
}

// PlanImport compares a file, read with LoadOptions.ForImport, with the settings.
// A record of the file replaces the whole record of its name, but for secrets: what
// is left out keeps what is stored, unless the address it is sent to is another
// server's. Without an error nothing is wrong with the
// result; else it joins one *RecordError around an *InvalidError for each record.
func PlanImport(ctx context.Context, editor Editor, file *File, options ImportOptions) (Plan, error) {
	batch, ok := editor.(BatchEditor)
	if !ok {
		return Plan{}, ErrNoImport
	}
	old, err := batch.Contents(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("plan the import: %w", err)
	}
	p := planner{file: file, options: options, old: old, plan: Plan{editor: batch, revision: old.Revision}}
	p.sources()
	p.connections()
	p.synchronizations()
	p.timings()
	p.recipients()
	p.references()
	if err := errors.Join(p.wrong...); err != nil {
		return Plan{}, err
	}
	return p.plan, nil
}

// Empty tells whether there is nothing to change.
func (p Plan) Empty() bool { return len(p.edits) == 0 }

// Apply makes all changes, or none: when anything in the settings was changed since
// the plan was made, the error is ErrChanged, wrapped.
func (p Plan) Apply(ctx context.Context, by Author) error {
	if p.Empty() {
		return nil
	}
	counts := map[Action]int{}
	for _, c := range p.Changes {
		counts[c.Action]++
	}
	line := Change{By: by, Action: ActionImported, Kind: KindSettings}
	for _, action := range []Action{ActionCreated, ActionChanged, ActionRemoved} {
		if counts[action] > 0 {
			line.Fields = append(line.Fields, FieldChange{Field: string(action), To: strconv.Itoa(counts[action])})
		}
	}
	return p.editor.Edit(ctx, by, p.revision, p.edits, line)
}

// Text writes the plan for people: "+" before what is new, "~" before what changes,
// "-" before what goes, each with its fields. Secrets are "[secret]".
func (p Plan) Text() string {
	var text strings.Builder
	for _, c := range p.Changes {
		sign := map[Action]string{ActionCreated: "+", ActionChanged: "~", ActionRemoved: "-"}[c.Action]
		fmt.Fprintln(&text, strings.TrimSpace(fmt.Sprintf("%s %s %s", sign, c.Kind, c.Name)))
		for _, f := range c.Fields {
			fmt.Fprintf(&text, "    %s: %s\n", f.Field, f.text())
		}
	}
	return text.String()
}

func (f FieldChange) text() string {
	switch {
	case f.From == "":
		return f.To
	case f.To == "":
		return f.From + " -> nothing"
	case f.From == f.To:
		return f.From + " -> another " + f.To
	}
	return f.From + " -> " + f.To
}

// planner makes a plan.
type planner struct {
	file    *File
	options ImportOptions
	old     Contents
	plan    Plan
	wrong   []error
	// after are the names and the synchronizations that there will be.
	sourcesAfter, connectionsAfter []string
	after                          []Synchronization
}

// add adds a change, unless it changes nothing.
func (p *planner) add(e Edit, problems []Problem, fields []FieldChange) {
	if len(problems) > 0 {
		p.wrong = append(p.wrong, &RecordError{Kind: e.Kind, Name: e.Name, Err: &InvalidError{Problems: problems}})
	}
	action := ActionChanged
	switch {
	case e.Remove:
		action = ActionRemoved
	case e.Version == 0 && e.Kind != KindTimings:
		action = ActionCreated
	case len(fields) == 0:
		return
	}
	p.plan.edits = append(p.plan.edits, e)
	p.plan.Changes = append(p.plan.Changes, Change{Action: action, Kind: e.Kind, Name: e.Name, Fields: fields})
}

// kind is how records of one kind are planned.
type kind[T any] struct {
	kind     Kind
	name     func(T) string
	merge    func(from, to T) T // fills in what is kept
	moved    func(from, to T, given func(field string) bool) []Problem
	secrets  func(*T) []SecretField
	validate func(T, Rules) []Problem
	compare  func(from, to T) []FieldChange
	set      func(*Edit, *T)
}

// plan plans the records of one kind, and returns what there will be.
func (k kind[T]) plan(p *planner, old []Record[T], wanted []T) []T {
	var after []T
	for _, value := range wanted {
		before := recordOf(old, k.name, k.name(value))
		given := k.given(value)
		value = k.merge(before.Value, value)
		e := Edit{Kind: k.kind, Name: k.name(value), Version: before.Version}
		k.set(&e, &value)
		problems := k.validate(value, p.file.rules)
		if k.moved != nil {
			problems = append(problems, k.moved(before.Value, value,
				func(field string) bool { return slices.Contains(given, field) })...)
		}
		p.add(e, problems, k.compare(before.Value, value))
		after = append(after, value)
	}
	for _, before := range old {
		switch name := k.name(before.Value); {
		case slices.ContainsFunc(wanted, func(v T) bool { return k.name(v) == name }):
		case p.options.Prune:
			var none T
			p.add(Edit{Kind: k.kind, Name: name, Version: before.Version, Remove: true}, nil,
				k.compare(before.Value, none))
		default:
			after = append(after, before.Value)
		}
	}
	return after
}

// given lists the secrets that the file has.
func (k kind[T]) given(value T) []string {
	if k.secrets == nil {
		return nil
	}
	var all []string
	for _, f := range k.secrets(&value) {
		if *f.Value != "" {
			all = append(all, f.Field)
		}
	}
	return all
}

func recordOf[T any](all []Record[T], name func(T) string, wanted string) Record[T] {
	if i := slices.IndexFunc(all, func(r Record[T]) bool { return name(r.Value) == wanted }); i >= 0 {
		return all[i]
	}
	return Record[T]{}
}

func (p *planner) sources() {
	k := kind[Source]{
		kind: KindSource, name: func(s Source) string { return s.Name }, validate: ValidateSource,
		compare: SourceChanges,
		moved:   MovedSource, secrets: (*Source).SecretsOf,
		set: func(e *Edit, s *Source) { e.Source = s },
		merge: func(from, to Source) Source {
			keepSecrets(from.SecretsOf(), to.SecretsOf())
			return to
		},
	}
	for _, s := range k.plan(p, p.old.Sources, p.file.sources) {
		p.sourcesAfter = append(p.sourcesAfter, s.Name)
	}
}

func (p *planner) connections() {
	k := kind[Connection]{
		kind: KindConnection, name: func(c Connection) string { return c.Name }, validate: ValidateConnection,
		compare: ConnectionChanges,
		moved:   MovedConnection, secrets: (*Connection).SecretsOf,
		set: func(e *Edit, c *Connection) { e.Connection = c },
		merge: func(from, to Connection) Connection {
			to = to.Clone()
			keepSecrets(from.SecretsOf(), to.SecretsOf(), replacedSecrets(&to)...)
			return to
		},
	}
	for _, c := range k.plan(p, p.old.Connections, p.file.connections) {
		p.connectionsAfter = append(p.connectionsAfter, c.Name)
	}
}

func (p *planner) synchronizations() {
	k := kind[Synchronization]{
		kind: KindSynchronization, name: func(s Synchronization) string { return s.Name },
		validate: ValidateSynchronization, compare: SynchronizationChanges,
		set:   func(e *Edit, s *Synchronization) { e.Synchronization = s },
		merge: func(_, to Synchronization) Synchronization { return to.Clone() },
	}
	p.after = k.plan(p, p.old.Synchronizations, p.file.synchronizations)
}

func (p *planner) timings() {
	if p.file.hasTimings || p.options.Prune {
		t := p.file.timings
		p.add(Edit{Kind: KindTimings, Timings: &t}, ValidateTimings(t), TimingsChanges(p.old.Timings, t))
	}
}

// references checks the synchronizations of the file among all that there will be.
func (p *planner) references() {
	for _, s := range p.file.synchronizations {
		if problems := ValidateReferences(s, p.sourcesAfter, p.connectionsAfter, p.after); len(problems) > 0 {
			p.wrong = append(p.wrong, &RecordError{Kind: KindSynchronization, Name: s.Name,
				Err: &InvalidError{Problems: problems}})
		}
	}
}

// keepSecrets fills secrets in that are missing, but those.
func keepSecrets(from, to []SecretField, but ...string) {
	for _, f := range to {
		i := slices.IndexFunc(from, func(old SecretField) bool { return old.Field == f.Field })
		if i >= 0 && *f.Value == "" && !slices.Contains(but, f.Field) {
			*f.Value = *from[i].Value
		}
	}
}

// replacedSecrets are those that a file gives up by what it gives: other ways to sign
// in, and passwords of secrets that are given anew or given up themselves.
func replacedSecrets(to *Connection) []string {
	given := map[string]bool{}
	for _, f := range to.SecretsOf() {
		given[f.Field] = *f.Value != ""
	}
	path := func(name string) string { return record.Join(string(to.Provider), name) }
	var all []string
	for _, name := range calendars.GivenUp(to.System, func(name string) bool { return given[path(name)] }) {
		all = append(all, path(name))
	}
	for _, f := range record.Fields("", to) {
		if opened := f.Opens(); given[opened] || slices.Contains(all, opened) {
			all = append(all, f.Path)
		}
	}
	return all
}
