package access_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
)

// begin asks for a sign-in and returns the provider's address.
func (b *browser) begin(next string) *url.URL {
	b.t.Helper()
	to := b.get("/sign-in/oidc?next=" + url.QueryEscape(next)).location(b.t)
	for _, name := range []string{"state", "nonce"} {
		b.house.secret(to.Query().Get(name))
	}
	return to
}

// at signs in at the provider and returns the address that it sends the browser
// back to. An empty login gives up.
func (b *browser) at(provider *url.URL, login string) *url.URL {
	b.t.Helper()
	to := provider
	for range 5 {
		got := b.get(to.String())
		if got.StatusCode == http.StatusOK && strings.Contains(got.body, `name="login"`) {
			got = b.post(to.String(), url.Values{"login": {login}})
		}
		to = got.location(b.t)
		if strings.HasPrefix(to.String(), b.house.url) {
			b.house.secret(to.Query().Get("code"))
			return to
		}
	}
	b.t.Fatalf("the provider does not send the browser back: %s", to)
	return nil
}

func withReal(t *testing.T, run func(t *testing.T, h *house, p *realProvider)) {
	t.Helper()
	h, p := real(t, func(change func(*access.Config)) *house {
		return open(t, sqlite(t), func(c *access.Config) {
			c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
			change(c)
		})
	}, nil)
	run(t, h, p)
}

func TestTheRoundTripAtARealProvider(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h, p := real(t, func(change func(*access.Config)) *house { return open(t, db, change) }, nil)
		b := h.browser()
		to := b.begin("/synchronizations?tab=2")
		query := to.Query()
		if query.Get("code_challenge_method") != "S256" || len(query.Get("code_challenge")) != 43 || len(query.Get("state")) < 43 || len(query.Get("nonce")) < 43 {
			t.Errorf("the request lacks something: %s", to)
		}
		back := b.at(to, "subject-alice")
		if got := b.get(back.String()).location(t); got.RequestURI() != "/synchronizations?tab=2" {
			t.Errorf("led to %s", got)
		}
		who, known := b.who()
		want := access.Principal{ID: "person:subject-alice", Name: "Alice Atkins", Role: access.Configure, Person: true}
		if diff := cmp.Diff(want, who); !known || diff != "" {
			t.Error(diff)
		}

		// The same callback again, by the same browser and by one with its cookies copied.
		wantReason(t, b.get(back.String()), access.ReasonExpired)

		old := b.cookie("figgosync")
		wantReason(t, b.post("/sign-out", nil), access.ReasonSignedOutHere)
		b.setCookie("figgosync", old)
		if _, known := b.who(); known {
			t.Error("signed out, and still in")
		}
		b.signOutAtProvider(p)
		// The provider asks again who it is.
		if got := b.at(b.begin("/"), "subject-bob"); got.Query().Get("code") == "" {
			t.Errorf("got %s", got)
		}
		wantAudit := []string{
			"signed-in person:subject-alice session oidc role:>configure",
			"signed-out person:subject-alice session oidc",
		}
		if diff := cmp.Diff(wantAudit, h.audit.texts()); diff != "" {
			t.Error(diff)
		}
	})
}

var hidden = regexp.MustCompile(`name="xsrf" value="([^"]+)"`)

// signOutAtProvider follows the link of the sign-in page, confirms, and must be
// led back.
func (b *browser) signOutAtProvider(p *realProvider) {
	b.t.Helper()
	to := b.get("/sign-out/oidc").location(b.t)
	page := b.get(to.String())
	xsrf := hidden.FindStringSubmatch(page.body)
	if page.StatusCode != http.StatusOK || xsrf == nil {
		b.t.Fatalf("the provider's sign-out: %d %s", page.StatusCode, page.body)
	}
	got := b.post(p.issuer+"/session/end/confirm", url.Values{"xsrf": {xsrf[1]}, "logout": {"yes"}})
	if location := got.location(b.t); location.String() != b.house.url+"/sign-in" {
		b.t.Errorf("led back to %s", location)
	}
}

