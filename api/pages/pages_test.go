package pages_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// evil is what a hand in Figgo or Temporal may have left in any text.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`

// busy is a company with something in every state.
func busy(t *testing.T) *world {
	w := newWorld(t, false)
	w.fill("demo", "cloud", "paris", calendars.Office365)
	w.fill("demo", "server", "lyon", calendars.Exchange)
	line := func(id, employee, synchronization string, status workflows.Status, reason string) {
		w.engine.lines = append(w.engine.lines, starter.AbsenceLine{
			Source: "demo", Absence: id, Employee: employee, LegalEntity: "cloud", Synchronization: synchronization, Status: status, Reason: reason,
			StartedAt: moment.Add(-3 * time.Minute), WorkflowID: "absence/demo/" + id, RunID: "run",
		})
	}
	line("1", "416", "paris", workflows.StatusSynced, "")
	line("2", "417", "paris", workflows.StatusBlocked, "mailbox-missing")
	line("3", "418", "paris", workflows.StatusRetrying, "temporary")
	line("4", "419", "lyon", workflows.StatusSynced, "")
	w.engine.absences["demo/2"] = starter.Absence{WorkflowID: "absence/demo/2", RunID: "run", Running: true, State: workflows.State{
		Source: "demo", Absence: "2", Employee: "417", LegalEntity: "cloud", Status: workflows.StatusBlocked, Synchronization: "paris",
		Content: absence.Absence{AccountName: "Maladie-secrete", HalfDays: []absence.HalfDay{
			{Date: absence.Date{Year: 2026, Month: time.March, Day: 6}, Part: absence.Afternoon},
			{Date: absence.Date{Year: 2026, Month: time.March, Day: 9}, Part: absence.Morning},
		}},
		Trouble: &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox", Code: "ErrorNonExistentMailbox", Since: moment},
		Applied: &workflows.Applied{Place: workflows.Place{Connection: "cloud", Provider: "office365", Mailbox: "jane.doe@example.com"}},
		NextTry: moment.Add(2 * time.Minute), ChangedAt: moment.Add(-time.Hour),
		Story: []workflows.Entry{
			{At: moment.Add(-time.Hour), Event: workflows.EventReceived, Kind: workflows.Approved},
			{At: moment.Add(-time.Minute), Event: workflows.EventTrouble, Trouble: &workflows.Trouble{Reason: "mailbox-missing", Code: evil}, NextTry: moment.Add(time.Minute)},
		},
	}}
	for hour := range 3 {
		w.delays.buckets = append(w.delays.buckets, delays.Bucket{
			Synchronization: "paris", Start: moment.Truncate(time.Hour).Add(-time.Duration(hour) * time.Hour), Width: time.Hour,
			Count: 3 + hour, P50: 400 * time.Millisecond, P95: 2400 * time.Millisecond, Last: moment.Add(-4 * time.Minute),
		})
	}
	w.delays.totals = []delays.Bucket{{Synchronization: "paris", Count: 12, P50: 400 * time.Millisecond, P95: 2400 * time.Millisecond, Last: moment.Add(-4 * time.Minute)}}
	w.gate.tokens = []access.Token{{ID: "t0", Label: "supervision", Role: access.Consult, CreatedAt: moment.Add(-time.Hour), CreatedBy: somebody}}
	return w
}

// framePages are the addresses of the pages that this file tests.
var framePages = []string{
	"/", "/absences", "/absences?status=blocked&reason=mailbox-missing", "/absences/demo/2", "/audit-log", "/alerts", "/tokens", "/tokens/t0/revoke",
	"/help", "/signed-in", "/no-such-page", "/absences/demo/404", "/overview/live", "/absences/demo/2/live",
}

