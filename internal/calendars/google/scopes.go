package google

import (
	"slices"
	"sync"

	calendar "google.golang.org/api/calendar/v3"
)

// The scopes that let us do our work; each is enough for every call we make, by
// the API's discovery document. One of them is granted to the service account's
// client id under "Domain-wide delegation" in the Admin console; a token is refused
// unless exactly what is asked for is granted
// (developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority).
const (
	// DefaultScope is the one admins are told to grant, the narrowest: events of
	// calendars the person owns, as everybody owns their primary one.
	DefaultScope = calendar.CalendarEventsOwnedScope
	// ScopeEvents is for the events of all calendars a person may change.
	ScopeEvents = calendar.CalendarEventsScope
	// ScopeCalendar is for calendars with their settings and sharing, too.
	ScopeCalendar = calendar.CalendarScope
)

// Scopes are the scopes that are enough, the narrowest first.
func Scopes() []string { return []string{DefaultScope, ScopeEvents, ScopeCalendar} }

// scopes is which scope a connection asks for: what its admin granted shows by
// trying only.
type scopes struct {
	mu sync.Mutex
	// choices are tried in their order.
	choices []string
}

func newScopes(configured string) *scopes {
	if configured != "" {
		return &scopes{choices: []string{configured}}
	}
	return &scopes{choices: Scopes()}
}

func (s *scopes) inOrder() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.choices)
}

// granted puts the scope that a token was given for first.
func (s *scopes) granted(scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.Index(s.choices, scope); at > 0 {
		s.choices = slices.Insert(slices.Delete(s.choices, at, at+1), 0, scope)
	}
}
