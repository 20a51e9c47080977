package pages_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

func TestSourceIsMadeAndTested(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	form := sourceFields(c)
	form.Set("secret.clientSecret", "wrong-secret-of-mine")
	a := w.post(configurer, "/sources", form)
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sources/lucca?test=1" {
		t.Fatalf("%d %s\n%s", a.Code, a.Header().Get("Location"), a.Body)
	}
	a = w.get(configurer, "/sources/lucca?test=1", "Accept-Language", "fr")
	if !a.says("le secret est erroné") || strings.Contains(a.Body.String(), "wrong-secret-of-mine") || !a.link("#edit") {
		t.Error("a wrong secret is not told, or it is shown")
	}
	form.Set("secret.clientSecret", c.Lucca.ClientSecret)
	form.Set("version", attribute(a.input("version"), "value"))
	if a = w.post(configurer, "/sources/lucca", form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	a = w.get(configurer, "/sources/lucca?test=1", "Accept-Language", "fr")
	if !a.says("3 entités légales trouvées") || !a.says("Zürich") || !a.link("/connections/new") {
		t.Errorf("no legal entities, or no next step: %s", text(a.named("main")[0]))
	}
	piece := w.get(configurer, "/sources/lucca/check?fresh=1", "HX-Request", "true")
	if piece.Code != http.StatusOK || strings.Contains(piece.Body.String(), "<html") || !strings.Contains(piece.Body.String(), "Zürich") {
		t.Errorf("the piece for htmx: %d", piece.Code)
	}
	// An empty secret keeps the stored one.
	form.Set("secret.clientSecret", "")
	form.Set("version", "2")
	w.post(configurer, "/sources/lucca", form)
	if stored, err := w.editor.Source(t.Context(), "lucca"); err != nil || stored.ClientSecret.Reveal() != c.Lucca.ClientSecret {
		t.Errorf("the secret was not kept: %v", err)
	}
}

func TestSourceHasSensibleDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	form := url.Values{"host": {"https://acme.ilucca.net/timmi-absences#x"}, "clientId": {"id"}, "secret.clientSecret": {"s"}, "api": {"v5"}}
	if a := w.post(configurer, "/sources", form); a.Header().Get("Location") != "/sources/acme?test=1" {
		t.Fatalf("%d %s", a.Code, a.Header().Get("Location"))
	}
	one, err := w.editor.Source(t.Context(), "acme")
	if err != nil || one.Host != "https://acme.ilucca.net" || one.TokenURL != settings.DefaultTokenURL || one.API != settings.APIv5 {
		t.Errorf("%+v %v", one, err)
	}
	// The next one of the same account gets another name; an API key is enough for v3.
	form = url.Values{"host": {"acme"}, "api": {"v3"}, "secret.apiKey": {"k"}, "secret.clientSecret": {"not meant"}}
	if a := w.post(configurer, "/sources", form); a.Header().Get("Location") != "/sources/acme-2?test=1" {
		t.Fatalf("%d %s", a.Code, a.Header().Get("Location"))
	}
	if one, err := w.editor.Source(t.Context(), "acme-2"); err != nil || one.API != settings.APIv3 || one.ClientSecret != "" {
		t.Errorf("%+v %v", one, err)
	}
	if a := w.get(configurer, "/sources/new"); attribute(a.input("tokenUrl"), "value") != settings.DefaultTokenURL {
		t.Error("the token address is not filled in")
	}
}

func TestSourceErrorsAreAtTheirFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for name, c := range map[string]struct {
		form  url.Values
		wrong []string
	}{
		"nothing":   {url.Values{"api": {"v5"}}, []string{"f-host", "f-clientId", "f-clientSecret"}},
		"v3":        {url.Values{"api": {"v3"}, "host": {"acme"}}, []string{"f-apiKey"}},
		"name":      {url.Values{"name": {"Acme Corp"}, "host": {"acme"}, "clientId": {"x"}, "secret.clientSecret": {"x"}}, []string{"f-name"}},
		"our name":  {url.Values{"name": {"new"}, "host": {"acme"}, "clientId": {"x"}, "secret.clientSecret": {"x"}}, []string{"f-name"}},
		"html":      {url.Values{"name": {hostile}, "host": {hostile}, "clientId": {hostile}, "tokenUrl": {hostile}, "secret.clientSecret": {"x"}}, []string{"f-host", "f-clientId", "f-name", "f-tokenUrl"}},
		"over-long": {url.Values{"host": {"https://" + strings.Repeat("a", 9000) + ".ilucca.net"}, "clientId": {strings.Repeat("x", 9000)}, "secret.clientSecret": {"x"}}, []string{"f-host", "f-clientId"}},
		"encoding":  {url.Values{"host": {"acme\xff"}, "clientId": {"x\x00"}, "secret.clientSecret": {"\xff"}}, []string{"f-host", "f-clientId", "f-clientSecret"}},
		"login":     {url.Values{"host": {"https://me:pass@acme.ilucca.net"}, "clientId": {"x"}, "secret.clientSecret": {"x"}}, []string{"f-host"}},
	} {
		a := w.post(configurer, "/sources", c.form)
		clean(t, name, a)
		if got := a.wrong(); a.Code != http.StatusUnprocessableEntity || !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(c.wrong))) {
			t.Errorf("%s: %d, wrong %v, want %v", name, a.Code, got, c.wrong)
		}
	}
	if all, err := w.editor.Sources(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%d sources were made, %v", len(all), err)
	}
}

func TestSourceFormSentTwiceMakesOne(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	form := sourceFields(c)
	form.Set("key", w.get(configurer, "/sources/new").key(t, "/sources"))
	for range 2 {
		if a := w.post(configurer, "/sources", form); a.Header().Get("Location") != "/sources/lucca?test=1" {
			t.Fatalf("%d %s", a.Code, a.Header().Get("Location"))
		}
	}
	// The same page after "back", with something else typed, is meant anew.
	form.Set("clientId", "another")
	if a := w.post(configurer, "/sources", form); a.Header().Get("Location") != "/sources/lucca-2?test=1" {
		t.Errorf("%d %s", a.Code, a.Header().Get("Location"))
	}
	if all, _ := w.editor.Sources(t.Context()); len(all) != 2 {
		t.Errorf("%d sources", len(all))
	}
}

func TestSourceOfTwoAdmins(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	form := sourceFields(c)
	form.Set("version", "1")
	form.Set("clientId", "first")
	if a := w.post(configurer, "/sources/acme", form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d", a.Code)
	}
	form.Set("clientId", "second")
	a := w.post(consulterWhoMay(), "/sources/acme", form)
	if a.Code != http.StatusConflict || !a.says("first") || attribute(a.input("clientId"), "value") != "second" || attribute(a.input("version"), "value") != "2" {
		t.Errorf("%d: the second admin is not told: %s", a.Code, text(a.named("main")[0]))
	}
	if one, _ := w.editor.Source(t.Context(), "acme"); one.ClientID != "first" {
		t.Errorf("overwritten with %q", one.ClientID)
	}
	// A form without a version must not make a record anew either.
	form.Del("version")
	if a := w.post(configurer, "/sources/acme", form); a.Code != http.StatusConflict {
		t.Errorf("without a version: %d", a.Code)
	}
}

func TestHTTPKeyIsShownOnce(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	page := w.get(configurer, "/sources/acme")
	form := url.Values{"version": {"1"}, "key": {page.key(t, "/sources/acme/http-key")}}
	a := w.post(configurer, "/sources/acme/http-key", form)
	one, err := w.editor.Source(t.Context(), "acme")
	key := one.HTTPSynchronizationKey.Reveal()
	if err != nil || key == "" || !strings.Contains(a.Body.String(), key) {
		t.Fatalf("%d: the key is not shown, %v", a.Code, err)
	}
	if again := w.post(configurer, "/sources/acme/http-key", form); !strings.Contains(again.Body.String(), key) {
		t.Error("sent twice, the second answer has another key or none")
	}
	if later := w.get(configurer, "/sources/acme"); strings.Contains(later.Body.String(), key) || !later.says("https://figgosync.example.com/webhooks/figgo/acme") {
		t.Error("the key is shown again, or the address is missing")
	}
}

