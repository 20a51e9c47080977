package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/figgosync/figgosync/internal/admin"
)

// entityChoices are the legal entities a synchronization may have.
type entityChoices struct {
	// Source is whose they are, "" while none is chosen.
	Source string
	// Down is true when Lucca could not be asked: ids are typed then.
	Down bool
	// Typed are the ids as they are typed.
	Typed   string
	Choices []entityChoice
	Form    *form
}

// entityChoice is one of them.
type entityChoice struct {
	ID, Name, Zone string
	Chosen         bool
	// Taken names the active synchronization that has it, so that this one cannot.
	Taken string
	// Gone is true for what the synchronization has and Lucca does not show.
	Gone bool
}

// Free counts those that can be chosen.
func (c *entityChoices) Free() int {
	free := 0
	for _, one := range c.Choices {
		if one.Taken == "" {
			free++
		}
	}
	return free
}

// entitiesOf asks Lucca, or takes what it told a moment ago. With all every free
// one is chosen, and the time zone they have in common becomes the default.
func (s *site) entitiesOf(r *http.Request, f *form, synchronization string, all bool) (*entityChoices, error) {
	choices := &entityChoices{Source: f.Get("source"), Form: f}
	if choices.Source == "" {
		return choices, nil
	}
	chosen := idsOf(f.All("legalEntities"))
	entities, err := s.config.Admin.LegalEntities(r.Context(), choices.Source)
	if err != nil {
		// A source that is gone or does not answer must not keep anybody from the page.
		if _, ok := errors.AsType[*admin.SourceError](err); !ok && !notThere(err) {
			return nil, err
		}
		choices.Down = true
		for i, id := range chosen {
			if i > 0 {
				choices.Typed += ", "
			}
			choices.Typed += id
		}
		return choices, nil
	}
	active, err := s.active(r)
	if err != nil {
		return nil, err
	}
	for _, entity := range entities {
		one := entityChoice{ID: entity.ID, Name: entity.Name, Zone: entity.Zone,
			Chosen: slices.Contains(chosen, entity.ID)}
		if entity.Synchronization != synchronization && active[entity.Synchronization] {
			one.Taken = entity.Synchronization
		}
		if all && one.Taken == "" {
			one.Chosen = true
		}
		choices.Choices = append(choices.Choices, one)
	}
	for _, id := range chosen {
		if !slices.ContainsFunc(choices.Choices, func(one entityChoice) bool { return one.ID == id }) {
			choices.Choices = append(choices.Choices, entityChoice{ID: id, Chosen: true, Gone: true})
		}
	}
	if all {
		choices.suggestZone(f)
	}
	return choices, nil
}

// suggestZone takes over the zone of the chosen legal entities, where they agree.
func (c *entityChoices) suggestZone(f *form) {
	zone := ""
	for _, one := range c.Choices {
		if !one.Chosen || one.Zone == "" {
			continue
		}
		if zone != "" && zone != one.Zone {
			return
		}
		zone = one.Zone
	}
	if zone != "" {
		f.Set("zone", zone)
	}
}

// active tells which synchronizations are not paused.
func (s *site) active(r *http.Request) (map[string]bool, error) {
	all, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return nil, err
	}
	active := map[string]bool{}
	for _, one := range all {
		active[one.Name] = !one.Paused
	}
	return active, nil
}

// synchronizationEntities is the piece with the legal entities of another source.
func (s *site) synchronizationEntities(w http.ResponseWriter, r *http.Request) error {
	f := newForm(0)
	f.Set("source", r.URL.Query().Get("source"))
	choices, err := s.entitiesOf(r, f, r.URL.Query().Get("of"), true)
	if err != nil {
		return err
	}
	return s.fragment(w, r, "sync-entities-piece", choices)
}

// named are the names of ids, in the ids' order, and the ids of what has no name.
func named(names map[string]string, ids []string) []string {
	var all []string
	for _, id := range ids {
		all = append(all, cmp.Or(names[id], id))
	}
	return all
}

// entityNames are the names of legal entities, by synchronization and id, as far as they
// are known.
func (s *site) entityNames(r *http.Request, all []admin.SynchronizationView) map[string]map[string]string {
	names, sources := map[string]map[string]string{}, map[string]map[string]string{}
	for _, one := range all {
		if sources[one.Source] == nil {
			sources[one.Source] = s.config.Admin.LegalEntityNames(r.Context(), one.Source)
		}
		names[one.Name] = sources[one.Source]
	}
	return names
}
