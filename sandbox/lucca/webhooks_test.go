package lucca_test

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

const webhookSecret = "b3YGydKxao0CYEg4-2LM81rviT-TESTSECRET"

// receiver is the other end of a webhook, as Lucca's documentation wants it.
type receiver struct {
	*httptest.Server
	t      *testing.T
	secret string
	answer func(n int) int // by request, from 1; nil is 202

	mu       sync.Mutex
	headers  []http.Header
	bodies   []map[string]any
	now, max int
	arrived  chan struct{}
}

func newReceiver(t *testing.T, secret string) *receiver {
	t.Helper()
	rec := &receiver{t: t, secret: secret, arrived: make(chan struct{}, 1000)}
	rec.Server = httptest.NewServer(rec)
	t.Cleanup(rec.Close)
	return rec
}

func (rec *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, req.URL.Query().Get("echo"))
		return
	}
	raw, _ := io.ReadAll(req.Body)
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		rec.t.Errorf("body: %v", err)
	}
	if rec.secret != "" {
		rec.verify(req.Header, raw)
	}
	rec.mu.Lock()
	rec.now++
	rec.max = max(rec.max, rec.now)
	rec.headers, rec.bodies = append(rec.headers, req.Header), append(rec.bodies, body)
	n, status := len(rec.bodies), 202
	rec.mu.Unlock()
	if rec.answer != nil {
		status = rec.answer(n)
	}
	rec.mu.Lock()
	rec.now--
	rec.mu.Unlock()
	w.WriteHeader(status)
	rec.arrived <- struct{}{}
}

// verify is the algorithm of Lucca's page, written once more.
func (rec *receiver) verify(header http.Header, raw []byte) {
	timestamp := header.Get("Lucca-Timestamp")
	mac := hmac.New(sha256.New, []byte(rec.secret))
	fmt.Fprintf(mac, "%s.%s", timestamp, raw)
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); header.Get("Lucca-Signature") != want {
		rec.t.Errorf("signature %q, want %q", header.Get("Lucca-Signature"), want)
	}
	sent, err := time.Parse(time.RFC3339, timestamp)
	if err != nil || time.Since(sent).Abs() > 5*time.Minute {
		rec.t.Errorf("timestamp %q: %v", timestamp, err)
	}
}

