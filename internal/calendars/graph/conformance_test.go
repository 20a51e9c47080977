package graph_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/sandbox/entra"
	sandbox "github.com/figgosync/figgosync/sandbox/graph"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// TestConformance runs the suite of all adapters against an imitation of
// Microsoft Graph and its login.
func TestConformance(t *testing.T) {
	t.Parallel()
	calendartest.Run(t, func(t *testing.T) calendartest.Harness { return newOffice(t).harness(t) })
}

// TestConformanceUnderChaos writes, changes and deletes many absences at once while every third request
// meets a fault.
func TestConformanceUnderChaos(t *testing.T) {
	t.Parallel()
	calendartest.Chaos(t, func(t *testing.T) calendartest.Harness { return newOffice(t).harness(t) })
}

const (
	conformTenant = "11111111-2222-4333-8444-555555555555"
	conformApp    = "66666666-7777-4888-8999-aaaaaaaaaaaa"
	strangeApp    = "bbbbbbbb-7777-4888-8999-aaaaaaaaaaaa" // nobody consented to it
	calendarApp   = "cccccccc-7777-4888-8999-aaaaaaaaaaaa" // it has the right to calendars only
	conformSecret = "conformance-secret"
	deniedMailbox = "boss@example.com"
	hybridMailbox = "hybrid@example.com" // on the tenant's own server, told by a 401
)

// signingKey is made once: making RSA keys takes longer than most cases.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// office is one tenant of Office 365.
type office struct {
	store   *mailboxes.Store
	service *sandbox.Service
	proxy   *calendartest.Proxy
	url     string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return newOfficeAt(t, func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	})
}

// newOfficeAt has its server started by serve, which returns its address.
func newOfficeAt(t *testing.T, serve func(http.Handler) string) *office {
	t.Helper()
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{store: mailboxes.New()}
	mux := http.NewServeMux()
	o.proxy = calendartest.NewProxy(mux)
	o.proxy.Observe = func(r *http.Request, body []byte) {
		if strings.HasPrefix(r.URL.Path, "/graph/") {
			validate(t, r, body)
		}
	}
	o.url = serve(o.proxy)
	t.Cleanup(o.proxy.Close)
	login := entra.New(entra.Config{
		BaseURL: o.url + "/entra", Resources: []string{o.url}, Key: key,
		Tenants: []entra.Tenant{{ID: conformTenant, Apps: []entra.App{
			{ClientID: conformApp, Secret: conformSecret, Roles: []string{entra.CalendarsReadWrite, entra.MailboxSettingsReadWrite}},
			{ClientID: calendarApp, Secret: conformSecret, Roles: []string{entra.CalendarsReadWrite}},
			{ClientID: strangeApp, Secret: conformSecret},
		}}},
	})
	o.service = sandbox.New(o.store, sandbox.Config{
		BaseURL: o.url + "/graph/v1.0",
		Authorize: func(bearer string) (sandbox.Principal, error) {
			p, err := login.Verify(bearer, o.url)
			return sandbox.Principal{TenantID: p.TenantID, AppID: p.AppID, Roles: p.Roles}, err
		},
		Allowed: func(_, mailbox string) bool { return mailbox != deniedMailbox },
		Hybrid:  func(mailbox string) bool { return mailbox == hybridMailbox },
	})
	mux.Handle("/entra/", http.StripPrefix("/entra", login.Handler()))
	mux.Handle("/graph/v1.0/", http.StripPrefix("/graph/v1.0", o.service.Handler()))
	o.add("marie.o'neil@example.com", "Europe/Paris")
	o.add(deniedMailbox, "Europe/Paris")
	for _, address := range []string{"onpremises@example.com", hybridMailbox} {
		o.store.Add(mailboxes.Mailbox{Email: address, System: mailboxes.Exchange, Zone: "Europe/Paris"})
	}
	return o
}

func (o *office) add(address, zone string) {
	o.store.Add(mailboxes.Mailbox{Email: address, Name: "Somebody", System: mailboxes.Graph, Zone: zone})
}

