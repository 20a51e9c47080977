package ews_test

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	sandbox "github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// story writes steps as "address ok, tls skipped, credentials failed password-wrong".
func story(steps []calendars.Step) string {
	var parts []string
	for _, step := range steps {
		parts = append(parts, strings.TrimSpace(string(step.Name)+" "+string(step.Outcome)+" "+string(step.Finding)))
	}
	return strings.Join(parts, ", ")
}

// fails is the story of a check over http that fails in a step.
func fails(name calendars.StepName, finding calendars.Finding) string {
	var parts []string
	outcome := "ok"
	for _, step := range []calendars.StepName{calendars.StepAddress, calendars.StepTLS, calendars.StepCredentials, calendars.StepRight, calendars.StepMailbox, calendars.StepWrite, calendars.StepRemove} {
		switch {
		case step == name:
			parts, outcome = append(parts, string(step)+" failed "+string(finding)), "skipped"
		case step == calendars.StepTLS:
			parts = append(parts, "tls skipped")
		default:
			parts = append(parts, string(step)+" "+outcome)
		}
	}
	return strings.Join(parts, ", ")
}

func expectStory(t *testing.T, steps []calendars.Step, want string) {
	t.Helper()
	if got := story(steps); got != want {
		t.Errorf("the check tells\n%s\nwant\n%s\n%+v", got, want, steps)
	}
}

const allGood = "address ok, tls skipped, credentials ok, right ok, mailbox ok, write ok, remove ok"

func TestCheckAgainstImitatedServers(t *testing.T) {
	t.Parallel()
	for build, product := range map[sandbox.Build]string{sandbox.ServerSE: "2019 or Subscription Edition", sandbox.Server2010SP2: "2010"} {
		store := mailboxes.New()
		store.Add(mailboxes.Mailbox{Email: mailbox, Zone: "Europe/Paris", System: mailboxes.Exchange})
		store.Add(mailboxes.Mailbox{Email: deniedMailbox, Zone: "Europe/Paris", System: mailboxes.Exchange})
		service := sandbox.New(store, sandbox.Config{Build: build, Accounts: []sandbox.Account{
			{Domain: "EX", Username: "svc", Password: "right", Impersonate: true, Scope: func(email string) bool { return email != deniedMailbox }},
			{Domain: "EX", Username: "stranger", Password: "right"},
		}})
		url := startExchange(t, service.Handler())
		check := func(login, password, mailbox string) []calendars.Step {
			c, err := ews.New(ews.Config{URL: url, Username: login, Password: password, AllowInsecure: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			return c.Check(t.Context(), mailbox, true)
		}
		steps := check(`EX\svc`, "right", mailbox)
		expectStory(t, steps, allGood)
		if detail := steps[2].Detail; !strings.Contains(detail, "NTLM, Exchange "+product+" (") {
			t.Errorf("credentials: %q", detail)
		}
		expectStory(t, check(`EX\svc`, "wrong", mailbox), fails(calendars.StepCredentials, calendars.PasswordWrong))
		expectStory(t, check(`EX\stranger`, "right", mailbox), fails(calendars.StepRight, calendars.ImpersonationOutOfScope))
		expectStory(t, check(`EX\svc`, "right", deniedMailbox), fails(calendars.StepRight, calendars.ImpersonationOutOfScope))
		expectStory(t, check(`EX\svc`, "right", "nobody@example.com"), fails(calendars.StepMailbox, calendars.MailboxUnknown))
		expectStory(t, check(`EX\svc`, "right", "no address"), fails(calendars.StepMailbox, calendars.MailboxUnknown))
		expectStory(t, check(`EX\svc`, "right", ""), "address ok, tls skipped, credentials ok, right skipped, mailbox skipped, write skipped, remove skipped")
	}
}

func TestCheckExplainsAnswersAboutTheMailbox(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"ErrorImpersonationFailed":              fails(calendars.StepRight, calendars.ImpersonationFailed),
		"ErrorOrganizationAccessBlocked":        fails(calendars.StepRight, calendars.EWSDisabled),
		"ErrorAccessDenied":                     fails(calendars.StepRight, calendars.MailboxDenied),
		"ErrorServerBusy":                       fails(calendars.StepRight, calendars.Throttled),
		"ErrorInternalServerError":              fails(calendars.StepRight, calendars.ServiceUnavailable),
		"ErrorSchemaValidation":                 fails(calendars.StepRight, calendars.RequestRefused),
		"ErrorCrossSiteRequest":                 fails(calendars.StepMailbox, calendars.MailboxOtherServer),
		"ErrorAccountDisabled":                  fails(calendars.StepMailbox, calendars.MailboxDisabled),
		"ErrorFolderNotFound":                   fails(calendars.StepMailbox, calendars.CalendarMissing),
		"ErrorQuotaExceeded":                    fails(calendars.StepMailbox, calendars.MailboxIsFull),
		"ErrorNonPrimarySmtpAddress":            fails(calendars.StepMailbox, calendars.MailboxUnknown),
		"ErrorSomethingNobodyHasHeardOf":        fails(calendars.StepRight, calendars.ServiceUnavailable),
		"ErrorInvalidNobodyHasHeardOf":          fails(calendars.StepRight, calendars.RequestRefused),
		"ErrorPasswordChangeRequired":           fails(calendars.StepCredentials, calendars.PasswordExpired),
		"ErrorNoRespondingCASInDestinationSite": fails(calendars.StepMailbox, calendars.MailboxOtherServer),
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			e, c := open(t, func(r request) answer {
				if r.operation == "GetFolder" {
					return soapFault(code, "")
				}
				return wellBehaved(r)
			})
			steps := c.Check(t.Context(), mailbox, true)
			expectStory(t, steps, want)
			for _, step := range steps {
				if step.Outcome == calendars.StepFailed && step.Detail != code || strings.Contains(step.Detail, "@") {
					t.Errorf("%s: detail %q", step.Name, step.Detail)
				}
			}
			for _, r := range e.seen() {
				if impersonates := r.mailbox != "" || r.header.Get("X-AnchorMailbox") != ""; impersonates != (r.operation == "GetFolder") {
					t.Errorf("%q is sent for the mailbox %q", r.operation, r.mailbox)
				}
			}
		})
	}
}

