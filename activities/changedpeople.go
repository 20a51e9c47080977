package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/figgosync/figgosync/internal/calendars"
)

// Changes passes on that people changed in Figgo, as if Figgo had announced it: directories
// forget them, and their absences are routed anew. *worker.Worker's does.
type Changes interface {
	Changed(ctx context.Context, source string, employees []string) error
}

// noticeChangedPeople has the absences routed anew of those whom Figgo no longer lists
// among the people of the legal entity, or lists with another address than their absences
// were routed to: they have left, moved or changed, and nobody was told. Sources of the
// legacy API announce no such change. Whoever has not changed after all is routed as
// before, to the same events.
func (c *comparison) noticeChangedPeople(ctx context.Context) error {
	addresses, changed := map[string]string{}, map[string]bool{}
	for _, owner := range c.owners {
		addresses[owner.Employee] = owner.Mailbox
	}
	for name, one := range c.absences {
		employee := one.listed.Change.Employee
		address, there := addresses[employee]
		switch {
		case employee == "" || one.mailbox == "" && !one.left:
			continue
		case there && (one.mailbox == "" || one.mailbox == address):
			continue
		case one.mailbox != "": // nobody has looked there
			c.block("absence", name, trouble(ownerChanged, calendars.ScopeMailbox))
		}
		if !c.request.Remember || c.Changes == nil || changed[employee] {
			continue
		}
		stands, err := c.stands(ctx, name)
		if err != nil {
			return err
		}
		if stands {
			changed[employee] = true
		}
	}
	return c.passOn(ctx, slices.Sorted(maps.Keys(changed)))
}

// ownerChanged is why an absence was not compared whose owner is not where they were.
const ownerChanged = "owner-changed"

func (c *comparison) passOn(ctx context.Context, employees []string) error {
	if len(employees) == 0 {
		return nil
	}
	c.Log.Info("people changed without a notice", "source", c.request.Source, "legal_entity", c.request.LegalEntity,
		"employees", employees)
	if err := c.Changes.Changed(ctx, c.request.Source, employees); err != nil {
		return fmt.Errorf("pass on that people changed: %w", err)
	}
	return nil
}

// stands tells that an absence's events are in a calendar, as far as its workflow knows,
// and not because somebody refused to have them removed.
func (c *comparison) stands(ctx context.Context, absence string) (bool, error) {
	state, _, err := c.Absences.StateOf(ctx, c.request.Source, absence)
	return state.Applied != nil && !state.Refused(), err
}
