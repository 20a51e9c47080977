package google

import (
	"context"
	"encoding/json"
	"net/http"

	"golang.org/x/oauth2/jwt"
	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/reach"
)

var _ calendars.Checker = (*Calendar)(nil)

// Check implements calendars.Checker: it looks at both servers without
// credentials, fetches a token for the mailbox, and lists the events of its
// primary calendar that carry the probe's key. Without a mailbox there is nobody
// to act for, and so no token.
func (c *Calendar) Check(ctx context.Context, mailbox string, probe bool) []calendars.Step {
	list := calendars.NewChecklist()
	c.check(ctx, list, mailbox, probe)
	return list.Steps()
}

func (c *Calendar) check(ctx context.Context, list *calendars.Checklist, mailbox string, probe bool) {
	_, ok := reach.Check(ctx, list,
		reach.Target{URL: c.clients.key.TokenURL, Transport: c.transport},
		reach.Target{URL: c.clients.cfg.CalendarURL + "calendars/" + primary + "/events", Transport: c.transport, Judge: judge})
	if !ok || mailbox == "" {
		return
	}
	if c.checkToken(ctx, list, mailbox); list.Failed() {
		return
	}
	if c.checkMailbox(ctx, list, mailbox); list.Failed() || !probe {
		return
	}
	calendars.Probe(ctx, list, c, mailbox, explain)
}

// judge: a refusal in the shape of Google's APIs.
func judge(a reach.Answer) calendars.Finding {
	var body struct {
		Error *struct{ Code int }
	}
	if json.Unmarshal(a.Body, &body) == nil && body.Error != nil && a.Status >= http.StatusBadRequest {
		return ""
	}
	return calendars.NotThatService
}

// checkToken takes the step credentials. Google looks at the key first, so an
// error about the delegation or the user says that the key is good.
func (c *Calendar) checkToken(ctx context.Context, list *calendars.Checklist, mailbox string) {
	err := c.tryToken(ctx, mailbox, c.clients.cfg.Scope)
	finding, code := explain(err)
	account := c.clients.key.Email
	switch finding {
	case calendars.DelegationMissing:
		list.OK(calendars.StepCredentials, account)
		c.checkScopes(ctx, list, mailbox)
	case calendars.DelegationBlocked, calendars.ScopeMismatch:
		list.OK(calendars.StepCredentials, account)
		list.Fail(calendars.StepRight, finding, code+"; "+c.asked())
	case calendars.UserUnknown:
		list.OK(calendars.StepCredentials, account)
		list.Skip(calendars.StepRight, "")
		list.Fail(calendars.StepMailbox, finding, code)
	default:
		if err != nil {
			list.Fail(calendars.StepCredentials, finding, code)
			return
		}
		list.OK(calendars.StepCredentials, account)
	}
}

// otherScopes are what an admin may have granted by mistake.
var otherScopes = []string{
	calendar.CalendarScope, calendar.CalendarEventsScope, calendar.CalendarReadonlyScope, calendar.CalendarEventsReadonlyScope,
}

// checkScopes tells missing delegation from delegation for other scopes: Google
// answers both with the same words, so other scopes are tried.
func (c *Calendar) checkScopes(ctx context.Context, list *calendars.Checklist, mailbox string) {
	for _, scope := range otherScopes {
		if scope == c.clients.cfg.Scope {
			continue
		}
		if c.tryToken(ctx, mailbox, scope) == nil {
			list.Fail(calendars.StepRight, calendars.ScopeMismatch, c.asked()+"; granted: "+scope)
			return
		}
	}
	list.Fail(calendars.StepRight, calendars.DelegationMissing, c.asked())
}

// asked is what the admin has to enter: the key's client id and the scope.
func (c *Calendar) asked() string {
	var file struct {
		ClientID string `json:"client_id"`
	}
	_ = json.Unmarshal(c.clients.cfg.KeyJSON, &file) // was read once already
	return "client id " + file.ClientID + ", scope " + c.clients.cfg.Scope
}

// tryToken fetches a token whatever is kept, and keeps none.
func (c *Calendar) tryToken(ctx context.Context, mailbox, scope string) error {
	key := *c.clients.key
	key.Subject, key.Scopes = mailbox, []string{scope}
	return c.fetchToken(ctx, &key)
}

func (c *Calendar) fetchToken(ctx context.Context, key *jwt.Config) error {
	once := &tokens{process: c.process, key: key, base: c.transport, timeout: c.timeout}
	_, err := once.get(ctx)
	return err
}

// checkMailbox takes the steps right and mailbox, which one answer decides.
func (c *Calendar) checkMailbox(ctx context.Context, list *calendars.Checklist, mailbox string) {
	c.clients.cache.Remove(mailboxID(mailbox)) // with its token, which may be older than the rights
	_, err := c.list(ctx, mailbox, calendars.ProbeKey, "")
	finding, code := explain(err)
	switch {
	case err == nil:
		list.OK(calendars.StepRight, c.asked())
		list.OK(calendars.StepMailbox, "")
	case ofMailbox[finding]:
		list.OK(calendars.StepRight, c.asked())
		list.Fail(calendars.StepMailbox, finding, code)
	default:
		list.Fail(calendars.StepRight, finding, code)
	}
}
