package settings_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/settings"
)

func TestStrongRefusesWhatPeopleTypeToGetOn(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{
		"", "x", strings.Repeat("x", 64), "changeme", strings.Repeat("changeme", 4), strings.Repeat("0123456789", 4), strings.Repeat("password", 5),
		"abcdefghijklmnopqrstuvwxyzabcdef", "0123456789abcdefghijklmnopqrstuv", "zyxwvutsrqponmlkjihgfedcba987654", strings.Repeat("ab12", 9), "aaaaaaaaaaaaaaaaaaaaaaaaabcdefgh",
		"kq3vTz8mWp2hYb7dRn5xJc9gLf4sA6e", // 31 characters
	} {
		if settings.Strong(weak, 32) {
			t.Errorf("%q passes", weak)
		}
	}
}

// Whatever a generator of the trade makes must pass, each time.
func TestStrongTakesRandomSecrets(t *testing.T) {
	t.Parallel()
	for _, unlucky := range []string{"a3cfb3fe3e7b7e3afb33bfac", "0112fe33ab4455d0c9ba8770"} { // seven characters; thirteen steps
		if !settings.Strong(unlucky, settings.MinWebhookKey) {
			t.Errorf("%q is refused", unlucky)
		}
	}
	for range 2000 {
		bytes := make([]byte, 32)
		_, _ = rand.Read(bytes)
		for _, secret := range []string{hex.EncodeToString(bytes[:16]), hex.EncodeToString(bytes), base64.StdEncoding.EncodeToString(bytes), rand.Text() + rand.Text()} {
			if !settings.Strong(secret, 32) {
				t.Errorf("%q is refused", secret)
			}
		}
		if secret := hex.EncodeToString(bytes[:12]); !settings.Strong(secret, 24) {
			t.Errorf("%q is refused", secret)
		}
	}
	if long := strings.Repeat("It was the best of times, it was the worst of times. ", 20); !settings.Strong(long, 32) {
		t.Error("a long sentence is refused")
	}
}

func TestKeysOfOurDoorsAreStrong(t *testing.T) {
	t.Parallel()
	basic := func(login string) settings.Secret {
		return settings.Secret("Basic " + base64.StdEncoding.EncodeToString([]byte(login)))
	}
	type source = settings.Source
	for name, c := range map[string]struct {
		change  func(*source)
		inDemo  bool
		problem string
	}{
		"a letter":                        {func(s *source) { s.WebhookSecret = "x" }, false, "webhookSecret weak-secret least=24"},
		"a letter, where nothing is real": {func(s *source) { s.WebhookSecret = "x" }, true, "webhookSecret weak-secret least=24"},
		"what Lucca makes":                {func(s *source) { s.WebhookSecret = "b3YGydKxao0CYEg4-2LM81rviT-TESTSECRET" }, false, ""},
		"the demo's":                      {func(s *source) { s.WebhookSecret = settings.DemoWebhookSecret }, true, ""},
		"the demo's, in earnest":          {func(s *source) { s.WebhookSecret = settings.DemoWebhookSecret }, false, "webhookSecret weak-secret least=24"},
		"a long login, a short password":  {func(s *source) { s.HTTPSynchronizationKey = basic("figgosync-of-the-company-acme:a") }, false, "httpSynchronizationKey weak-secret least=24"},
		"a bare letter":                   {func(s *source) { s.HTTPSynchronizationKey = "x" }, false, "httpSynchronizationKey weak-secret least=24"},
		"a bearer letter":                 {func(s *source) { s.HTTPSynchronizationKey = "Bearer x" }, false, "httpSynchronizationKey weak-secret least=24"},
		"the demo's key":                  {func(s *source) { s.HTTPSynchronizationKey = settings.DemoHTTPKey }, true, ""},
		"the demo's key, in earnest":      {func(s *source) { s.HTTPSynchronizationKey = settings.DemoHTTPKey }, false, "httpSynchronizationKey weak-secret least=24"},
		"one of ours":                     {func(s *source) { s.HTTPSynchronizationKey = basic("figgosync:" + rand.Text()) }, false, ""},
	} {
		got := settings.ValidateSource(with(goodSource(), c.change), settings.Rules{AllowInsecureEndpoints: c.inDemo})
		if diff := cmp.Diff(c.problem, written(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestValidateToken(t *testing.T) {
	t.Parallel()
	for token, want := range map[settings.Secret]bool{
		"": true, "x": false, "demo-admin-token": false, "kq3vTz8mWp2hYb7dRn5xJc9gLf4sA6e": false, "kq3vTz8mWp2hYb7dRn5xJc9gLf4sA6eU": true,
	} {
		if got := settings.ValidateToken(token, settings.Rules{}) == nil; got != want {
			t.Errorf("%q: good %v, want %v", token.Reveal(), got, want)
		}
	}
	if settings.ValidateToken(settings.DemoToken, settings.Rules{AllowInsecureEndpoints: true}) != nil {
		t.Error("the demo's token is refused in the demo")
	}
}