func TestCheckExplainsAnswersToTheSignIn(t *testing.T) {
	t.Parallel()
	version := func(major string) answer {
		a := success("GetFolder", "")
		a.body = strings.Replace(a.body, `MajorVersion="15" MinorVersion="2"`, `MajorVersion="`+major+`" MinorVersion="3" MajorBuildNumber="83" MinorBuildNumber="6"`, 1)
		return a
	}
	html := answer{status: 200, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>Outlook</html>"}
	for name, test := range map[string]struct {
		anonymous, signedIn answer
		want                string
	}{
		"page":             {html, html, fails(calendars.StepCredentials, calendars.NotThatService)},
		"nothing there":    {answer{status: 404}, answer{}, fails(calendars.StepAddress, calendars.NotThatService)},
		"sign-in page":     {answer{status: 302, header: http.Header{"Location": {"https://adfs.example.com/"}}}, answer{}, fails(calendars.StepAddress, calendars.Redirected)},
		"later":            {answer{status: 401}, answer{status: 302, header: http.Header{"Location": {"/internalsite/"}}}, fails(calendars.StepCredentials, calendars.Redirected)},
		"app pool stopped": {answer{status: 503}, answer{}, fails(calendars.StepAddress, calendars.ServiceUnavailable)},
		"EWS off":          {answer{status: 405}, answer{status: 403}, fails(calendars.StepRight, calendars.EWSDisabled)},
		"password expired": {answer{status: 405}, soapFault("ErrorPasswordExpired", ""), fails(calendars.StepCredentials, calendars.PasswordExpired)},
		"busy":             {answer{status: 405}, soapFault("ErrorServerBusy", ""), fails(calendars.StepRight, calendars.Throttled)},
		"Exchange 2007":    {answer{status: 405}, version("8"), fails(calendars.StepRight, calendars.ExchangeTooOld)},
		"knows no version": {answer{status: 405}, soapFault("ErrorInvalidServerVersion", ""), fails(calendars.StepRight, calendars.ExchangeTooOld)},
		"wrong password":   {answer{status: 405}, answer{status: 401}, fails(calendars.StepCredentials, calendars.PasswordWrong)},
		"no Basic": {answer{status: 401, header: http.Header{"Www-Authenticate": {"NTLM", "Negotiate"}}}, answer{},
			fails(calendars.StepCredentials, calendars.BasicNotOffered)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			anonymous := 0
			e, c := open(t, func(r request) answer {
				if r.operation == "" {
					anonymous++
					if r.header.Get("Authorization") != "" {
						t.Error("the first look is not anonymous")
					}
					if a := test.anonymous; a.status == 401 && a.header == nil {
						a.header = http.Header{"Www-Authenticate": {`Basic realm="x"`}}
						return a
					}
					return test.anonymous
				}
				return test.signedIn
			})
			expectStory(t, c.Check(t.Context(), mailbox, false), test.want)
			if n := len(e.seen()) - anonymous; name == "wrong password" && n != 1 || name == "no Basic" && n != 0 {
				t.Errorf("%d sign-ins", n)
			}
		})
	}
}

