package graph_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

const settingsPath = "/graph/v1.0/users/marie.o%27neil%40example.com/mailboxSettings"

// told is a mailbox's settings as Graph tells them
// (learn.microsoft.com/graph/api/user-get-mailboxsettings).
func told(status, audience, inside, outside, start, end string) string {
	return `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Me/mailboxSettings","timeZone":"Romance Standard Time",` +
		`"automaticRepliesSetting":{"status":"` + status + `","externalAudience":"` + audience + `","internalReplyMessage":"` + inside +
		`","externalReplyMessage":"` + outside + `","scheduledStartDateTime":` + start + `,"scheduledEndDateTime":` + end + `}}`
}

const (
	startsAt = `{"dateTime":"2199-12-18T18:00:00.0000000","timeZone":"Romance Standard Time"}`
	endsAt   = `{"dateTime":"2200-01-04T07:00:00.0000000","timeZone":"UTC"}`
	past     = `{"dateTime":"2019-01-04T07:00:00.0000000","timeZone":"UTC"}`
	htmlText = `<html>\n<body>\n<p>Zur\u00fcck<br>bald &amp; &lt;froh&gt;</p>\n</body>\n</html>\n`
)

func TestWhatIsSentForAutomaticReplies(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, told("scheduled", "contactsOnly", htmlText, "", startsAt, endsAt)))
	cal := f.calendar()
	read, err := cal.AutoReply(t.Context(), mailbox)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2199, 12, 18, 17, 0, 0, 0, time.UTC)
	if read.State != calendars.AutoReplyScheduled || read.Audience != calendars.AudienceContacts || !read.From.Equal(from) ||
		!read.Until.Equal(time.Date(2200, 1, 4, 7, 0, 0, 0, time.UTC)) || read.Inside != "Zurück\nbald & <froh>" || read.Outside != "" {
		t.Errorf("read: %+v %q", map[string]any{"from": read.From, "until": read.Until, "audience": read.Audience}, read.Inside)
	}
	ours := calendars.AutoReply{State: calendars.AutoReplyScheduled, From: from.Add(500 * time.Millisecond), Until: from.Add(time.Hour),
		Audience: calendars.AudienceEverybody, Inside: "Weg\nä <&>", Outside: "Away"}
	quiet := calendars.AutoReply{State: calendars.AutoReplyOn, Audience: calendars.AudienceEverybody, Inside: "Weg"}
	for _, reply := range []calendars.AutoReply{ours, quiet, read} {
		if _, err := cal.SetAutoReply(t.Context(), mailbox, reply); err != nil {
			t.Fatal(err)
		}
	}
	var sent []string
	for _, r := range f.requests() {
		if r.Path != settingsPath || r.Query != "" {
			t.Errorf("%s?%s", r.Path, r.Query)
		}
		sent = append(sent, r.Method+" "+r.Body)
	}
	want := []string{
		"GET ",
		`PATCH {"automaticRepliesSetting":{"externalAudience":"all","externalReplyMessage":"\u003cdiv\u003eAway\u003c/div\u003e",` +
			`"internalReplyMessage":"\u003cdiv\u003eWeg\u003cbr\u003e\nä \u0026lt;\u0026amp;\u0026gt;\u003c/div\u003e",` +
			`"scheduledEndDateTime":{"dateTime":"2199-12-18T18:00:00","timeZone":"UTC"},` +
			`"scheduledStartDateTime":{"dateTime":"2199-12-18T17:00:00","timeZone":"UTC"},"status":"scheduled"}}`, "GET ",
		`PATCH {"automaticRepliesSetting":{"externalAudience":"none","externalReplyMessage":"","internalReplyMessage":"\u003cdiv\u003eWeg\u003c/div\u003e","status":"alwaysEnabled"}}`, "GET ",
		`PATCH {"automaticRepliesSetting":{"externalAudience":"contactsOnly","externalReplyMessage":"",` +
			`"internalReplyMessage":"\u003chtml\u003e\n\u003cbody\u003e\n\u003cp\u003eZurück\u003cbr\u003ebald \u0026amp; \u0026lt;froh\u0026gt;\u003c/p\u003e\n\u003c/body\u003e\n\u003c/html\u003e\n",` +
			`"scheduledEndDateTime":{"dateTime":"2200-01-04T07:00:00.0000000","timeZone":"UTC"},` +
			`"scheduledStartDateTime":{"dateTime":"2199-12-18T18:00:00.0000000","timeZone":"Romance Standard Time"},"status":"scheduled"}}`, "GET ",
	}
	if len(sent) != len(want) {
		t.Fatalf("%d requests, want %d", len(sent), len(want))
	}
	for i, one := range sent {
		method, body, _ := strings.Cut(one, " ")
		wantMethod, wantBody, _ := strings.Cut(want[i], " ")
		if method != wantMethod || wantBody == "" && body != "" {
			t.Errorf("request %d: %s", i, one)
		}
		if wantBody != "" {
			sameJSON(t, body, wantBody)
		}
	}
}

