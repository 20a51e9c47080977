package pages_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// What was typed into a secret's field survives a mistake elsewhere in the form,
// without being shown, for the same form of the same person.
func TestSecretsSurviveARefusedForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	form := exchangeFields()
	form.Set("key", w.get(configurer, "/connections/new?provider=exchange").key(t, "/connections"))
	form.Set("exchange.url", "no address")
	a := w.post(configurer, "/connections", form, "Accept-Language", "en")
	if a.Code != http.StatusUnprocessableEntity || !a.says("kept for a quarter of an hour") || strings.Contains(a.Body.String(), "very-secret-pass") {
		t.Fatalf("%d: the page does not tell what it kept, or shows it", a.Code)
	}
	form.Set("exchange.url", "https://mail.example.com/ews/exchange.asmx")
	form.Del("secret.exchange.password")
	other := consulter
	other.Role = configurer.Role
	if a := w.post(other, "/connections", form); !slices.Contains(a.wrong(), "f-exchange-password") {
		t.Error("somebody else is given the secret")
	}
	if a := w.post(configurer, "/connections", form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d: the secret was not kept: %v", a.Code, a.wrong())
	}
	stored, err := w.editor.Connection(t.Context(), "exchange")
	w.must(err)
	if got := stored.System.(*ews.Settings).Password.Reveal(); got != "very-secret-pass" {
		t.Errorf("stored %d characters", len(got))
	}
}

// A changed policy tells how many absences keep the former look, and offers the
// reconciliation that shows or changes their events: one that runs on whatever happens to
// this process, and waits for an agreement to its number.
func TestChangedPolicyOffersToApply(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	for _, id := range []string{"1", "2", "3"} {
		w.engine.lines = append(w.engine.lines, starter.AbsenceLine{Source: "acme", Absence: id, Synchronization: "acme-office365", Status: workflows.StatusSynced})
	}
	const path = "/synchronizations/acme-office365"
	form := w.get(configurer, path).fieldsOf(path)
	if a := w.post(configurer, path, form); a.Header().Get("Location") != path {
		t.Fatalf("saved unchanged: %d %s", a.Code, a.Header().Get("Location"))
	}
	form = w.get(configurer, path).fieldsOf(path)
	form.Set("policy.label", "Away")
	a := w.post(configurer, path, form)
	if a.Header().Get("Location") != path+"?look=changed" {
		t.Fatalf("%d %s", a.Code, a.Header().Get("Location"))
	}
	page := w.get(configurer, path+"?look=changed", "Accept-Language", "en")
	if !page.says("3 absences keep the former look") {
		t.Error("the former look is not told")
	}
	for i, do := range []string{"report", "repair"} {
		form := page.fieldsOf("/reconciliations")
		form.Set("do", do)
		form.Set("key", form.Get("key")+do) // each button sends the form of its own page
		if a := w.post(configurer, "/reconciliations", form); a.Code != http.StatusSeeOther || len(w.engine.reconciled) != i+1 {
			t.Fatalf("%s: %d, %d started", do, a.Code, len(w.engine.reconciled))
		}
		want := workflows.ReconciliationInput{Synchronization: "acme-office365", Repair: do == "repair"}
		if diff := cmp.Diff(want, w.engine.reconciled[i], cmpopts.EquateComparable(absence.Date{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", do, diff)
		}
	}
	if page := w.get(consulter, path+"?look=changed", "Accept-Language", "en"); len(page.fieldsOf("/reconciliations")) > 0 {
		t.Error("who may only look is offered to apply it")
	}
}

// fieldsOf are the fields of a form as a browser would send them.
func (a answer) fieldsOf(action string) url.Values {
	values := url.Values{}
	for _, n := range a.elements(func(n *html.Node) bool { return n.Data == "form" && attribute(n, "action") == action }) {
		for d := range n.Descendants() {
			switch {
			case d.Data == "input" && (attribute(d, "type") == "checkbox" || attribute(d, "type") == "radio"):
				if slices.ContainsFunc(d.Attr, func(one html.Attribute) bool { return one.Key == "checked" }) {
					values.Add(attribute(d, "name"), attribute(d, "value"))
				}
			case d.Data == "input" && attribute(d, "name") != "":
				values.Add(attribute(d, "name"), attribute(d, "value"))
			case d.Data == "select":
				for o := range d.Descendants() {
					if slices.ContainsFunc(o.Attr, func(one html.Attribute) bool { return one.Key == "selected" }) {
						values.Add(attribute(d, "name"), attribute(o, "value"))
					}
				}
			}
		}
	}
	return values
}
