package pages_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// asks tells whether every form of a page that posts to an address is in a dialog, so
// that nothing happens without a question.
func (a answer) asks(action string) bool {
	forms := a.elements(func(n *html.Node) bool { return n.Data == "form" && attribute(n, "action") == action })
	return len(forms) > 0 && !slices.ContainsFunc(forms, func(n *html.Node) bool {
		return n.Parent == nil || n.Parent.Data != "dialog"
	})
}

// What cannot be undone asks first: in a dialog, and on a page of its own for browsers
// without script, which posts the same.
func TestWhatCannotBeUndoneAsksFirst(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	page := w.get(configurer, "/sources/acme")
	if page.asks("/sources/acme/http-key") || page.asks("/sources/acme/webhook") {
		t.Error("a first key or webhook replaces nothing, and asks")
	}
	one, err := w.editor.Source(t.Context(), "acme")
	w.must(err)
	one.WebhookSecret = settings.Secret("k7Qz2mX9pL4vT8wR1nB6yH3sD5fG0jCe")
	one.HTTPSynchronizationKey = settings.Secret("Basic ZmlnZ29zeW5jOklTWVdXTjRGVzZCMjdMRFFORkZOSUlEMlFF")
	_, err = w.editor.PutSource(t.Context(), somebody, one, 1)
	w.must(err)
	for action, at := range map[string]struct{ page, question string }{
		"/sources/acme/http-key": {"/sources/acme", "/sources/acme/http-key/replace"},
		"/sources/acme/webhook":  {"/sources/acme", "/sources/acme/webhook/replace"},
	} {
		if !w.get(configurer, at.page).asks(action) {
			t.Errorf("%s posts to %s without a question", at.page, action)
		}
		alone := w.get(configurer, at.question)
		clean(t, at.question, alone)
		if alone.Code != http.StatusOK || len(alone.fieldsOf(action)) == 0 {
			t.Errorf("%s: %d, fields %v", at.question, alone.Code, alone.fieldsOf(action))
		}
		if a := w.get(consulter, at.question); a.Code != http.StatusForbidden {
			t.Errorf("%s, for who may only look: %d", at.question, a.Code)
		}
	}
	if a := w.post(configurer, "/sources/acme/http-key", w.get(configurer, "/sources/acme/http-key/replace").fieldsOf("/sources/acme/http-key")); a.Code != http.StatusOK || !a.says("Basic ") {
		t.Errorf("the answer to the question: %d, no key", a.Code)
	}
}

// A search offers the reasons that absences have, with their number, and not sixty
// others.
func TestReasonsToSearchForAreThoseThatOccur(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	for i, reason := range []string{"mailbox-missing", "mailbox-missing", "no-email"} {
		w.engine.lines = append(w.engine.lines, starter.AbsenceLine{
			Source: "acme", Absence: string(rune('1' + i)), Synchronization: "acme-office365",
			Status: workflows.StatusBlocked, Reason: reason,
		})
	}
	offered := func(address string) (values, labels []string) {
		page := w.get(consulter, address, "Accept-Language", "en")
		for _, n := range page.elements(func(n *html.Node) bool {
			return n.Data == "option" && attribute(n.Parent, "name") == "reason"
		}) {
			values, labels = append(values, attribute(n, "value")), append(labels, text(n))
		}
		return values, labels
	}
	values, labels := offered("/absences")
	if !slices.Equal(values, []string{"", "mailbox-missing", "no-email"}) || !strings.HasSuffix(labels[1], "(2)") || !strings.HasSuffix(labels[2], "(1)") {
		t.Errorf("%q %q", values, labels)
	}
	if values, _ = offered("/absences?reason=consent-missing"); !slices.Contains(values, "consent-missing") || len(values) != 4 {
		t.Errorf("one that was chosen: %q", values)
	}
	for range 300 { // more than are looked at: another reason may be among them
		w.engine.lines = append(w.engine.lines, w.engine.lines[0])
	}
	if values, labels = offered("/absences"); len(values) < 20 || values[1] != "mailbox-missing" || !strings.HasSuffix(labels[1], "(302)") {
		t.Errorf("of many: %q", labels)
	}
	w.engine.down = admin.ErrEngineDown
	if values, _ = offered("/absences"); len(values) < 20 {
		t.Errorf("without Temporal: %q", values)
	}
}

// Legal entities are called by their names in the list of synchronizations and in the
// audit log.
func TestLegalEntitiesAreNamed(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	one, err := w.editor.Synchronization(t.Context(), "acme-office365")
	w.must(err)
	one.LegalEntities = []string{"1", "2"}
	_, err = w.editor.PutSynchronization(t.Context(), somebody, one, 1)
	w.must(err)
	for _, at := range []string{"/synchronizations", "/audit-log"} {
		if page := w.get(consulter, at); !page.says("Paris, Zürich") {
			t.Errorf("%s: %s", at, text(page.named("main")[0]))
		}
	}
}
