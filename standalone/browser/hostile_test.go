package browser_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/web/texts"
)

// hostile is one kind of text that somebody careless or ill-meaning puts into a
// field.
type hostile struct {
	name, text string
	// refused is true when no field may take it.
	refused bool
}

// scriptMark is in every script we try to smuggle in. It must come back on no page
// as anything but text.
const scriptMark = "smuggled"

var hostiles = []hostile{
	{name: "over-long", text: strings.Repeat("a", 300_000), refused: true},
	{name: "not UTF-8", text: "caf\xe9 \xff\xfe", refused: true},
	{name: "overlong UTF-8", text: "\xc0\xbcscript\xc0\xbe", refused: true},
	{name: "half a surrogate", text: "\xed\xa0\x80", refused: true},
	{name: "null", text: "a\x00b", refused: true},
	{name: "escape", text: "a\x1b[2Jb", refused: true},
	{name: "script", text: `<script>alert("` + scriptMark + `")</script>`},
	{name: "handler", text: `"><img src=x onerror=alert("` + scriptMark + `")>`},
	{name: "template", text: `{{.User}}${7*7}<% ` + scriptMark + ` %>`},
	{name: "address of a script", text: `javascript:alert("` + scriptMark + `")`},
	{name: "SQL", text: `'; DROP TABLE settings_sources; --` + scriptMark},
}

// typed tells whether people type into this field: its text may be hostile.
func (f formField) typed() bool {
	return !slices.Contains([]string{"hidden", "radio", "checkbox", "select"}, f.Type)
}

// TestHostileInput puts every hostile text into every field of every form that the
// pages show: never a crash, never markup that comes back as markup, and what no
// field may take is refused with a message at that field.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t)
	v := r.visit(t, texts.English)
	v.signsIn(r.link())
	r.setUpByAPI(t)
	m := v.machine()
	fields := 0
	for _, form := range m.forms() {
		for _, field := range form.Fields {
			if !field.typed() || strings.HasPrefix(form.Action, "/sign-in") {
				continue
			}
			fields++
			for _, h := range hostiles {
				m.offend(t, form, field, h)
			}
		}
	}
	if fields < 35 {
		t.Errorf("only %d fields were tried", fields)
	}
	t.Logf("%d hostile texts in each of %d fields", len(hostiles), fields)
	m.nothingExecutes(v)
}

// forms are all forms of all pages, each once.
func (m *machine) forms() []post {
	m.t.Helper()
	var all []post
	seen := map[string]bool{}
	for _, path := range m.pages() {
		for _, form := range formsOn(m.t, path, m.get(path).Body) {
			names := []string{form.Action}
			for _, field := range form.Fields {
				names = append(names, field.Name)
			}
			if key := strings.Join(names, " "); !seen[key] && form.Action != "/sign-out" && form.Action != "/preferences" {
				seen[key] = true
				all = append(all, form)
			}
		}
	}
	return all
}

// pages are the addresses of all pages.
func (m *machine) pages() []string {
	m.t.Helper()
	var all []string
	for _, path := range crawled(m) {
		if !strings.Contains(path, "/remove") && !strings.Contains(path, "?text=") {
			all = append(all, path)
		}
	}
	return append(all, "/connections/new?provider=office365", "/connections/new?provider=exchange", "/connections/new?provider=google")
}

// offend sends a form with one hostile text in one field.
func (m *machine) offend(t *testing.T, form post, field formField, h hostile) {
	t.Helper()
	where := fmt.Sprintf("%s into %q of %s on %s", h.name, field.Name, form.Action, form.Page)
	got := m.send(form, form.with(field.Name, h.text))
	if got.Status >= 500 {
		t.Errorf("%s: answered %d", where, got.Status)
	}
	for _, raw := range []string{"<script>alert", "<img src=x", "onerror=alert(&#34;" + scriptMark + "&#34;)>", "/root/", "goroutine ", ".go:"} {
		if strings.Contains(string(got.Body), raw) {
			t.Errorf("%s: the answer holds %q", where, raw)
		}
	}
	if !h.refused {
		return
	}
	// A form that is too large as a whole is a page of its own.
	if got.Status == http.StatusRequestEntityTooLarge || got.Status == http.StatusBadRequest && len(h.text) > 100_000 {
		return
	}
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("%s: answered %d, want 422 (to %s)", where, got.Status, got.Location)
		return
	}
	if !marked(t, got.Body, field.Name) {
		t.Errorf("%s: nothing at the field says what is wrong", where)
	}
}

