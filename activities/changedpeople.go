package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Changes passes on that people changed in Figgo, as if Figgo had announced it: directories
// forget them, and their absences are routed anew. *worker.Worker's does.
type Changes interface {
	Changed(ctx context.Context, source string, employees []string) error
}

// noticeChangedPeople has the absences routed anew of those whom Figgo no longer lists
// among the people of the legal entity, though their absences are: they have left, or
// moved, and nobody was told. Sources of the legacy API announce no such change. Whoever
// has not changed after all is routed as before, to the same events.
func (c *comparison) noticeChangedPeople(ctx context.Context) error {
	if !c.request.Remember || c.Changes == nil {
		return nil
	}
	there, gone := map[string]bool{}, map[string]bool{}
	for _, owner := range c.owners {
		there[owner.Employee] = true
	}
	for name, one := range c.absences {
		employee := one.listed.Change.Employee
		if employee == "" || there[employee] || gone[employee] || one.mailbox == "" && !one.left {
			continue
		}
		stands, err := c.stands(ctx, name)
		if err != nil {
			return err
		}
		if stands {
			gone[employee] = true
		}
	}
	if len(gone) == 0 {
		return nil
	}
	employees := slices.Sorted(maps.Keys(gone))
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