// Refused after it was accepted a moment ago: not a wrong password.
func TestCheckTellsALockFromAWrongPassword(t *testing.T) {
	t.Parallel()
	_, c := open(t, func(r request) answer {
		if r.operation == "CreateItem" || r.operation == "FindItem" {
			return answer{status: 401}
		}
		return wellBehaved(r)
	})
	expectStory(t, c.Check(t.Context(), mailbox, true), fails(calendars.StepWrite, calendars.AccountLocked))
}

// A list of allowed programs that refuses calls without impersonation hinders no
// write (github.com/microsoft/CSS-Exchange/issues/1637).
func TestCheckPassesAnAllowListThatHindersNoWrite(t *testing.T) {
	t.Parallel()
	_, c := open(t, func(r request) answer {
		if r.mailbox == "" {
			return answer{status: 403}
		}
		if r.operation == "FindItem" {
			return success(r.operation, page(0, true))
		}
		return wellBehaved(r)
	})
	expectStory(t, c.Check(t.Context(), mailbox, false), strings.Replace(allGood, "write ok, remove ok", "write skipped, remove skipped", 1))
	// Without a mailbox to act for, the list says nothing.
	expectStory(t, c.Check(t.Context(), "", false), "address ok, tls skipped, credentials ok, right skipped, mailbox skipped, write skipped, remove skipped")
	expectStory(t, c.Check(t.Context(), "no address", false), fails(calendars.StepMailbox, calendars.MailboxUnknown))
}

// A server that does not know GetServerTimeZones signed us in all the same.
func TestAnUnknownRequestIsNoOutage(t *testing.T) {
	t.Parallel()
	_, c := open(t, func(r request) answer {
		if r.operation == "" {
			return answer{status: 405}
		}
		return bareFault("SOAP:Client")
	})
	expectStory(t, c.Check(t.Context(), "", false), "address ok, tls skipped, credentials ok, right skipped, mailbox skipped, write skipped, remove skipped")
}

func TestCheckOfNTLM(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server   *ntlmServer
		password string
		want     string
		signIns  int64
	}{
		"good":     {&ntlmServer{}, "pâssword 1", strings.Replace(allGood, "write ok, remove ok", "write skipped, remove skipped", 1), 3},
		"wrong":    {&ntlmServer{}, "wrong", fails(calendars.StepCredentials, calendars.PasswordWrong), 1},
		"key":      {&ntlmServer{flags: 1 << 30}, "pâssword 1", fails(calendars.StepCredentials, calendars.NTLMVariant), 0},
		"one torn": {&ntlmServer{onType1: closes(1)}, "pâssword 1", strings.Replace(allGood, "write ok, remove ok", "write skipped, remove skipped", 1), 4},
		"all torn": {&ntlmServer{onType1: closes(99)}, "pâssword 1", fails(calendars.StepCredentials, calendars.NTLMSplit), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.server.passwords, test.server.serve = twoAccounts(), yes
			s := newNTLMServer(t, test.server)
			expectStory(t, s.calendar(t, alice, test.password, 1).Check(t.Context(), mailbox, false), test.want)
			if n := s.type3.Load(); n > test.signIns {
				t.Errorf("%d sign-ins, want %d at most", n, test.signIns)
			}
			if s.sawBasic.Load() {
				t.Error("the password was sent")
			}
		})
	}
}

