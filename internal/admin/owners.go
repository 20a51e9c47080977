package admin

import (
	"context"
	"maps"
	"slices"

	"github.com/figgosync/figgosync/starter"
)

const (
	// maxOwners is how many absences' owners are remembered: an absence never gets
	// another one. mostAsked bounds the absences of one page.
	maxOwners = 20_000
	mostAsked = 500
	// ownersAtOnce keeps queries to Temporal's index short.
	ownersAtOnce = 100
)

// absenceID is an absence of a source.
type absenceID struct{ source, id string }

// Owners returns the employees' ids by absence, as far as Temporal's index knows
// them. What cannot be asked is left out.
func (s *Service) Owners(ctx context.Context, source string, absences []string) map[string]string {
	owners := map[string]string{}
	var missing []string
	for _, id := range absences[:min(len(absences), mostAsked)] {
		switch employee, ok := s.owners.Get(absenceID{source, id}); {
		case ok:
			owners[id] = employee
		case mayBeID(id):
			missing = append(missing, id)
		}
	}
	for ids := range slices.Chunk(missing, ownersAtOnce) {
		found, _, err := s.config.Engine.Absences(ctx,
			starter.AbsencesQuery{Source: source, IDs: ids, Limit: mostLimit})
		if err != nil {
			return owners
		}
		for _, one := range found {
			if one.Employee != "" {
				s.owners.Add(absenceID{source, one.Absence}, one.Employee)
				owners[one.Absence] = one.Employee
			}
		}
	}
	return owners
}

// RunPeople are the people that an initialization tells of.
type RunPeople struct {
	// Owners are employees' ids by absence, for what is troubled.
	Owners map[string]string
	// People are those whose names are known, by id.
	People map[string]Person
}

// Of is an absence's owner, empty where nobody knows him.
func (p RunPeople) Of(absence string) Person { return p.Person(p.Owners[absence]) }

// Person is the employee with the id, with no more than it where his name is not
// known.
func (p RunPeople) Person(id string) Person {
	if one, ok := p.People[id]; ok {
		return one
	}
	return Person{ID: id}
}

// RunPeople names those of an initialization's lists, as far as it is known
// within about a second (see People). The absences of a dry run are in no index:
// it tells whose they are.
func (s *Service) RunPeople(ctx context.Context, one starter.Initialization) RunPeople {
	var absences, ids []string
	owners := map[string]string{}
	for _, entity := range one.LegalEntities {
		for _, troubled := range entity.Troubled {
			if absences = append(absences, troubled.Absence); troubled.Employee != "" {
				owners[troubled.Absence] = troubled.Employee
				ids = append(ids, troubled.Employee)
			}
		}
		for _, employee := range entity.Preview {
			ids = append(ids, employee.Employee)
		}
	}
	found := RunPeople{Owners: owners}
	if !one.DryRun && len(absences) > 0 {
		found.Owners = s.Owners(ctx, one.Source, absences)
		ids = slices.AppendSeq(ids, maps.Values(found.Owners))
	}
	found.People = s.People(ctx, one.Source, ids)
	return found
}
