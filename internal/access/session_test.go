package access_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
)

func TestALinkSignsInOnce(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		token := h.link(access.Configure, time.Hour)
		scanner, person, thief := h.browser(), h.browser(), h.browser()

		for range 3 {
			wantReason(t, scanner.get("/sign-in/link"), access.ReasonLink)
		}
		if _, known := scanner.who(); known {
			t.Error("opening a link signed in")
		}
		person.post("/sign-in/link", url.Values{"token": {token}})
		p, known := person.who()
		if !known || p.Role != access.Configure || !p.Person || !strings.HasPrefix(p.ID, "person:link:") {
			t.Errorf("got %+v %v", p, known)
		}
		wantReason(t, thief.post("/sign-in/link", url.Values{"token": {token}}), access.ReasonLinkInvalid)
		if _, known := thief.who(); known {
			t.Error("a link signed in twice")
		}
		link := strings.TrimPrefix(p.ID, "person:link:")
		want := []string{
			"signed-in person:link:" + link + " session link role:>configure",
			"sign-in-refused person:link:" + link + " session link reason:>link-invalid",
		}
		if diff := cmp.Diff(want, h.audit.texts()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestALinkWorksForOneOfManyAtOnce(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		token := h.link(access.Consult, time.Hour)
		var in atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			b := h.browser()
			all.Go(func() {
				b.post("/sign-in/link", url.Values{"token": {token}})
				if _, known := b.who(); known {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d browsers came in, want 1", in.Load())
		}
	})
}

func TestALinkThatDoesNotWork(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	old := h.link(access.Configure, time.Hour)
	fresh := h.link(access.Configure, 3*time.Hour)
	h.clock.forward(time.Hour)
	for name, token := range map[string]string{
		"too old": old, "unknown": strings.Repeat("A", 52), "empty": "", "long": strings.Repeat("x", 100_000), "odd": "\x00'; DROP",
	} {
		b := h.browser()
		wantReason(t, b.post("/sign-in/link", url.Values{"token": {token}}), access.ReasonLinkInvalid)
		if _, known := b.who(); known {
			t.Errorf("%s: came in", name)
		}
	}
	if len(h.audit.texts()) != 0 { // nobody was in
		t.Errorf("got %q", h.audit.texts())
	}
	b := h.browser()
	b.post("/sign-in/link", url.Values{"token": {" " + h.url + "/sign-in/link#" + fresh + "\n"}})
	if _, known := b.who(); !known {
		t.Error("a whole link that was pasted did not work")
	}
	if got := b.do(http.MethodPut, "/sign-in/link", nil); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("got %d", got.StatusCode)
	}
}

func TestALinkNeedsARoleAndATime(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	if _, err := h.gate.NewLink(t.Context(), settings.Author{}, "root", time.Hour); err == nil {
		t.Error("an unknown role was taken")
	}
	if _, err := h.gate.NewLink(t.Context(), settings.Author{}, access.Consult, 0); err == nil {
		t.Error("a link without a time was made")
	}
}

func TestSigningInRenewsTheSession(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		// The attacker's own session, and a token that nobody has.
		attacker := h.browser()
		h.signIn(attacker, access.Consult)
		for _, planted := range []string{attacker.cookie("figgosync"), "cGxhbnRlZC1ieS1hbi1hdHRhY2tlci1vZi1mb3J0eQ"} {
			victim := h.browser()
			victim.setCookie("figgosync", planted)
			h.signIn(victim, access.Configure)
			if got := victim.cookie("figgosync"); got == planted || got == "" {
				t.Errorf("the session kept the token %q", planted)
			}
			spy := h.browser()
			spy.setCookie("figgosync", planted)
			if p, known := spy.who(); known {
				t.Errorf("the planted token opens the session of %+v", p)
			}
		}
	})
}

func TestASessionEndsWithoutUse(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		b := h.browser()
		h.signIn(b, access.Consult)
		for range 4 {
			h.clock.forward(access.SessionIdle - time.Minute)
			if _, known := b.who(); !known {
				t.Fatal("a session in use has ended")
			}
		}
		h.clock.forward(access.SessionIdle + time.Second)
		if _, known := b.who(); known {
			t.Error("a session without use goes on")
		}
	})
}

func TestASessionEndsAfterItsLifetime(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		b := h.browser()
		h.signIn(b, access.Consult)
		for used := 30 * time.Minute; used < 2*access.SessionLifetime; used += 30 * time.Minute {
			h.clock.forward(30 * time.Minute)
			if _, known := b.who(); known != (used < access.SessionLifetime) {
				t.Fatalf("in use for %v: known %v", used, known)
			}
		}
	})
}

