package browser_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/figgosync/figgosync/web/texts"
)

// TestTwoAdmins: two people change the same synchronization. The second is told who
// changed what, nothing is overwritten, and what was typed is kept.
func TestTwoAdmins(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	first := r.visit(t, texts.French)
	first.signsIn(r.link())
	r.setUpByAPI(t)
	second := r.visit(t, texts.English)
	second.takesSessionOf(first)
	for _, v := range []*visitor{first, second} {
		v.goes("/synchronizations/office365")
	}
	first.fills(first.T("sync.policy.label"), "En congé")
	first.clicks(first.T("sync.save"))
	first.sees(first.T("flash.saved"))
	second.fills(second.T("sync.policy.label"), "Away")
	second.clicks(second.T("sync.save"))
	second.sees(second.T("conflict.title"))
	second.sees("En congé")
	second.shows("conflict")
	if label := r.labelOf(t, "office365"); label != "En congé" {
		t.Errorf("the label is %q after the second's try, want the first's", label)
	}
	if kept := second.holds(second.T("sync.policy.label")); kept != "Away" {
		t.Errorf("the second's text is %q, want it kept", kept)
	}
	second.clicks(second.T("sync.save"))
	second.sees(second.T("flash.saved"))
	if label := r.labelOf(t, "office365"); label != "Away" {
		t.Errorf("the label is %q after the second decided, want the second's", label)
	}
}

// takesSessionOf signs a visitor in beside another one.
func (v *visitor) takesSessionOf(other *visitor) {
	v.t.Helper()
	v.goes("/sign-in")
	v.setsCookies(other.cookies())
}

func (v *visitor) cookies() []*network.Cookie {
	v.t.Helper()
	return send(v, network.GetCookies, network.GetCookiesParams{URLs: []string{v.r.URL}}).Cookies
}

func (v *visitor) setsCookies(all []*network.Cookie) {
	v.t.Helper()
	for _, cookie := range all {
		send(v, network.SetCookie, network.SetCookieParams{
			Name: cookie.Name, Value: cookie.Value, URL: v.r.URL, Path: cookie.Path, HTTPOnly: new(cookie.HTTPOnly), SameSite: cookie.SameSite,
		})
	}
}

// labelOf is the label a synchronization has now.
func (r *rehearsal) labelOf(t *testing.T, name string) string {
	t.Helper()
	var one struct {
		Policy struct {
			Label string `json:"label"`
		} `json:"policy"`
	}
	r.api(t, http.MethodGet, "/api/v1/synchronizations/"+name, nil, &one)
	return one.Policy.Label
}

// countOf is how many of something the API lists.
func (r *rehearsal) countOf(t *testing.T, what string) int {
	t.Helper()
	var list struct {
		Items []json.RawMessage `json:"items"`
	}
	r.api(t, http.MethodGet, "/api/v1/"+what, nil, &list)
	return len(list.Items)
}

// TestNothingTwice: double clicks, the back button and reloading make nothing twice
// and lose nothing.
func TestNothingTwice(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	r.desk(t, http.MethodPost, "/company", map[string]any{"legalEntities": 3, "employees": 60, "absencesPerEmployee": 4, "seed": 3}, nil)
	v := r.visit(t, texts.French)
	v.signsIn(r.link())

	v.goes("/sources/new")
	v.fillsSource(r.given.Sources[0].ClientSecret)
	v.doubleClicks(v.T("source.saveAndTest"))
	v.sees(v.T("source.test.good", "count", 3))
	r.wantCount(t, "sources", 1)

	v.goesBack()
	if strings.HasPrefix(v.path(), "/sources/new") && v.has(v.T("source.saveAndTest"), buttons) && v.holds(v.T("source.host")) != "" {
		v.clicks(v.T("source.saveAndTest")) // the same form, sent again
	}
	r.wantCount(t, "sources", 1)

	r.setUpByAPI(t)
	v.goes("/synchronizations/office365")
	v.doubleClicks(v.T("init.preview"))
	v.waits(func() bool { return v.has(v.startButton(), buttons) }, "the preview is complete")
	r.wantCount(t, "initializations", 1)
	v.doubleClicks(v.startButton())
	v.reloads() // in the middle of it
	v.watchesBar()
	r.wantCount(t, "initializations", 2)
	v.goesBack()
	v.goes("/synchronizations/office365")
	r.wantCount(t, "initializations", 2)
	r.eachOnce(t)
}

func (r *rehearsal) wantCount(t *testing.T, what string, want int) {
	t.Helper()
	if count := r.countOf(t, what); count != want {
		t.Errorf("there are %d %s, want %d", count, what, want)
	}
}

// eachOnce checks that no calendar shows two of our events at the same time.
func (r *rehearsal) eachOnce(t *testing.T) {
	t.Helper()
	var people []struct {
		Email      string `json:"email"`
		System     string `json:"system"`
		HasMailbox bool   `json:"hasMailbox"`
	}
	r.desk(t, http.MethodGet, "/employees", nil, &people)
	total := 0
	for _, person := range people {
		if !person.HasMailbox || person.System != "office365" {
			continue
		}
		starts := map[string]bool{}
		for _, e := range r.events(t, person.Email) {
			if e.Marked && starts[e.Start] {
				t.Errorf("the calendar of %s shows two events at %s", person.Email, e.Start)
			}
			starts[e.Start] = true
			total++
		}
	}
	if total == 0 {
		t.Error("no calendar shows anything")
	}
}