func TestWebhookByHandAndRefused(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	// Nothing answers at our public address here, so that Lucca does not activate it.
	a := w.post(configurer, "/sources/acme/webhook", url.Values{})
	if a.Code != http.StatusOK && a.Code != http.StatusSeeOther {
		t.Fatalf("%d", a.Code)
	}
	if a.Code == http.StatusOK && (len(a.elements(isAlert)) == 0 || !a.says("Code")) {
		t.Errorf("a refusal is not told: %s", text(a.named("main")[0]))
	}
	for reason, wanted := range map[string]string{admin.ReasonWebhookScope: "webhook-endpoints.readwrite", admin.ReasonWebhookSuspended: "suspendu"} {
		if key := "source.what." + reason; !strings.Contains(texts.Localizer{Lang: texts.French}.T(key)+texts.Localizer{Lang: texts.French}.T("source.do."+reason), wanted) {
			t.Errorf("%s is not explained", reason)
		}
	}
	view, err := w.service.Source(t.Context(), "acme")
	w.must(err)
	form := url.Values{"version": {versionText(view.Version)}}
	if a := w.post(configurer, "/sources/acme/webhook-secret", form); a.Code != http.StatusUnprocessableEntity || !slices.Contains(a.wrong(), "f-webhookSecret") {
		t.Errorf("an empty secret: %d %v", a.Code, a.wrong())
	}
	form.Set("secret.webhookSecret", "from-lucca-kq3vTz8mWp2hYb7dRn5xJc9g")
	if a := w.post(configurer, "/sources/acme/webhook-secret", form); a.Code != http.StatusSeeOther {
		t.Errorf("%d", a.Code)
	}
	one, err := w.editor.Source(t.Context(), "acme")
	if err != nil || one.WebhookSecret.Reveal() != "from-lucca-kq3vTz8mWp2hYb7dRn5xJc9g" || one.ClientSecret == "" || one.Host != c.Lucca.Host {
		t.Errorf("%v %v", one, err)
	}
}

func TestSourceInUseIsNotRemoved(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	a := w.post(configurer, "/sources/acme/remove", url.Values{"version": {"1"}})
	if a.Code != http.StatusConflict || !a.says("acme-office365") {
		t.Errorf("%d %s", a.Code, text(a.named("main")[0]))
	}
	w.must(w.editor.RemoveSynchronization(t.Context(), somebody, "acme-office365", 1))
	if a := w.post(configurer, "/sources/acme/remove", url.Values{"version": {"1"}}); a.Header().Get("Location") != "/sources" {
		t.Errorf("%d", a.Code)
	}
}

func TestNobodyChangesSettingsFromAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	for path, form := range maps.All(map[string]url.Values{
		"/sources":          {"host": {"acme"}, "clientId": {"x"}, "secret.clientSecret": {"x"}, "api": {"v5"}},
		"/connections":      {"provider": {"exchange"}, "exchange.url": {"https://x.example/ews/exchange.asmx"}, "exchange.username": {"x"}, "secret.exchange.password": {"x"}},
		"/synchronizations": policyFields("acme", "office365", "1"),
	}) {
		if a := w.post(configurer, path, form); a.Code != http.StatusConflict {
			t.Errorf("%s: %d", path, a.Code)
		}
		if a := w.post(consulter, path, form); a.Code != http.StatusForbidden {
			t.Errorf("%s as consult: %d", path, a.Code)
		}
		if a := w.post(nobody, path, form); a.Code != http.StatusUnauthorized || strings.Contains(a.Body.String(), `value="x"`) && path == "/none" {
			t.Errorf("%s as nobody: %d", path, a.Code)
		}
	}
}
