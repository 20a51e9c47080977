package calendars

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Spot is one mailbox as one connection reaches it.
type Spot struct {
	Calendar Calendar
	Mailbox  string
}

// looksAtMost bounds how often an event is compared that changes all the time.
const looksAtMost = 3

// keptMeanwhile tells whether a found event is one of Keep that was edited since it was
// written. In systems where the adapter chooses ids, the events of one absence have the
// same id in two mailboxes, but an event has one version at a time: looked at through
// both connections, it is one event where the versions are equal, and there are two
// where they differ while the one here stayed as it was. now is the found event by then.
func (a *applier) keptMeanwhile(ctx context.Context, found Placed) (now Placed, kept bool, err error) {
	if a.opts.KeepAt == nil || !slices.ContainsFunc(a.opts.Keep, func(k Placed) bool { return k.ID == found.ID }) {
		return found, false, nil
	}
	for range looksAtMost {
		there, known, err := a.look(ctx, *a.opts.KeepAt, found.ID)
		switch {
		case err != nil:
			return found, false, elsewhere(err)
		case !known:
			return found, false, nil
		case there.Version == found.Version:
			return found, true, nil
		}
		again, known, err := a.look(ctx, Spot{a.cal, a.mailbox}, found.ID)
		switch {
		case err != nil:
			return found, false, err
		case !known || again.Version == found.Version:
			return found, false, nil
		}
		found = again
	}
	return found, false, &Temporary{Code: "edited-meanwhile"}
}

// look finds one event of the absence by its id.
func (a *applier) look(ctx context.Context, at Spot, id string) (found Placed, known bool, err error) {
	all, err := at.Calendar.Find(ctx, at.Mailbox, a.key)
	if err != nil {
		return Placed{}, false, fmt.Errorf("look again: %w", err)
	}
	i := slices.IndexFunc(all, func(p Placed) bool { return p.ID == id })
	if i < 0 {
		return Placed{}, false, nil
	}
	return all[i], true, nil
}

// elsewhere is an error of the place of Keep: whatever it is there, here it means to
// try again later.
func elsewhere(err error) error {
	if _, passing := errors.AsType[*Temporary](err); passing {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Temporary{Code: "other-place", Err: errors.New("the mailbox that was just written cannot be read")}
}
