package exchange_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// Whatever a client sends, the service answers, with XML where it says so.
func FuzzRequest(f *testing.F) {
	for _, body := range []string{
		createBody(item("s", marker("k")+wholeDays)), updateBody("AAMk", "DwAAA", set("item:Subject", "<t:Subject>x</t:Subject>")),
		getBody("AAMk", ""), deleteBody("AAMk", "HardDelete"), findBody("calendar", "", where(equals(markerURI, "k"))),
		findBody("calendar", calendarView("2026-07-02T00:00:00Z", "2026-07-03T00:00:00Z"), ""),
		createBody(item("s", strings.Replace(marker("k"), `"String"`, `"StringArray"`, 1)+wholeDays)),
		`<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>a</m:UnresolvedEntry></m:ResolveNames>`,
	} {
		f.Add(request{body: body, context: paris}.text())
		f.Add(request{body: body, version: "Exchange2016"}.text())
	}
	store := mailboxes.New()
	store.Add(mailboxes.Mailbox{Email: alice, System: mailboxes.Exchange, Zone: "Europe/Paris"})
	service := exchange.New(store, exchange.Config{Accounts: []exchange.Account{serviceAccount}, Schemes: []string{exchange.Basic}})
	f.Fuzz(func(t *testing.T, text string) {
		req := httptest.NewRequest(http.MethodPost, exchange.Path, strings.NewReader(text))
		req = req.WithContext(exchange.ConnContext(context.Background(), nil))
		req.Header.Set("Content-Type", "text/xml")
		req.Header.Set("X-AnchorMailbox", alice)
		req.SetBasicAuth(`DEMO\svc`, "secret")
		w := httptest.NewRecorder()
		service.Handler().ServeHTTP(w, req)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
			if _, err := schema.Parse(w.Body); err != nil {
				t.Errorf("HTTP %d with bad XML: %v", w.Code, err)
			}
		}
	})
}
