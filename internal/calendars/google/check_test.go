package google_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/sandbox"
)

// story writes steps as "address ok, tls skipped, credentials failed key-rotated".
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
	for _, step := range steps {
		if strings.Contains(step.Detail, "alice") {
			t.Errorf("%s: the detail %q names a person", step.Name, step.Detail)
		}
	}
}

const (
	allGood  = "address ok, tls skipped, credentials ok, right ok, mailbox ok, write ok, remove ok"
	readWell = "address ok, tls skipped, credentials ok, right ok, mailbox ok, write skipped, remove skipped"
)

// noSuchUser is a user Google does not know: the key is good, the right unproved.
var noSuchUser = strings.Replace(fails(calendars.StepMailbox, calendars.UserUnknown), "right ok", "right skipped", 1)

func TestCheckAgainstTheSandbox(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	world, err := sandbox.New(sandbox.Config{BaseURL: "http://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = world.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); world.Close() })
	check := func(mailbox string, changes ...func(*google.Config)) []calendars.Step {
		c := world.Credentials().Google
		cfg := google.Config{KeyJSON: []byte(c.KeyJSON), CalendarURL: c.CalendarURL, TokenURL: c.TokenURL, AllowInsecure: true}
		for _, change := range changes {
			change(&cfg)
		}
		cal, err := google.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer cal.Close()
		return cal.Check(t.Context(), mailbox, true)
	}
	const person = "melissa.payet@example.com"
	for range 2 { // the second probe finds the first one's tombstone
		expectStory(t, check(person), allGood)
	}
	steps := check("nobody@example.com")
	expectStory(t, steps, noSuchUser)
	expectStory(t, check(""), "address ok, tls skipped, credentials skipped, right skipped, mailbox skipped, write skipped, remove skipped")
	expectStory(t, check(person, func(c *google.Config) { c.KeyJSON = keyJSON(nil) }), fails(calendars.StepCredentials, calendars.ServiceAccountGone))
	expectStory(t, check(person, func(c *google.Config) { c.Scope = "https://www.googleapis.com/auth/calendar.readonly" }), fails(calendars.StepRight, calendars.ScopeMismatch))
	expectStory(t, check(person, func(c *google.Config) { c.CalendarURL = server.URL + "/elsewhere/" }), fails(calendars.StepAddress, calendars.NotThatService))
}

// checked is a fake whose token endpoint also answers an anonymous GET.
func checked(t *testing.T) *fake {
	t.Helper()
	f := newFake(t)
	f.token = getIsRefused
	return f
}

func getIsRefused(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet {
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
	return r.Method == http.MethodGet
}

func TestCheckWritesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	f := checked(t)
	cal := f.open()
	steps := cal.Check(t.Context(), alice, false)
	expectStory(t, steps, readWell)
	if got := steps[3].Detail; got != "client id 1234567890, scope https://www.googleapis.com/auth/calendar.events.owned" {
		t.Errorf("right: %q", got)
	}
	for _, line := range f.log() {
		if !strings.HasPrefix(line, "GET") {
			t.Errorf("sent %s", line)
		}
	}
	expectStory(t, cal.Check(t.Context(), alice, true), allGood)
	if live := f.live(alice); len(live) != 0 {
		t.Errorf("left behind: %v", live)
	}
}

func TestCheckExplainsTheCalendar(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		reason string
		want   string
	}{
		"scope":     {403, "insufficientPermissions", fails(calendars.StepRight, calendars.ScopeMismatch)},
		"API off":   {403, "accessNotConfigured", fails(calendars.StepRight, calendars.APINotEnabled)},
		"API off 2": {403, "SERVICE_DISABLED", fails(calendars.StepRight, calendars.APINotEnabled)},
		"project":   {403, "CONSUMER_SUSPENDED", fails(calendars.StepRight, calendars.ProjectSuspended)},
		"service":   {403, "notACalendarUser", fails(calendars.StepMailbox, calendars.CalendarServiceOff)},
		"suspended": {403, "ACCOUNT_STATE_INVALID", fails(calendars.StepMailbox, calendars.UserSuspended)},
		"quota":     {403, "quotaExceeded", fails(calendars.StepRight, calendars.QuotaUsedUp)},
		"rate":      {403, "rateLimitExceeded", fails(calendars.StepRight, calendars.Throttled)},
		"rate 2":    {429, "rateLimitExceeded", fails(calendars.StepRight, calendars.Throttled)},
		"forbidden": {403, "forbidden", fails(calendars.StepRight, calendars.MailboxDenied)},
		"unknown":   {403, "somethingNew", fails(calendars.StepRight, calendars.MailboxDenied)},
		"not there": {404, "notFound", fails(calendars.StepMailbox, calendars.CalendarMissing)},
		"down":      {503, "backendError", fails(calendars.StepRight, calendars.ServiceUnavailable)},
		"token":     {401, "authError", fails(calendars.StepRight, calendars.CredentialsRefused)},
		"mistake":   {400, "invalid", fails(calendars.StepRight, calendars.RequestRefused)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := checked(t)
			f.before = func(w http.ResponseWriter, _ sent) bool {
				writeError(w, test.status, test.reason, "about alice@corp.example")
				return true
			}
			expectStory(t, f.open().Check(t.Context(), alice, true), test.want)
		})
	}
}

func TestCheckExplainsTheToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status             int
		error, description string
		want               string
	}{
		"delegation": {401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method.", fails(calendars.StepRight, calendars.DelegationMissing)},
		"policy":     {400, "access_denied", "Requested client not authorized.", fails(calendars.StepRight, calendars.DelegationBlocked)},
		"scope":      {400, "invalid_scope", "Some requested scopes were invalid.", fails(calendars.StepRight, calendars.ScopeMismatch)},
		"user":       {400, "invalid_grant", "Invalid email or User ID: alice@corp.example", noSuchUser},
		"no address": {400, "invalid_grant", "Not a valid email.", noSuchUser},
		"leaver":     {400, "invalid_grant", "The account has been deleted", noSuchUser},
		"subject":    {400, "invalid_request", "Invalid impersonation prn email address.", noSuchUser},
		"restricted": {400, "access_denied", "Account restricted", strings.Replace(noSuchUser, "user-unknown", "user-suspended", 1)},
		"rotated":    {400, "invalid_grant", "Invalid JWT Signature.", fails(calendars.StepCredentials, calendars.KeyRotated)},
		"clock":      {400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.", fails(calendars.StepCredentials, calendars.ClockSkew)},
		"gone":       {400, "invalid_grant", "Invalid grant: account not found", fails(calendars.StepCredentials, calendars.ServiceAccountGone)},
		"disabled":   {401, "disabled_client", "", fails(calendars.StepCredentials, calendars.ServiceAccountGone)},
		"new":        {400, "invalid_grant", "A new reason.", fails(calendars.StepCredentials, calendars.CredentialsRefused)},
		"down":       {503, "server_error", "", fails(calendars.StepCredentials, calendars.ServiceUnavailable)},
		"rate":       {429, "rate_limit_exceeded", "", fails(calendars.StepCredentials, calendars.Throttled)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := checked(t)
			f.token = func(w http.ResponseWriter, r *http.Request) bool {
				if !getIsRefused(w, r) {
					writeJSON(w, test.status, map[string]string{"error": test.error, "error_description": test.description})
				}
				return true
			}
			expectStory(t, f.open().Check(t.Context(), alice, true), test.want)
		})
	}
}

// Something that is not Google answers for it.
func TestCheckOfAStranger(t *testing.T) {
	t.Parallel()
	f := checked(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write([]byte("<html>"))
	}))
	t.Cleanup(page.Close)
	expectStory(t, f.open(func(c *google.Config) { c.CalendarURL = page.URL + "/" }).Check(t.Context(), alice, false), fails(calendars.StepAddress, calendars.NotThatService))
	expectStory(t, f.open(func(c *google.Config) { c.TokenURL = page.URL }).Check(t.Context(), alice, false), fails(calendars.StepCredentials, calendars.NotThatService))
}
