package pages_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func exchangeFields() url.Values {
	return url.Values{
		"provider": {"exchange"}, "exchange.url": {"https://mail.example.com/ews/exchange.asmx"}, "exchange.username": {`ACME\SynchroFiggoUser`},
		"secret.exchange.password": {"very-secret-pass"}, "exchange.auth": {"ntlm"}, "exchange.minTls": {"1.2"},
	}
}

// upload posts a form with a file.
func (w *world) upload(path string, fields url.Values, name, content string) answer {
	w.Helper()
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	for field, values := range fields {
		for _, value := range values {
			w.must(writer.WriteField(field, value))
		}
	}
	part, err := writer.CreateFormFile(name, "upload")
	w.must(err)
	_, err = part.Write([]byte(content))
	w.must(err)
	w.must(writer.Close())
	r := httptest.NewRequestWithContext(access.With(w.Context(), configurer), http.MethodPost, path, &body)
	r.Header.Set("Content-Type", writer.FormDataContentType())
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	page, err := html.Parse(strings.NewReader(recorder.Body.String()))
	w.must(err)
	return answer{recorder, page}
}

func TestConnectionIsChosenFromThree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	a := w.get(configurer, "/connections/new?provider=fax")
	for _, provider := range []string{"office365", "exchange", "google"} {
		if !a.link("/connections/new?provider=" + provider) {
			t.Errorf("no card for %s", provider)
		}
	}
	if a := w.get(configurer, "/connections/new?provider=exchange", "Accept-Language", "en"); !a.says("UrlServer") || !a.says("LoginCompte") || !a.says("PassCompte") {
		t.Error("the names that users know are missing")
	}
}

func TestConnectionIsSavedAndThenTested(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	form := exchangeFields()
	form.Set("mailbox", "jane.doe@example.com")
	form.Set("probe", "on")
	a := w.post(configurer, "/connections", form)
	if a.Header().Get("Location") != "/connections/exchange" || strings.Contains(a.Header().Get("Location"), "jane") {
		t.Fatalf("%d %s\n%s", a.Code, a.Header().Get("Location"), a.Body)
	}
	cookie := ""
	for _, one := range a.Result().Cookies() {
		if one.Name == "figgosync_check" {
			cookie = one.Name + "=" + one.Value
			if !one.HttpOnly || !one.Secure {
				t.Error("the cookie is open to scripts or to http")
			}
		}
	}
	page := w.get(configurer, "/connections/exchange", "Cookie", cookie)
	check := page.elements(func(n *html.Node) bool { return attribute(n, "action") == "/connections/exchange/check" })
	if len(check) != 1 || attribute(check[0], "hx-trigger") != "submit, load" || attribute(page.input("mailbox"), "value") != "jane.doe@example.com" {
		t.Error("the check does not begin by itself, or not with the mailbox")
	}
	if again := w.get(configurer, "/connections/exchange"); strings.Contains(again.Body.String(), "submit, load") {
		t.Error("the check begins again when the page is opened later")
	}
	if other := w.get(configurer, "/connections/exchange", "Cookie", "figgosync_check=mailbox=%3Cscript%3E&of=exchange"); strings.Contains(other.Body.String(), "submit, load") {
		t.Error("a cookie somebody made up begins a check")
	}
}

func TestCheckTellsEachStep(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.engine.check = workflows.CheckResult{Steps: []workflows.CheckStep{
		{Name: "address", Outcome: "ok", Detail: "login.example"}, {Name: "credentials", Outcome: "failed", Finding: "secret-expired", Detail: "AADSTS7000222" + hostile}, {Name: "right", Outcome: "skipped"},
	}}
	const path = "/connections/office365/check"
	form := url.Values{"mailbox": {"jane.doe@example.com"}}
	for name, a := range map[string]answer{"page": w.post(configurer, path, form, "Accept-Language", "fr"), "piece": w.post(configurer, path, form, "HX-Request", "true", "Accept-Language", "fr")} {
		body := a.Body.String()
		if a.Code != http.StatusOK || !strings.Contains(body, "a expiré") || !strings.Contains(body, "AADSTS7000222") || strings.Contains(body, "<script>alert") || !strings.Contains(body, "#edit") {
			t.Errorf("%s: %d %s", name, a.Code, body)
		}
		if strings.Contains(body, "<html") != (name == "page") {
			t.Errorf("%s is not what was asked for", name)
		}
	}
	w.engine.check = workflows.CheckResult{Steps: []workflows.CheckStep{{Name: "address", Outcome: "ok"}, {Name: "mailbox", Outcome: "ok", Finding: "certificate-expires-soon"}}}
	if a := w.post(configurer, path, form, "Accept-Language", "en"); !a.says("There is a remark") {
		t.Error("a notice is not told")
	}
	w.engine.check.Steps[1].Finding = ""
	if a := w.post(configurer, path, form, "Accept-Language", "en"); !a.says("Everything works") {
		t.Error("success is not told")
	}
	w.engine.check.Steps[1].Outcome = "skipped"
	partial := w.post(configurer, path, nil, "Accept-Language", "en")
	if !partial.says("What needs no mailbox works") || partial.says("Everything works") || partial.page == nil {
		t.Error("a check without a mailbox does not say what it proved")
	}
	if a := w.post(configurer, path, url.Values{"probe": {"on"}}); !slices.Contains(a.wrong(), "check-mailbox") {
		t.Error("a test event needs no mailbox")
	}
	for _, typed := range []string{"not a mailbox", hostile} {
		if a := w.post(configurer, path, url.Values{"mailbox": {typed}}); !slices.Contains(a.wrong(), "check-mailbox") {
			t.Errorf("%q is not refused at its field", typed)
		}
	}
	w.engine.down = starter.ErrNoWorker
	if a := w.post(configurer, path, form, "Accept-Language", "en"); a.Code != http.StatusOK || !a.says("No worker took the check up") {
		t.Errorf("without a worker: %d", a.Code)
	}
	w.engine.down = fmt.Errorf("%w: x", admin.ErrEngineDown)
	if a := w.post(configurer, path, form, "Accept-Language", "en"); a.Code != http.StatusOK || !a.says("Temporal does not answer") {
		t.Errorf("without Temporal: %d", a.Code)
	}
}

func TestConnectionErrorsAreAtTheirFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	with := func(change url.Values) url.Values {
		form := exchangeFields()
		for name, values := range change {
			form[name] = values
		}
		return form
	}
	for name, c := range map[string]struct {
		form  url.Values
		wrong []string
	}{
		"exchange, nothing":  {url.Values{"provider": {"exchange"}, "exchange.auth": {"ntlm"}, "exchange.minTls": {"1.2"}}, []string{"f-exchange-password"}},
		"exchange, no url":   {with(url.Values{"exchange.url": {""}, "exchange.username": {""}}), []string{"f-exchange-url", "f-exchange-username"}},
		"exchange, html":     {with(url.Values{"exchange.url": {hostile}, "exchange.ca": {hostile}, "mailbox": {hostile}}), []string{"f-mailbox"}},
		"exchange, html 2":   {with(url.Values{"exchange.url": {hostile}, "exchange.ca": {hostile}}), []string{"f-exchange-url", "f-exchange-ca"}},
		"exchange, choice":   {with(url.Values{"exchange.auth": {"oauth"}, "exchange.minTls": {"0.9"}}), []string{"f-exchange-auth", "f-exchange-minTls"}},
		"exchange, number":   {with(url.Values{"maxConcurrent": {"many"}}), []string{"f-maxConcurrent"}},
		"exchange, long":     {with(url.Values{"exchange.username": {strings.Repeat("x", 9000)}}), []string{"f-exchange-username"}},
		"office365, nothing": {url.Values{"provider": {"office365"}, "office365.credential": {"clientSecret"}}, []string{"f-office365-clientSecret"}},
		"office365, tenant":  {url.Values{"provider": {"office365"}, "office365.credential": {"clientSecret"}, "secret.office365.clientSecret": {"x"}, "office365.tenantId": {"common"}, "office365.clientId": {"x"}}, []string{"f-office365-tenantId"}},
		"office365, pem":     {url.Values{"provider": {"office365"}, "office365.credential": {"certificate"}, "secret.office365.certificate": {"not a pem"}, "office365.tenantId": {"x.example"}, "office365.clientId": {"x"}}, []string{"f-office365-certificate"}},
		"google, no key":     {url.Values{"provider": {"google"}}, []string{"f-google-key"}},
		"google, no json":    {url.Values{"provider": {"google"}, "secret.google.key": {"{}"}}, []string{"f-google-key"}},
		"our name":           {with(url.Values{"name": {"script"}}), []string{"f-name"}},
	} {
		a := w.post(configurer, "/connections", c.form)
		clean(t, name, a)
		got := slices.Sorted(slices.Values(a.wrong()))
		if a.Code != http.StatusUnprocessableEntity || !slices.Equal(got, slices.Sorted(slices.Values(c.wrong))) {
			t.Errorf("%s: %d, wrong %v, want %v", name, a.Code, got, c.wrong)
		}
		for _, typed := range []string{"very-secret-pass", "not a pem"} {
			if strings.Contains(a.Body.String(), typed) {
				t.Errorf("%s: a secret comes back", name)
			}
		}
	}
	if a := w.post(configurer, "/connections", url.Values{"provider": {"fax"}}); a.Code != http.StatusBadRequest {
		t.Errorf("an unknown provider: %d", a.Code)
	}
}