func TestSigningOutEndsTheSessionOnTheServer(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		b, copied := h.browser(), h.browser()
		h.signIn(b, access.Consult)
		copied.setCookie("figgosync", b.cookie("figgosync"))
		if got := b.get("/sign-out"); got.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET /sign-out: got %d", got.StatusCode)
		}
		wantReason(t, b.post("/sign-out", nil), access.ReasonSignedOut)
		if b.cookie("figgosync") != "" {
			t.Error("the cookie is still there")
		}
		if _, known := copied.who(); known {
			t.Error("the session is still open to who has the cookie")
		}
		wantReason(t, b.post("/sign-out", nil), access.ReasonSignedOut) // twice does no harm
		if texts := h.audit.texts(); len(texts) != 2 || !strings.HasPrefix(texts[1], "signed-out person:link:") {
			t.Errorf("got %q", texts)
		}
	})
}

// A request that is under way when the session ends must not bring it back.
func TestASessionThatEndedStaysEnded(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		b := h.browser()
		h.signIn(b, access.Consult)
		cookie := b.cookie("figgosync")
		under, over := make(chan struct{}), make(chan struct{})
		arrived := sync.OnceFunc(func() { close(under) })
		slow := h.gate.Identify(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived(); <-over }))
		var done sync.WaitGroup
		done.Go(func() {
			defer arrived()
			h.clock.forward(2 * time.Minute) // so that the request prolongs the session
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.AddCookie(&http.Cookie{Name: "figgosync", Value: cookie})
			slow.ServeHTTP(httptest.NewRecorder(), r)
		})
		<-under
		b.post("/sign-out", nil)
		close(over)
		done.Wait()
		b.setCookie("figgosync", cookie)
		if _, known := b.who(); known {
			t.Error("the session came back")
		}
	})
}

func TestEndSessions(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		first, second := h.browser(), h.browser()
		h.signIn(first, access.Consult)
		h.signIn(second, access.Configure)
		if count, err := h.gate.EndSessions(t.Context()); err != nil || count != 2 {
			t.Errorf("got %d, %v", count, err)
		}
		for _, b := range []*browser{first, second} {
			if p, known := b.who(); known {
				t.Errorf("%+v is still in", p)
			}
		}
	})
}

func TestExpiredRowsAreRemoved(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		for range 3 {
			h.signIn(h.browser(), access.Consult)
		}
		h.clock.forward(access.SessionLifetime + time.Hour)
		h.signIn(h.browser(), access.Consult)
		for _, table := range []string{"access_sessions", "access_links"} {
			var count int
			if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&count); err != nil || count != 1 {
				t.Errorf("%s: %d rows, %v", table, count, err)
			}
		}
	})
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		public, want string
	}{
		"https": {"https://figgosync.example.com", `^__Host-figgosync=[\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax$`},
		"http":  {"http://localhost:8080", `^figgosync=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax$`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, sqlite(t), func(c *access.Config) { c.PublicURL = test.public })
			r := httptest.NewRequest(http.MethodPost, "/sign-in/link", strings.NewReader("token="+h.link(access.Consult, time.Hour)))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			h.handler().ServeHTTP(w, r)
			got := w.Header()["Set-Cookie"]
			if len(got) != 1 || !regexp.MustCompile(test.want).MatchString(got[0]) {
				t.Errorf("got %q, want %s", got, test.want)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("the answer with the cookie may be stored: %q", w.Header()["Cache-Control"])
			}
		})
	}
}

// A session store that does not answer must not look like "not signed in".
func TestADatabaseThatIsDown(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	b := h.browser()
	h.signIn(b, access.Consult)
	token, _, err := h.gate.CreateToken(t.Context(), admin, "x", access.Consult, h.nextMonth())
	if err != nil {
		t.Fatal(err)
	}
	broken := databasetest.Open(t, databasetest.SQLite(t)) // no tables
	down := open(t, sqlite(t), func(c *access.Config) { c.DB = broken })
	down.db = h.db // for the check of secrets
	visitor := down.browser()
	visitor.setCookie("figgosync", b.cookie("figgosync"))
	for _, got := range []answer{visitor.get("/whoami"), down.browser().bearer(token).get("/api/v1/sources"), visitor.post("/sign-out", nil)} {
		if got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d", got.Request.URL.Path, got.StatusCode)
		}
		if strings.Contains(got.body, "access_") {
			t.Errorf("the answer shows internals: %s", got.body)
		}
	}
	if got := down.browser().get("/healthz"); got.StatusCode != http.StatusOK {
		t.Errorf("a request without a cookie: got %d", got.StatusCode)
	}
}

// A line that cannot be written must not keep people out.
func TestAnAuditLogThatIsDown(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	h.audit.fail = http.ErrServerClosed
	b := h.browser()
	h.signIn(b, access.Consult)
	if _, known := b.who(); !known || !strings.Contains(h.logs.String(), "audit log") {
		t.Error("not signed in, or nothing in the log")
	}
}

func sqlite(t *testing.T) *database.DB {
	t.Helper()
	db := databasetest.Open(t, databasetest.SQLite(t))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}
