package access_test

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/access"
)

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"":                                "/",
		"/":                               "/",
		"/synchronizations/x?tab=2":       "/synchronizations/x?tab=2",
		"/a/":                             "/a/",
		"/a#b":                            "/a",
		"/absences?q=Zo%C3%A9":            "/absences?q=Zo%C3%A9",
		"//evil.example.com":              "/",
		"/\\evil.example.com":             "/",
		"/%5cevil.example.com":            "/",
		"/%2fevil.example.com":            "/",
		"https://evil.example.com":        "/",
		"javascript:alert(1)":             "/",
		"evil":                            "/",
		"/\t/evil.example.com":            "/",
		"/\n/evil.example.com":            "/",
		"/a/../../evil":                   "/",
		"/./sign-out":                     "/",
		"/sign-in":                        "/",
		"/sign-in/oidc?next=/a":           "/",
		"/sign-out/oidc":                  "/",
		"/sign-information":               "/sign-information",
		"/" + strings.Repeat("a", 10_000): "/",
	} {
		if got := access.LocalPath(next); got != want {
			t.Errorf("%q: got %q, want %q", next, got, want)
		}
	}
}

// Whatever is asked for, the browser stays here, and asking again changes nothing.
func TestLocalPathStaysHere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		next := rapid.OneOf(rapid.String(), rapid.StringMatching(`[/\\.%25cCfF:@?#a]{0,12}`)).Draw(t, "next")
		got := access.LocalPath(next)
		base, _ := url.Parse("https://figgosync.example.com/sign-in/oidc/callback")
		to, err := base.Parse(got)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.Contains(got, `\`) {
			t.Fatalf("%q leads to %q (%v)", next, got, err)
		}
		if again := access.LocalPath(got); again != got {
			t.Fatalf("%q, then %q", got, again)
		}
	})
}
