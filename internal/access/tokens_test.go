package access_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
)

var admin = access.Principal{ID: "person:7", Name: "Ada", Role: access.Configure, Person: true}

func TestATokenLetsAProgramIn(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		plain, made, err := h.gate.CreateToken(t.Context(), admin, " nightly export ", access.Consult, h.nextMonth())
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^figgosync_[A-Z2-7]{52}$`).MatchString(h.secret(plain)) {
			t.Errorf("got a token of another shape (%d characters)", len(plain))
		}
		p, known := h.browser().bearer(plain).who()
		want := access.Principal{ID: "token:" + made.ID, Name: "nightly export", Role: access.Consult}
		if diff := cmp.Diff(want, p); !known || diff != "" {
			t.Error(diff)
		}
		listed, err := h.gate.Tokens(t.Context())
		if err != nil || len(listed) != 1 {
			t.Fatal(listed, err)
		}
		if listed[0].LastUsed.IsZero() {
			t.Error("its use was not noted")
		}
		listed[0].LastUsed = time.Time{}
		if diff := cmp.Diff(made, listed[0]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(admin.Author(), made.CreatedBy); diff != "" {
			t.Error(diff)
		}

		if err := h.gate.RevokeToken(t.Context(), admin, made.ID); err != nil {
			t.Fatal(err)
		}
		if p, known := h.browser().bearer(plain).who(); known {
			t.Errorf("a removed token still opens: %+v", p)
		}
		if err := h.gate.RevokeToken(t.Context(), admin, made.ID); !errors.Is(err, settings.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		end := made.Expires.Format(time.RFC3339)
		wantAudit := []string{
			"created person:7 token nightly export id:>" + made.ID + " role:>consult expires:>" + end,
			"removed person:7 token nightly export id:" + made.ID + "> role:consult> expires:" + end + ">",
			"refused figgosync door api reason:>wrong-token",
		}
		if diff := cmp.Diff(wantAudit, h.audit.texts()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATokenExpires(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		plain, made, err := h.gate.CreateToken(t.Context(), admin, "x", access.Configure, h.clock.now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		program := h.browser().bearer(plain)
		h.clock.forward(59 * time.Minute)
		if _, known := program.who(); !known {
			t.Error("expired early")
		}
		h.clock.forward(2 * time.Minute)
		if _, known := program.who(); known {
			t.Error("goes on after it expired")
		}
		listed, err := h.gate.Tokens(t.Context())
		if err != nil || len(listed) != 1 || !listed[0].Expires.Equal(made.Expires) {
			t.Errorf("an expired token is not listed: %+v %v", listed, err)
		}
	})
}

func TestTheLastUseIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		plain, _, err := h.gate.CreateToken(t.Context(), admin, "x", access.Configure, h.nextMonth())
		if err != nil {
			t.Fatal(err)
		}
		program := h.browser().bearer(plain)
		last := func() time.Time {
			program.who()
			listed, err := h.gate.Tokens(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return listed[0].LastUsed
		}
		first := last()
		h.clock.forward(50 * time.Second)
		if got := last(); !got.Equal(first) {
			t.Errorf("written again after %v", got.Sub(first))
		}
		h.clock.forward(20 * time.Second)
		if got := last(); got.Sub(first) < time.Minute {
			t.Error("not written after a minute")
		}
	})
}

func TestATokenThatWillNotDo(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	for _, test := range []struct {
		label   string
		role    access.Role
		expires time.Time
		want    string
	}{
		{"", access.Consult, h.nextMonth(), "label required"},
		{"  ", access.Consult, h.nextMonth(), "label required"},
		{strings.Repeat("é", access.MaxLabel+1), access.Consult, h.nextMonth(), "label too-long"},
		{"a\x00b", access.Consult, h.nextMonth(), "label control-characters"},
		{"a\xffb", access.Consult, h.nextMonth(), "label not-utf8"},
		{"x", "root", h.nextMonth(), "role bad-choice"},
		{"x", access.Consult, h.clock.now(), "expires in-the-past"},
		{"x", access.Consult, time.Time{}, "expires required"},
		{"x", access.Consult, h.clock.now().Add(access.MaxTokenTTL + time.Hour), "expires over-a-year"},
	} {
		plain, _, err := h.gate.CreateToken(t.Context(), admin, test.label, test.role, test.expires)
		var invalid *settings.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || plain != "" {
			t.Errorf("%+v: got %v", test, err)
			continue
		}
		if got := invalid.Problems[0].Field + " " + invalid.Problems[0].Code; got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	if got, err := h.gate.Tokens(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("got %v %v", got, err)
	}
	if _, _, err := h.gate.CreateToken(t.Context(), admin, strings.Repeat("é", access.MaxLabel), access.Consult, h.nextMonth()); err != nil {
		t.Error(err)
	}
}

func TestAFixedToken(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	h.gate.AddFixedToken("demo-admin-token", access.Configure, "FIGGOSYNC_API_TOKEN")
	h.gate.AddFixedToken("another", access.Consult, "second")
	h.gate.AddFixedToken("", access.Configure, "empty")
	h.gate.AddFixedToken("no-role", "", "none")
	p, known := h.browser().bearer("demo-admin-token").who()
	want := access.Principal{ID: "token:FIGGOSYNC_API_TOKEN", Name: "FIGGOSYNC_API_TOKEN", Role: access.Configure}
	if diff := cmp.Diff(want, p); !known || diff != "" {
		t.Error(diff)
	}
	if p, _ := h.browser().bearer("another").who(); p.Role != access.Consult {
		t.Errorf("got %+v", p)
	}
	for _, wrong := range []string{"", "demo-admin-toke", "demo-admin-token2", "DEMO-ADMIN-TOKEN", "no-role"} {
		if p, known := h.browser().bearer(wrong).who(); known {
			t.Errorf("%q opens as %+v", wrong, p)
		}
	}
}

// A wrong token must not fall back to the session that a browser sends along:
// requests with a token are let through from other sites.
func TestAWrongTokenIsNobodyInSpiteOfASession(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	b := h.browser()
	h.signIn(b, access.Configure)
	for _, header := range []string{"Bearer wrong", "bearer wrong", "Bearer ", "BEARER x"} {
		b.header.Set("Authorization", header)
		if p, known := b.who(); known {
			t.Errorf("%q: got %+v", header, p)
		}
	}
	b.header.Set("Authorization", "Basic eDp5")
	if _, known := b.who(); !known {
		t.Error("another kind of Authorization hides the session")
	}
}

func TestTokensOnlyPathsKnowNoSession(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), func(c *access.Config) { c.TokensOnly = []string{"/codec"} })
	h.gate.AddFixedToken("codec-token", access.Configure, "c")
	b := h.browser()
	h.signIn(b, access.Configure)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	if got := b.post("/codec/decode", nil); got.StatusCode != http.StatusOK || !strings.Contains(got.body, `"known":false`) {
		t.Errorf("got %d %s", got.StatusCode, got.body)
	}
	b.bearer("codec-token")
	if got := b.post("/codec/decode", nil); !strings.Contains(got.body, `"known":true`) {
		t.Errorf("got %d %s", got.StatusCode, got.body)
	}
}

// Lucca's own Authorization header is none of our tokens.
func TestWebhooksAreLeftAlone(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	lucca := h.browser().bearer("what-lucca-sends")
	for range 100 {
		if got := lucca.post("/webhooks/figgo/demo", nil); got.StatusCode != http.StatusOK {
			t.Fatalf("got %d", got.StatusCode)
		}
	}
	lucca.header.Set("Origin", "https://elsewhere.example.com")
	lucca.header.Del("Authorization")
	if got := lucca.post("/webhooks/lucca/demo", nil); got.StatusCode != http.StatusOK {
		t.Errorf("got %d", got.StatusCode)
	}
}