func TestRolesAtARealProvider(t *testing.T) {
	t.Parallel()
	withReal(t, func(t *testing.T, h *house, _ *realProvider) {
		bob := h.browser()
		bob.get(bob.at(bob.begin("/"), "subject-bob").String())
		if p, _ := bob.who(); p.Role != access.Consult || p.Name != "Bob Brown" {
			t.Errorf("got %+v", p)
		}
		carol := h.browser()
		wantReason(t, carol.get(carol.at(carol.begin("/x"), "subject-carol").String()), access.ReasonNoRole)
		if p, known := carol.who(); known {
			t.Errorf("came in as %+v", p)
		}
		want := []string{
			"signed-in person:subject-bob session oidc role:>consult",
			"sign-in-refused person:subject-carol session oidc reason:>no-role",
		}
		if diff := cmp.Diff(want, h.audit.texts()); diff != "" {
			t.Error(diff)
		}
		gaveUp := h.browser()
		wantReason(t, gaveUp.get(gaveUp.at(gaveUp.begin("/x"), "").String()), access.ReasonDenied)
	})
}

// Some providers have roles only at the userinfo endpoint, and some registrations
// take the secret only in the form.
func TestRolesFromUserinfo(t *testing.T) {
	t.Parallel()
	h, _ := real(t, func(change func(*access.Config)) *house { return open(t, sqlite(t), change) }, func(s *providerSettings) {
		s.RolesInUserinfoOnly, s.AuthMethod = true, "client_secret_post"
	})
	b := h.browser()
	b.get(b.at(b.begin("/"), "subject-alice").String())
	if p, _ := b.who(); p.Role != access.Configure || p.Name != "Alice Atkins" {
		t.Errorf("got %+v\n%s", p, h.logs)
	}
}

// Everything an attacker may change on the way through the browser.
func TestTamperedSignIns(t *testing.T) {
	t.Parallel()
	withReal(t, func(t *testing.T, h *house, _ *realProvider) {
		with := func(u *url.URL, name, value string) *url.URL {
			changed := *u
			query := u.Query()
			query.Set(name, value)
			if value == "" {
				query.Del(name)
			}
			changed.RawQuery = query.Encode()
			return &changed
		}
		other := func(b *browser) (state, code string) {
			back := b.at(b.begin("/"), "subject-alice").Query()
			return back.Get("state"), back.Get("code")
		}
		client := 0
		visitor := func() *browser { // each from an address of its own: tries are limited
			b := h.browser()
			client++
			b.header.Set("X-Forwarded-For", "192.0.2."+strconv.Itoa(client))
			return b
		}
		for name, test := range map[string]struct {
			run  func(b *browser) answer
			want access.Reason
			log  string
		}{
			"wrong state": {func(b *browser) answer {
				return b.get(with(b.at(b.begin("/"), "subject-alice"), "state", strings.Repeat("A", 52)).String())
			}, access.ReasonExpired, "reason=expired"},
			"no state": {func(b *browser) answer {
				return b.get(with(b.at(b.begin("/"), "subject-alice"), "state", "").String())
			}, access.ReasonExpired, "reason=expired"},
			"another browser finishes it": {func(b *browser) answer {
				back := b.at(b.begin("/"), "subject-alice")
				victim := visitor()
				victim.begin("/") // has a sign-in of its own under way
				return victim.get(back.String())
			}, access.ReasonExpired, "reason=expired"},
			"a browser without any cookie finishes it": {func(b *browser) answer {
				back := b.at(b.begin("/"), "subject-alice")
				return visitor().get(back.String())
			}, access.ReasonExpired, "reason=expired"},
			"wrong nonce": {func(b *browser) answer {
				return b.get(b.at(with(b.begin("/"), "nonce", "chosen-by-somebody"), "subject-alice").String())
			}, access.ReasonFailed, "stage=nonce"},
			"no nonce": {func(b *browser) answer {
				return b.get(b.at(with(b.begin("/"), "nonce", ""), "subject-alice").String())
			}, access.ReasonFailed, "stage=nonce"},
			"PKCE missing": {func(b *browser) answer {
				// The provider itself refuses the request.
				return b.get(b.at(with(with(b.begin("/"), "code_challenge", ""), "code_challenge_method", ""), "subject-alice").String())
			}, access.ReasonFailed, "stage=provider cause=invalid_request"},
			"PKCE of somebody else": {func(b *browser) answer {
				return b.get(b.at(with(b.begin("/"), "code_challenge", strings.Repeat("B", 43)), "subject-alice").String())
			}, access.ReasonFailed, "stage=exchange cause=invalid_grant"},
			"a code from another browser's sign-in": {func(b *browser) answer {
				_, stolen := other(visitor())
				return b.get(with(b.at(b.begin("/"), "subject-bob"), "code", stolen).String())
			}, access.ReasonFailed, "stage=exchange cause=invalid_grant"},
			"a code that was used": {func(b *browser) answer {
				back := b.at(b.begin("/"), "subject-alice")
				b.get(back.String())
				b.post("/sign-out", nil)
				return b.get(with(b.at(b.begin("/"), "subject-alice"), "code", back.Query().Get("code")).String())
			}, access.ReasonFailed, "stage=exchange cause=invalid_grant"},
			"another provider's answer": {func(b *browser) answer {
				return b.get(with(b.at(b.begin("/"), "subject-alice"), "iss", "https://evil.example.com").String())
			}, access.ReasonFailed, "stage=answer"},
			"no code": {func(b *browser) answer {
				return b.get(with(b.at(b.begin("/"), "subject-alice"), "code", "").String())
			}, access.ReasonFailed, "stage=answer"},
			"an endless code": {func(b *browser) answer {
				return b.get(with(b.at(b.begin("/"), "subject-alice"), "code", strings.Repeat("c", 20_000)).String())
			}, access.ReasonFailed, "stage=answer"},
			"an error that is none": {func(b *browser) answer {
				return b.get(with(b.at(b.begin("/"), "subject-alice"), "error", "<script>@example.com").String())
			}, access.ReasonFailed, "stage=provider cause=other"},
		} {
			b, before := visitor(), len(h.logs.String())
			got := test.run(b)
			wantReason(t, got, test.want)
			if log := h.logs.String()[before:]; !strings.Contains(log, test.log) {
				t.Errorf("%s: the log lacks %q:\n%s", name, test.log, log)
			}
			if p, known := b.who(); known {
				t.Errorf("%s: came in as %+v", name, p)
			}
		}
		// The same way, untouched.
		b := visitor()
		b.get(b.at(b.begin("/"), "subject-alice").String())
		if _, known := b.who(); !known {
			t.Error("nobody can sign in at all")
		}
	})
}

