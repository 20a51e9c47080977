package access_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/access"
)

// renewing is a provider that gives refresh tokens; refused makes it take them back.
func renewing(t *testing.T) (p *fakeProvider, refused *bool) {
	p, refused = fake(t), new(bool)
	p.token = func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("grant_type") == "refresh_token" && (*refused || r.FormValue("refresh_token") != "a-refresh-token") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": "an-access-token", "token_type": "Bearer", "id_token": p.sign(p.idToken()), "refresh_token": "a-refresh-token",
		})
	}
	return p, refused
}

// Who loses their role at the identity provider is out within a minute.
func TestARoleThatIsTakenAwayAtTheProviderEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(p *fakeProvider, refused *bool){
		"the person is blocked": func(_ *fakeProvider, refused *bool) { *refused = true },
		"the role is gone":      func(p *fakeProvider, _ *bool) { p.claims = map[string]any{"roles": []string{"other"}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, refused := renewing(t)
			h := p.house(nil)
			h.secret("a-refresh-token")
			b, _ := p.signIn(h)
			for range 3 {
				h.clock.forward(2 * time.Minute)
				if _, known := b.who(); !known {
					t.Fatal("out while the provider says in")
				}
			}
			take(p, refused)
			h.clock.forward(time.Minute)
			if who, known := b.who(); known {
				t.Errorf("still in as %+v", who)
			}
		})
	}
}

// Another role counts at once, and a provider that is down takes nothing away.
func TestTheProviderIsAskedAgain(t *testing.T) {
	t.Parallel()
	p, _ := renewing(t)
	h := p.house(func(o *access.OIDC) { o.ConfigureValues = []string{"boss"} })
	b, _ := p.signIn(h)
	p.claims = map[string]any{"roles": []string{"boss"}}
	if who, _ := b.who(); who.Role != access.Consult {
		t.Errorf("asked again before a minute was over: %+v", who)
	}
	h.clock.forward(time.Minute)
	for range 2 { // the second time as it was told
		if who, _ := b.who(); who.Role != access.Configure {
			t.Errorf("got %+v", who)
		}
	}
	p.down.Store(true)
	h.clock.forward(2 * time.Minute)
	if _, known := b.who(); !known {
		t.Error("a provider that is down ends sessions")
	}
}

// Without a refresh token nobody can be asked about, so the session is short.
func TestASessionThatNobodyCanBeAskedAboutIsShort(t *testing.T) {
	t.Parallel()
	p := fake(t)
	h := p.house(nil)
	b, _ := p.signIn(h)
	for range 5 {
		h.clock.forward(access.SessionUnasked / 6)
		if _, known := b.who(); !known {
			t.Fatal("out early")
		}
	}
	h.clock.forward(access.SessionUnasked / 6)
	if _, known := b.who(); known {
		t.Error("still in after an hour")
	}
}

// Who is taken out of the configuration is out when figgosync starts with it.
func TestARoleThatIsTakenAwayInTheConfiguration(t *testing.T) {
	t.Parallel()
	p := fake(t)
	h := p.house(nil)
	b, _ := p.signIn(h)
	after := open(t, h.db, func(c *access.Config) {
		c.OIDC = &access.OIDC{Issuer: p.url, ClientID: clientID, ClientSecret: clientSecret, AllowInsecure: true, ConsultValues: []string{"others"}}
	}).browser()
	after.setCookie("figgosync", b.cookie("figgosync"))
	if who, known := after.who(); known {
		t.Errorf("still in as %+v", who)
	}
}
