package google_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	oauth2google "golang.org/x/oauth2/google"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/google"
	sandbox "github.com/figgosync/figgosync/sandbox/google"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// TestConformance runs the suite of all adapters against an imitation of Google
// Calendar and its login.
func TestConformance(t *testing.T) {
	t.Parallel()
	calendartest.Run(t, func(t *testing.T) calendartest.Harness { return newWorkspace(t).harness(t) })
}

// TestConformanceUnderChaos writes, changes and deletes many absences at once while every third request
// meets a fault.
func TestConformanceUnderChaos(t *testing.T) {
	t.Parallel()
	calendartest.Chaos(t, func(t *testing.T) calendartest.Harness { return newWorkspace(t).harness(t) })
}

// serviceAccount is a service account and its key file. Making RSA keys takes
// longer than most cases, so there are four for all of them.
type serviceAccount struct {
	keyJSON []byte
	account sandbox.ServiceAccount
}

// The third one has the name of the first, and so the wrong key for it; the last one may
// write into calendars only.
var serviceAccounts = sync.OnceValues(func() (accounts [4]serviceAccount, err error) {
	for i, email := range []string{"figgosync@demo.iam.gserviceaccount.com", "stranger@demo.iam.gserviceaccount.com", "figgosync@demo.iam.gserviceaccount.com", "calendars@demo.iam.gserviceaccount.com"} {
		a := &accounts[i]
		if a.keyJSON, a.account, err = sandbox.GenerateKeyFile(email, "10000000000000000000"+strconv.Itoa(i), oauth2google.JWTTokenURL); err != nil {
			return accounts, err
		}
	}
	accounts[0].account.Scopes = []string{google.DefaultScope, google.ScopeReplies}
	accounts[3].account.Scopes = []string{google.DefaultScope}
	return accounts, nil
})

// workspace is one company at Google.
type workspace struct {
	accounts [4]serviceAccount
	store    *mailboxes.Store
	service  *sandbox.Service
	proxy    *calendartest.Proxy
	url      string
	// backDoor is the same mailboxes behind no proxy, for those who are not under
	// test.
	backDoor string
}

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	return newWorkspaceAt(t, func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	})
}

// newWorkspaceAt has its servers started by serve, which returns their address.
func newWorkspaceAt(t *testing.T, serve func(http.Handler) string) *workspace {
	t.Helper()
	accounts, err := serviceAccounts()
	if err != nil {
		t.Fatal(err)
	}
	w := &workspace{accounts: accounts, store: mailboxes.New()}
	handler := http.NewServeMux()
	w.proxy = calendartest.NewProxy(handler)
	w.proxy.Observe = func(r *http.Request, body []byte) {
		if path, ok := strings.CutPrefix(r.URL.Path, "/calendar/v3/"); ok {
			validate(t, r, path, body)
		}
	}
	w.url = serve(w.proxy)
	t.Cleanup(w.proxy.Close)
	w.service = sandbox.New(w.store, w.config(w.url))
	handler.Handle("/", w.service.Handler())

	handler = http.NewServeMux()
	back := httptest.NewServer(handler)
	t.Cleanup(back.Close)
	w.backDoor = back.URL
	handler.Handle("/", sandbox.New(w.store, w.config(w.backDoor)).Handler())

	w.add("marie.o'neil@example.com", "Europe/Paris")
	w.store.Add(mailboxes.Mailbox{Email: "onpremises@example.com", System: mailboxes.Exchange, Zone: "Europe/Paris"})
	return w
}

// config has quotas that no case comes near: what the system does when they are
// used up is a case of its own.
func (w *workspace) config(address string) sandbox.Config {
	return sandbox.Config{
		TokenURL: address + "/token", PerUserPerMinute: 1_000_000, PerProjectPerMinute: 1_000_000,
		ServiceAccounts: []sandbox.ServiceAccount{w.accounts[0].account, w.accounts[1].account, w.accounts[3].account},
	}
}

func (w *workspace) add(address, zone string) {
	w.store.Add(mailboxes.Mailbox{Email: address, Name: "Somebody", System: mailboxes.Google, Zone: zone})
}

