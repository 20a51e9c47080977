package ews

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/reach"
)

var _ calendars.Checker = (*Calendar)(nil)

// Check implements calendars.Checker with two calls: an anonymous GET tells of
// address and TLS; GetFolder in the name of the mailbox tells of the credentials,
// the server's version, the right and the mailbox. A list of allowed programs can
// refuse calls without impersonation only, which no write is, so none is made where
// there is a mailbox to act for
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange).
// Without one, GetServerTimeZones as the service account itself must do.
func (c *Calendar) Check(ctx context.Context, mailbox string, probe bool) []calendars.Step {
	list := calendars.NewChecklist()
	c.check(ctx, list, mailbox, probe)
	return list.Steps()
}

func (c *Calendar) check(ctx context.Context, list *calendars.Checklist, mailbox string, probe bool) {
	if finding := wrongAddress(c.url); finding != "" {
		// Nothing is sent there, least of all a password.
		list.Fail(calendars.StepAddress, finding, c.url.Host)
		return
	}
	answers, ok := reach.Check(ctx, list, reach.Target{URL: c.url.String(), Transport: c.transport(), Judge: judge})
	if !ok {
		return
	}
	first := opening{mailbox: mailbox, op: opFolder, request: newGetFolder()}
	unfit := checkTarget(opFolder, mailbox, calendars.ProbeKey)
	if unfit != nil {
		first = opening{op: opZones, request: newGetServerTimeZones(anyZone)}
	}
	answered, err := c.checkCredentials(ctx, list, answers[0], first)
	if !answered || mailbox == "" {
		return
	}
	if unfit != nil {
		err = unfit
	}
	if noteMailbox(list, err); list.Failed() || !probe {
		return
	}
	calendars.Probe(ctx, list, c, mailbox, explain)
}

// exchangeOnline are the hosts of EWS in Office 365 and its national clouds. It
// is being switched off from October 2026:
// techcommunity.microsoft.com/blog/exchange/retirement-of-exchange-web-services-in-exchange-online/3924440.
var exchangeOnline = regexp.MustCompile(`(?i)(^|\.)(office365\.com|office\.com|outlook\.com|office365\.us|partner\.outlook\.cn)$`)

// wrongAddress knows addresses that can only be a mistake.
func wrongAddress(address *url.URL) calendars.Finding {
	switch {
	case exchangeOnline.MatchString(address.Hostname()):
		return calendars.ExchangeOnline
	case strings.Contains(strings.ToLower(address.Path), "autodiscover"):
		return calendars.AutodiscoverAddress
	}
	return ""
}

// judge looks at the answer to an anonymous GET. EWS asks for a sign-in; some
// servers answer a GET with 400 or 405, which proves nothing against them.
func judge(a reach.Answer) calendars.Finding {
	if a.Status == http.StatusNotFound || a.Status == http.StatusGone {
		return calendars.NotThatService
	}
	return ""
}

// opening is the first call that is signed in.
type opening struct {
	mailbox string // "" for the service account itself
	op      operation
	request any
}

// checkCredentials signs in. anonymous is what the server said before. answered says
// that the credentials were taken; err is then what became of the call.
func (c *Calendar) checkCredentials(ctx context.Context, list *calendars.Checklist, anonymous reach.Answer,
	first opening) (answered bool, err error) {
	offered := schemes(anonymous.Header)
	if c.basic && anonymous.Status == http.StatusUnauthorized &&
		!strings.Contains(" "+strings.ToLower(offered), " basic") {
		list.Fail(calendars.StepCredentials, calendars.BasicNotOffered, "offered: "+offered)
		return false, nil
	}
	answer, err := c.signInOnce(ctx, first)
	if err != nil {
		finding, code := explain(c.unanswered(ctx, first.op, err))
		list.Fail(calendars.StepCredentials, finding, code)
		return false, nil
	}
	if answer.status == http.StatusUnauthorized {
		finding, detail := c.whyRefused(ctx, answer, offered)
		_ = c.refusal(ctx, first.op, answer) // one try of all
		list.Fail(calendars.StepCredentials, finding, detail)
		return false, nil
	}
	message, err := readAnswer(first.op, answer)
	if isAnswer(err) {
		c.signIns.accept(ctx, true)
	}
	if refusesVersion(err, exchange2010SP2) {
		message, err = c.call(ctx, first.mailbox, first.op, exchange2010SP2, fixed(first.request))
	}
	if code := codeOf(err); first.mailbox == "" && code == strconv.Itoa(http.StatusForbidden) {
		// Signed in; and what a list refuses the account itself it may allow in the name of a mailbox.
		err = nil
	}
	return c.noteServer(ctx, list, message, err), err
}