func TestASignInTakesTenMinutesAtMost(t *testing.T) {
	t.Parallel()
	withReal(t, func(t *testing.T, h *house, _ *realProvider) {
		for _, wait := range []time.Duration{access.FlowTTL - 30*time.Second, access.FlowTTL + time.Second} {
			b, want := h.browser(), wait < access.FlowTTL
			back := b.at(b.begin("/"), "subject-alice")
			h.clock.forward(wait)
			got := b.get(back.String())
			if _, known := b.who(); known != want {
				t.Errorf("after %v: known %v, want %v", wait, known, want)
			}
			if !want {
				wantReason(t, got, access.ReasonExpired)
			}
		}
	})
}

// Two tabs sign in at once, and both arrive.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	withReal(t, func(t *testing.T, h *house, _ *realProvider) {
		b := h.browser()
		first, second := b.begin("/one"), b.begin("/two")
		for want, to := range map[string]*url.URL{"/one": first, "/two": second} {
			if got := b.get(b.at(to, "subject-alice").String()).location(t); got.Path != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
}

// While a page of another site makes a browser of the office begin sign-ins by images,
// everybody there signs in at the provider: at the first click where browsers tell what
// another site has them fetch, at the second where they do not.
func TestAnOfficeUnderImagesSignsInAtARealProvider(t *testing.T) {
	t.Parallel()
	withReal(t, func(t *testing.T, h *house, _ *realProvider) {
		images := func(telling bool) *browser {
			victim := h.browser()
			if telling {
				victim.header.Set("Sec-Fetch-Site", "cross-site")
			}
			for range 2 * 20 {
				victim.get("/sign-in/oidc")
				victim.get("/sign-in/oidc/callback?state=x&code=y")
				victim.client.Jar = nil // another site's images send no cookie of ours, and keep none
			}
			victim.client.Jar = h.browser().client.Jar
			victim.header.Del("Sec-Fetch-Site")
			return victim
		}
		for _, login := range []string{"subject-alice", "subject-bob"} {
			b := images(true)
			b.get(b.at(b.begin("/"), login).String())
			if who, known := b.who(); !known || who.ID != "person:"+login {
				t.Errorf("%s: %+v", login, who)
			}
		}
		for _, login := range []string{"subject-alice", "subject-bob"} {
			b := images(false)
			if first := b.get("/sign-in/oidc"); first.StatusCode != http.StatusTooManyRequests {
				t.Errorf("the first click: %d", first.StatusCode)
			}
			b.get(b.at(b.begin("/"), login).String())
			if who, known := b.who(); !known || who.ID != "person:"+login {
				t.Errorf("%s: %+v", login, who)
			}
		}
	})
}