// A page with our content policy can hold no style, script or handler of its own.
func TestPagesAreCleanHTML(t *testing.T) {
	t.Parallel()
	w := busy(t)
	for _, lang := range []string{"fr", "en"} {
		for _, path := range append(framePages, "/sign-in?reason=link", "/sign-in?reason=no-role") {
			who := configurer
			if strings.HasPrefix(path, "/sign-in") {
				who = nobody
			}
			clean(t, lang+" "+path, w.get(who, path, "Accept-Language", lang))
		}
	}
}

// clean checks one page's HTML.
func clean(t *testing.T, name string, a answer) {
	t.Helper()
	ids := map[string]bool{}
	for n := range a.page.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "style" || n.Data == "script" && (attribute(n, "src") == "" || n.FirstChild != nil) {
			t.Errorf("%s: inline <%s>", name, n.Data)
		}
		for _, one := range n.Attr {
			if one.Key == "style" || strings.HasPrefix(one.Key, "on") || strings.HasPrefix(one.Key, "hx-on") || strings.HasPrefix(strings.TrimSpace(strings.ToLower(one.Val)), "javascript:") {
				t.Errorf("%s: <%s %s=%q>", name, n.Data, one.Key, one.Val)
			}
		}
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: the id %q is there twice", name, id)
			}
			ids[id] = true
		}
	}
	for _, n := range a.elements(func(*html.Node) bool { return true }) {
		for _, key := range []string{"for", "aria-labelledby", "aria-describedby"} {
			for id := range strings.FieldsSeq(attribute(n, key)) {
				if !ids[id] {
					t.Errorf("%s: %s=%q leads nowhere", name, key, id)
				}
			}
		}
	}
	if body := a.Body.String(); strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") || strings.Contains(body, "<script>alert") || strings.Contains(body, "very-secret") {
		t.Errorf("%s: a value came through, or a template went wrong", name)
	}
	if policy := a.Header().Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("%s: policy %q", name, policy)
	}
}

// Each whole page has one first heading, a title, a main part, and its language.
func TestPagesHaveTheirLandmarks(t *testing.T) {
	t.Parallel()
	w := busy(t)
	for _, path := range framePages {
		if strings.HasSuffix(path, "/live") {
			continue
		}
		for _, lang := range []string{"fr", "en"} {
			a := w.get(configurer, path, "Accept-Language", lang)
			if got := attribute(a.named("html")[0], "lang"); got != lang || a.Header().Get("Content-Language") != lang {
				t.Errorf("%s: lang %q, want %q", path, got, lang)
			}
			if heads := a.named("h1"); len(heads) != 1 || text(heads[0]) == "" || !strings.Contains(text(a.named("title")[0]), text(heads[0])) {
				t.Errorf("%s: %d first headings", path, len(heads))
			}
			if len(a.named("main")) != 1 || len(a.named("nav")) == 0 && path != "/signed-in" {
				t.Errorf("%s: no landmarks", path)
			}
			level := 0
			for _, h := range a.elements(func(n *html.Node) bool {
				return len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6'
			}) {
				if next := int(h.Data[1] - '0'); next > level+1 {
					t.Errorf("%s: heading %q jumps from %d to %d", path, text(h), level, next)
				} else {
					level = next
				}
			}
		}
	}
}

func TestWhoIsNotSignedInIsSentToSignIn(t *testing.T) {
	t.Parallel()
	w := busy(t)
	a := w.get(nobody, "/absences?status=blocked")
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sign-in?next=%2Fabsences%3Fstatus%3Dblocked" {
		t.Errorf("%d to %q", a.Code, a.Header().Get("Location"))
	}
	if a := w.get(nobody, "/overview/live", "HX-Request", "true"); a.Code != http.StatusUnauthorized {
		t.Errorf("htmx is answered %d", a.Code)
	}
	signIn := w.get(nobody, "/sign-in?next=/absences%3Fstatus=blocked", "Accept-Language", "en")
	if !signIn.link("/sign-in/oidc?next=%2Fabsences%3Fstatus%3Dblocked") || !signIn.says("Continue with Acme") {
		t.Errorf("no way in: %s", signIn.Body)
	}
	for _, bad := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "/a\nb"} {
		if a := w.get(configurer, "/sign-in?"+url.Values{"next": {bad}}.Encode()); a.Header().Get("Location") != "/" {
			t.Errorf("next %q leads to %q", bad, a.Header().Get("Location"))
		}
	}
}