// unanswered is a first call that brought no answer.
func (c *Calendar) unanswered(ctx context.Context, op operation, err error) error {
	if refused, ok := errors.AsType[*ticketError](err); ok {
		return c.errorOfTicket(ctx, op, refused)
	}
	return networkError(op, err)
}

// noteServer tells of the first answer to a request that was signed in, and whether
// the mailbox may be looked at.
func (c *Calendar) noteServer(ctx context.Context, list *calendars.Checklist, message *responseMessage,
	err error) bool {
	how := "NTLM"
	switch {
	case c.basic:
		how = "Basic"
	case c.kerberos != nil:
		how = "Kerberos"
	}
	finding, code := explain(err)
	switch {
	case err == nil && message != nil && message.server.tooOld():
		list.OK(calendars.StepCredentials, how)
		list.Fail(calendars.StepRight, calendars.ExchangeTooOld, message.server.String())
		return false
	case err == nil:
		if message != nil {
			how = strings.TrimSuffix(how+", "+message.server.String(), ", ")
		}
		list.OK(calendars.StepCredentials, how)
	case refusesVersion(err, lowest):
		list.OK(calendars.StepCredentials, how)
		list.Fail(calendars.StepRight, calendars.ExchangeTooOld, code)
		return false
	case finding == calendars.EWSDisabled:
		list.OK(calendars.StepCredentials, how)
		list.Fail(calendars.StepRight, finding, code)
		return false
	case isAnswer(err) && !ofCredentials[finding], code == soapClient:
		list.OK(calendars.StepCredentials, how)
	default:
		list.Fail(calendars.StepCredentials, finding, code)
		return false
	}
	c.signIns.accept(ctx, true)
	return true
}

// ofCredentials are Exchange's own answers that speak of the account.
var ofCredentials = map[calendars.Finding]bool{calendars.PasswordExpired: true, calendars.CredentialsRefused: true}

// anyZone is a Windows time zone every server knows.
const anyZone = "UTC"

// signInOnce makes the first call. A refusal is not tried again: it counts towards
// the lock of the account. A sign-in torn over two connections is begun anew, once:
// it proved nothing.
func (c *Calendar) signInOnce(ctx context.Context, first opening) (reply, error) {
	payload, err := encode(envelope{Header: newHeader(exchange2010SP2, first.mailbox, ""), Body: body{first.request}})
	if err != nil {
		return reply{}, err
	}
	answer, err := c.sendAlone(ctx, c.url.String(), first.mailbox, payload)
	if err == nil && answer.status == http.StatusUnauthorized && answer.signIn.cut {
		answer, err = c.sendAlone(ctx, c.url.String(), first.mailbox, payload)
	}
	return answer, err
}

// sendAlone uses a connection of its own, which nobody signed in before.
func (c *Calendar) sendAlone(ctx context.Context, address, mailbox string, payload []byte) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	alone := &slot{fresh: c.transport}
	defer alone.drop()
	return c.exchangeAt(ctx, alone, nil, address, mailbox, payload)
}

