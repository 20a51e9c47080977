package command_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/cmd/command"
)

// The link that is printed opens in a browser, and leads to the pages.
func TestASignInLinkLeadsIn(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	flags := command.SettingsFlags{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "figgosync.db")}
	opened, err := flags.Open(t.Context(), true, log)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	site, err := command.NewSite(command.SiteConfig{
		API: api.Config{Settings: opened.Store, Registry: prometheus.NewRegistry(), Log: log, Token: randomToken},
		DB:  opened.DB, Editor: opened.Editor,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site.Server)
	defer server.Close()
	link, err := site.SignInLink(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	address, token, _ := strings.Cut(link, "#")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	if answer := do(t, browser, http.MethodGet, address, nil); answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/sign-in" {
		t.Fatalf("the link answered %s at %s", answer.Status, answer.Request.URL)
	}
	answer := do(t, browser, http.MethodPost, server.URL+"/sign-in/link", url.Values{"token": {token}})
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/" {
		t.Fatalf("the token led to %s at %s", answer.Status, answer.Request.URL)
	}
	if again := do(t, &http.Client{}, http.MethodPost, server.URL+"/sign-in/link", url.Values{"token": {token}}); again.Request.URL.Path != "/sign-in" {
		t.Errorf("the link works twice: %s", again.Request.URL)
	}
	var out strings.Builder
	if err := site.FirstLink(t.Context(), opened.Editor, server.URL, log, &out); err != nil || out.Len() != 0 {
		t.Errorf("a first link is printed though somebody was in: %q, %v", out.String(), err)
	}
}

func do(t *testing.T, c *http.Client, method, address string, form url.Values) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer
}
