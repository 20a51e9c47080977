package workflows

import (
	"cmp"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"
)

// write makes the target show the absence, and then takes it out of the mailboxes
// it moved away from. The new event comes first: as long as its mailbox is missing
// or blocked, the old one stays. A mailbox that cannot be cleared does not hold up
// the new one.
func (l *lifecycle) write(ctx workflow.Context, target *Target) {
	s := l.state
	s.Synchronization = target.Synchronization
	target, trouble := l.showSomewhere(ctx, target)
	if trouble == nil && !l.interrupted(ctx) {
		s.Rewrite = false
		trouble = l.leave(ctx, target)
	}
	switch {
	case l.interrupted(ctx):
	case trouble != nil:
		l.stop(ctx, trouble.status(), trouble)
	default:
		l.done(StatusSynced)
	}
}

// showSomewhere shows the absence in the first of the target's mailboxes that is there,
// and tells which that was. One that cannot be asked counts neither as there nor as
// missing: it is waited for. Where none is there the first one is.
func (l *lifecycle) showSomewhere(ctx workflow.Context, target *Target) (*Target, *Trouble) {
	s := l.state
	all := s.candidates(target, workflow.Now(ctx))
	var missing *Trouble
	for _, one := range all {
		s.moveTo(one.Place)
		trouble := l.show(ctx, one)
		if !trouble.mailboxMissing() || l.interrupted(ctx) {
			return one, trouble
		}
		missing = cmp.Or(missing, trouble)
		if len(all) > 1 && len(s.Applied.Events) == 0 {
			s.Applied = nil // nothing was ever there
		}
	}
	if len(all) > 1 {
		s.moveTo(all[0].Place)
	}
	return all[0], missing
}

// placeCounts is how long a mailbox that was written to goes before those that would be
// looked into first.
const placeCounts = 24 * time.Hour

// candidates are the target and its Others, the one first that was written to last, unless
// that is long ago: the mailbox may have moved.
func (s *State) candidates(target *Target, now time.Time) []*Target {
	all := []*Target{target}
	for i := range target.Others {
		all = append(all, &target.Others[i])
	}
	last := s.Applied
	if last == nil || len(last.Events) == 0 || now.Sub(last.At) > placeCounts {
		return all
	}
	if at := slices.IndexFunc(all, func(t *Target) bool { return t.Place == last.Place }); at > 0 {
		return slices.Concat(all[at:at+1], all[:at], all[at+1:])
	}
	return all
}

// mailboxMissing tells that the answer was that there is no such mailbox.
func (t *Trouble) mailboxMissing() bool { return t != nil && t.Reason == reasonMailboxMissing }

// status is that of an absence which is not written for this reason: nothing is wrong
// where somebody paused its synchronization, or excluded its owner, meanwhile.
func (t *Trouble) status() Status {
	if t.Reason == ReasonPaused || t.Reason == ReasonExcluded || t.Reason == ReasonLeft {
		return StatusSkipped
	}
	return StatusBlocked
}

// leave clears the mailboxes the absence moved away from and looks at the new one
// again where that may have removed what was just written: two places may be one
// mailbox, as after an address became an alias, or a connection got another name.
func (l *lifecycle) leave(ctx workflow.Context, target *Target) *Trouble {
	leftover := l.clearLeftovers(ctx)
	if !l.interrupted(ctx) && l.state.Applied.Fingerprint != target.Fingerprint {
		if trouble := l.apply(ctx, target); trouble != nil {
			return trouble
		}
	}
	return leftover
}

// moveTo makes place the one that is written to. Events elsewhere are removed
// later; those at place, if it moves back, are the ones to keep.
func (s *State) moveTo(place Place) {
	if s.Applied != nil && s.Applied.Place == place {
		return
	}
	old := s.Applied
	s.Applied = nil
	for i, leftover := range s.Leftovers {
		if leftover.Place == place {
			s.Applied = &Applied{Place: place, Events: leftover.Events}
			s.Leftovers = slices.Delete(s.Leftovers, i, i+1)
			break
		}
	}
	if old != nil {
		s.Leftovers = append(s.Leftovers, *old)
	}
}

// show writes the target's events unless the calendar already shows them.
func (l *lifecycle) show(ctx workflow.Context, target *Target) *Trouble {
	s := l.state
	if s.Applied == nil || s.Applied.Fingerprint != target.Fingerprint || s.Rewrite {
		return l.apply(ctx, target)
	}
	s.tell(Entry{At: workflow.Now(ctx), Event: EventRight, Provider: target.Place.Provider,
		Connection: target.Place.Connection})
	return nil
}

// clear removes the absence from every mailbox it is in and ends in the status,
// for the reason given with it.
func (l *lifecycle) clear(ctx workflow.Context, status Status, reason *Trouble) {
	s := l.state
	if s.Applied != nil {
		s.Leftovers = append(s.Leftovers, *s.Applied)
		s.Applied = nil
	}
	trouble := l.clearLeftovers(ctx)
	switch {
	case l.interrupted(ctx):
	case trouble != nil:
		l.stop(ctx, StatusBlocked, trouble)
	case status == StatusDeleted:
		l.gone(ctx)
	default:
		l.stop(ctx, status, reason)
	}
}