func (w *workspace) open(t testing.TB, who int, timeout time.Duration) calendars.Calendar {
	t.Helper()
	c, err := google.New(google.Config{
		KeyJSON: w.accounts[who].keyJSON, CalendarURL: w.url + "/calendar/v3/", GmailURL: w.url + "/", TokenURL: w.url + "/token", AllowInsecure: true, Timeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func (w *workspace) harness(t *testing.T) calendartest.Harness {
	jsonMedia := map[string]string{"Content-Type": "application/json; charset=UTF-8"}
	return calendartest.Harness{
		Provider: calendars.Google, Calendar: w.open(t, 0, 0), Mailbox: "marie.o'neil@example.com", Zone: "Europe/Paris",
		AddMailbox:       w.add,
		TellsRepeats:     true,
		TellsTwins:       true,
		TellsScopes:      true,
		Complete:         true,
		NotOffered:       map[string]string{calendartest.Categories: "Google Calendar has none"},
		SayGone:          w.sayGone(),
		Refusals:         refusals(),
		Missing:          []string{"nobody@example.com", "onpremises@example.com"},
		WrongCredentials: func(t testing.TB) calendars.Calendar { return w.open(t, 2, 0) },
		NoConsent:        func(t testing.TB) calendars.Calendar { return w.open(t, 1, 0) },
		NoReplies:        func(t testing.TB) calendars.Calendar { return w.open(t, 3, 0) },
		OwnReplies:       gmailReplies(),
		Views:            w.views,
		Details:          w.details,
		ShowAs: func(show absence.ShowAs) string {
			if show == absence.Free {
				return "transparent"
			}
			return "opaque"
		},
		Status: func(e absence.Event) string { return string(e.Status) },
		Person: w.person(),
		Proxy:  w.proxy,
		Open: func(t testing.TB, timeout time.Duration) calendars.Calendar {
			return w.open(t, 0, timeout)
		},
		SignIn: func(r *http.Request) bool { return r.URL.Path == "/token" },
		NoEvents: calendartest.Answer{
			Status: http.StatusOK, Header: jsonMedia, Body: `{"kind":"calendar#events","etag":"\"p0\"","accessRole":"owner","items":[]}`,
		},
		// Google answers 403 too, and does not promise a Retry-After:
		// developers.google.com/workspace/calendar/api/guides/errors
		Throttled: func(wait time.Duration) calendartest.Answer {
			return calendartest.Answer{
				Status: http.StatusForbidden,
				Header: map[string]string{"Content-Type": "application/json; charset=UTF-8", "Retry-After": strconv.Itoa(int(wait.Seconds()))},
				Body: `{"error":{"errors":[{"domain":"usageLimits","reason":"userRateLimitExceeded","message":"User Rate Limit Exceeded"}],` +
					`"code":403,"message":"User Rate Limit Exceeded"}}`,
			}
		},
	}
}

func (w *workspace) views(t testing.TB, mailbox string) []calendartest.View {
	t.Helper()
	seen, err := w.store.Views(mailbox)
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

// person acts as the calendar's owner. What she does to events in Google's pages
// reaches the service as it does from any client, except a deletion.
func (w *workspace) person() calendartest.Person {
	reply, setReply := calendartest.Replies(w.store.Reply, w.store.SetReply)
	return calendartest.Person{
		Reply: reply, SetReply: setReply,
		Create: func(t testing.TB, mailbox, title, day string) {
			t.Helper()
			w.ask(t, mailbox, http.MethodPost, "", map[string]any{
				"summary": title, "start": map[string]any{"dateTime": day + "T12:00:00Z"}, "end": map[string]any{"dateTime": day + "T13:00:00Z"},
			})
		},
		Edit: func(t testing.TB, mailbox, id string) {
			t.Helper()
			w.ask(t, mailbox, http.MethodPatch, id, map[string]any{
				"summary": "Mine", "description": "Notes", "visibility": "private", "transparency": "transparent",
				"start": map[string]any{"date": nil, "dateTime": "2026-03-10T10:00:00Z"}, "end": map[string]any{"date": nil, "dateTime": "2026-03-10T11:00:00Z"},
				"reminders": map[string]any{"useDefault": true},
			})
		},
		Bin: func(t testing.TB, mailbox, id string) {
			t.Helper()
			if err := w.service.UserDelete(mailbox, id); err != nil {
				t.Error(err)
			}
		},
		Copy:      w.copy,
		Duplicate: w.duplicate,
		Annotate:  w.annotate, Annotations: w.annotations,
		SetRun: func(t testing.TB, mailbox, id, value string) {
			t.Helper()
			w.ask(t, mailbox, http.MethodPatch, id, properties(map[string]any{calendars.PropertyRun: value}))
		},
	}
}

func properties(private map[string]any) map[string]any {
	return map[string]any{"extendedProperties": map[string]any{"private": private}}
}

// copy is what a restored backup or another tool leaves: our marker under an id
// that is not ours.
func (w *workspace) copy(t testing.TB, mailbox string, marker calendars.Marker, event absence.Event) {
	t.Helper()
	body := properties(map[string]any{
		calendars.PropertyKey: marker.Key.String(), calendars.PropertyRun: marker.RunValue(calendars.Fingerprint(event)),
	})
	body["summary"], body["status"] = event.Title, string(event.Status)
	body["start"], body["end"] = map[string]any{"date": event.Start.Date.String()}, map[string]any{"date": event.End.Date.String()}
	if !event.AllDay {
		body["start"] = map[string]any{"dateTime": event.Start.String() + ":00", "timeZone": event.Zone}
		body["end"] = map[string]any{"dateTime": event.End.String() + ":00", "timeZone": event.Zone}
	}
	w.ask(t, mailbox, http.MethodPost, "", body)
}

// details reads the calendar as any other client of Google does.
func (w *workspace) details(t testing.TB, mailbox string) []calendartest.Detail {
	t.Helper()
	var list struct {
		Items []struct {
			Summary, Description string
			Attendees            []any
			Reminders            struct {
				UseDefault bool
				Overrides  []any
			}
		}
	}
	if err := json.Unmarshal(w.ask(t, mailbox, http.MethodGet, "", nil), &list); err != nil {
		t.Fatal(err)
	}
	var details []calendartest.Detail
	for _, e := range list.Items {
		details = append(details, calendartest.Detail{
			Title: e.Summary, Body: e.Description, Attendees: len(e.Attendees), Reminder: e.Reminders.UseDefault || len(e.Reminders.Overrides) > 0,
		})
	}
	return details
}

// ask makes one request as the calendar's owner, through the back door.
func (w *workspace) ask(t testing.TB, mailbox, method, id string, body any) []byte {
	t.Helper()
	key, err := oauth2google.JWTConfigFromJSON(w.accounts[0].keyJSON, google.DefaultScope)
	if err != nil {
		t.Fatal(err)
	}
	key.Subject, key.TokenURL = mailbox, w.backDoor+"/token"
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if body == nil {
		text = nil
	}
	address := w.backDoor + "/calendar/v3/calendars/primary/events"
	if id != "" {
		address += "/" + url.PathEscape(id)
	}
	request, err := http.NewRequest(method, address, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := key.Client(context.Background()).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var content bytes.Buffer
	if _, err := content.ReadFrom(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", method, answer.StatusCode, err, content.String())
	}
	return content.Bytes()
}

// Rules of a policy are shown as the system of its name shows them.
func init() { calendars.Register(google.System) }

// gmailReplies are those that owners have in Gmail: one text, plain or HTML, with a
// subject, and schedules without one of their ends.
func gmailReplies() []calendartest.Reply {
	const html = "<div dir=\"ltr\">Bin <b>weg</b> &amp; zurück&nbsp;&lt;bald&gt;<br></div>"
	from := time.Now().UTC().Truncate(time.Second).Add(24 * time.Hour)
	return []calendartest.Reply{
		{State: calendars.AutoReplyOff, Inside: html, Subject: "Weg", Audience: calendars.AudienceEverybody},
		{State: calendars.AutoReplyOff, Inside: "Weg\nbis Montag", Plain: true, Audience: calendars.AudienceNobody, ContactsOnly: true},
		{State: calendars.AutoReplyOn, Subject: "Weg", Audience: calendars.AudienceEverybody},
		{State: calendars.AutoReplyOn, Inside: html, Audience: calendars.AudienceContacts, ContactsOnly: true},
		{State: calendars.AutoReplyScheduled, From: from, Inside: html, Audience: calendars.AudienceNobody},
		{State: calendars.AutoReplyScheduled, Until: from, Inside: html, Audience: calendars.AudienceNobody},
		{State: calendars.AutoReplyScheduled, From: from, Until: from.Add(100 * time.Hour), Inside: html, Subject: "Weg", Audience: calendars.AudienceEverybody},
	}
}