// wait returns the bodies once n requests have been answered.
func (rec *receiver) wait(n int) []map[string]any {
	rec.t.Helper()
	deadline := time.After(time.Minute)
	for range n {
		select {
		case <-rec.arrived:
		case <-deadline:
			rec.t.Fatalf("only %d requests arrived, want %d", len(rec.bodies), n)
		}
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return slices.Clone(rec.bodies)
}

func topics(bodies []map[string]any) []string {
	list := []string{}
	for _, body := range bodies {
		list = append(list, body["topic"].(string))
	}
	slices.Sort(list) // they come in no order
	return list
}

// ofTopic is the first body of the topic: deliveries of two changes may overtake each other.
func ofTopic(t *testing.T, bodies []map[string]any, topic string) map[string]any {
	t.Helper()
	at := slices.IndexFunc(bodies, func(body map[string]any) bool { return body["topic"] == topic })
	if at < 0 {
		t.Fatalf("no %s among %v", topic, topics(bodies))
	}
	return bodies[at]
}

func withWebhook(rec *receiver) func(*lucca.Config) {
	return func(cfg *lucca.Config) { cfg.Webhooks = []lucca.Webhook{{URL: rec.URL, Secret: webhookSecret}} }
}

func TestSignatureOfTheDocumentedVector(t *testing.T) {
	t.Parallel()
	got := lucca.Sign(webhookSecret, "2025-01-01T08:34:23Z", []byte(`{"id":"9001","type":"event","topic":"leave.updated"}`))
	if want := "MIS+2FVefX9bM/rxpiuYLEkPZAeiB1sELBFXMQmlsHE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestEventsOfOneLife(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	a := newAccount(t, withWebhook(rec))
	leave := a.request(lucca.LeaveRequest{StartsOn: "2026-02-02"})
	if diff := gocmp.Diff([]string{"leave-request.created", "leave.created"}, topics(rec.wait(2))); diff != "" {
		t.Fatal(diff)
	}
	if _, err := a.service.Approve(leave.ID); err != nil {
		t.Fatal(err)
	}
	bodies := rec.wait(3)[2:]
	if diff := gocmp.Diff([]string{"leave-request-decision.created", "leave-request.updated", "leave.updated"}, topics(bodies)); diff != "" {
		t.Fatal(diff)
	}
	event := ofTopic(t, bodies, "leave.updated")
	data := a.get("/lucca-api/leaves/8750")
	want := map[string]any{
		"id": event["id"], "type": "event", "url": a.url + "/lucca-api/events/" + event["id"].(string), "apiVersion": "2024-11-01",
		"topic": "leave.updated", "occurredAt": data["lastUpdatedAt"], "source": a.url,
		"businessEstablishment": map[string]any{"id": "1", "type": "business-establishment", "url": a.url + "/lucca-api/business-establishments/1"},
		"data":                  data, "previousAttributes": map[string]any{"status": "tentative"},
		"links": map[string]any{"retry": map[string]any{"href": a.url + "/lucca-api/webhook-deliveries"}},
	}
	if diff := gocmp.Diff(want, event); diff != "" {
		t.Error(diff)
	}
	if data["status"] != "confirmed" || data["lastUpdatedAt"].(string) <= data["createdAt"].(string) {
		t.Errorf("after approval: %v", data)
	}
}

func TestAMoveTellsWhatItWas(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	a := newAccount(t, withWebhook(rec))
	leave := a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
	if _, err := a.service.Silently().Move(leave.ID, lucca.LeaveRequest{StartsOn: "2026-02-03"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.service.Move(leave.ID, lucca.LeaveRequest{StartsOn: "2026-02-04", EndsOn: "2026-02-05", EndPosition: lucca.FirstHalfDay}); err != nil {
		t.Fatal(err)
	}
	event := ofTopic(t, rec.wait(2), "leave.updated")
	data := a.get("/lucca-api/leaves/8750")
	want := map[string]any{"startsOn": "2026-02-03", "endsOn": "2026-02-03", "endPosition": "secondHalfDay"}
	if diff := gocmp.Diff([]any{want, data}, []any{event["previousAttributes"], event["data"]}); diff != "" {
		t.Error(diff)
	}
	if data["startsOn"] != "2026-02-04" || data["endPosition"] != "firstHalfDay" || data["status"] != "confirmed" {
		t.Errorf("after the move: %v", data)
	}
}

func TestWithdrawnBothWays(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	a := newAccount(t, withWebhook(rec))
	for range 2 {
		leave := a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
		if _, err := a.service.Withdraw(leave.ID); err != nil {
			t.Fatal(err)
		}
	}
	got := []string{}
	for _, body := range rec.wait(4) {
		got = append(got, fmt.Sprint(body["topic"], " ", body["data"].(map[string]any)["status"]))
	}
	slices.Sort(got)
	want := []string{"leave.created confirmed", "leave.created confirmed", "leave.deleted confirmed", "leave.updated cancelled"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff([]string{"8750"}, ids(a.get("/lucca-api/leaves"))); diff != "" {
		t.Error(diff)
	}
}

func TestHTTPSynchronizationPostsHalfDays(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, "")
	now := time.Date(2026, 4, 4, 20, 34, 47, 797e6, time.UTC)
	a := newAccount(t, func(cfg *lucca.Config) {
		cfg.Now = func() time.Time { return now }
		cfg.HTTPSynchronization = []lucca.HTTPTarget{{URL: rec.URL, Key: "Basic ZGVtbzpkZW1v"}}
	})
	leave := a.request(lucca.LeaveRequest{StartsOn: "2026-04-23", EndsOn: "2026-04-24", Via: lucca.HTTP})
	if n := len(rec.wait(4)); n != 4 {
		t.Fatalf("%d posts for 2 days, want 4", n)
	}
	if _, err := a.service.Approve(leave.ID); err != nil {
		t.Fatal(err)
	}
	bodies := rec.wait(4)[4:]
	byID := func(x, y map[string]any) int { return cmp.Compare(x["id"].(string), y["id"].(string)) }
	slices.SortFunc(bodies, byID)
	want := map[string]any{
		"id": "8750-20260424-PM", "date": "2026-04-24", "isAm": false,
		"owner":        map[string]any{"id": 416.0, "name": "Jane Doe", "email": "jane.doe@example.com", "employeeNumber": "00416"},
		"leaveAccount": map[string]any{"id": 56.0, "name": "Congés payés", "categoryId": 56.0, "categoryName": "Congés payés"},
		// Paris time; a millisecond on, as the approval came after the request.
		"isConfirmed": true, "confirmationDate": "2026-04-04T22:34:47.798", "isCancelled": false, "cancellationDate": "",
	}
	if diff := gocmp.Diff(want, bodies[3]); diff != "" {
		t.Error(diff)
	}
	if _, err := a.service.Withdraw(leave.ID); err != nil {
		t.Fatal(err)
	}
	last := rec.wait(4)[11]
	if last["isCancelled"] != true || last["cancellationDate"] == "" {
		t.Errorf("deleted: %v", last)
	}
	for i, event := range []string{"created", "approved", "deleted"} {
		h := rec.headers[4*i]
		got := []string{h.Get("Authorization"), h.Get("X-Version"), h.Get("X-Resource-Type"), h.Get("X-Event"), h.Get("Lucca-Signature")}
		if diff := gocmp.Diff([]string{"Basic ZGVtbzpkZW1v", "1.0", "leave", event, ""}, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDeliveryIsRepeatedAndSignedAnew(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	rec.answer = func(n int) int { return []int{503, 429, 401, 400, 202}[n-1] }
	var mu sync.Mutex
	now := time.Now()
	a := newAccount(t, func(cfg *lucca.Config) {
		withWebhook(rec)(cfg)
		cfg.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); now = now.Add(time.Second); return now }
	})
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
	bodies := rec.wait(5)
	stamps := map[string]bool{}
	for i, body := range bodies {
		stamps[rec.headers[i].Get("Lucca-Timestamp")] = true
		if body["id"] != bodies[0]["id"] {
			t.Error("a repetition has another id")
		}
	}
	if len(stamps) != 5 {
		t.Errorf("timestamps: %v, want 5", stamps)
	}
	waitFor(t, func() bool { return a.service.Deliveries(416, 1)[0].State == "delivered" })
	if got := a.service.Deliveries(416, 1)[0]; got.Attempts != 5 || got.Status != 202 {
		t.Errorf("%+v", got)
	}
}

func TestDeliveryGivesUpAfterFive(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	rec.answer = func(int) int { return 500 }
	a := newAccount(t, withWebhook(rec))
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
	waitFor(t, func() bool { return a.service.Deliveries(0, 1)[0].State == "failed" })
	if got := a.service.Deliveries(0, 1)[0].Attempts; got != 5 {
		t.Errorf("%d attempts, want 5", got)
	}
	failed := a.get("/lucca-api/webhook-deliveries?status=failed")
	attempts := a.get("/lucca-api/webhook-delivery-attempts?webhookDelivery.id=" + ids(failed)[0])
	if len(ids(attempts)) != 5 || len(ids(a.get("/lucca-api/events?status=failed"))) != 1 {
		t.Errorf("attempts: %v", attempts)
	}
}

func TestTimeoutCountsAsFailure(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	rec.answer = func(n int) int {
		if n == 1 {
			time.Sleep(300 * time.Millisecond)
		}
		return 202
	}
	a := newAccount(t, func(cfg *lucca.Config) {
		withWebhook(rec)(cfg)
		cfg.Delivery.Timeout = 50 * time.Millisecond
	})
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
	rec.wait(2) // once too late, once in time: at least once
}

func TestAtMostThreeAtOnce(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	// The first three wait for each other, and then a little for a fourth.
	var arrived atomic.Int64
	three := make(chan struct{})
	rec.answer = func(int) int {
		if arrived.Add(1) == 3 {
			close(three)
		}
		select {
		case <-three:
		case <-time.After(time.Minute):
		}
		time.Sleep(20 * time.Millisecond)
		return 202
	}
	a := newAccount(t, withWebhook(rec))
	for range 12 {
		a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
	}
	rec.wait(12)
	if rec.max != 3 {
		t.Errorf("%d at once, want 3", rec.max)
	}
}

func TestNotFoundSuspendsTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 410} {
		rec := newReceiver(t, webhookSecret)
		rec.answer = func(int) int { return status }
		a := newAccount(t, withWebhook(rec))
		a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
		waitFor(t, func() bool { return len(ids(a.get("/lucca-api/webhook-endpoints?status=suspended"))) == 1 })
		a.request(lucca.LeaveRequest{StartsOn: "2026-02-03", Confirmed: true})
		if n := len(a.service.Deliveries(0, 10)); n != 1 {
			t.Errorf("%d: %d deliveries, want 1", status, n)
		}
		id := ids(a.get("/lucca-api/webhook-endpoints"))[0]
		resp, body := a.call(http.MethodPatch, "/lucca-api/webhook-endpoints/"+id, `{"status":"active"}`)
		if resp.StatusCode != 200 || body["status"] != "active" {
			t.Errorf("reactivation: %d %v", resp.StatusCode, body)
		}
	}
}

func TestEndpointLife(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, "")
	a := newAccount(t, nil)
	create := fmt.Sprintf(`{"name":"absence-sync","webhookUrl":"%s","apiVersion":"2024-11-01","businessEstablishments":[{"id":"2"}],"topics":["leave.created"],"status":"active"}`, rec.URL)
	resp, made := a.call(http.MethodPost, "/lucca-api/webhook-endpoints", create)
	if resp.StatusCode != 201 || made["status"] != "active" || len(made["secret"].(string)) != 64 {
		t.Fatalf("%d %v", resp.StatusCode, made)
	}
	rec.secret = made["secret"].(string)
	got := a.get(resp.Header.Get("Location"))
	if _, shown := got["secret"]; shown {
		t.Error("the secret is shown again")
	}
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true}) // of establishment 1: not for this endpoint
	a.request(lucca.LeaveRequest{Employee: 417, StartsOn: "2026-02-02"})   // its request is not listened to
	first := rec.wait(1)[0]
	if first["data"].(map[string]any)["employee"].(map[string]any)["id"] != "417" {
		t.Errorf("%v", first)
	}
	ping := fmt.Sprintf(`{"webhookEndpoint":{"id":"%s"}}`, made["id"])
	if resp, body := a.call(http.MethodPost, "/lucca-api/webhook-deliveries", ping); resp.StatusCode != 201 {
		t.Errorf("ping: %d %v", resp.StatusCode, body)
	}
	again := fmt.Sprintf(`{"webhookEndpoint":{"id":"%s"},"event":{"id":"%s"}}`, made["id"], first["id"])
	if resp, body := a.call(http.MethodPost, "/lucca-api/webhook-deliveries", again); resp.StatusCode != 201 {
		t.Errorf("again: %d %v", resp.StatusCode, body)
	}
	if diff := gocmp.Diff([]string{"leave.created", "leave.created", "ping"}, topics(rec.wait(2))); diff != "" {
		t.Error(diff)
	}
	if resp, _ := a.call(http.MethodDelete, "/lucca-api/webhook-endpoints/"+made["id"].(string), ""); resp.StatusCode != 204 {
		t.Errorf("delete: %d", resp.StatusCode)
	}
	if n := len(ids(a.get("/lucca-api/webhook-endpoints"))); n != 0 {
		t.Errorf("%d endpoints left", n)
	}
}

