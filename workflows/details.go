package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"
)

// The texts that Temporal's Web UI shows of a workflow. They name ids and settings
// only, never a person, an address or an absence type.

// describe shows where the absence stands. It costs nothing: the server asks for it
// by a query.
func (l *lifecycle) describe(ctx workflow.Context) {
	s := l.state
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	if s.Synchronization != "" {
		add("synchronization: %s", s.Synchronization)
	}
	if s.Employee != "" {
		add("employee: %s, legal entity: %s", s.Employee, s.LegalEntity)
	}
	if s.Applied != nil {
		add("written to: %s (%s), %d events", s.Applied.Place.Connection, s.Applied.Place.Provider,
			len(s.Applied.Events))
	}
	for _, old := range s.Leftovers {
		add("still to be removed from: %s (%s)", old.Place.Connection, old.Place.Provider)
	}
	if s.Trouble != nil {
		add("reason: %s %s, since %s", s.Trouble.Reason, s.Trouble.Code, stampOf(s.Trouble.Since))
	}
	if s.Trouble != nil && !s.Trouble.RetryAt.IsZero() {
		add("next try: %s", stampOf(s.Trouble.RetryAt))
	}
	if !s.NextTry.IsZero() {
		add("next try: %s", stampOf(s.NextTry))
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s** (%s)\n\n%s", s.Status, orNone(string(s.Kind)),
		strings.Join(lines, "\n")))
}

func stampOf(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

func orNone(text string) string {
	if text == "" {
		return "nothing heard yet"
	}
	return text
}

// place names a calendar without naming a person.
func (p Place) place() string { return p.Provider + " " + p.Connection }
