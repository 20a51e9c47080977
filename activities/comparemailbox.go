package activities

import (
	"cmp"
	"context"
	"slices"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/workflows"
)

// system is one of the calendar systems in which mailboxes are looked for.
type system struct {
	// place is the connection, without a mailbox.
	place    workflows.Place
	calendar calendars.Calendar
}

// looked is what stands in a mailbox in one of the systems.
type looked struct {
	owner  workflows.Owner // with the system's connection
	wanted []reconcile.Want
	listed []calendars.Listed
	// trouble is why nobody could look.
	trouble *workflows.Trouble
}

// compareMailbox compares the mailbox in the first of the systems that has it, and looks
// for what was left in the others. One that cannot be asked is not taken for one that has
// it not.
func (c *comparison) compareMailbox(ctx context.Context, owner workflows.Owner) error {
	at, listed, err := c.list(ctx, owner)
	first, err := lookedAt(owner, c.systems[at], listed, err)
	if err != nil {
		return err
	}
	all := []looked{first}
	if first.trouble == nil {
		if all[0].wanted, err = c.wants(ctx, c.systems[at], owner.Mailbox); err != nil {
			return err
		}
		others, err := c.leftovers(ctx, owner, at, listed)
		if err != nil {
			return err
		}
		all = append(all, others...)
	}
	c.take(owner, all)
	return nil
}

func lookedAt(owner workflows.Owner, in system, listed []calendars.Listed, err error) (looked, error) {
	trouble, retry := translate(err)
	owner.Connection, owner.Provider = in.place.Connection, in.place.Provider
	return looked{owner: owner, listed: listed, trouble: trouble}, retry
}

// leftovers looks into the systems after the first one that has the mailbox, such as after
// a move. What is the same mailbox, through another connection, is not left over.
func (c *comparison) leftovers(
	ctx context.Context, owner workflows.Owner, first int, listed []calendars.Listed,
) (all []looked, err error) {
	provider := c.systems[first].place.Provider
	same := seenIn(listed, calendars.Provider(provider))
	for _, in := range c.systems[first+1:] {
		theirs, err := c.listAgain(ctx, in, owner)
		if mailboxMissing(err) {
			continue
		}
		if in.place.Provider == provider {
			theirs = slices.DeleteFunc(theirs, same)
		}
		one, err := lookedAt(owner, in, theirs, err)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// seenIn tells whether an event is one of those, seen through another connection to the
// same calendar system.
func seenIn(listed []calendars.Listed, at calendars.Provider) func(calendars.Listed) bool {
	return func(one calendars.Listed) bool {
		return slices.ContainsFunc(listed, func(l calendars.Listed) bool {
			return calendars.Kept(at, l.ID, l.Version) == calendars.Kept(at, one.ID, one.Version)
		})
	}
}

// wants are what a mailbox should show in a system, without absences of which nobody can
// tell.
func (c *comparison) wants(ctx context.Context, in system, mailbox string) (all []reconcile.Want, err error) {
	for _, absence := range c.wanted[mailbox] {
		want, blocked, err := c.want(ctx, in, mailbox, absence)
		switch {
		case err != nil:
			return nil, err
		case blocked != nil:
			c.mu.Lock()
			c.block("absence", absence, blocked)
			c.unknown[absence] = true
			c.mu.Unlock()
		default:
			all = append(all, want)
		}
	}
	return all, nil
}

// list reads the mailbox in the first of the systems that has it; at is that one.
func (c *comparison) list(ctx context.Context, owner workflows.Owner) (at int, listed []calendars.Listed, err error) {
	var first error
	for at, in := range c.systems {
		listed, err = in.calendar.List(ctx, owner.Mailbox, c.request.Source)
		if !mailboxMissing(err) {
			return at, listed, err
		}
		first = cmp.Or(first, err)
	}
	return len(c.systems) - 1, nil, first
}

// listAgain reads a mailbox, which was found elsewhere, in one more system. Where it was
// not a while ago nobody asks again.
func (c *comparison) listAgain(ctx context.Context, in system, owner workflows.Owner) ([]calendars.Listed, error) {
	connection := in.place.Connection
	if c.places.isAbsent(c.request.Source, owner.Mailbox, connection) {
		return nil, &calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox, Code: "known"}
	}
	listed, err := in.calendar.List(ctx, owner.Mailbox, c.request.Source)
	if mailboxMissing(err) {
		c.places.absent(c.request.Source, owner.Mailbox, connection)
	}
	return listed, err
}

// take notes what differs in a mailbox, in all the systems that have it.
func (c *comparison) take(owner workflows.Owner, all []looked) {
	c.mu.Lock()
	defer c.mu.Unlock()
	right, before := reconcile.Outcome{}, len(c.differences)
	compared := true
	for _, one := range all {
		if one.trouble != nil {
			c.block("employee", owner.Employee, one.trouble)
			compared = false
			continue
		}
		outcome := c.outcome(one)
		right.Events += outcome.Events
		right.Right += outcome.Right
		c.note(one.owner, outcome)
	}
	c.counts.Mailboxes++
	c.counts.Events += right.Events
	c.counts.Right += right.Right
	if compared && len(c.differences) == before {
		c.right.add(owner, right)
	}
}

// outcome compares one mailbox. An event of an absence that is wanted elsewhere, also of
// one that is wanted in the same mailbox in another system, is misplaced.
func (c *comparison) outcome(one looked) reconcile.Outcome {
	elsewhere := func(name string) bool {
		known, ok := c.absences[name]
		return ok && known.mailbox != ""
	}
	window := reconcile.Window{From: c.request.From, To: c.request.To}
	return reconcile.Mailbox(one.wanted, one.listed, window, elsewhere)
}

func (c *comparison) note(owner workflows.Owner, outcome reconcile.Outcome) {
	for _, one := range outcome.Differences {
		known, ok := c.absences[one.Absence]
		unknown := ok && (known.mailbox == "" || c.unknown[one.Absence])
		here := known.mailbox == owner.Mailbox
		if unknown && (one.Kind == reconcile.Surplus || one.Kind == reconcile.Misplaced && here) {
			continue // blocked or skipped: nobody knows where it belongs
		}
		c.differences = append(c.differences, difference{one, owner})
	}
}

// want is what a mailbox should show of one absence in a system; blocked where nobody can
// tell.
func (c *comparison) want(ctx context.Context, in system, mailbox, absence string) (
	want reconcile.Want, blocked *workflows.Trouble, err error,
) {
	target := c.absences[absence].target.At(in.place.Connection)
	want = reconcile.Want{Absence: absence, Runs: map[int]calendars.Shown{}, Written: map[int]string{}}
	if target == nil {
		return want, trouble(ReasonUnknownConnection, calendars.ScopeConnection), nil
	}
	want.Written = written(target)
	for _, event := range target.Events {
		shown, err := in.calendar.Shown(calendars.WithBulk(ctx), mailbox, event)
		if err != nil {
			trouble, retry := translate(err)
			if trouble == nil {
				return want, nil, retry
			}
			return want, trouble, nil
		}
		want.Runs[event.Run] = shown
	}
	return want, nil, nil
}

// written are the fingerprints of what it should show there, by the events' runs.
func written(target *workflows.Target) map[int]string {
	all := map[int]string{}
	for _, event := range target.Events {
		all[event.Run] = calendars.Fingerprint(event)
	}
	return all
}
