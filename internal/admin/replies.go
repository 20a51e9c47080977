package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// repliesReason is why replies are refused.
const repliesReason = string(calendars.AutoReplyNotGranted)

// RefusedReplies are automatic replies that a connection may not read or write.
type RefusedReplies struct {
	Connection string
	// Count is how many employees it concerns; where it concerns several connections of
	// one synchronization, those of each that were asked.
	Count int
	// Whole says that it is the connection that is refused, and not some mailboxes.
	Whole bool
}

// Reason is the reason code of all of them.
func (RefusedReplies) Reason() string { return repliesReason }

// refusedReplies remembers for a moment what is refused, by synchronization.
type refusedReplies struct {
	engine Engine
	recent recent[map[string][]RefusedReplies]
}

// read returns what is refused, by synchronization. Where no policy wants replies, nobody
// is asked.
func (r *refusedReplies) read(ctx context.Context, views []SynchronizationView) (map[string][]RefusedReplies, error) {
	if !slices.ContainsFunc(views, wantsReplies) {
		return nil, nil
	}
	return r.recent.read(ctx, func(ctx context.Context) (map[string][]RefusedReplies, error) {
		return r.find(ctx, views)
	})
}

func wantsReplies(view SynchronizationView) bool { return answersMail(view.Synchronization) }

// answersMail tells whether mailboxes of a synchronization get automatic replies.
func answersMail(one settings.Synchronization) bool {
	return one.Policy.AutomaticReplies.Enabled && !one.Paused
}

func (r *refusedReplies) find(ctx context.Context, views []SynchronizationView) (map[string][]RefusedReplies, error) {
	lines, err := r.engine.RepliesWithReason(ctx, repliesReason)
	if err != nil {
		return nil, err
	}
	all := map[string][]RefusedReplies{}
	for _, view := range views {
		of := slices.DeleteFunc(slices.Clone(lines), func(line starter.RepliesLine) bool {
			return line.Source != view.Source || line.Synchronization != view.Name
		})
		if wantsReplies(view) && len(of) > 0 {
			all[view.Name] = r.ask(ctx, view, of)
		}
	}
	return all, nil
}

// ask has some of the employees' workflows tell which connection it is. Where none answers
// it is taken for the first, as a whole.
func (r *refusedReplies) ask(
	ctx context.Context, view SynchronizationView, lines []starter.RepliesLine,
) (found []RefusedReplies) {
	for _, line := range lines[:min(len(lines), peopleAsked)] {
		state, err := r.engine.Replies(ctx, line.Source, line.Employee)
		if err != nil || state.Trouble == nil || state.Trouble.Reason != repliesReason {
			continue
		}
		connection := cmp.Or(state.Connection, view.Connection)
		at := slices.IndexFunc(found, func(one RefusedReplies) bool { return one.Connection == connection })
		if at < 0 {
			at, found = len(found), append(found, RefusedReplies{Connection: connection})
		}
		found[at].Count++
		found[at].Whole = found[at].Whole || state.Trouble.Scope == string(calendars.ScopeConnection)
	}
	switch len(found) {
	case 0:
		found = []RefusedReplies{{Connection: view.Connection, Count: len(lines), Whole: true}}
	case 1:
		found[0].Count = len(lines)
	}
	return found
}

// replies finds connections that may not read or write automatic replies.
func (f *finder) replies(ctx context.Context) {
	refused, err := f.service.refusedReplies.read(ctx, f.synchronization)
	if err != nil {
		f.unknown(settings.TroubleReplies)
		return
	}
	counts := map[string]int{}
	for _, of := range refused {
		for _, one := range of {
			if one.Whole {
				counts[one.Connection] += one.Count
			}
		}
	}
	for _, c := range f.connections {
		if count := counts[c.Name]; count > 0 {
			f.add(alerts.Trouble{
				Kind: settings.TroubleReplies, About: alerts.AboutConnection, Name: c.Name, Label: c.Label(),
				Count: count, Path: "/connections/" + c.Name,
			})
		}
	}
}

// Replies is how an employee's automatic replies stand. No text is in it: not the
// person's own, which is theirs, and not the policy's.
type Replies struct {
	Source, Employee, Synchronization string
	// Status is synced where nothing is in the way, whether a reply stands or not, pending
	// before the first look, and blocked or retrying where Trouble is in the way.
	Status workflows.Status
	// Trouble is nil for none; Connection is where it was met, "" where that was nowhere
	// in particular.
	Trouble    *workflows.Trouble
	Connection string
	// Absences are the ids of those that mail may be answered during.
	Absences []string
	// Standing is the reply of ours in the mailbox, nil for none.
	Standing *StandingReply
	// OwnUntil is the end of a time in which the person's own reply stays, zero for none.
	OwnUntil time.Time
	// Next is when the next reply is written, or the standing one given back; NextTry is
	// when it is tried again. Zero for not known.
	Next, NextTry time.Time
	Story         []workflows.Entry
}

// StandingReply is a reply of ours in a mailbox.
type StandingReply struct {
	Place workflows.Place
	// From is its beginning, zero where what the mailbox has is not known at this
	// moment; Until is its end, exclusive.
	From, Until time.Time
	// Absences are the ids of those it is about.
	Absences []string
}

// Replies tells how an employee's automatic replies stand. The errors are
// starter.ErrNotFound where none are kept now, and ErrEngineDown.
func (s *Service) Replies(ctx context.Context, source, employee string) (Replies, error) {
	if !goodID(source) || !goodID(employee) {
		return Replies{}, starter.ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, recentTime)
	defer cancel()
	state, err := s.config.Engine.Replies(ctx, source, employee)
	if err != nil {
		return Replies{}, engine(err)
	}
	return repliesOf(state), nil
}

func repliesOf(state workflows.RepliesState) Replies {
	shown := Replies{
		Source: state.Source, Employee: state.Employee, Synchronization: state.Synchronization,
		Status: cmp.Or(state.Status, workflows.StatusPending), Trouble: state.Trouble, Connection: state.Connection,
		OwnUntil: state.LeftUntil, Next: state.Next, NextTry: state.NextTry, Story: state.Story,
	}
	for _, one := range state.Absences {
		shown.Absences = append(shown.Absences, one.Absence)
	}
	if of := state.Standing; of != nil {
		shown.Standing = &StandingReply{
			Place: of.Place, From: of.Written.From, Until: of.Until, Absences: of.Absences,
		}
	}
	return shown
}

// AbsenceReplies tells how the automatic replies of an absence's owner stand; nil where
// its synchronization wants none, none are kept, or nobody answers.
func (s *Service) AbsenceReplies(ctx context.Context, found starter.Absence) *Replies {
	if found.Employee == "" || found.Synchronization == "" {
		return nil
	}
	one, err := s.config.Settings.Synchronization(ctx, found.Synchronization)
	if err != nil || !one.Policy.AutomaticReplies.Enabled {
		return nil
	}
	replies, err := s.Replies(ctx, found.Source, found.Employee)
	if err != nil {
		return nil
	}
	return &replies
}