func TestGoogleKeyIsUploaded(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	a := w.upload("/connections", url.Values{"provider": {"google"}, "google.tokenUrl": {c.Google.TokenURL}}, "file.google.key", "\uFEFF"+c.Google.KeyJSON)
	if a.Header().Get("Location") != "/connections/google" {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	page := w.get(configurer, "/connections/google")
	view, err := w.service.Connection(t.Context(), "google")
	w.must(err)
	for _, wanted := range []string{fmt.Sprint(view.Described["clientId"]), "https://www.googleapis.com/auth/calendar.events.owned"} {
		if wanted == "" || len(page.elements(func(n *html.Node) bool { return attribute(n, "data-copy") == wanted })) != 1 {
			t.Errorf("%q is not ready to copy", wanted)
		}
	}
	if !page.link("https://admin.google.com/ac/owl/domainwidedelegation") || strings.Contains(page.Body.String(), "PRIVATE KEY") {
		t.Error("no link to the console, or the key is shown")
	}
	for name, content := range map[string]string{"binary": "\x00\x01\xff", "long": strings.Repeat("x", 300<<10), "none": "{}"} {
		a := w.upload("/connections", url.Values{"provider": {"google"}, "name": {"other"}}, "file.google.key", content)
		if a.Code != http.StatusUnprocessableEntity || !slices.Contains(a.wrong(), "f-google-key") {
			t.Errorf("%s: %d %v", name, a.Code, a.wrong())
		}
	}
	if a := w.upload("/connections", url.Values{"provider": {"google"}}, "file.google.key", strings.Repeat("x", 2<<20)); a.Code != http.StatusBadRequest {
		t.Errorf("more than a form may have: %d", a.Code)
	}
}

func TestConnectionKeepsItsSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	form := exchangeFields()
	w.post(configurer, "/connections", form)
	form.Set("version", "1")
	form.Set("secret.exchange.password", "")
	form.Set("exchange.username", "other@acme.example")
	if a := w.post(configurer, "/connections/exchange", form); a.Header().Get("Location") != "/connections/exchange" {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	one, err := w.editor.Connection(t.Context(), "exchange")
	if err != nil || one.System.(*ews.Settings).Password.Reveal() != "very-secret-pass" || one.System.(*ews.Settings).Username != "other@acme.example" {
		t.Errorf("%+v %v", one.System, err)
	}
	form.Set("exchange.username", "late@acme.example")
	if a := w.post(configurer, "/connections/exchange", form); a.Code != http.StatusConflict || attribute(a.input("exchange.username"), "value") != "late@acme.example" {
		t.Errorf("the second admin is not told: %d", a.Code)
	}
}

func TestOffice365ChangesItsCredential(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	form := url.Values{
		"version": {"1"}, "office365.tenantId": {c.Office365.TenantID}, "office365.clientId": {c.Office365.ClientID}, "office365.credential": {"certificate"},
	}
	a := w.post(configurer, "/connections/office365", form)
	if a.Code != http.StatusUnprocessableEntity || !slices.Contains(a.wrong(), "f-office365-certificate") {
		t.Errorf("no certificate is asked for: %d %v", a.Code, a.wrong())
	}
	page := w.get(configurer, "/connections/office365")
	if !page.link("/api/v1/connections/office365/consent") || !page.says("https://figgosync.example.com/connections/consent/callback") {
		t.Error("no consent button, or no redirect address")
	}
}

// A .pfx file is binary; its password is asked for where it is missing.
func TestOffice365TakesAPFXFile(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	w.must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	w.must(err)
	leaf, err := x509.ParseCertificate(der)
	w.must(err)
	pfx, err := pkcs12.Modern.Encode(key, leaf, nil, "very-secret-pass")
	w.must(err)
	form := url.Values{
		"provider": {"office365"}, "office365.tenantId": {c.Office365.TenantID}, "office365.clientId": {c.Office365.ClientID},
		"office365.credential": {"certificate"},
	}
	a := w.upload("/connections", form, "file.office365.certificate", string(pfx))
	if clean(t, "pfx", a); a.Code != http.StatusUnprocessableEntity || !slices.Contains(a.wrong(), "f-office365-certificatePassword") {
		t.Fatalf("no password is asked for: %d %v", a.Code, a.wrong())
	}
	form.Set("secret.office365.certificatePassword", "very-secret-pass")
	if a := w.upload("/connections", form, "file.office365.certificate", string(pfx)); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %v", a.Code, a.wrong())
	}
	one, err := w.editor.Connection(t.Context(), "office365")
	if err != nil || one.System.(*graph.Settings).CertificatePassword.Reveal() != "very-secret-pass" {
		t.Errorf("%+v %v", one.System, err)
	}
}

func TestScriptFollowsTheChoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	query := url.Values{"scope": {"group"}, "scopeGroup": {"L’équipe"}, "exchange.username": {`ACME\svc`}, "provider": {"exchange"}}
	a := w.get(configurer, "/connections/script?"+query.Encode(), "HX-Request", "true")
	if body := html.UnescapeString(a.Body.String()); !strings.Contains(body, "-Identity 'L’’équipe'") || !strings.Contains(body, "-User 'svc'") {
		t.Error(body)
	}
	query.Set("scopeGroup", hostile)
	if a := w.get(configurer, "/connections/script?"+query.Encode(), "HX-Request", "true"); strings.Contains(a.Body.String(), "New-ManagementScope") {
		t.Error("a script with quotes in it")
	}
}