// nothingExecutes looks at every page with the browser, which has taken what the
// fields accepted: no dialog opens, no script runs.
func (m *machine) nothingExecutes(v *visitor) {
	m.t.Helper()
	for _, path := range m.pages() {
		v.goes(path)
	}
}

// insideAddresses lead where a server must not be sent by somebody who fills in a
// form: to itself, its network, or the cloud's own services.
var insideAddresses = []string{
	"https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://localhost/", "https://localhost./",
	"https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://0.0.0.0/", "https://[::]/",
	"https://10.0.0.8/", "https://172.16.3.4/", "https://192.168.1.1/", "https://100.64.0.1/", "https://[fd00::1]/", "https://[fe80::1]/",
	"https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://metadata.google.internal/", "https://printer.local/",
	"https://[64:ff9b::7f00:1]/", "https://user@127.0.0.1/", "https://example.com@10.0.0.8/",
	"http://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://example.com/", "//127.0.0.1/", "https://",
}

// addressFields take the address of an outside system.
var addressFields = []string{
	"host", "tokenUrl", "office365.authorityUrl", "office365.graphUrl", "exchange.url", "google.calendarUrl", "google.tokenUrl",
}

// TestInsideAddresses: where nothing was said about private addresses, every field
// that takes an address refuses them, with a message at the field.
func TestInsideAddresses(t *testing.T) {
	t.Parallel()
	r := newRehearsal(t, []string{}...)
	v := r.visit(t, texts.French)
	v.signsIn(r.link())
	m := v.machine()
	tried := map[string]int{}
	for _, page := range []string{"/sources/new", "/connections/new?provider=office365", "/connections/new?provider=exchange", "/connections/new?provider=google"} {
		for _, form := range formsOn(t, page, m.get(page).Body) {
			for _, field := range form.Fields {
				if !slices.Contains(addressFields, field.Name) {
					continue
				}
				for _, address := range insideAddresses {
					tried[field.Name]++
					m.refuses(t, filledIn(form), field.Name, address)
				}
			}
		}
	}
	if len(tried) != len(addressFields) {
		t.Errorf("tried %v, want all of %v", tried, addressFields)
	}
}

// filledIn is a form with something plausible in every field, so that only the
// address is wrong.
func filledIn(form post) post {
	values := url.Values{}
	for name, all := range form.Values {
		values[name] = slices.Clone(all)
	}
	for name, value := range map[string]string{
		"host": "https://acme.ilucca.net", "clientId": "client", "secret.clientSecret": "secret-of-nobody", "exchange.url": "https://mail.example.com/ews/exchange.asmx",
		"exchange.username": `EXAMPLE\service`, "secret.exchange.password": "password-of-nobody", "office365.tenantId": "11111111-2222-4333-8444-555555555555",
		"office365.clientId": "66666666-7777-4888-8999-aaaaaaaaaaaa", "secret.office365.clientSecret": "secret-of-nobody",
	} {
		if _, there := values[name]; there {
			values.Set(name, value)
		}
	}
	form.Values = values
	return form
}

func (m *machine) refuses(t *testing.T, form post, field, address string) {
	t.Helper()
	got := m.send(form, form.with(field, address))
	if got.Status != http.StatusUnprocessableEntity || !marked(t, got.Body, field) {
		t.Errorf("%s with %s: answered %d to %q, want 422 with a message at the field", field, address, got.Status, got.Location)
	}
}
