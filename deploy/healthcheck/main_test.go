package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	answer := func(status int, delay time.Duration) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
			}
			w.WriteHeader(status)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, test := range []struct {
		name, address string
		healthy       bool
	}{
		{"an answer", answer(http.StatusOK, 0), true},
		{"not ready", answer(http.StatusServiceUnavailable, 0), false},
		{"too slow", answer(http.StatusOK, time.Minute), false},
		{"nobody", closed.URL, false},
		{"no address", "::", false},
	} {
		if err := check(test.address, 300*time.Millisecond); (err == nil) != test.healthy {
			t.Errorf("%s: the check answered %v", test.name, err)
		}
	}
}
