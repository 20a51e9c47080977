package sandbox_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type fault = map[string]any

func (w *world) fault(f fault) {
	w.t.Helper()
	if status, body := w.call(http.MethodPost, "/sandbox/faults", f); status != 201 {
		w.t.Fatalf("%v: %d %v", f, status, body)
	}
}

// user asks Lucca v3 for a user; it returns the status, or 0 when the connection was cut.
func (w *world) user(query string) (status int, header http.Header, body string) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, w.url+"/lucca/api/v3/users?"+query, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "lucca application="+w.Credentials().Lucca.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if errors.Is(err, io.EOF) {
		return 0, nil, ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(text)
}

func TestFaultsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, f := range []fault{
		{"target": "mars", "status": 500}, {"target": "lucca", "status": 99}, {"target": "lucca", "delay": "soon"},
		{"target": "lucca", "times": -2}, {"target": "lucca", "count": 1}, {"status": 500},
	} {
		status, body := w.call(http.MethodPost, "/sandbox/faults", f)
		if problem, _ := body.(map[string]any); status != 400 || problem["detail"] == nil {
			t.Errorf("%v: %d %v", f, status, body)
		}
	}
}

func TestFaultAnswersAndEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.fault(fault{"target": "lucca", "match": "id=416", "status": 503, "headers": fault{"Retry-After": "2"}, "body": fault{"Message": "busy"}, "times": 2})
	w.fault(fault{"target": "lucca", "match": `^GET /lucca/api/v3/users\?id=4\d7`, "status": 418, "body": "tea", "times": -1})
	for i, want := range []string{"503 2 {\"Message\":\"busy\"}", "503 2 {\"Message\":\"busy\"}", "200"} {
		status, header, body := w.user("id=416")
		got := fmt.Sprint(status, " ", header.Get("Retry-After"), " ", body)
		if !strings.HasPrefix(got, want) {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
	for range 5 {
		if status, _, body := w.user("id=427"); status != 418 || body != "tea" {
			t.Errorf("forever: %d %s", status, body)
		}
	}
	_, list := w.call(http.MethodGet, "/sandbox/faults", nil)
	got := []any{}
	for _, item := range list.([]any) {
		got = append(got, item.(map[string]any)["hits"], item.(map[string]any)["left"])
	}
	if diff := cmp.Diff([]any{2.0, 0.0, 5.0, -1.0}, got); diff != "" {
		t.Error(diff)
	}
	if status, _ := w.call(http.MethodDelete, "/sandbox/faults", nil); status != 204 {
		t.Errorf("DELETE: %d", status)
	}
	if status, _, _ := w.user("id=427"); status != 200 {
		t.Errorf("after DELETE: %d", status)
	}
}

func TestFaultCutsAndDelays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.fault(fault{"target": "lucca", "match": "id=416", "status": 0, "times": -1})
	// A client repeats a GET cut on a kept connection, so there must be no end.
	if status, _, _ := w.user("id=416"); status != 0 {
		t.Errorf("cut: %d", status)
	}
	for _, delay := range []any{80, "80ms"} {
		w.fault(fault{"target": "lucca", "match": "id=417", "delay": delay})
		start := time.Now()
		if status, _, _ := w.user("id=417"); status != 200 || time.Since(start) < 80*time.Millisecond {
			t.Errorf("delay %v: %d after %v", delay, status, time.Since(start))
		}
	}
}

