package google

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenTTL is how long an access token is good.
const tokenTTL = time.Hour

const scopeRoot = "https://www.googleapis.com/auth/"

// reading and writing are the scopes that open the methods of events, each one
// enough: developers.google.com/workspace/calendar/api/v3/reference/events
var (
	writing = []string{scopeRoot + "calendar", scopeRoot + "calendar.events", scopeRoot + "calendar.events.owned"}
	reading = append([]string{
		scopeRoot + "calendar.readonly", scopeRoot + "calendar.events.readonly",
		scopeRoot + "calendar.events.owned.readonly",
	}, writing...)
	// knownScopes tells a scope that was not granted from one that is misspelt.
	knownScopes = append([]string{
		scopeRoot + "calendar.acls", scopeRoot + "calendar.acls.readonly", scopeRoot + "calendar.app.created",
		scopeRoot + "calendar.calendarlist", scopeRoot + "calendar.calendarlist.readonly",
		scopeRoot + "calendar.calendars", scopeRoot + "calendar.calendars.readonly",
		scopeRoot + "calendar.events.freebusy", scopeRoot + "calendar.events.public.readonly",
		scopeRoot + "calendar.freebusy",
		scopeRoot + "calendar.settings", scopeRoot + "calendar.settings.readonly",
		scopeRoot + "gmail.settings.basic", scopeRoot + "gmail.readonly", scopeRoot + "gmail.modify",
	}, reading...)
)

// grant is what an access token stands for.
type grant struct {
	subject string // the impersonated user's address, lower case
	scopes  []string
	account string // the service account's address
	expires time.Time
}

// issue makes an opaque access token for a grant.
func (s *Service) issue(g grant) string {
	now := s.config.Now()
	g.expires = now.Add(tokenTTL)
	token := "ya29." + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, other := range s.grants {
		if !now.Before(other.expires) {
			delete(s.grants, old)
		}
	}
	s.grants[token] = g
	return token
}

// authenticate finds the grant behind a request's bearer token and checks that
// one of its scopes is among accepted.
func (s *Service) authenticate(request *http.Request, accepted []string) (grant, *refusal) {
	header := request.Header.Get("Authorization")
	if header == "" {
		return grant{}, refuse(http.StatusUnauthorized, "required", "Login Required.").at("header", "Authorization")
	}
	scheme, token, _ := strings.Cut(header, " ")
	s.mu.Lock()
	g, found := s.grants[token]
	s.mu.Unlock()
	if !strings.EqualFold(scheme, "Bearer") || !found || !s.config.Now().Before(g.expires) {
		return grant{}, refuse(http.StatusUnauthorized, "authError", "Invalid Credentials").at("header",
			"Authorization")
	}
	if !slices.ContainsFunc(g.scopes, func(scope string) bool { return slices.Contains(accepted, scope) }) {
		return grant{}, refuseScope()
	}
	return g, nil
}