func (o *office) open(t testing.TB, app, secret string, timeout time.Duration) calendars.Calendar {
	t.Helper()
	c, err := graph.New(graph.Config{
		TenantID: conformTenant, ClientID: app, ClientSecret: secret, AllowInsecure: true, Timeout: timeout,
		AuthorityURL: o.url + "/entra", GraphURL: o.url + "/graph/v1.0",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func (o *office) harness(t *testing.T) calendartest.Harness {
	open := func(t testing.TB, timeout time.Duration) calendars.Calendar {
		return o.open(t, conformApp, conformSecret, timeout)
	}
	return calendartest.Harness{
		Provider: calendars.Office365, Calendar: open(t, 0), Mailbox: "marie.o'neil@example.com", Zone: "Europe/Paris",
		AddMailbox:   o.add,
		TellsRepeats: true,
		Complete:     true,
		NotOffered: map[string]string{
			calendartest.Colour:         "Outlook gives colours to categories",
			"telling twins from copies": "Graph chooses the iCalUId, so that only an update can bind the marker",
		},
		TellsScopes: true,
		SayGone:     calendartest.SayGoneBy(o.proxy, writesToOne, refusalOf(http.StatusNotFound, "ErrorItemNotFound")),
		Refusals:    refusals(),
		Missing:     []string{"nobody@example.com", "onpremises@example.com", hybridMailbox},
		Denied:      deniedMailbox,
		WrongCredentials: func(t testing.TB) calendars.Calendar {
			return o.open(t, conformApp, "not "+conformSecret, 0)
		},
		NoConsent:  func(t testing.TB) calendars.Calendar { return o.open(t, strangeApp, conformSecret, 0) },
		NoReplies:  func(t testing.TB) calendars.Calendar { return o.open(t, calendarApp, conformSecret, 0) },
		OwnReplies: calendartest.HTMLReplies(""),
		Views:      o.views,
		Details:    o.details,
		ShowAs:     func(show absence.ShowAs) string { return outlookWords[show] },
		Status: func(e absence.Event) string {
			if e.ShowAs == absence.Tentative {
				return "tentative"
			}
			return "confirmed" // Graph has no word of its own for it
		},
		Person: o.person(),
		Proxy:  o.proxy,
		Open:   open,
		SignIn: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/entra/") },
		NoEvents: calendartest.Answer{
			Status: http.StatusOK, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users('u')/calendar/events","value":[]}`,
		},
		// learn.microsoft.com/graph/throttling: the seconds may be decimal.
		Throttled: func(wait time.Duration) calendartest.Answer {
			return calendartest.Answer{
				Status: http.StatusTooManyRequests,
				Header: map[string]string{"Content-Type": "application/json", "Retry-After": strconv.FormatFloat(wait.Seconds(), 'f', 3, 64)},
				Body:   `{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit."}}`,
			}
		},
	}
}

var outlookWords = map[absence.ShowAs]string{
	absence.Free: "free", absence.Tentative: "tentative", absence.Busy: "busy", absence.OutOfOffice: "oof", absence.Elsewhere: "workingElsewhere",
}

func (o *office) views(t testing.TB, mailbox string) []calendartest.View {
	t.Helper()
	seen, err := o.store.Views(mailbox)
	if err != nil {
		t.Fatal(err)
	}
	var views []calendartest.View
	for _, v := range seen {
		views = append(views, calendartest.View{
			Title: v.Subject, Start: v.Start, End: v.End, AllDay: v.AllDay, Zone: v.TimeZone,
			ShowAs: v.ShowAs, Status: v.Status, Private: v.Private, Marked: v.Marked,
		})
	}
	return views
}

// person acts as the mailbox's owner does in Outlook.
func (o *office) person() calendartest.Person {
	act := func(do func(mailbox, id string) error) func(testing.TB, string, string) {
		return func(t testing.TB, mailbox, id string) {
			t.Helper()
			if err := do(mailbox, id); err != nil {
				t.Error(err)
			}
		}
	}
	reply, setReply := calendartest.Replies(o.store.Reply, o.store.SetReply)
	return calendartest.Person{
		Reply: reply, SetReply: setReply,
		Create: func(t testing.TB, mailbox, title, day string) {
			t.Helper()
			at := func(clock string) any { return map[string]any{"dateTime": day + clock, "timeZone": "Europe/Paris"} }
			_, err := o.service.UserCreate(mailbox, map[string]any{"subject": title, "start": at("T12:00:00"), "end": at("T13:00:00")})
			if err != nil {
				t.Fatal(err)
			}
		},
		Edit: act(func(mailbox, id string) error {
			return o.service.UserEdit(mailbox, id, map[string]any{
				"subject": "Mine", "sensitivity": "private", "showAs": "free", "isAllDay": false, "isReminderOn": true,
				"body":  map[string]any{"contentType": "text", "content": "Notes"},
				"start": map[string]any{"dateTime": "2026-03-10T10:00:00", "timeZone": "Tokyo Standard Time"},
				"end":   map[string]any{"dateTime": "2026-03-10T11:00:00", "timeZone": "Tokyo Standard Time"},
			})
		}),
		Bin: act(o.service.UserBin),
		Duplicate: act(func(mailbox, id string) error {
			_, err := o.service.OwnerCopy(mailbox, id, "2027-03-01", "2027-03-03")
			return err
		}),
		Annotate: act(func(mailbox, id string) error {
			return o.service.OwnerEdit(mailbox, id, mailboxes.Edit{
				Body: new("Bring the keys"), Location: new("Home"), Categories: &[]string{"Blue category"}, Reminder: new(25),
				Attachments: &[]string{"plan.pdf"}, Attendees: &[]string{"boss@example.com"},
			})
		}),
		Annotations: o.annotations,
		Move:        act(func(mailbox, id string) error { return o.service.UserMove(mailbox, id, "Holidays") }),
		SetRun: func(t testing.TB, mailbox, id, value string) {
			t.Helper()
			property := map[string]any{"id": runID, "value": value}
			if err := o.service.UserEdit(mailbox, id, map[string]any{"singleValueExtendedProperties": []any{property}}); err != nil {
				t.Error(err)
			}
		},
	}
}

func (o *office) annotations(t testing.TB, mailbox, id string) calendartest.Annotations {
	t.Helper()
	seen, err := o.store.Event(mailbox, id)
	if err != nil {
		t.Fatal(err)
	}
	a := calendartest.Annotations{
		calendartest.Notes: seen.Body, calendartest.Location: seen.Location, calendartest.Categories: strings.Join(seen.Categories, ", "),
		calendartest.Attachments: strings.Join(seen.Attachments, ", "), calendartest.Attendees: strings.Join(seen.Attendees, ", "),
	}
	if seen.Reminder != nil {
		a[calendartest.Reminder] = strconv.Itoa(*seen.Reminder) + " minutes"
	}
	return a
}

// writesToOne chooses the requests that change or delete one event.
func writesToOne(r *http.Request) bool {
	return (r.Method == http.MethodPatch || r.Method == http.MethodDelete) && strings.Contains(r.URL.Path, "/calendar/events/")
}

func refusalOf(status int, code string) calendartest.Answer {
	return calendartest.Answer{Status: status, Header: map[string]string{"Content-Type": "application/json"}, Body: graphError(code)}
}

// refusals are answers about one mailbox; those without a clear word may as well
// concern everybody.
func refusals() []calendartest.Refusal {
	about := func(mailbox string) calendartest.Match {
		return func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/users/"+mailbox+"/") }
	}
	return []calendartest.Refusal{
		{Name: "401 UnknownError", Reason: calendars.MailboxMissing, Certain: true, For: about, Answer: refusalOf(401, "UnknownError")},
		{Name: "404 MailboxNotEnabledForRESTAPI", Reason: calendars.MailboxMissing, Certain: true, For: about,
			Answer: refusalOf(404, "MailboxNotEnabledForRESTAPI")},
		{Name: "403 ErrorAccessDenied", Reason: calendars.AccessDenied, Certain: true, For: about, Answer: refusalOf(403, "ErrorAccessDenied")},
		{Name: "403 accessDenied", Reason: calendars.ConsentMissing, For: about, Answer: refusalOf(403, "accessDenied")},
		{Name: "404 of a gateway", Reason: calendars.ServerUnreachable, For: about, Answer: calendartest.Answer{Status: 404, Body: "<html>"}},
		{Name: "redirect", Reason: calendars.ServerUnreachable, For: about, Answer: calendartest.Answer{Status: 302}},
		{Name: "401 InvalidAuthenticationToken", Reason: calendars.CredentialsRejected, For: about,
			Answer: refusalOf(401, "InvalidAuthenticationToken")},
		{Name: "401 without a code", Reason: calendars.CredentialsRejected, For: about, Answer: calendartest.Answer{Status: 401}},
	}
}

// details reads the mailbox as any other client of Graph does.
func (o *office) details(t testing.TB, mailbox string) []calendartest.Detail {
	t.Helper()
	var list struct {
		Value []struct {
			Subject      string
			IsReminderOn bool
			Attendees    []any
			Body         struct{ Content string }
		}
	}
	o.get(t, "/users/"+url.PathEscape(mailbox)+"/calendar/events?$top=100", &list)
	var details []calendartest.Detail
	for _, e := range list.Value {
		details = append(details, calendartest.Detail{Title: e.Subject, Attendees: len(e.Attendees), Reminder: e.IsReminderOn, Body: e.Body.Content})
	}
	return details
}

// get reads from Graph as any other client does.
func (o *office) get(t testing.TB, path string, into any) {
	t.Helper()
	var login struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {conformApp}, "client_secret": {conformSecret}, "scope": {o.url + "/.default"},
	}
	answer, err := http.PostForm(o.url+"/entra/"+conformTenant+"/oauth2/v2.0/token", form)
	readJSON(t, answer, err, &login)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.url+"/graph/v1.0"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+login.AccessToken)
	request.Header.Set("Prefer", `outlook.body-content-type="text", IdType="ImmutableId"`)
	answer, err = http.DefaultClient.Do(request)
	readJSON(t, answer, err, into)
}

func readJSON(t testing.TB, answer *http.Response, err error, into any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v", answer.StatusCode, err)
	}
}

// Rules of a policy are shown as the system of its name shows them.
func init() { calendars.Register(graph.System) }
