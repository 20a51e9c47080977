package workflows

import (
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// announcedRoute is a Route that came with a change.
type announcedRoute struct {
	route   Route
	content absence.Absence
	at      time.Time
}

// routeCounts is how long a Route that came along counts: settings may change.
const routeCounts = time.Minute

func routeOf(kind Kind, change Change) *announcedRoute {
	return &announcedRoute{route: *change.Route, content: RoutedContent(kind, change.Absence), at: change.RoutedAt}
}

// RoutedContent is what Route must be asked for an absence that a change of this
// kind announces as a whole.
func RoutedContent(kind Kind, content absence.Absence) absence.Absence {
	content = content.Normalize()
	for i := range content.HalfDays {
		content.HalfDays[i].Confirmed = kind == Approved
	}
	return content
}

// fits tells that the Route is fresh and about what the absence is now.
func (r *announcedRoute) fits(s *State, now time.Time) bool {
	return r != nil && now.Sub(r.at).Abs() <= routeCounts && !s.deleted() && same(r.content, s.Content)
}

// same compares all there is to an absence. reflect.DeepEqual is not for workflows.
func same(a, b absence.Absence) bool {
	return a.Account == b.Account && a.AccountName == b.AccountName && a.Category == b.Category &&
		slices.Equal(a.HalfDays, b.HalfDays) && slices.Equal(a.Off, b.Off)
}
