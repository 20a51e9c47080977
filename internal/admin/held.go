package admin

import (
	"context"
	"errors"
	"strconv"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// Held are the live deletions of a source that wait for a decision.
type Held struct {
	Source string
	workflows.HeldDeletions
	// People are those whose absences they are, as far as they are known, by id.
	People map[string]Person
}

// Held lists the live deletions that wait for a decision, of one source or of all for
// "". Errors are settings.ErrNotFound for an unknown source, and ErrEngineDown.
func (s *Service) Held(ctx context.Context, source string) ([]Held, error) {
	sources, err := s.heldSources(ctx, source)
	if err != nil {
		return nil, err
	}
	var all []Held
	for _, name := range sources {
		held, err := s.config.Engine.Held(ctx, name)
		if err != nil {
			return nil, engine(err)
		}
		if held.Total == 0 {
			continue
		}
		var ids []string
		for _, one := range held.Deletions {
			if one.Employee != "" {
				ids = append(ids, one.Employee)
			}
		}
		all = append(all, Held{Source: name, HeldDeletions: held, People: s.People(ctx, name, ids)})
	}
	return all, nil
}

func (s *Service) heldSources(ctx context.Context, source string) ([]string, error) {
	if source != "" {
		_, err := s.config.Settings.Source(ctx, source)
		return []string{source}, err
	}
	all, err := s.config.Settings.Sources(ctx)
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
	}
	return names, err
}

// DecideHeld carries out all held deletions of a source, or leaves their events, and
// tells how many they are; *NotApprovableError where none is held, or another number
// than the decision names.
func (s *Service) DecideHeld(
	ctx context.Context, by settings.Author, source string, decision workflows.Decision,
) (count int, err error) {
	if _, err := s.config.Settings.Source(ctx, source); err != nil {
		return 0, err
	}
	count, err = s.config.Engine.DecideHeld(ctx, source, decision)
	if errors.Is(err, starter.ErrNotApprovable) {
		return 0, s.otherHeld(ctx, source)
	}
	if err != nil {
		return 0, engine(err)
	}
	action := settings.ActionDropped
	if decision.Approve {
		action = settings.ActionApproved
	}
	s.note(ctx, by, action, settings.KindSource, source,
		settings.FieldChange{Field: "deletions", To: strconv.Itoa(count)})
	return count, nil
}

// otherHeld tells how many deletions are held, where a decision named another number.
func (s *Service) otherHeld(ctx context.Context, source string) error {
	held, err := s.config.Engine.Held(ctx, source)
	if err != nil {
		return engine(err)
	}
	if held.Total == 0 {
		return &NotApprovableError{}
	}
	return &NotApprovableError{&workflows.Breaker{Deletions: held.Total, Of: held.Total}}
}
