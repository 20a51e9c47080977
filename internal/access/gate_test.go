package access_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/access"
)

func TestConfigurationsThatWillNotDo(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	for want, change := range map[string]func(*access.Config){
		"DB and Log":              func(c *access.Config) { c.DB = nil },
		"Log":                     func(c *access.Config) { c.Log = nil },
		"public address":          func(c *access.Config) { c.PublicURL = "" },
		"without a path":          func(c *access.Config) { c.PublicURL = "https://a.example.com/figgosync" },
		"public address must":     func(c *access.Config) { c.PublicURL = "figgosync.example.com" },
		"like https":              func(c *access.Config) { c.PublicURL = "ftp://figgosync.example.com" },
		"the public address must": func(c *access.Config) { c.PublicURL = "https://a:b@figgosync.example.com" },
		"TokensOnly":              func(c *access.Config) { c.TokensOnly = []string{"codec"} },
		"in TokensOnly":           func(c *access.Config) { c.TokensOnly = []string{"/"} },
		"issuer":                  func(c *access.Config) { c.OIDC.Issuer = "login.example.com" },
		"issuer must be https":    func(c *access.Config) { c.OIDC.Issuer = "http://login.example.com" },
		"client id":               func(c *access.Config) { c.OIDC.ClientID = "" },
		"lets nobody in":          func(c *access.Config) { c.OIDC.ConfigureValues = nil },
		"an empty value":          func(c *access.Config) { c.OIDC.ConsultValues = []string{""} },
	} {
		config := access.Config{DB: db, Log: slog.New(slog.DiscardHandler), PublicURL: "https://figgosync.example.com/", OIDC: &access.OIDC{
			Issuer: "https://login.example.com/", ClientID: "x", ClientSecret: "kept-to-itself", ConfigureValues: []string{"in"},
		}}
		if _, err := access.New(config); err != nil {
			t.Fatal(err)
		}
		change(&config)
		_, err := access.New(config)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "kept-to-itself") {
			t.Errorf("got %v, want an error about %q", err, want)
		}
	}
}

// Each reason is one word, once.
func TestReasons(t *testing.T) {
	t.Parallel()
	seen := map[access.Reason]bool{}
	for _, reason := range access.Reasons() {
		if reason == "" || seen[reason] {
			t.Errorf("%q twice, or empty", reason)
		}
		seen[reason] = true
	}
	if !access.Configure.Allows(access.Consult) || access.Consult.Allows(access.Configure) || access.Role("").Allows("") || access.Role("").Allows(access.Consult) {
		t.Error("roles allow something else")
	}
}
