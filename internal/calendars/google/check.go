package google

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

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
		reach.Target{
			URL: c.clients.cfg.CalendarURL + "calendars/" + primary + "/events", Transport: c.transport, Judge: judge,
		})
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
	scope, err := c.tryScopes(ctx, mailbox)
	finding, code := explain(err)
	switch {
	case err == nil:
		c.clients.scopes.granted(scope)
		list.OK(calendars.StepCredentials, c.clients.key.Email)
	case finding == calendars.DelegationMissing:
		list.OK(calendars.StepCredentials, c.clients.key.Email)
		c.checkOtherScopes(ctx, list, mailbox)
	case finding == calendars.DelegationBlocked, finding == calendars.ScopeMismatch:
		list.OK(calendars.StepCredentials, c.clients.key.Email)
		list.Fail(calendars.StepRight, finding, code+"; "+c.asked(c.wanted()))
	case ofMailbox[finding]:
		list.OK(calendars.StepCredentials, c.clients.key.Email)
		list.Skip(calendars.StepRight, "")
		list.Fail(calendars.StepMailbox, finding, code)
	default:
		list.Fail(calendars.StepCredentials, finding, code)
	}
}

// tryScopes returns the first scope that is granted of those that are enough, or
// the error of the one we ask for.
func (c *Calendar) tryScopes(ctx context.Context, mailbox string) (granted string, err error) {
	for _, scope := range newScopes(c.clients.cfg.Scope).inOrder() {
		failure := c.tryToken(ctx, mailbox, scope)
		if failure == nil {
			return scope, nil
		}
		if err == nil {
			err = failure
		}
		if !isNotGranted(failure) {
			return "", failure
		}
	}
	return "", err
}

// otherScopes are what an admin may have granted by mistake.
var otherScopes = append(Scopes(),
	calendar.CalendarReadonlyScope, calendar.CalendarEventsReadonlyScope, calendar.CalendarEventsOwnedReadonlyScope)

// checkOtherScopes tells missing delegation from delegation for other scopes: Google
// answers both with the same words, so other scopes are tried.
func (c *Calendar) checkOtherScopes(ctx context.Context, list *calendars.Checklist, mailbox string) {
	tried := newScopes(c.clients.cfg.Scope).inOrder()
	for _, scope := range otherScopes {
		if !slices.Contains(tried, scope) && c.tryToken(ctx, mailbox, scope) == nil {
			list.Fail(calendars.StepRight, calendars.ScopeMismatch, c.asked(c.wanted())+"; granted: "+scope)
			return
		}
	}
	list.Fail(calendars.StepRight, calendars.DelegationMissing, c.asked(c.wanted()))
}

// wanted is the scope the admin is told to grant.
func (c *Calendar) wanted() string { return newScopes(c.clients.cfg.Scope).inOrder()[0] }

// asked is what stands, or shall stand, in the Admin console: the key's client id
// and a scope.
func (c *Calendar) asked(scope string) string {
	var file struct {
		ClientID string `json:"client_id"`
	}
	_ = json.Unmarshal(c.clients.cfg.KeyJSON, &file) // was read once already
	return "client id " + file.ClientID + ", scope " + scope
}

// tryToken fetches a token whatever is kept, and keeps none.
func (c *Calendar) tryToken(ctx context.Context, mailbox, scope string) error {
	key := *c.clients.key
	key.Subject = mailbox
	once := &tokens{process: c.process, key: &key, scopes: newScopes(scope), base: c.transport, timeout: c.timeout}
	_, err := once.get(ctx)
	return err
}

// checkMailbox takes the steps right and mailbox, which one answer decides.
func (c *Calendar) checkMailbox(ctx context.Context, list *calendars.Checklist, mailbox string) {
	c.clients.cache.Remove(mailboxID(mailbox)) // with its token, which may be older than the rights
	_, err := c.list(ctx, mailbox, search{calendars.PropertyKey, calendars.ProbeKey.String(), findFields}, "")
	finding, code := explain(err)
	granted := c.asked(c.clients.scopes.inOrder()[0])
	switch {
	case err == nil:
		list.OK(calendars.StepRight, granted)
		list.OK(calendars.StepMailbox, "")
	case ofMailbox[finding]:
		list.OK(calendars.StepRight, granted)
		list.Fail(calendars.StepMailbox, finding, code)
	default:
		list.Fail(calendars.StepRight, finding, code)
	}
}
