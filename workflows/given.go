package workflows

import (
	"reflect"
	"time"

	"github.com/figgosync/figgosync/absence"
)

// given is a Route that came with a change.
type given struct {
	route   Route
	content absence.Absence
	at      time.Time
}

// givenFor is how long a Route that came along counts: settings may change.
const givenFor = time.Minute

func giveRoute(kind Kind, change Change) *given {
	return &given{route: *change.Route, content: RoutedContent(kind, change.Absence), at: change.RoutedAt}
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
func (g *given) fits(s *State, now time.Time) bool {
	return g != nil && now.Sub(g.at).Abs() <= givenFor && !s.deleted() && reflect.DeepEqual(g.content, s.Content)
}
