package ews_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/egress"
)

func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	for _, auth := range []string{ews.AuthBasic, ews.AuthNTLM} {
		t.Run(auth, func(t *testing.T) {
			t.Parallel()
			var arrived atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
			defer server.Close()
			calendartest.RunRefused(t, func(t *testing.T) calendartest.Checked {
				c, err := ews.New(ews.Config{
					URL: server.URL + "/EWS/Exchange.asmx", Username: `EX\svc`, Password: "secret", Auth: auth, AllowInsecure: true,
					WrapTransport: egress.Policy{}.Transport,
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(c.Close)
				return c
			}, func() int { return int(arrived.Load()) })
		})
	}
}