func TestChallengeAndValidation(t *testing.T) {
	t.Parallel()
	deaf := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	t.Cleanup(deaf.Close)
	a := newAccount(t, nil)
	body := `{"name":"x","webhookUrl":"` + deaf.URL + `","apiVersion":"2024-11-01","topics":["leave.created"],"status":"active"}`
	if resp, made := a.call(http.MethodPost, "/lucca-api/webhook-endpoints", body); resp.StatusCode != 201 || made["status"] != "suspended" {
		t.Errorf("failed challenge: %d %v", resp.StatusCode, made["status"])
	}
	resp, wrong := a.call(http.MethodPost, "/lucca-api/webhook-endpoints", `{"webhookUrl":"ftp://x","status":"asleep"}`)
	errors, _ := wrong["errors"].(map[string]any)
	for _, field := range []string{"name", "webhookUrl", "apiVersion", "topics", "status"} {
		if resp.StatusCode != 400 || errors[field] == nil {
			t.Errorf("%s is not refused: %d %v", field, resp.StatusCode, errors)
		}
	}
	a = newAccount(t, func(cfg *lucca.Config) { cfg.AllowHTTP = false })
	if resp, _ := a.call(http.MethodPost, "/lucca-api/webhook-endpoints", body); resp.StatusCode != 400 {
		t.Errorf("http URL: %d, want 400", resp.StatusCode)
	}
}