// A schedule that somebody prepared and did not turn on is given back; one that is past
// is left out, since servers may refuse it.
func TestAPreparedScheduleIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status, end string
		want        string
	}{
		"prepared": {"disabled", endsAt, "disabled with times"}, "prepared long ago": {"disabled", past, "disabled"},
		"over": {"scheduled", past, "disabled"}, "always on": {"alwaysEnabled", past, "alwaysEnabled"},
	} {
		f := newFake(t, always(200, told(test.status, "all", htmlText, htmlText, past, test.end)))
		cal := f.calendar()
		read, err := cal.AutoReply(t.Context(), mailbox)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cal.SetAutoReply(t.Context(), mailbox, read); err != nil {
			t.Fatal(err)
		}
		var sent struct {
			Setting struct {
				Status string
				End    *struct{} `json:"scheduledEndDateTime"`
			} `json:"automaticRepliesSetting"`
		}
		if err := json.Unmarshal([]byte(f.requests()[1].Body), &sent); err != nil {
			t.Fatal(err)
		}
		got := sent.Setting.Status
		if sent.Setting.End != nil {
			got += " with times"
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestErrorsOfAutomaticReplies(t *testing.T) {
	t.Parallel()
	all, calendarsOnly := tokenWith([]string{"Calendars.ReadWrite", "MailboxSettings.ReadWrite"}), tokenWith([]string{"Calendars.ReadWrite", "MailboxSettings.Read"})
	for name, test := range map[string]struct {
		token  string
		status int
		code   string
		reason calendars.Reason
		scope  calendars.Scope
	}{
		"no right":              {calendarsOnly, 403, "ErrorAccessDenied", calendars.AutoReplyNotGranted, calendars.ScopeUnclear},
		"no right, the gateway": {calendarsOnly, 403, "Authorization_RequestDenied", calendars.AutoReplyNotGranted, calendars.ScopeUnclear},
		"no right at all":       {tokenWith(nil), 401, "NoPermissionsInAccessToken", calendars.AutoReplyNotGranted, calendars.ScopeUnclear},
		"a policy":              {all, 403, "ErrorAccessDenied", calendars.AccessDenied, calendars.ScopeMailbox},
		"not propagated":        {all, 403, "accessDenied", calendars.AutoReplyNotGranted, calendars.ScopeUnclear},
		"an opaque token":       {"token", 403, "", calendars.AutoReplyNotGranted, calendars.ScopeUnclear},
		"nobody":                {all, 404, "ErrorInvalidUser", calendars.MailboxMissing, calendars.ScopeMailbox},
		"the token":             {all, 401, "InvalidAuthenticationToken", calendars.CredentialsRejected, calendars.ScopeUnclear},
	} {
		f := newFake(t, always(test.status, graphError(test.code)))
		f.token = func(w http.ResponseWriter, _ *http.Request, _ int) {
			writeJSON(w, 200, `{"token_type":"Bearer","expires_in":3599,"access_token":"`+test.token+`"}`)
		}
		cal := f.calendar()
		_, read := cal.AutoReply(t.Context(), mailbox)
		_, write := cal.SetAutoReply(t.Context(), mailbox, calendars.AutoReply{State: calendars.AutoReplyOff, Audience: calendars.AudienceNobody})
		for method, err := range map[string]error{"read": read, "write": write} {
			blocked, ok := errors.AsType[*calendars.Blocked](err)
			if !ok || blocked.Reason != test.reason || blocked.Scope != test.scope {
				t.Errorf("%s, %s: %v", name, method, err)
			}
		}
	}
}
