package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"time"

	"crypto/x509"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/reach"
)

var _ calendars.Checker = (*Calendar)(nil)

// nobody is a user id that no tenant has: asking for it proves the right without
// a mailbox.
const nobody = "00000000-0000-0000-0000-000000000000"

// warnBefore is how long before its end our certificate or secret is worth a notice: an
// admin needs time to register another.
const warnBefore = 30 * 24 * time.Hour

// Check implements calendars.Checker: it looks at the login and at Graph without
// credentials, fetches a new token, and reads the mailbox's default calendar.
//
// The roles in the token are read without trusting them, and their absence alone
// decides nothing: where the right comes from Exchange's own roles (RBAC for
// Applications) the token has none. The call decides, the roles explain it.
func (c *Calendar) Check(ctx context.Context, mailbox string, probe bool) []calendars.Step {
	list := calendars.NewChecklist()
	c.check(ctx, list, mailbox, probe)
	return list.Steps()
}

func (c *Calendar) check(ctx context.Context, list *calendars.Checklist, mailbox string, probe bool) {
	_, ok := reach.Check(ctx, list,
		reach.Target{URL: c.openID, Transport: c.transport, Judge: judgeEntra},
		reach.Target{URL: c.base.JoinPath("users", nobody, "calendar").String(), Transport: c.transport,
			Judge: judgeGraph})
	if !ok {
		return
	}
	token, ok := c.checkToken(ctx, list)
	if !ok {
		return
	}
	seen := readRoles(token)
	if mailbox == "" {
		c.checkRight(ctx, list, seen)
		return
	}
	if c.checkMailbox(ctx, list, mailbox, seen, probe); list.Failed() || !probe {
		return
	}
	calendars.Probe(ctx, list, c, mailbox, seen.explain)
}

// judgeEntra: a tenant's description, or an error in Entra's shape.
func judgeEntra(a reach.Answer) calendars.Finding {
	var description struct {
		Endpoint string `json:"token_endpoint"`
	}
	if _, shaped := entraCode(a.Body); shaped || json.Unmarshal(a.Body, &description) == nil &&
		description.Endpoint != "" {
		return ""
	}
	return calendars.NotThatService
}

// judgeGraph: a refusal for want of a token, whose body may be empty, or another
// error in Graph's shape.
func judgeGraph(a reach.Answer) calendars.Finding {
	if _, shaped := graphCode(a.Body); shaped || a.Status == http.StatusUnauthorized {
		return ""
	}
	return calendars.NotThatService
}

func (c *Calendar) checkToken(ctx context.Context, list *calendars.Checklist) (token string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	token, err := c.tokens.fresh(ctx)
	until := ""
	if !c.certificateEnd.IsZero() {
		until = "certificate until " + c.certificateEnd.UTC().Format(time.DateOnly)
	}
	switch finding, code := explainToken(err); {
	case err != nil && !c.certificateEnd.IsZero() && time.Now().After(c.certificateEnd):
		list.Fail(calendars.StepCredentials, calendars.CertificateExpired, until)
	case err != nil:
		list.Fail(calendars.StepCredentials, finding, code)
	case !c.certificateEnd.IsZero() && time.Until(c.certificateEnd) < warnBefore:
		list.Notice(calendars.StepCredentials, calendars.CertificateExpiresSoon, until)
	case !c.secretEnd.IsZero() && time.Until(c.secretEnd) < warnBefore:
		list.Notice(calendars.StepCredentials, calendars.SecretExpiresSoon, c.secretUntil())
	default:
		list.OK(calendars.StepCredentials, cmp.Or(until, c.secretUntil()))
	}
	return token, err == nil
}

// secretUntil tells the client secret's last day, "" where it is not known.
func (c *Calendar) secretUntil() string {
	if c.secretEnd.IsZero() {
		return ""
	}
	return "secret until " + c.secretEnd.Format(time.DateOnly)
}

// checkMailbox takes the steps right and mailbox, which one answer decides.
func (c *Calendar) checkMailbox(ctx context.Context, list *calendars.Checklist, mailbox string, seen roles,
	probe bool) {
	err := c.readCalendar(ctx, mailbox)
	finding, code := seen.explain(err)
	switch {
	case err == nil && seen.readOnly() && !probe:
		list.Fail(calendars.StepRight, calendars.RoleReadOnly, seen.String())
	case err == nil:
		if seen.readOnly() { // the probe decides
			list.Notice(calendars.StepRight, calendars.RoleReadOnly, seen.String())
		} else {
			list.OK(calendars.StepRight, seen.String())
		}
		list.OK(calendars.StepMailbox, "")
	case ofMailbox[finding] && seen.write:
		list.OK(calendars.StepRight, seen.String())
		list.Fail(calendars.StepMailbox, finding, code)
	case ofMailbox[finding]:
		// Whether Exchange's own roles allow it only a mailbox can show.
		list.Skip(calendars.StepRight, seen.String())
		list.Fail(calendars.StepMailbox, finding, code)
	default:
		list.Fail(calendars.StepRight, finding, code+"; "+seen.String())
	}
}

// checkRight proves without a mailbox that Graph takes the token, and with which
// role.
func (c *Calendar) checkRight(ctx context.Context, list *calendars.Checklist, seen roles) {
	err := c.readCalendar(ctx, nobody)
	finding, code := seen.explain(err)
	heard := err == nil || ofMailbox[finding] || finding == calendars.AccessPolicyDenies
	switch {
	case heard && seen.write:
		list.OK(calendars.StepRight, seen.String())
	case heard && seen.readOnly():
		list.Fail(calendars.StepRight, calendars.RoleReadOnly, seen.String())
	case heard:
		list.Fail(calendars.StepRight, calendars.RoleMissing, seen.String())
	default:
		list.Fail(calendars.StepRight, finding, code+"; "+seen.String())
	}
}

// readCalendar reads the id of the user's default calendar.
func (c *Calendar) readCalendar(ctx context.Context, user string) error {
	if err := checkMailbox(user); err != nil {
		return &calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox, Code: "mailbox"}
	}
	query := &users.ItemCalendarRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemCalendarRequestBuilderGetQueryParameters{Select: []string{"id"}},
	}
	answer, err := call(ctx, c, request{mailbox: user, operation: "check"},
		func(ctx context.Context) (models.Calendarable, error) {
			return c.users.ByUserId(user).Calendar().Get(ctx, query)
		})
	if err == nil && (answer == nil || text(answer.GetId()) == "") {
		return unexpectedAnswer("the calendar has no id")
	}
	return err
}

// certificateEnd is the last moment of the first certificate in the PEM.
func certificateEnd(text []byte) time.Time {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if certificate, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
			return certificate.NotAfter
		}
	}
	return time.Time{}
}
