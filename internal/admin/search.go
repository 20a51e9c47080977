package admin

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
)

const (
	// mostOwners bounds the people that one search is for: the query to Temporal
	// names each of them.
	mostOwners = 100
	// longestID is that of Figgo's ids.
	longestID = 128
)

// searchFor puts the text into the query: an id, an address or a part of a name.
// It answers false where nobody and nothing can be meant.
func (s *Service) searchFor(ctx context.Context, text string,
	query *starter.AbsencesQuery) (known bool, hint string, err error) {
	if text == "" {
		return true, "", nil
	}
	sources, err := s.config.Settings.Sources(ctx)
	if err != nil {
		return false, "", err
	}
	if query.Source != "" {
		sources = slices.DeleteFunc(sources, func(one settings.Source) bool { return one.Name != query.Source })
	}
	if strings.Contains(text, "@") {
		if known, err = s.searchAddress(ctx, sources, strings.ToLower(text), query); known || err != nil {
			return known, "", err
		}
	} else if mayBeID(text) {
		query.Either = text
		for _, one := range sources {
			query.Sources = append(query.Sources, one.Name)
		}
	}
	if strings.ContainsFunc(text, unicode.IsLetter) {
		hint = s.searchName(ctx, sources, text, query)
	}
	return query.Either != "" || len(query.Owners) > 0, hint, nil
}

// mayBeID tells an id of Figgo's from other text.
func mayBeID(text string) bool {
	return len(text) <= longestID && !strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII || unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("'\"`\\;", r)
	})
}

// searchAddress looks for those who have exactly this address: as far as names
// were read without a call, else by asking the sources one after the other until
// one knows it. An address of two accounts is a search in one of them then.
func (s *Service) searchAddress(ctx context.Context, sources []settings.Source, email string,
	query *starter.AbsencesQuery) (known bool, err error) {
	owners := map[string][]string{}
	for _, one := range sources {
		if ids := s.luccas.of(one).people.byEmail(ctx, email); len(ids) > 0 {
			owners[one.Name] = ids[:min(len(ids), mostOwners)]
		}
	}
	if len(owners) > 0 {
		query.Owners = owners
		return true, nil
	}
	for _, one := range sources {
		query.Employee, err = s.employeeOf(ctx, one, email)
		if err == nil {
			query.Source = one.Name
			return true, nil
		}
		if !errors.Is(err, figgo.ErrNoEmployee) {
			return false, sourceError(err)
		}
	}
	return false, nil
}

// searchName looks for everybody who matches, in all sources at once: together
// they may take a second.
func (s *Service) searchName(ctx context.Context, sources []settings.Source, text string,
	query *starter.AbsencesQuery) (hint string) {
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		all   = map[string][]Person{}
	)
	for _, one := range sources {
		group.Go(func() {
			found, whole := s.luccas.of(one).people.find(ctx, text)
			mu.Lock()
			defer mu.Unlock()
			if all[one.Name] = found; !whole {
				hint = HintLoading
			}
		})
	}
	group.Wait()
	query.Owners = map[string][]string{}
	left := mostOwners
	for _, name := range slices.Sorted(maps.Keys(all)) {
		found := all[name]
		if len(found) > left {
			found, hint = found[:left], HintMany
		}
		left -= len(found)
		for _, person := range found {
			query.Owners[name] = append(query.Owners[name], person.ID)
		}
	}
	return hint
}

// peopleOf are the owners of some absences, by source and id.
func (s *Service) peopleOf(ctx context.Context, lines []starter.AbsenceLine) map[string]map[string]Person {
	ids := map[string][]string{}
	for _, line := range lines {
		if line.Employee != "" {
			ids[line.Source] = append(ids[line.Source], line.Employee)
		}
	}
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		all   = map[string]map[string]Person{}
	)
	for source, some := range ids {
		group.Go(func() {
			found := s.People(ctx, source, some)
			mu.Lock()
			defer mu.Unlock()
			all[source] = found
		})
	}
	group.Wait()
	return all
}
