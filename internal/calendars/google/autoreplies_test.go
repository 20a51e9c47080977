package google_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

// gmailServer answers for Gmail beside the fake of Google Calendar.
type gmailServer struct {
	*httptest.Server
	status  int
	answer  string
	sent    []string
	headers []http.Header
}

func newGmail(t *testing.T, status int, answer string) *gmailServer {
	t.Helper()
	g := &gmailServer{status: status, answer: answer}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.sent = append(g.sent, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		g.headers = append(g.headers, r.Header.Clone())
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gmailServer) at(cfg *google.Config) { cfg.GmailURL = g.URL + "/" }

const ownersVacation = `{"enableAutoReply":true,"responseSubject":"Weg","responseBodyHtml":"<b>Zurück</b><br>bald","restrictToContacts":false,` +
	`"restrictToDomain":true,"startTime":"7257049200123","endTime":"7258478400000"}`

func TestWhatIsSentForAutomaticReplies(t *testing.T) {
	t.Parallel()
	f, g := newFake(t), newGmail(t, 200, ownersVacation)
	c := f.open(g.at)
	if _, err := c.Find(t.Context(), alice, calendars.Key{Source: "demo", Absence: "1"}); err != nil {
		t.Fatal(err)
	}
	read, err := c.AutoReply(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	from := time.UnixMilli(7257049200000).UTC()
	if read.State != calendars.AutoReplyScheduled || !read.From.Equal(from) || read.Audience != calendars.AudienceNobody || read.Inside != "Zurück\nbald" ||
		read.Outside != "" {
		t.Errorf("read: %s from %s: %q, %q", read, read.From, read.Inside, read.Outside)
	}
	ours := func(audience calendars.AutoReplyAudience) calendars.AutoReply {
		return calendars.AutoReply{State: calendars.AutoReplyScheduled, From: from, Until: from.Add(time.Hour), Audience: audience,
			Inside: "Inside\nä <&>", Outside: "Outside"}
	}
	for _, reply := range []calendars.AutoReply{ours(calendars.AudienceNobody), ours(calendars.AudienceContacts), ours(calendars.AudienceEverybody),
		{State: calendars.AutoReplyOff, Audience: calendars.AudienceEverybody}, read} {
		if _, err := c.SetAutoReply(t.Context(), alice, reply); err != nil {
			t.Fatal(err)
		}
	}
	const address = "/gmail/v1/users/me/settings/vacation?alt=json&prettyPrint=false&quotaUser=24bb6cd0d7d2d2b5a0b4ef1aef3a1a54"
	put := func(body string) string { return "PUT " + body }
	times := `"endTime":"7257052800000","startTime":"7257049200000"`
	want := []string{
		"GET ",
		put(`{"enableAutoReply":true,"responseBodyPlainText":"Inside\nä <&>","restrictToContacts":false,"restrictToDomain":true,` + times + `}`),
		put(`{"enableAutoReply":true,"responseBodyPlainText":"Outside","restrictToContacts":true,"restrictToDomain":false,` + times + `}`),
		put(`{"enableAutoReply":true,"responseBodyPlainText":"Outside","restrictToContacts":false,"restrictToDomain":false,` + times + `}`),
		put(`{"enableAutoReply":false,"restrictToContacts":false,"restrictToDomain":true}`),
		put(ownersVacation),
	}
	var got []string
	for _, sent := range g.sent {
		got = append(got, sent[:4]+sent[4+len(address)+1:])
	}
	if diff := cmp.Diff(decodedBodies(t, want), decodedBodies(t, got)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	// Two tokens, each for one scope: the second is asked for with the first reply.
	scopes := []string{}
	for _, claims := range f.claims {
		scopes = append(scopes, claims["scope"].(string))
	}
	if diff := cmp.Diff([]string{google.DefaultScope, "https://www.googleapis.com/auth/gmail.settings.basic"}, scopes); diff != "" {
		t.Errorf("scopes (-want +asked for):\n%s", diff)
	}
	for _, header := range g.headers {
		if header.Get("Authorization") != "Bearer token-2" || !strings.HasSuffix(header.Get("User-Agent"), " figgosync") {
			t.Errorf("headers %v", header)
		}
	}
}

func decodedBodies(t *testing.T, requests []string) []any {
	t.Helper()
	all := []any{}
	for _, text := range requests {
		var body any
		if len(text) > 4 {
			if err := json.Unmarshal([]byte(text[4:]), &body); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
		}
		all = append(all, []any{text[:4], body})
	}
	return all
}

func TestErrorsOfAutomaticReplies(t *testing.T) {
	t.Parallel()
	api := func(status int, reason string) string {
		return fmt.Sprintf(`{"error":{"errors":[{"domain":"global","reason":%q,"message":"for alice@corp.example"}],"code":%d,"message":"for alice@corp.example"}}`,
			reason, status)
	}
	for name, test := range map[string]struct {
		status int
		body   string
		reason calendars.Reason
		scope  calendars.Scope
	}{
		"mail elsewhere": {400, api(400, "failedPrecondition"), calendars.MailboxMissing, calendars.ScopeMailbox},
		"the API is off": {403, api(403, "accessNotConfigured"), calendars.AutoReplyNotGranted, calendars.ScopeConnection},
		"the scope":      {403, api(403, "insufficientPermissions"), calendars.AutoReplyNotGranted, calendars.ScopeConnection},
		"somebody else":  {403, api(403, "forbidden"), calendars.AccessDenied, calendars.ScopeMailbox},
		"not found":      {404, api(404, "notFound"), calendars.MailboxMissing, calendars.ScopeMailbox},
	} {
		g := newGmail(t, test.status, test.body)
		c := newFake(t).open(g.at)
		_, read := c.AutoReply(t.Context(), alice)
		_, write := c.SetAutoReply(t.Context(), alice, calendars.AutoReply{State: calendars.AutoReplyOff, Audience: calendars.AudienceNobody})
		for method, err := range map[string]error{"read": read, "write": write} {
			blocked, ok := errors.AsType[*calendars.Blocked](err)
			if !ok || blocked.Reason != test.reason || blocked.Scope != test.scope {
				t.Errorf("%s, %s: %v", name, method, err)
			}
		}
	}
	g := newGmail(t, 200, `{}`)
	reply, err := newFake(t).open(g.at).AutoReply(t.Context(), alice)
	if err != nil || reply.State != calendars.AutoReplyOff {
		t.Errorf("settings without anything set: %v, %v", reply, err)
	}
	if _, err := google.New(google.Config{KeyJSON: keyJSON(nil), GmailURL: "http://gmail.example/"}); err == nil {
		t.Error("a plain address was taken")
	}
	// The scope is not delegated: the calendar works on.
	f := newFake(t)
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(r.FormValue("assertion"), claims); err != nil {
			t.Error(err)
		}
		if claims["scope"] == google.ScopeReplies {
			writeJSON(w, 401, map[string]any{"error": "unauthorized_client", "error_description": "Client is unauthorized"})
			return true
		}
		return false
	}
	c := f.open(g.at)
	_, err = c.AutoReply(t.Context(), alice)
	if blocked, ok := errors.AsType[*calendars.Blocked](err); !ok || blocked.Reason != calendars.AutoReplyNotGranted || blocked.Scope != calendars.ScopeUnclear {
		t.Errorf("not delegated: %v", err)
	}
	if _, err := c.Find(t.Context(), alice, calendars.Key{Source: "demo", Absence: "1"}); err != nil {
		t.Errorf("the calendar: %v", err)
	}
}
