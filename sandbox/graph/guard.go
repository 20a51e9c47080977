package graph

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func (s *Service) authenticate(header http.Header) (Principal, *failure) {
	scheme, bearer, _ := strings.Cut(header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(bearer) == "" {
		return Principal{}, fail(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty.")
	}
	who, err := s.cfg.Authorize(strings.TrimSpace(bearer))
	if err != nil {
		return Principal{}, fail(http.StatusUnauthorized, "InvalidAuthenticationToken",
			"Access token validation failure.")
	}
	return who, nil
}

// rolesFor names the application permissions any of which opens a request:
// learn.microsoft.com/graph/permissions-reference.
func rolesFor(c *call) []string {
	switch {
	case c.route.resource == settingsResource && c.method != http.MethodGet:
		return []string{"MailboxSettings.ReadWrite"}
	case c.route.resource == settingsResource:
		return []string{"MailboxSettings.Read", "MailboxSettings.ReadWrite"}
	case c.method == http.MethodGet || c.route.resource == scheduleResource:
		return []string{"Calendars.Read", "Calendars.ReadWrite"}
	}
	return []string{"Calendars.ReadWrite"}
}

// authorize finds the mailbox and decides whether the app may open it. The
// access policy narrows the role of the token; RBAC opens mailboxes on its own.
func (s *Service) authorize(c *call) (mailboxes.Mailbox, *failure) {
	wanted := rolesFor(c)
	hasRole := slices.ContainsFunc(c.who.Roles, func(role string) bool { return slices.Contains(wanted, role) })
	denied := fail(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	switch {
	case s.cfg.NoExchange != nil && s.cfg.NoExchange(c.who.TenantID):
		return mailboxes.Mailbox{}, fail(http.StatusUnauthorized, "OrganizationFromTenantGuidNotFound",
			"The tenant for tenant guid '%s' does not exist.", c.who.TenantID)
	case len(c.who.Roles) == 0 && !s.hasRBAC():
		return mailboxes.Mailbox{}, fail(http.StatusUnauthorized, "NoPermissionsInAccessToken",
			"The token contains no permissions, or permissions can not be understood.")
	case !hasRole && !s.hasRBAC():
		return mailboxes.Mailbox{}, denied
	}
	mailbox, f := s.mailbox(c.route.user)
	if f != nil {
		return mailbox, f
	}
	if hasRole && (s.cfg.Allowed == nil || s.cfg.Allowed(c.who.AppID, mailbox.Email)) {
		return mailbox, nil
	}
	roles := s.cfg.RBAC
	if c.route.resource == settingsResource {
		roles = s.cfg.RBACSettings
	}
	if roles != nil && roles(c.who.AppID, mailbox.Email) {
		return mailbox, nil
	}
	if hasRole {
		return mailbox, fail(http.StatusForbidden, "ErrorAccessDenied", "Access to OData is disabled.")
	}
	return mailbox, denied
}

func (s *Service) hasRBAC() bool { return s.cfg.RBAC != nil || s.cfg.RBACSettings != nil }

// mailbox finds a user by address or directory id. A mailbox on an Exchange
// server answers with either of two errors, which real ones alternate between; of a
// hybrid tenant, with a 401 that blames the token (MicrosoftDocs/azure-docs#27188).
func (s *Service) mailbox(user string) (mailboxes.Mailbox, *failure) {
	found, ok := s.store.Lookup(user)
	if !ok {
		for _, candidate := range s.store.Mailboxes() {
			if strings.EqualFold(UserID(candidate.Email), user) {
				found, ok = candidate, true
			}
		}
	}
	switch {
	case ok && found.System == mailboxes.Graph:
		return found, nil
	case ok && found.System == mailboxes.Exchange && s.cfg.Hybrid != nil && s.cfg.Hybrid(found.Email):
		return found, fail(http.StatusUnauthorized, "UnknownError", "")
	case ok && found.System == mailboxes.Exchange && s.refusals.Add(1)%2 == 1:
		return found, fail(http.StatusNotFound, "MailboxNotEnabledForRESTAPI",
			"The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
	case ok && found.System == mailboxes.Exchange:
		return found, fail(http.StatusNotFound, "ResourceNotFound", "Resource could not be discovered.")
	}
	return mailboxes.Mailbox{}, fail(http.StatusNotFound, "ErrorInvalidUser", "The requested user '%s' is invalid.",
		user)
}

// acquire takes one of the mailbox's places for the app. The caller releases it.
func (s *Service) acquire(c *call) (release func(), f *failure) {
	key := c.who.AppID + " " + c.mailbox.Email
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[key] >= s.cfg.PerMailbox {
		f := fail(http.StatusTooManyRequests, "ApplicationThrottled",
			"Application is over its MailboxConcurrency limit.")
		f.retryAfter = s.cfg.RetryAfter
		return nil, f
	}
	s.busy[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.busy[key]--; s.busy[key] == 0 {
			delete(s.busy, key)
		}
	}, nil
}

// within runs do on the call's locked mailbox.
func (c *call) within(do func(*mailboxes.Tx) *failure) *failure {
	var f *failure
	err := c.service.store.Within(mailboxes.Graph, c.mailbox.Email, func(tx *mailboxes.Tx) error {
		f = do(tx)
		return asError(f)
	})
	if errors.Is(err, mailboxes.ErrNoMailbox) {
		return fail(http.StatusNotFound, "ErrorInvalidUser", "The requested user '%s' is invalid.", c.route.user)
	}
	return f
}