// whyRefused is what a 401 means.
func (c *Calendar) whyRefused(ctx context.Context, answer reply, offered string) (calendars.Finding, string) {
	switch shake := answer.signIn; {
	case c.basic:
		return calendars.PasswordWrong, "Basic"
	case c.kerberos != nil && !shake.offered:
		return calendars.KerberosNotOffered, "offered: " + offered
	case c.kerberos != nil:
		return calendars.KerberosRefused, c.kerberos.service
	case !shake.offered:
		return calendars.NTLMNotOffered, "offered: " + offered
	case shake.withoutNTLM:
		return calendars.KerberosOnly, "offered: " + offered
	case shake.sent == 1:
		return calendars.NTLMVariant, ""
	case shake.cut:
		return calendars.NTLMSplit, ""
	case c.mayAskElsewhere(ctx) && c.takenElsewhere(ctx):
		return calendars.ExtendedProtection, "accepted by /autodiscover, refused by " + c.url.Path
	}
	return calendars.PasswordWrong, "NTLM"
}

// takenElsewhere tells whether the same server takes our login and password at
// Autodiscover. Extended Protection can be demanded of EWS, which our NTLM then
// cannot satisfy and which looks like a wrong password; of Autodiscover it is not:
//
// learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/exchange-extended-protection.
// It binds a sign-in to TLS and so cannot be the matter without.
func (c *Calendar) takenElsewhere(ctx context.Context) bool {
	if c.url.Scheme != "https" {
		return false
	}
	other := url.URL{Scheme: c.url.Scheme, Host: c.url.Host, Path: "/autodiscover/autodiscover.xml"}
	const nothing = `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"/>`
	answer, err := c.sendAlone(ctx, other.String(), "", []byte(nothing))
	if err == nil && answer.status == http.StatusUnauthorized {
		_ = c.refusal(ctx, opFolder, answer) // it counts too
	}
	return err == nil && answer.signIn.sent == 3 && answer.status != http.StatusUnauthorized
}

// mayAskElsewhere: a second try of a password is worth it as long as few others were
// refused.
func (c *Calendar) mayAskElsewhere(ctx context.Context) bool {
	known := c.signIns.state(ctx)
	if known.Accepted.IsZero() {
		return known.Refused <= 1
	}
	return known.Refused <= refusedAtMost
}

// noteMailbox tells what became of opening the calendar in the name of its owner.
// The right comes first on the server too: it looks at the impersonation before the
// operation.
func noteMailbox(list *calendars.Checklist, err error) {
	finding, code := explain(err)
	switch {
	case err == nil:
		list.OK(calendars.StepRight, "ApplicationImpersonation")
		list.OK(calendars.StepMailbox, "")
	case ofMailbox[finding]:
		list.OK(calendars.StepRight, "ApplicationImpersonation")
		list.Fail(calendars.StepMailbox, finding, code)
	default:
		list.Fail(calendars.StepRight, finding, code)
	}
}

// ofMailbox are the findings that say nothing against the right.
var ofMailbox = map[calendars.Finding]bool{
	calendars.MailboxUnknown: true, calendars.MailboxDisabled: true, calendars.MailboxOtherServer: true,
	calendars.CalendarMissing: true, calendars.MailboxIsFull: true,
}

// tooOld: Exchange 2007 and before know neither our version of the schema nor
// time zones by their id.
func (v serverVersion) tooOld() bool {
	major, err := strconv.Atoi(v.Major)
	return err == nil && major < 14
}

// products are the names of builds:
// learn.microsoft.com/exchange/new-features/build-numbers-and-release-dates.
var products = map[string]string{
	"8": "2007", "14": "2010", "15.0": "2013", "15.1": "2016", "15.2": "2019 or Subscription Edition",
}

// String is "" when the server did not tell.
func (v serverVersion) String() string {
	if v.Major == "" {
		return ""
	}
	name := products[v.Major+"."+v.Minor]
	if name == "" {
		name = products[v.Major]
	}
	build := strings.Trim(strings.Join([]string{v.Major, v.Minor, v.MajorBuild, v.MinorBuild}, "."), ".")
	return strings.TrimRight("Exchange "+name, " ") + " (" + build + ")"
}
