package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/figgosync/figgosync/internal/settings"
)

// droppedEntities are legal entities that were just taken away from a synchronization, and
// that none has now: what was written for their people is still in calendars.
type droppedEntities struct {
	Source   string
	Entities []option
}

// droppedAtMost bounds the legal entities that one notice offers to clear.
const droppedAtMost = 50

// droppedQuery tells the page that is shown next which legal entities were taken away.
func droppedQuery(before, after settings.Synchronization) url.Values {
	query := url.Values{}
	for _, id := range before.LegalEntities {
		if before.Source != after.Source || !slices.Contains(after.LegalEntities, id) {
			query.Add("dropped", id)
		}
	}
	if query.Has("dropped") && before.Source != after.Source {
		query.Set("from", before.Source)
	}
	return query
}

// droppedOf reads what droppedQuery told, without those that a synchronization has by now.
func (s *site) droppedOf(r *http.Request, source string) (*droppedEntities, error) {
	query := r.URL.Query()
	ids := query["dropped"]
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return nil, err
	}
	dropped := &droppedEntities{Source: cmp.Or(query.Get("from"), source)}
	had := map[string]bool{}
	for _, one := range all {
		for _, id := range one.LegalEntities {
			had[id] = had[id] || one.Source == dropped.Source
		}
	}
	for _, id := range ids[:min(len(ids), droppedAtMost)] {
		if !had[id] && plainText(id) {
			dropped.Entities = append(dropped.Entities, option{Value: id, Label: id})
		}
	}
	if len(dropped.Entities) == 0 {
		return nil, nil
	}
	return dropped, nil
}

// name names them as far as Lucca told the legal entities of their source.
func (d *droppedEntities) name(choices *entityChoices) {
	if d == nil || choices == nil || choices.Source != d.Source {
		return
	}
	for i, one := range d.Entities {
		for _, choice := range choices.Choices {
			if choice.ID == one.Value {
				d.Entities[i].Label = cmp.Or(choice.Name, one.Label)
			}
		}
	}
}