func TestCloseDropsWhatWaits(t *testing.T) {
	t.Parallel()
	rec := newReceiver(t, webhookSecret)
	rec.answer = func(int) int { return 503 }
	a := newAccount(t, func(cfg *lucca.Config) {
		withWebhook(rec)(cfg)
		cfg.Delivery.Delays = []time.Duration{time.Hour}
	})
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
	rec.wait(1)
	done := make(chan struct{})
	go func() { a.service.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("Close waits for a retry an hour away")
	}
}

func TestWatchTellsWhoseLeavesChange(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	changes, stop := a.service.Watch()
	defer stop()
	a.request(lucca.LeaveRequest{Employee: 417, StartsOn: "2026-02-02"})
	if got := <-changes; got.Employee != 417 {
		t.Errorf("%+v", got)
	}
}

func waitFor(t *testing.T, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ready(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come about")
		}
	}
}

// The endpoint that is there from the start is for a source of that name. Whoever makes
// one at the same server has another source: the first would only be refused.
func TestTheFirstEndpointOfOnesOwnEndsThePresetOne(t *testing.T) {
	t.Parallel()
	rec, elsewhere := newReceiver(t, ""), newReceiver(t, "")
	a := newAccount(t, func(cfg *lucca.Config) {
		cfg.Webhooks = []lucca.Webhook{{URL: rec.URL + "/webhooks/lucca/demo", Secret: "s"}}
	})
	statuses := func() string {
		var list []string
		for _, id := range ids(a.get("/lucca-api/webhook-endpoints")) {
			list = append(list, a.get("/lucca-api/webhook-endpoints/" + id)["status"].(string))
		}
		return strings.Join(list, " ")
	}
	create := func(address, status string) string {
		body := fmt.Sprintf(`{"name":"x","webhookUrl":"%s","apiVersion":"2024-11-01","topics":["leave.created"],"status":"%s"}`, address, status)
		_, made := a.call(http.MethodPost, "/lucca-api/webhook-endpoints", body)
		return made["id"].(string)
	}
	create(elsewhere.URL, "active")
	id := create(rec.URL+"/webhooks/lucca/acme", "inactive")
	if got := statuses(); got != "active active inactive" {
		t.Errorf("before: %s", got)
	}
	a.call(http.MethodPatch, "/lucca-api/webhook-endpoints/"+id, `{"status":"active"}`)
	if got := statuses(); got != "inactive active active" {
		t.Errorf("after: %s", got)
	}
}
