package activities

import (
	"cmp"
	"context"

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

// compareMailbox looks into the first of the systems that has the mailbox. One that
// cannot be asked is not taken for one that has it not.
func (c *comparison) compareMailbox(ctx context.Context, owner workflows.Owner) error {
	in, listed, err := c.list(ctx, owner.Mailbox)
	trouble, retry := translate(err)
	if retry != nil {
		return err
	}
	owner.Connection, owner.Provider = in.place.Connection, in.place.Provider
	var wanted []reconcile.Want
	if trouble == nil {
		if wanted, err = c.wants(ctx, in, owner.Mailbox); err != nil {
			return err
		}
	}
	c.take(owner, wanted, listed, trouble)
	return nil
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

func (c *comparison) list(ctx context.Context, mailbox string) (in system, listed []calendars.Listed, err error) {
	var first error
	for _, in = range c.systems {
		listed, err = in.calendar.List(ctx, mailbox, c.request.Source)
		if !mailboxMissing(err) {
			return in, listed, err
		}
		first = cmp.Or(first, err)
	}
	return in, nil, first
}

func (c *comparison) take(
	owner workflows.Owner, wanted []reconcile.Want, listed []calendars.Listed, trouble *workflows.Trouble,
) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Mailboxes++
	if trouble != nil {
		c.block("employee", owner.Employee, trouble)
		return
	}
	elsewhere := func(name string) bool {
		known, ok := c.absences[name]
		return ok && known.mailbox != "" && known.mailbox != owner.Mailbox
	}
	window := reconcile.Window{From: c.request.From, To: c.request.To}
	outcome := reconcile.Mailbox(wanted, listed, window, elsewhere)
	c.counts.Events += outcome.Events
	c.counts.Right += outcome.Right
	if len(outcome.Differences) == 0 {
		c.right.add(owner, outcome)
	}
	for _, one := range outcome.Differences {
		known, ok := c.absences[one.Absence]
		if ok && (known.mailbox == "" || c.unknown[one.Absence]) && one.Kind == reconcile.Surplus {
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
