// Package google is a strict imitation of Google's token endpoint (JWT bearer
// with domain-wide delegation), of the events of Calendar v3 and of the vacation
// responder of Gmail v1, for tests and rehearsal. It is written from Google's
// documentation (developers.google.com/workspace, calendar/api and gmail/api) and from what developers
// report of the live service, never from figgosync's adapter.
//
// JSON fields and query parameters that do not exist are answered with 400 as by
// Google, those that it does not imitate (recurrence, sync tokens, search...) and the
// other methods with 501 SandboxNotImitated. It is stricter than Google in one thing:
// attendees are always refused with 400 SandboxRefused, although Google accepts them,
// since figgosync must never send any: they make Google send invitations.
package google

import (
	"crypto/rsa"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// Google's own quotas, for projects made since May 2026
// (developers.google.com/workspace/calendar/api/guides/quota).
const (
	defaultPerUserPerMinute    = 600
	defaultPerProjectPerMinute = 10_000
)

// ServiceAccount is a service account as Google and the Workspace administrator
// know it.
type ServiceAccount struct {
	Email     string
	ClientID  string
	KeyID     string
	PublicKey *rsa.PublicKey
	// Scopes are what the administrator granted to ClientID under Domain-wide
	// delegation. As at Google a token request fails when one scope it names is
	// not literally among them.
	Scopes []string
}

// Config is what a Service is made of.
type Config struct {
	// TokenURL is the only audience an assertion may have.
	TokenURL        string
	ServiceAccounts []ServiceAccount
	// PerUserPerMinute and PerProjectPerMinute are the quotas; 0 is Google's own:
	// 600 and 10,000. A project is the domain of a service account's address.
	PerUserPerMinute    int
	PerProjectPerMinute int
	// NoGmail names users whose mail is elsewhere; nil names none. GmailAPIOff says
	// that the project has not turned the Gmail API on.
	NoGmail     func(email string) bool
	GmailAPIOff bool
	// Now is the service's clock; nil is time.Now.
	Now func() time.Time
}

// Service is the imitation. It is safe for concurrent use.
type Service struct {
	store  *mailboxes.Store
	config Config
	quota  *quota
	made   time.Time

	mu     sync.Mutex
	grants map[string]grant // by access token
}

// New returns a service over the mailboxes of store that are on mailboxes.Google.
func New(store *mailboxes.Store, cfg Config) *Service {
	if cfg.PerUserPerMinute == 0 {
		cfg.PerUserPerMinute = defaultPerUserPerMinute
	}
	if cfg.PerProjectPerMinute == 0 {
		cfg.PerProjectPerMinute = defaultPerProjectPerMinute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Service{
		store:  store,
		config: cfg,
		made:   cfg.Now(),
		quota:  newQuota(cfg.PerUserPerMinute, cfg.PerProjectPerMinute),
		grants: map[string]grant{},
	}
}

// Handler serves /token, /calendar/v3/ and /gmail/v1/; the caller strips any prefix before
// them.
func (s *Service) Handler() http.Handler {
	const events = "/calendar/v3/calendars/{calendarId}/events"
	const event = events + "/{eventId}"
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("GET "+events, s.api(reading, 1, list))
	mux.HandleFunc("POST "+events, s.api(writing, 1, insert))
	mux.HandleFunc("GET "+event, s.api(reading, 1, get))
	mux.HandleFunc("PUT "+event, s.api(writing, 1, update))
	// "Note that each patch request consumes three quota units":
	// developers.google.com/workspace/calendar/api/v3/reference/events/patch
	mux.HandleFunc("PATCH "+event, s.api(writing, 3, patch))
	mux.HandleFunc("DELETE "+event, s.api(writing, 1, remove))
	for _, pattern := range otherMethods {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /calendar/v3/"+path, func(w http.ResponseWriter, _ *http.Request) {
			notImitated(pattern).write(w)
		})
	}
	s.routeGmail(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(http.StatusNotFound, "notFound", "Not Found").write(w)
	})
	return mux
}

// UserDelete does what a person does who deletes an event in Google Calendar's
// own pages: it leaves a tombstone that the API cannot restore (403 forbidden,
// reported by developers; a tombstone the API made can be restored). It returns
// mailboxes.ErrNoMailbox or mailboxes.ErrNoEvent.
func (s *Service) UserDelete(email, id string) error {
	return s.store.Within(mailboxes.Google, email, func(tx *mailboxes.Tx) error {
		item, found := tx.Get(id)
		if !found || item.Binned {
			return mailboxes.ErrNoEvent
		}
		bury(tx, item, true, s.config.Now())
		return nil
	})
}
