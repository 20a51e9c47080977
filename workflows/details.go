package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
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

// describe shows how many deletions there are, and what is asked of whoever looks.
func (d *deletions) describe(ctx workflow.Context) {
	s := d.state
	text := fmt.Sprintf("%d deletions of source %s within the last hour, %d wait until it is quiet", len(s.Recent),
		s.Source, len(s.Waiting))
	if held := len(s.Held); held > 0 {
		text = fmt.Sprintf("**%d deletions of source %s are held**. Send the update `%s` with "+
			"{\"approve\": true, \"deletions\": %d}, or false: then their events stay.", held, s.Source, DecideUpdate, held)
	}
	workflow.SetCurrentDetails(ctx, text)
}

// waitsFor names the timer that runs.
func (s *DeletionsState) waitsFor() string {
	if len(s.Waiting) > 0 {
		return "until no further deletion comes"
	}
	return "end, unless something changes"
}

// describe shows what is asked to try again, and how far that is.
func (s *WakeState) describe(ctx workflow.Context) {
	text := fmt.Sprintf("%d absences asked to try again", s.Woken)
	if s.Page != nil {
		text += ", " + s.Page.Request.about()
	}
	if s.Again != nil {
		text += "; then " + s.Again.about()
	}
	workflow.SetCurrentDetails(ctx, text)
}

// about names what was changed or works again.
func (r WakeRequest) about() string {
	text := "those of " + strings.Join(strings.SplitN(strings.TrimPrefix(r.WorkflowID(), "wake/"), "/", 2), " ")
	if len(r.Employees) > 0 {
		text = fmt.Sprintf("those of %d changed employees of source %s", len(r.Employees), r.Source)
	}
	if len(r.Reasons) > 0 {
		text += " with reason " + strings.Join(r.Reasons, ", ")
	}
	return text
}

// describeCheck shows what the check of a connection found. Details of its steps are left
// out: they may name the mailbox.
func describeCheck(ctx workflow.Context, request CheckRequest, result CheckResult) {
	var lines []string
	for _, step := range result.Steps {
		lines = append(lines, fmt.Sprintf("- %s: %s %s", step.Name, step.Outcome, step.Finding))
	}
	if len(lines) == 0 {
		lines = []string{"- no answer yet"}
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s** %s\n\n%s", request.Provider, request.Connection,
		strings.Join(lines, "\n")))
}

// describe shows what was found, beside what is watched.
func (w Watched) describe(ctx workflow.Context, what string) {
	found := "**all went well**"
	if w.Delay > 0 {
		found += fmt.Sprintf(", read after %s", w.Delay.Round(time.Millisecond))
	}
	if w.Trouble != nil {
		found = fmt.Sprintf("**%s** %s", w.Trouble.Reason, w.Trouble.Code)
	}
	workflow.SetCurrentDetails(ctx, found+"\n\n- "+what)
}

// describeUnderWay shows what is being watched.
func describeUnderWay(ctx workflow.Context, what string) {
	workflow.SetCurrentDetails(ctx, "**under way**\n\n- "+what)
}

// describe shows whether a reply stands, and when something is due.
func (s *RepliesState) describe(ctx workflow.Context) {
	lines := []string{fmt.Sprintf("employee: %s, absences: %d", s.Employee, len(s.Absences))}
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if s.Synchronization != "" {
		add("synchronization: %s", s.Synchronization)
	}
	if s.Standing != nil {
		add("a reply stands in: %s", s.Standing.Place.place())
	}
	for _, one := range s.Returning {
		add("to be given back in: %s", one.Place.place())
	}
	if s.Trouble != nil {
		add("reason: %s %s, since %s", s.Trouble.Reason, s.Trouble.Code, stampOf(s.Trouble.Since))
	}
	if !s.NextTry.IsZero() {
		add("next try: %s", stampOf(s.NextTry))
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s**\n\n- %s", orNone(string(s.Status)),
		strings.Join(lines, "\n- ")))
}

// endedBy is for a run that ended before its work began.
func endedBy(err error) string {
	if temporal.IsCanceledError(err) {
		return "**" + string(PhaseCancelled) + "**"
	}
	return "**" + string(PhaseFailed) + "**: the result tells why"
}

// place names a calendar without naming a person.
func (p Place) place() string { return p.Provider + " " + p.Connection }