// Every reason of package access is told in words of its own.
func TestSignInTellsEveryReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, lang := range []string{"fr", "en"} {
		seen := map[string]access.Reason{}
		for _, reason := range access.Reasons() {
			a := w.get(nobody, "/sign-in?reason="+string(reason), "Accept-Language", lang)
			shown := a.elements(func(n *html.Node) bool { return attribute(n, "role") == "status" && attribute(n, "id") == "" })
			if len(shown) != 1 || seen[text(shown[0])] != "" {
				t.Errorf("%s: %s is not told, or like %s", lang, reason, seen[text(shown[0])])
				continue
			}
			seen[text(shown[0])] = reason
		}
	}
	if a := w.get(nobody, "/sign-in?reason=signed-out-here"); !a.link("/sign-out/oidc") {
		t.Error("no way to sign out of the company account")
	}
	if a := w.get(nobody, "/sign-in?reason=%3Cscript%3E"); strings.Contains(a.Body.String(), "<script>") || a.Code != http.StatusOK {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	w.gate.name = ""
	if a := w.get(nobody, "/sign-in"); !a.link("/sign-in/link") {
		t.Error("no field for the sign-in link")
	}
}

// A session that ends in the middle of a form loses nothing but secrets.
func TestExpiredSessionKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	typed := url.Values{"label": {`super "vision"`}, "role": {"consult"}, "secret.clientSecret": {"very-secret-typed"}, "version": {"3"}}
	a := w.post(nobody, "/tokens", typed, "Accept-Language", "en")
	if a.Code != http.StatusUnauthorized || !a.link("/tokens") || !a.link("/sign-in?next=/signed-in") {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	values := map[string]string{}
	for _, input := range a.named("input") {
		values[attribute(input, "name")] = attribute(input, "value")
	}
	if values["label"] != `super "vision"` || values["version"] != "3" {
		t.Errorf("kept %v", values)
	}
	if secret, again := values["secret.clientSecret"]; !again || secret != "" {
		t.Errorf("the secret: %q, asked again %t", secret, again)
	}
	clean(t, "expired", a)
	if w.gate.made != 0 {
		t.Error("something was done")
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	w := busy(t)
	for path, action := range map[string]string{"/absences/demo/2": "/absences/demo/2/resync", "/tokens": "/tokens"} {
		posts := func(a answer) bool {
			return len(a.elements(func(n *html.Node) bool { return n.Data == "form" && attribute(n, "action") == action })) > 0
		}
		if !posts(w.get(configurer, path)) {
			t.Errorf("%s: no button for who may configure", path)
		}
		a := w.get(consulter, path, "Accept-Language", "en")
		if posts(a) || !a.says("ask your administrator for the role") {
			t.Errorf("%s: a button without the right, or no word about it", path)
		}
		if a := w.post(consulter, action, nil, "Accept-Language", "en"); a.Code != http.StatusForbidden || !a.says("Your role does not allow this") {
			t.Errorf("%s: %d for who may only consult", action, a.Code)
		}
	}
	if len(w.engine.retried)+w.gate.made != 0 {
		t.Error("something was done")
	}
}

func TestUnknownPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, path := range []string{"/nothing", "/absences/demo/77", "/absences/a/b/c", "/tokens/t9/revoke", "/overview"} {
		if a := w.get(configurer, path, "Accept-Language", "en"); a.Code != http.StatusNotFound || !a.says("There is no such page") {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

func TestReadOnlySettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	a := w.get(configurer, "/", "Accept-Language", "en")
	if !a.says("The settings come from a file") || a.link("/sources/new") {
		t.Errorf("a file's settings look as if they could be changed: %s", a.Body)
	}
	if a := w.get(configurer, "/audit-log", "Accept-Language", "en"); !a.says("there is no audit log here") {
		t.Error("the audit log says nothing")
	}
}

func TestLanguageAndTheme(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	a := w.get(nobody, "/sign-in?lang=en&next=/help", "Accept-Language", "fr")
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sign-in?next=%2Fhelp" || !strings.Contains(a.Header().Get("Set-Cookie"), "figgosync_lang=en") {
		t.Errorf("%d %v", a.Code, a.Header())
	}
	if cookie := a.Header().Get("Set-Cookie"); !strings.Contains(cookie, "Secure") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("cookie %q", cookie)
	}
	for header, want := range map[string]string{"figgosync_lang=en": "en", "figgosync_lang=xx": "fr", "figgosync_lang=fr": "fr"} {
		if a := w.get(nobody, "/sign-in", "Cookie", header); attribute(a.named("html")[0], "lang") != want {
			t.Errorf("%s: not %s", header, want)
		}
	}
	a = w.post(nobody, "/preferences", url.Values{"theme": {"dark"}, "next": {"//evil.example"}})
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/" || !strings.Contains(a.Header().Get("Set-Cookie"), "figgosync_theme=dark") {
		t.Errorf("%d %v", a.Code, a.Header())
	}
	if a := w.get(nobody, "/sign-in", "Cookie", "figgosync_theme=dark"); attribute(a.named("html")[0], "data-theme") != "dark" {
		t.Error("the theme was forgotten")
	}
	if a := w.get(nobody, "/sign-in?lang=en", "Cookie", ""); a.Header().Get("Location") != "/sign-in" {
		t.Errorf("leads to %q", a.Header().Get("Location"))
	}
}

