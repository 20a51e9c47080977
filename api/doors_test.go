package api_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// Guessing at a webhook ends in 429, never in a locked door for who has the secret,
// from the same address too.
func TestGuessingAtWebhooksLocksNobodyOut(t *testing.T) {
	server := newServer(&fakeEngine{})
	limited := false
	for i := range 300 {
		guess := do(server, post("/webhooks/lucca/demo", leave, sign(leave, "guess-"+strconv.Itoa(i), now)))
		if guess.Code != http.StatusUnauthorized && guess.Code != http.StatusTooManyRequests {
			t.Fatalf("got %d", guess.Code)
		}
		limited = limited || guess.Code == http.StatusTooManyRequests && guess.Header().Get("Retry-After") != ""
	}
	if right := do(server, post("/webhooks/lucca/demo", leave, sign(leave, secret, now))); !limited || right.Code != http.StatusAccepted {
		t.Errorf("limited %v; the right signature: %d", limited, right.Code)
	}
	header := http.Header{"Authorization": {"Basic x"}, "X-Event": {"created"}}
	for range 300 {
		do(server, post("/webhooks/figgo/demo", halfDay, header.Clone()))
	}
	header.Set("Authorization", key)
	if right := do(server, post("/webhooks/figgo/demo", halfDay, header)); right.Code != http.StatusAccepted {
		t.Errorf("the right key: %d", right.Code)
	}
}

// The same where the settings come from a file, and there is no database.
func TestGuessingAtTheFixedTokenIsLimited(t *testing.T) {
	server := newServer(&fakeEngine{})
	ask := func(token string) int {
		request := httptest.NewRequest(http.MethodGet, "/api/v1/sources", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		return do(server, request).Code
	}
	limited := false
	for i := range 100 {
		limited = limited || ask("guess-"+strconv.Itoa(i)) == http.StatusTooManyRequests
	}
	if got := ask(token); !limited || got != http.StatusOK {
		t.Errorf("limited %v, the right one %d", limited, got)
	}
}

// Ids travel in gRPC headers, which take printable ASCII only.
func TestIdsThatNoHeaderTakesAreRefused(t *testing.T) {
	engine := &fakeEngine{}
	server := newServer(engine)
	for _, id := range []string{`\u0001`, `a\u0000b`, "é", "a b", `\u200b`} {
		body := `{"id":"e","type":"event","topic":"leave.deleted","occurredAt":"2026-02-01T09:34:23.001Z","source":"x","data":{"id":"` + id + `","type":"leave","employee":{"id":"416"}}}`
		if got := do(server, post("/webhooks/lucca/demo", body, sign(body, secret, now))); got.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d", id, got.Code)
		}
	}
	for _, path := range []string{"/api/v1/absences/demo/%01", "/api/v1/absences/demo/%C3%A9", "/api/v1/absences/d%00o/1"} {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Header.Set("Authorization", "Bearer "+token)
		if got := do(server, request); got.Code != http.StatusNotFound {
			t.Errorf("%s: got %d", path, got.Code)
		}
	}
	if len(engine.announced) > 0 {
		t.Errorf("announced %+v", engine.announced)
	}
}
