package browser_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
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

// furtherRule matches the fields of all rules but the first, which are the first's again,
// and the rank that a rule has once it is taken.
var furtherRule = regexp.MustCompile(`^policy\.rules\.([1-9]|0\.rank$)`)

// typed tells whether people type into this field: its text may be hostile.
func (f formField) typed() bool {
	return !furtherRule.MatchString(f.Name) && !slices.Contains([]string{"hidden", "radio", "checkbox", "select"}, f.Type)
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
	all := m.forms()
	// Sources come last: with another Lucca the legal entities are no longer known.
	slices.SortStableFunc(all, func(a, b post) int { return order(a) - order(b) })
	for _, form := range all {
		fields += m.offendAll(t, form)
	}
	for _, form := range formsOn(t, "/synchronizations/new", m.get("/synchronizations/new").Body) {
		fields += m.offendAll(t, form) // legal entities are typed where Lucca does not tell
	}
	if fields < 35 {
		t.Errorf("only %d fields were tried", fields)
	}
	t.Logf("%d hostile texts in each of %d fields", len(hostiles), fields)
	m.nothingExecutes(v)
}

func order(form post) int {
	if strings.HasPrefix(form.Action, "/sources") {
		return 1
	}
	return 0
}

// offendAll puts every hostile text into every field of a form, and tells how many
// fields that were.
func (m *machine) offendAll(t *testing.T, form post) int {
	t.Helper()
	count := 0
	for _, field := range form.Fields {
		if !field.typed() || strings.HasPrefix(form.Action, "/sign-in") {
			continue
		}
		count++
		form = m.again(form) // others of its page may have changed the record
		for _, h := range hostiles {
			if m.offend(t, filledIn(t, form), field, h) { // it was taken
				form = m.again(form)
			}
		}
	}
	return count
}

// forms are all forms of all pages, each once.
func (m *machine) forms() []post {
	m.t.Helper()
	var all []post
	seen := map[string]bool{}
	for _, path := range m.pages() {
		for _, form := range formsOn(m.t, path, m.get(path).Body) {
			if key := form.key(); !seen[key] && form.Action != "/sign-out" && form.Action != "/preferences" {
				seen[key] = true
				all = append(all, form)
			}
		}
	}
	return all
}

// key tells forms apart: by where they go and what people type into them.
func (p post) key() string {
	names := []string{p.Action}
	for _, field := range p.Fields {
		if field.typed() {
			names = append(names, field.Name)
		}
	}
	return strings.Join(names, " ")
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

// again is a form as its page shows it now.
func (m *machine) again(form post) post {
	m.t.Helper()
	for _, fresh := range formsOn(m.t, form.Page, m.get(form.Page).Body) {
		if fresh.key() == form.key() {
			return fresh
		}
	}
	m.t.Fatalf("the form %s is no longer on %s", form.Action, form.Page)
	return form
}

// offend sends a form with one hostile text in one field, and tells whether it was
// taken.
func (m *machine) offend(t *testing.T, form post, field formField, h hostile) bool {
	t.Helper()
	where := fmt.Sprintf("%s into %q of %s on %s", h.name, field.Name, form.Action, form.Page)
	values := form.with(field.Name, h.text)
	if field.Type == "file" {
		values = form.with(uploads[field.Name], "")
		form.Upload = map[string]string{field.Name: h.text}
	}
	got := m.send(form, chosenFor(field.Name, values))
	if got.Status >= 500 {
		t.Errorf("%s: answered %d", where, got.Status)
	}
	for _, raw := range []string{"<script>alert", "<img src=x", "/root/", "goroutine ", ".go:"} {
		if strings.Contains(string(got.Body), raw) {
			t.Errorf("%s: the answer holds %q", where, raw)
		}
	}
	// A form that is too large as a whole is answered by a page of its own.
	tooLarge := got.Status == http.StatusRequestEntityTooLarge || got.Status == http.StatusBadRequest && len(h.text) > 100_000
	if h.refused && !tooLarge && !marked(t, got.Body, cmp.Or(uploads[field.Name], field.Name)) {
		t.Errorf("%s: answered %d (to %q), and nothing at the field says what is wrong", where, got.Status, got.Location)
	}
	return got.Status == http.StatusSeeOther
}

// uploads are the fields at which is said what is wrong with a file: those for
// pasting its content.
var uploads = map[string]string{"file.exchange.ca": "exchange.ca", "file.google.key": "secret.google.key", "file.office365.certificate": "secret.office365.certificate"}

// chosenFor chooses the alternative that a field belongs to: the fields of others
// do not count.
func chosenFor(field string, values url.Values) url.Values {
	switch field {
	case "secret.apiKey":
		values.Set("api", "v3")
	case "secret.office365.certificate", "file.office365.certificate", "secret.office365.certificatePassword":
		values.Set("office365.credential", "certificate")
	}
	return values
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
	"host", "tokenUrl", "office365.authorityUrl", "office365.graphUrl", "exchange.url", "google.calendarUrl", "google.gmailUrl", "google.tokenUrl",
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
					m.refuses(t, filledIn(t, form), field.Name, address)
				}
			}
		}
	}
	for _, form := range formsOn(t, "", m.get("/connections/new?provider=google").Body) {
		for _, address := range insideAddresses {
			if _, google := form.Values["secret.google.key"]; google {
				filled := filledIn(t, form)
				filled.Values.Set("google.tokenUrl", "") // the key's own counts
				m.refuses(t, filled, "secret.google.key", keyFile(t, address))
			}
		}
	}
	if len(tried) != len(addressFields) {
		t.Errorf("tried %v, want all of %v", tried, addressFields)
	}
}

// filledIn is a form with something plausible in every field, so that only the
// address is wrong.
func filledIn(t *testing.T, form post) post {
	t.Helper()
	values := url.Values{}
	for name, all := range form.Values {
		values[name] = slices.Clone(all)
	}
	const nowhere = "https://nobody.invalid" // RFC 2606: never a host
	for name, value := range map[string]string{
		"host": nowhere, "tokenUrl": nowhere, "clientId": "client", "secret.clientSecret": "secret-of-nobody", "exchange.url": nowhere + "/ews/exchange.asmx",
		"exchange.username": `EXAMPLE\service`, "secret.exchange.password": "password-of-nobody", "office365.tenantId": "11111111-2222-4333-8444-555555555555",
		"office365.clientId": "66666666-7777-4888-8999-aaaaaaaaaaaa", "secret.office365.clientSecret": "secret-of-nobody",
		"office365.authorityUrl": nowhere, "office365.graphUrl": nowhere, "google.calendarUrl": nowhere + "/", "google.gmailUrl": nowhere + "/", "google.tokenUrl": nowhere, "label": "label",
	} {
		if _, there := values[name]; there {
			values.Set(name, value)
		}
	}
	if _, google := values["secret.google.key"]; google {
		values.Set("secret.google.key", keyFile(t, nowhere+"/token"))
	}
	form.Values = values
	return form
}

// keyFile is the key of a service account that does not exist.
func keyFile(t *testing.T, tokenAddress string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "nobody", "private_key_id": "1", "private_key": anotherPrivateKey(t),
		"client_email": "nobody@nobody.iam.gserviceaccount.com", "client_id": "1", "token_uri": tokenAddress,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (m *machine) refuses(t *testing.T, form post, field, address string) {
	t.Helper()
	got := m.send(form, form.with(field, address))
	if got.Status != http.StatusUnprocessableEntity || !marked(t, got.Body, field) {
		t.Errorf("%s with %.60s: answered %d to %q, want 422 with a message at the field", field, address, got.Status, got.Location)
	}
}
