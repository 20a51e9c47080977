package calendartest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/calendartest"
)

// service counts the requests it did, and answers "all is well".
type service struct{ done atomic.Int64 }

func (r *service) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.done.Add(1)
	_, _ = io.WriteString(w, "all is well")
}

func behindProxy(t *testing.T) (*service, *calendartest.Proxy, string) {
	t.Helper()
	behind := &service{}
	proxy := calendartest.NewProxy(behind)
	server := httptest.NewServer(proxy)
	t.Cleanup(func() { proxy.Close(); server.Close() })
	return behind, proxy, server.URL
}

func post(t *testing.T, address, body string) (int, string, error) {
	t.Helper()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Post(address, "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// A fault that does not do what it is called would make the suite prove nothing.
func TestFaultsDoWhatTheySay(t *testing.T) {
	t.Parallel()
	refusal := calendartest.Answer{Status: 418, Header: map[string]string{"X-Test": "yes"}, Body: "no"}
	for name, test := range map[string]struct {
		action calendartest.Action
		done   int64 // requests the service did
		status int   // 0: no whole answer
		text   string
	}{
		"give":   {calendartest.Give(refusal), 0, 418, "no"},
		"cut":    {calendartest.Cut(), 0, 0, ""},
		"lose":   {calendartest.Lose(), 1, 0, ""},
		"halve":  {calendartest.Halve(), 1, 0, ""},
		"garble": {calendartest.Garble(refusal), 1, 418, "no"},
		"first":  {calendartest.First(func() {}), 1, 200, "all is well"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			behind, proxy, address := behindProxy(t)
			proxy.Nth(2, nil, test.action)
			for n := range 3 {
				status, text, err := post(t, address, "")
				switch {
				case n != 1 && (status != 200 || text != "all is well"):
					t.Errorf("request %d: %d %q, %v", n+1, status, text, err)
				case n == 1 && test.status == 0 && err == nil:
					t.Errorf("a whole answer came: %d %q", status, text)
				case n == 1 && test.status != 0 && (status != test.status || text != test.text):
					t.Errorf("the answer is %d %q, %v", status, text, err)
				}
			}
			if hits, count := proxy.Clear(), proxy.Count(); hits != 1 || count != 3 || behind.done.Load() != 2+test.done {
				t.Errorf("%d hits, %d requests, the service did %d", hits, count, behind.done.Load())
			}
		})
	}
}

func TestAnswersThatDoNotComeEndWithTheProxy(t *testing.T) {
	t.Parallel()
	_, proxy, address := behindProxy(t)
	for name, action := range map[string]calendartest.Action{"stall": proxy.Stall(), "trickle": proxy.Trickle("text/plain"), "flood": proxy.Flood("text/plain")} {
		proxy.Every(nil, action)
		client := &http.Client{Timeout: 100 * time.Millisecond}
		answer, err := client.Get(address)
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		if name != "flood" && err == nil { // a flood of 256 MB can pass in that time
			t.Errorf("%s: an answer came", name)
		}
		proxy.Clear()
	}
}

func TestLateRequestsAreDoneAfterTheirClientLeft(t *testing.T) {
	t.Parallel()
	behind, proxy, address := behindProxy(t)
	release, done := make(chan struct{}), make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	proxy.Every(nil, calendartest.Late(leave, release, func() { close(done) }))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.DefaultClient.Do(request); err == nil {
		_ = answer.Body.Close()
		t.Error("an answer came")
	}
	if behind.done.Load() != 0 {
		t.Error("the service did it at once")
	}
	close(release)
	<-done
	if behind.done.Load() != 1 {
		t.Error("the service did not do it")
	}
}

func TestInvitersAreNoticed(t *testing.T) {
	t.Parallel()
	for _, request := range []string{
		`{"subject":"x","attendees":[]}`, `<t:RequiredAttendees><t:Attendee/></t:RequiredAttendees>`, `<t:OptionalAttendees/>`, `<t:Resources>`,
		`<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy">`, `<m:DeleteItem SendMeetingCancellations="SendOnlyToAll">`,
		`<m:UpdateItem SendMeetingInvitationsOrCancellations="SendToChangedAndSaveCopy">`,
		"?sendUpdates=all", "?sendUpdates=externalOnly", "?sendNotifications=true", "/events/1/forward", "/events/1/cancel",
	} {
		_, proxy, address := behindProxy(t)
		path, body := "/", request
		if !strings.ContainsAny(request, "{<") {
			path, body = "/"+strings.TrimPrefix(request, "/"), ""
		}
		if _, _, err := post(t, address+path, body); err != nil {
			t.Fatal(err)
		}
		if proxy.Inviter() == "" {
			t.Errorf("not noticed: %s", request)
		}
	}
	_, proxy, address := behindProxy(t)
	for _, harmless := range []string{`<m:CreateItem SendMeetingInvitations="SendToNone">`, `{"subject":"all attendees of all resources"}`} {
		if _, _, err := post(t, address+"/events?sendUpdates=none", harmless); err != nil {
			t.Fatal(err)
		}
	}
	if proxy.Inviter() != "" {
		t.Errorf("taken for an invitation: %s", proxy.Inviter())
	}
}
