package pages_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/workflows"
)

// Who takes a legal entity away from a synchronization is offered, at once and by its
// name, to see what it leaves in calendars; not what another synchronization has by then.
func TestTakenAwayLegalEntitiesAreOfferedForRemoval(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1", "2", "3")
	const path = "/synchronizations/acme-office365"
	form := w.get(configurer, path).fieldsOf(path)
	form["legalEntities"] = []string{"1"}
	a := w.post(configurer, path, form)
	location := a.Header().Get("Location")
	if a.Code != http.StatusSeeOther || location != path+"?dropped=2&dropped=3" {
		t.Fatalf("%d %s", a.Code, location)
	}
	page := w.get(configurer, location, "Accept-Language", "fr")
	if !page.says("2 entités légales ne sont plus synchronisées") || !page.says("Voir les événements de Zürich") {
		t.Error("what was taken away is not told")
	}
	removal := page.fieldsOf("/removals")
	removal.Del("synchronization") // of the form for the whole synchronization
	removal.Set("legalEntity", "2")
	if a := w.post(configurer, "/removals", removal); a.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Code, a.Body)
	}
	want := []workflows.RemovalInput{{Source: "acme", LegalEntity: "2", DryRun: true}}
	if diff := cmp.Diff(want, w.engine.removed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	form = policyFields("acme", "google", "2")
	w.setUpConnection(c, calendars.Google)
	if a := w.post(configurer, "/synchronizations", form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Code, a.Body)
	}
	page = w.get(configurer, location, "Accept-Language", "en")
	if !page.says("1 legal entity is no longer synchronized") {
		t.Error("what another synchronization has is still offered")
	}
	if page := w.get(consulter, location, "Accept-Language", "en"); len(page.fieldsOf("/removals")) > 0 {
		t.Error("who may only look is offered a removal")
	}
}