func (w *world) book(token string) (int, error) {
	w.t.Helper()
	body := `{"subject":"Absent","start":{"dateTime":"2026-10-12T09:00:00","timeZone":"Europe/Paris"},"end":{"dateTime":"2026-10-12T12:00:00","timeZone":"Europe/Paris"}}`
	req, err := http.NewRequest(http.MethodPost, w.Credentials().Office365.GraphURL+"/users/jane.doe@example.com/calendar/events", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	return resp.StatusCode, nil
}

func (w *world) events(email string) []any {
	w.t.Helper()
	status, body := w.call(http.MethodGet, "/sandbox/mailboxes/"+email+"/events", nil)
	if status != 200 {
		w.t.Fatalf("%s: %d", email, status)
	}
	return body.([]any)
}

func TestFaultAfterCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.graphToken()
	w.fault(fault{"target": "graph", "match": `"subject":"Absent"`, "status": 504, "afterCommit": true, "times": 2})
	if status, _ := w.book("nobody's"); status != 401 {
		t.Errorf("refused by the service: %d, want 401 and the rule unused", status)
	}
	for range 2 {
		if status, _ := w.book(token); status != 504 {
			t.Errorf("%d, want 504", status)
		}
	}
	if n := len(w.events("jane.doe@example.com")); n != 2 {
		t.Errorf("%d events, want 2: the service did its work", n)
	}
	w.fault(fault{"target": "graph", "match": "", "status": 0})
	if status, err := w.book(token); err == nil {
		t.Errorf("%d, want a cut connection", status)
	}
	if n := len(w.events("jane.doe@example.com")); n != 2 {
		t.Errorf("%d events, want 2: the fault came before the service", n)
	}
	if status, _ := w.book(token); status != 201 {
		t.Errorf("after the faults: %d", status)
	}
}

func TestFaultsAndNTLM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.fault(fault{"target": "exchange", "status": 502, "afterCommit": true})
	resp, err := w.getExchange()
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 502 {
		t.Errorf("%d, want 502 once the handshake is over", resp.StatusCode)
	}
	if resp, err = w.getExchange(); err != nil || resp.StatusCode != 200 {
		t.Errorf("after it: %v %v", resp, err)
	}
}

func TestTokensHaveATargetOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.fault(fault{"target": "google-token", "status": 503})
	resp, err := http.Post(w.url+"/google/token", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 503 {
		t.Errorf("%d, want 503", resp.StatusCode)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.graphToken()
	w.fault(fault{"target": "graph", "delay": "150ms", "times": -1})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() { _, _ = w.book(token) })
	}
	group.Wait()
	w.user("id=416")
	if _, err := w.getExchange(); err != nil {
		t.Fatal(err)
	}
	_, body := w.call(http.MethodGet, "/sandbox/requests", nil)
	all := body.(map[string]any)
	want := map[string]any{"total": 3.0, "inFlight": 0.0, "maxInFlight": 3.0, "routes": map[string]any{"POST /graph/v1.0/users/{id}/calendar/events": 3.0}, "notImitated": map[string]any{}}
	if diff := cmp.Diff(want, all["graph"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"GET /lucca/api/v3/users": 1.0}, all["lucca"].(map[string]any)["routes"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"POST /entra/{id}/oauth2/v2.0/token": 1.0}, all["entra"].(map[string]any)["routes"]); diff != "" {
		t.Error(diff)
	}
	if n := all["exchange"].(map[string]any)["total"].(float64); n < 2 {
		t.Errorf("exchange: %v, want the handshake counted too", n)
	}
	if status, _ := w.call(http.MethodDelete, "/sandbox/requests", nil); status != 204 {
		t.Errorf("DELETE: %d", status)
	}
	_, body = w.call(http.MethodGet, "/sandbox/requests", nil)
	if n := body.(map[string]any)["graph"].(map[string]any)["total"]; n != 0.0 {
		t.Errorf("after DELETE: %v", n)
	}
}

// What is not imitated is told where the requests are counted, by target.
func TestWhatIsNotImitatedIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.graphToken()
	for range 2 {
		if status, _ := w.get(w.Credentials().Office365.GraphURL+"/users/jane.doe@example.com/messages", "Authorization", "Bearer "+token); status != http.StatusNotImplemented {
			t.Fatalf("status %d", status)
		}
	}
	_, body := w.call(http.MethodGet, "/sandbox/requests", nil)
	want := map[string]any{"/users/{id}/messages/...": 2.0}
	if diff := cmp.Diff(want, body.(map[string]any)["graph"].(map[string]any)["notImitated"]); diff != "" {
		t.Error(diff)
	}
	if other := body.(map[string]any)["google"].(map[string]any)["notImitated"]; len(other.(map[string]any)) != 0 {
		t.Errorf("google: %v", other)
	}
	w.call(http.MethodDelete, "/sandbox/requests", nil)
	_, body = w.call(http.MethodGet, "/sandbox/requests", nil)
	if left := body.(map[string]any)["graph"].(map[string]any)["notImitated"]; len(left.(map[string]any)) != 0 {
		t.Errorf("after DELETE: %v", left)
	}
}
