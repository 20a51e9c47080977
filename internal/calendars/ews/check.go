package ews

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/reach"
)

var _ calendars.Checker = (*Calendar)(nil)

// Check implements calendars.Checker with three calls, so that each failure has
// one meaning: an anonymous GET tells of address and TLS; GetServerTimeZones as
// the service account itself tells of the credentials and the server's version;
// GetFolder in the name of the mailbox tells of the right and the mailbox.
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
	if c.checkCredentials(ctx, list, answers[0]); list.Failed() || mailbox == "" {
		return
	}
	if c.checkMailbox(ctx, list, mailbox); list.Failed() || !probe {
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

// checkCredentials signs in. anonymous is what the server said before.
func (c *Calendar) checkCredentials(ctx context.Context, list *calendars.Checklist, anonymous reach.Answer) {
	offered := schemes(anonymous.Header)
	if c.basic && anonymous.Status == http.StatusUnauthorized && !strings.Contains(" "+strings.ToLower(offered), " basic") {
		list.Fail(calendars.StepCredentials, calendars.BasicNotOffered, "offered: "+offered)
		return
	}
	answer, err := c.signInOnce(ctx)
	if err != nil {
		finding, code := explain(networkError(opZones, err))
		list.Fail(calendars.StepCredentials, finding, code)
		return
	}
	if answer.status == http.StatusUnauthorized {
		finding, detail := c.whyRefused(ctx, answer, offered)
		list.Fail(calendars.StepCredentials, finding, detail)
		return
	}
	message, err := readAnswer(opZones, answer)
	if refusesVersion(err, exchange2010SP2) {
		message, err = c.call(ctx, "", opZones, exchange2010SP2, fixed(newGetServerTimeZones(anyZone)))
	}
	c.noteServer(list, message, err)
}

// noteServer tells of the first answer to a request that was signed in.
func (c *Calendar) noteServer(list *calendars.Checklist, message *responseMessage, err error) {
	how := "NTLM"
	if c.basic {
		how = "Basic"
	}
	finding, code := explain(err)
	switch {
	case err == nil && message.server.tooOld():
		list.OK(calendars.StepCredentials, how)
		list.Fail(calendars.StepRight, calendars.ExchangeTooOld, message.server.String())
	case err == nil:
		c.signedIn.Store(time.Now().UnixNano())
		c.refused.Store(0)
		list.OK(calendars.StepCredentials, strings.TrimSuffix(how+", "+message.server.String(), ", "))
	case refusesVersion(err, lowest):
		list.OK(calendars.StepCredentials, how)
		list.Fail(calendars.StepRight, calendars.ExchangeTooOld, code)
	case finding == calendars.EWSDisabled:
		list.OK(calendars.StepCredentials, how)
		list.Fail(calendars.StepRight, finding, code)
	default:
		list.Fail(calendars.StepCredentials, finding, code)
	}
}

// anyZone is a Windows time zone every server knows.
const anyZone = "UTC"

// signInOnce sends GetServerTimeZones without impersonation. A refusal is not
// tried again, unlike in sendOver: it counts towards the lock of the account. A
// sign-in torn over two connections is begun anew, once: it proved nothing.
func (c *Calendar) signInOnce(ctx context.Context) (reply, error) {
	payload, err := encode(envelope{Header: newHeader(exchange2010SP2, "", ""), Body: body{newGetServerTimeZones(anyZone)}})
	if err != nil {
		return reply{}, err
	}
	answer, err := c.sendAlone(ctx, c.url.String(), payload)
	if err == nil && answer.status == http.StatusUnauthorized && answer.signIn.cut {
		answer, err = c.sendAlone(ctx, c.url.String(), payload)
	}
	return answer, err
}

// sendAlone uses a connection of its own, which nobody signed in before.
func (c *Calendar) sendAlone(ctx context.Context, address string, payload []byte) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	alone := &slot{fresh: c.transport}
	defer alone.drop()
	return c.exchangeAt(ctx, alone, address, "", payload)
}

// whyRefused is what a 401 means.
func (c *Calendar) whyRefused(ctx context.Context, answer reply, offered string) (calendars.Finding, string) {
	switch shake := answer.signIn; {
	case c.basic:
		return calendars.PasswordWrong, "Basic"
	case !shake.offered:
		return calendars.NTLMNotOffered, "offered: " + offered
	case shake.sent == 1:
		return calendars.NTLMVariant, ""
	case shake.cut:
		return calendars.NTLMSplit, ""
	case c.takenElsewhere(ctx):
		return calendars.ExtendedProtection, "accepted by /autodiscover, refused by " + c.url.Path
	}
	return calendars.PasswordWrong, "NTLM"
}

// takenElsewhere tells whether the same server takes our login and password at
// Autodiscover. Extended Protection can be demanded of EWS, which our NTLM then
// cannot satisfy and which looks like a wrong password; of Autodiscover it is not:
// learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/exchange-extended-protection.
// It binds a sign-in to TLS and so cannot be the matter without.
func (c *Calendar) takenElsewhere(ctx context.Context) bool {
	if c.url.Scheme != "https" {
		return false
	}
	other := url.URL{Scheme: c.url.Scheme, Host: c.url.Host, Path: "/autodiscover/autodiscover.xml"}
	const nothing = `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"/>`
	answer, err := c.sendAlone(ctx, other.String(), []byte(nothing))
	return err == nil && answer.signIn.sent == 3 && answer.status != http.StatusUnauthorized
}

// schemes lists the ways to sign in that a server offers.
func schemes(header http.Header) string {
	var names []string
	for _, value := range header.Values("WWW-Authenticate") {
		if name, _, _ := strings.Cut(strings.TrimSpace(value), " "); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " ")
}

// checkMailbox opens the calendar in the name of its owner. The right comes
// first on the server too: it looks at the impersonation before the operation.
func (c *Calendar) checkMailbox(ctx context.Context, list *calendars.Checklist, mailbox string) {
	err := checkTarget(opFolder, mailbox, calendars.ProbeKey)
	if err == nil {
		_, err = c.call(ctx, mailbox, opFolder, exchange2010SP2, fixed(newGetFolder()))
	}
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