// closes ends the connection after the first few challenges.
func closes(first int64) func(int64, http.ResponseWriter) bool {
	return func(n int64, w http.ResponseWriter) bool {
		if n <= first {
			w.Header().Set("Connection", "close")
		}
		return false
	}
}

func TestCheckWhenNTLMIsNotOffered(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("credentials were sent")
		}
		w.Header()["Www-Authenticate"] = []string{`Basic realm="x"`, "Bearer"}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	c, err := ews.New(ews.Config{URL: server.URL, Username: alice, Password: "x", AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	steps := c.Check(t.Context(), mailbox, false)
	expectStory(t, steps, fails(calendars.StepCredentials, calendars.NTLMNotOffered))
	if steps[2].Detail != "offered: Basic Bearer" {
		t.Errorf("detail %q", steps[2].Detail)
	}
}

// EWS refuses what Autodiscover takes: Extended Protection, not the password.
func TestCheckTellsExtendedProtectionFromAWrongPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]calendars.Finding{"pâssword 1": calendars.ExtendedProtection, "wrong": calendars.PasswordWrong} {
		refusing := &ntlmServer{passwords: map[string]string{}, serve: yes}
		taking := &ntlmServer{passwords: twoAccounts(), serve: yes}
		mux := http.NewServeMux()
		mux.Handle("/EWS/Exchange.asmx", refusing)
		mux.Handle("/autodiscover/autodiscover.xml", taking)
		server := httptest.NewUnstartedServer(mux)
		server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, socketKey{}, &socket{})
		}
		server.StartTLS()
		t.Cleanup(server.Close)
		authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
		config := ews.Config{URL: server.URL + "/EWS/Exchange.asmx", Username: alice, Password: password, CAPEM: authority}
		c, err := ews.New(config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		expectStory(t, c.Check(t.Context(), mailbox, true),
			strings.Replace(fails(calendars.StepCredentials, want), "tls skipped", "tls ok", 1))
		if n := refusing.type3.Load() + taking.type3.Load(); n != 2 {
			t.Errorf("%d sign-ins, want 2", n)
		}
	}
}

func TestCheckOfUntrustedServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	c, err := ews.New(ews.Config{URL: server.URL, Username: alice, Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	expectStory(t, c.Check(t.Context(), mailbox, false), strings.Replace(fails(calendars.StepTLS, calendars.TLSUnknownAuthority), "tls skipped, ", "", 1))
}

// Mistaken addresses are told without a connection: a password must not go there.
func TestCheckKnowsMistakenAddresses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]calendars.Finding{
		"https://outlook.office365.com/EWS/Exchange.asmx":                    calendars.ExchangeOnline,
		"https://Outlook.Office.com/EWS/Exchange.asmx":                       calendars.ExchangeOnline,
		"https://partner.outlook.cn/EWS/Exchange.asmx":                       calendars.ExchangeOnline,
		"https://autodiscover.example.invalid/Autodiscover/autodiscover.xml": calendars.AutodiscoverAddress,
		"https://notoffice365.invalid/EWS/Exchange.asmx":                     calendars.NameNotResolved,
	} {
		c, err := ews.New(ews.Config{URL: url, Username: alice, Password: "x"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if step := c.Check(ctx, mailbox, false)[0]; step.Finding != want && want != calendars.NameNotResolved || step.Outcome != calendars.StepFailed {
			t.Errorf("%s: %+v, want %s", url, step, want)
		}
	}
}