// TestSessionExpires: the session ends in the middle of a form. The visitor is told,
// keeps what was typed, signs in again and saves, once.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	v := r.visit(t, texts.French)
	v.signsIn(r.link())
	v.goes("/sources/new")
	v.fillsSource(r.given.Sources[0].ClientSecret)
	kept := v.cookies()
	send(v, network.ClearBrowserCookies, cdp.Empty{})
	v.allow("answered 401")
	v.allow("Error Code 401") // htmx tells the console
	v.clicks(v.T("source.saveAndTest"))
	v.sees(v.T("frame.expired"))
	v.shows("expired")
	if host := v.holds(v.T("source.host")); host != r.given.Sources[0].Host {
		t.Errorf("the field holds %q after the session's end, want what was typed", host)
	}
	r.wantCount(t, "sources", 0)
	v.setsCookies(kept) // as signing in again in another tab does
	v.clicks(v.T("source.saveAndTest"))
	v.sees(v.T("source.test.good", "count", 3))
	r.wantCount(t, "sources", 1)
	r.expiresWithoutScript(t, v)
}

// expiresWithoutScript sends the form as a browser without script does: the answer
// is a page with what was typed, but for secrets.
func (r *rehearsal) expiresWithoutScript(t *testing.T, v *visitor) {
	t.Helper()
	m := v.machine()
	for _, form := range formsOn(t, "/sources/new", m.get("/sources/new").Body) {
		if form.Action != "/sources" {
			continue
		}
		m.cookies = ""
		values := form.with("host", "https://typed-before-the-end.example.com")
		values.Set("secret.clientSecret", "secret-typed-before-the-end")
		got := m.send(form, values)
		if got.Status != http.StatusUnauthorized || !strings.Contains(string(got.Body), "typed-before-the-end.example.com") {
			t.Errorf("without a session: answered %d, want 401 and what was typed", got.Status)
		}
		if strings.Contains(string(got.Body), "secret-typed-before-the-end") {
			t.Error("without a session: the answer shows the secret")
		}
		return
	}
	t.Error("the page /sources/new has no form")
}

// TestKeyboard fills a form without a mouse, in order, and finds the way from what
// is wrong to its field.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	v := r.visit(t, texts.French)
	v.signsIn(r.link())
	given := r.given.Sources[0]
	v.goes("/sources/new")
	v.did = 0
	v.tabsTo(v.T("frame.skip"))
	v.presses("\r")
	v.tabsTo(v.T("source.host"))
	v.writes(given.Host)
	v.tabsTo(v.T("source.clientId"))
	v.writes(given.ClientID)
	v.presses("\r") // sends the form, which lacks the secret
	v.sees(v.T("form.problems", "count", 1))
	v.tabsTo(v.T("source.clientSecret")) // the link in the list of what is wrong
	v.presses("\r")
	if focused := v.focused(); focused.role != "textbox" || !strings.HasPrefix(focused.name, plain(v.T("source.clientSecret"))) {
		t.Errorf("the link leads to %s %q, want the field", focused.role, focused.name)
	}
	v.writes(given.ClientSecret)
	v.tabsTo(v.T("forms.advanced")) // open: addresses of outside systems may be any
	v.tabsTo(v.T("source.tokenUrl"))
	v.presses("a", chromedp.ModifierCtrl)
	v.writes(given.TokenURL)
	v.tabsTo(v.T("source.saveAndTest"))
	v.presses(" ")
	v.sees(v.T("source.test.good", "count", 3))
}

// tabsTo presses the tab key until the thing of this name has the focus, which must
// be visible all the way.
func (v *visitor) tabsTo(name string) {
	v.t.Helper()
	var passed []string
	for range 80 {
		v.presses("\t")
		focused := v.focused()
		if len(named([]thing{focused}, name)) > 0 {
			return
		}
		passed = append(passed, focused.name)
		if focused.id != 0 && !v.outlined() {
			v.t.Errorf("nothing shows that %s %q has the focus", focused.role, focused.name)
		}
	}
	v.t.Fatalf("the tab key does not lead to %q, only to %q\n%s", name, passed, v.where())
}

// outlined tells whether one sees what has the focus.
func (v *visitor) outlined() bool {
	v.t.Helper()
	return evaluate[bool](v, `(() => {
		const seen = e => { const s = getComputedStyle(e); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none" };
		const at = document.activeElement;
		return !at || at === document.body || seen(at) || (at.parentElement && seen(at.parentElement)) || [...(at.labels || [])].some(seen);
	})()`)
}

// focused is what has the focus.
func (v *visitor) focused() thing {
	v.t.Helper()
	for _, node := range v.tree() {
		if node.Ignored || value(node.Role) == "RootWebArea" {
			continue
		}
		for _, property := range node.Properties {
			if property.Name == accessibility.PropertyNameFocused && value(property.Value) == "true" {
				return thing{node.BackendDOMNodeID, node.NodeID, value(node.Role), plain(value(node.Name))}
			}
		}
	}
	return thing{}
}

// writes presses the keys of a text; they count as one field filled.
func (v *visitor) writes(text string) {
	v.t.Helper()
	v.did++
	for _, key := range text {
		v.press(key)
	}
	time.Sleep(50 * time.Millisecond)
}
