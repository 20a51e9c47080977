package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/settings"
)

// Without a database there are no alerts, and the page says so.
func TestAlertsFromAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	if a := w.get(configurer, "/alerts"); a.Code != http.StatusOK || !a.says("Les paramètres viennent d’un fichier") {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}

// Recipients are added and removed; a webhook's secret is shown once, and of its address
// the server alone.
func TestRecipientsOfAlerts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if a := w.get(configurer, "/alerts"); !a.says("Personne n’est prévenu") || !a.says("Aucun serveur de messagerie") {
		t.Errorf("nobody yet: %s", a.Body)
	}
	add := func(where string, more url.Values) answer {
		form := url.Values{"version": {"0"}, "where": {where}, "language": {"fr"}}
		for name, values := range more {
			form[name] = values
		}
		return w.post(configurer, "/alerts", form)
	}
	if a := add("no address", nil); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong address: %d", a.Code)
	}
	if a := add("it@example.com", url.Values{"kinds": {"approval-needed"}, "digest": {"on"}}); a.Code != http.StatusOK || !a.says("it@example.com") {
		t.Fatalf("an e-mail address: %d %s", a.Code, a.Body)
	}
	const key = "/hooks/very-secret-path"
	a := add("https://hooks.example.com"+key, nil)
	all, err := w.editor.(settings.Store).Recipients(t.Context())
	w.must(err)
	hook := all[0]
	if hook.Webhook == "" {
		hook = all[1]
	}
	secret := hook.Secret.Reveal()
	if a.Code != http.StatusOK || secret == "" || !strings.Contains(a.Body.String(), secret) || strings.Contains(a.Body.String(), key) {
		t.Errorf("a webhook: %d, with its secret %t", a.Code, strings.Contains(a.Body.String(), secret))
	}
	a = w.get(consulter, "/alerts")
	if strings.Contains(a.Body.String(), secret) || !a.says("https://hooks.example.com/…") || !a.says("Accord attendu") || a.link("/alerts/"+hook.Name+"/remove") {
		t.Errorf("for somebody who looks: %s", a.Body)
	}
	if a := w.post(consulter, "/alerts/"+hook.Name+"/remove", nil); a.Code != http.StatusForbidden {
		t.Errorf("removed by somebody who may not: %d", a.Code)
	}
	if a := w.post(configurer, "/alerts/"+hook.Name+"/remove", nil); a.Code != http.StatusSeeOther {
		t.Errorf("removed: %d", a.Code)
	}
	all, err = w.editor.(settings.Store).Recipients(t.Context())
	if w.must(err); len(all) != 1 || all[0].Email != "it@example.com" || !all[0].Digest || !all[0].Wants(settings.TroubleApproval) || all[0].Wants(settings.TroubleDisk) {
		t.Errorf("left are %+v", all)
	}
	if a := w.post(configurer, "/alerts/"+all[0].Name+"/test", nil); a.Code != http.StatusSeeOther {
		t.Errorf("tested: %d", a.Code)
	}
}