// gone notes that a deletion is carried out, and when to look again at mailboxes that
// were not there.
func (l *lifecycle) gone(ctx workflow.Context) {
	s, now := l.state, workflow.Now(ctx)
	if s.Status != StatusDeleted || s.DeletedAt.IsZero() {
		s.DeletedAt = now
	}
	l.done(StatusDeleted)
	if len(s.Missing) > 0 {
		s.NextTry = now.Add(max(firstLook, now.Sub(s.DeletedAt)))
	}
}

// firstLook is when a mailbox that was missing is looked at again first; each look
// doubles the time since.
const firstLook = 10 * time.Minute

// removeMissing takes a deleted absence out of mailboxes that were not there. They may
// be back with the events in them, as after a move or without a licence for a day; where
// they are not as long as the tombstone stands, there is nobody to see them.
func (l *lifecycle) removeMissing(ctx workflow.Context) {
	s := l.state
	route := l.askRoute(ctx, l.routeRequest())
	switch {
	case l.interrupted(ctx):
	case route.paused() || route.Trouble != nil && route.Trouble.Reason == reasonInternal:
		l.gone(ctx)
	default:
		s.Leftovers, s.Missing = append(s.Leftovers, s.Missing...), nil
		l.clear(ctx, StatusDeleted, nil)
	}
}

// clearLeftovers removes events from the mailboxes the absence moved away from.
// Those it cannot remove stay listed; the first trouble is returned.
func (l *lifecycle) clearLeftovers(ctx workflow.Context) (first *Trouble) {
	s := l.state
	places := s.Leftovers
	s.Leftovers = nil
	for i, place := range places {
		last := first == nil && i == len(places)-1
		trouble := l.remove(ctx, place, last)
		if l.interrupted(ctx) {
			s.Leftovers = append(s.Leftovers, places[i:]...)
			return first
		}
		if trouble != nil {
			s.Leftovers = append(s.Leftovers, place)
			if first == nil {
				first = trouble
			}
		}
	}
	return first
}

// reasonMailboxMissing is calendars.MailboxMissing: no mailbox, no events in it that
// anybody sees.
const reasonMailboxMissing = "mailbox-missing"

// remove takes the absence out of one mailbox, but for what was just written: that
// may be the same mailbox under another name. Until it is known that nothing was
// removed, what was written may be gone.
func (l *lifecycle) remove(ctx workflow.Context, old Applied, last bool) *Trouble {
	request := ApplyRequest{Place: old.Place, Known: old.Events}
	written := l.state.Applied
	fingerprint := ""
	if written != nil {
		request.Keep, request.KeepAt = written.Events, &written.Place
		fingerprint, written.Fingerprint = written.Fingerprint, ""
	}
	result, trouble := l.applyAt(ctx, request, last)
	if written != nil && trouble == nil && result.Deleted == 0 && result.Attempt <= 1 {
		written.Fingerprint = fingerprint
	}
	switch {
	case trouble != nil && trouble.Reason != reasonMailboxMissing:
		return trouble
	case l.interrupted(ctx):
	case trouble != nil && l.state.deleted():
		l.state.Missing = append(l.state.Missing, old)
	default:
		l.tellResult(ctx, EventRemoved, old.Place, result)
	}
	return nil
}

// apply writes the target's events and remembers them.
func (l *lifecycle) apply(ctx workflow.Context, target *Target) *Trouble {
	s := l.state
	if s.Applied == nil {
		s.Applied = &Applied{Place: target.Place}
	}
	// From here to the answer nobody knows what the calendar shows.
	s.Applied.Fingerprint = ""
	if !target.Respect.Deletes {
		s.OwnerDeleted = nil
	}
	request := ApplyRequest{Place: target.Place, Events: target.Events, Known: s.Applied.Events,
		RespectEdits: target.Respect.Edits, OwnerDeleted: s.OwnerDeleted}
	result, trouble := l.applyAt(ctx, request, len(s.Leftovers) == 0)
	if trouble != nil {
		return trouble
	}
	s.created(result)
	s.Applied = &Applied{Place: target.Place, Events: result.Events, Fingerprint: target.Fingerprint,
		At: workflow.Now(ctx)}
	l.tellResult(ctx, EventWritten, target.Place, result)
	return nil
}

// created remembers the initialization that all the events are from: its undo takes
// out no others. What a later change adds is taken out with them.
func (s *State) created(result ApplyResult) {
	if made := result.Created + result.CreatedBefore; made > 0 && made >= len(result.Events) && s.CreatedBy == "" {
		s.CreatedBy = s.Initialization
	}
	s.Initialization = ""
}

func (l *lifecycle) tellResult(ctx workflow.Context, event string, place Place, r ApplyResult) {
	l.wrote = l.wrote || r.Created+r.Updated+r.Deleted > 0
	l.state.tell(Entry{
		At: workflow.Now(ctx), Event: event, Provider: place.Provider, Connection: place.Connection,
		Created: r.Created, Updated: r.Updated, Deleted: r.Deleted, Unchanged: r.Unchanged,
	})
}