// A flash is one of ours, shown once.
func TestFlash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	a := w.get(configurer, "/help", "Cookie", "figgosync_flash=saved", "Accept-Language", "en")
	if !a.says("Saved.") || !strings.Contains(a.Header().Get("Set-Cookie"), "figgosync_flash=;") {
		t.Errorf("not shown or not forgotten: %v", a.Header())
	}
	if a := w.get(configurer, "/help", "Cookie", "figgosync_flash=You%20have%20won"); a.says("won") {
		t.Error("the browser chose a text")
	}
}

func TestTroubleWithTheEngine(t *testing.T) {
	t.Parallel()
	w := busy(t)
	w.engine.down = errors.New("connection refused by 10.0.0.7")
	for path, want := range map[string]int{"/": http.StatusOK, "/absences": http.StatusServiceUnavailable, "/absences/demo/2": http.StatusServiceUnavailable} {
		a := w.get(configurer, path, "Accept-Language", "en")
		if a.Code != want || !a.says("Temporal does not answer") || strings.Contains(a.Body.String(), "10.0.0.7") {
			t.Errorf("%s: %d %s", path, a.Code, text(a.named("main")[0]))
		}
	}
	w.engine.down = starter.ErrNoWorker
	if a := w.get(configurer, "/absences/demo/2", "Accept-Language", "en"); !a.says("worker") {
		t.Errorf("%s", text(a.named("main")[0]))
	}
}

func TestHeadersAndStaticFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	a := w.get(nobody, "/sign-in")
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
	} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, n := range a.elements(func(n *html.Node) bool { return n.Data == "link" || n.Data == "script" || n.Data == "img" }) {
		path := attribute(n, "href") + attribute(n, "src")
		file := w.get(nobody, path)
		if file.Code != http.StatusOK || !strings.Contains(file.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q", path, file.Code, file.Header().Get("Cache-Control"))
		}
		old := "/static/0123456789abcdef/" + strings.SplitN(path, "/", 4)[3]
		if file := w.get(nobody, old); file.Code != http.StatusOK || file.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %q", old, file.Code, file.Header().Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/static/", "/static/x/../web.go", "/static/x/templates/layout.html", "/static/x/vendor"} {
		if a := w.get(nobody, path); a.Code == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
}
