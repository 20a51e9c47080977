package pages_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// held are so many held deletions of acme, five of whose burst went before.
func held(count int) map[string]workflows.HeldDeletions {
	all := workflows.HeldDeletions{Total: count, CarriedOut: 5}
	for i := range count {
		all.Deletions = append(all.Deletions, workflows.HeldDeletion{
			Absence: fmt.Sprint(8000 + i), Employee: "416", From: firstDay, To: firstDay.AddDays(i % 2), At: moment,
		})
	}
	return map[string]workflows.HeldDeletions{"acme": all}
}

// Who decides sees how many there are and whose, and types the very number.
func TestHeldDeletionsAreApprovedByTheirNumber(t *testing.T) {
	t.Parallel()
	w := operationWorld(t)
	w.engine.held = held(395)
	a := w.get(configurer, "/held", "Accept-Language", "fr")
	for _, wanted := range []string{
		"395 suppressions sont retenues", "5 autres avaient été exécutées", "Supprimer 395 événements", "du 1er février 2026 au 2 février 2026",
		"il en manque 195", "tapez leur nombre : 395",
	} {
		if !a.says(wanted) {
			t.Errorf("no %q in %s", wanted, text(a.named("main")[0])[:600])
		}
	}
	if !a.link("/absences/acme/8000") {
		t.Error("a deletion does not lead to its absence")
	}
	form := a.fieldsOf("/held/acme/approve")
	for typed, wanted := range map[string]string{"": "This field is required", "394": "not the number", "x": "", "-395": ""} {
		form.Set("deletions", typed)
		a := w.post(configurer, "/held/acme/approve", form, "Accept-Language", "en")
		if a.Code != http.StatusUnprocessableEntity || !a.says(wanted) || len(w.engine.decided) > 0 {
			t.Errorf("%q: status %d, decided %v", typed, a.Code, w.engine.decided)
		}
	}
	form.Set("deletions", "395")
	if a := w.post(configurer, "/held/acme/approve", form); a.Header().Get("Location") != "/held" || fmt.Sprint(w.engine.decided) != "[true]" {
		t.Errorf("status %d, decided %v", a.Code, w.engine.decided)
	}
	if a := w.post(configurer, "/held/acme/approve", form); a.Header().Get("Location") != "/held" || len(w.engine.decided) != 1 {
		t.Errorf("once more: status %d, decided %v", a.Code, w.engine.decided)
	}
	if a := w.get(configurer, "/held", "Accept-Language", "en"); !a.says("No deletion is held") {
		t.Error(text(a.named("main")[0]))
	}
}

// A refusal asks once more, also without script, and keeps all events however many
// there are by then.
func TestHeldDeletionsAreRefused(t *testing.T) {
	t.Parallel()
	w := operationWorld(t)
	w.engine.held = held(60)
	if a := w.get(configurer, "/held/acme/drop", "Accept-Language", "fr"); !a.says("Garder tous les événements") {
		t.Error(text(a.named("main")[0]))
	}
	for range 2 {
		if a := w.post(configurer, "/held/acme/drop", nil); a.Header().Get("Location") != "/held" || fmt.Sprint(w.engine.decided) != "[false]" {
			t.Errorf("status %d, decided %v", a.Code, w.engine.decided)
		}
	}
}

func TestWhoMayOnlyLookDecidesNothing(t *testing.T) {
	t.Parallel()
	w := operationWorld(t)
	w.engine.held = held(60)
	a := w.get(consulter, "/held")
	if len(a.fieldsOf("/held/acme/approve")) > 0 || a.link("/held/acme/drop") {
		t.Error("a decision is offered")
	}
	for _, decision := range []string{"approve", "drop"} {
		if a := w.post(consulter, "/held/acme/"+decision, nil); a.Code != http.StatusForbidden || len(w.engine.decided) > 0 {
			t.Errorf("%s: status %d", decision, a.Code)
		}
	}
}

// Whoever meets held deletions elsewhere is led to the decision.
func TestHeldAbsencesLeadToTheDecision(t *testing.T) {
	t.Parallel()
	w := operationWorld(t)
	w.engine.held = held(60)
	line := starter.AbsenceLine{
		WorkflowID: "absence/acme/8000", Source: "acme", Absence: "8000", Synchronization: "acme-office365",
		Status: workflows.StatusHeld, Reason: workflows.ReasonHeld,
	}
	w.engine.lines = append(w.engine.lines, line)
	w.engine.absences["acme/8000"] = starter.Absence{WorkflowID: line.WorkflowID, Running: true, State: workflows.State{
		Source: "acme", Absence: "8000", Status: workflows.StatusHeld, Trouble: &workflows.Trouble{Reason: workflows.ReasonHeld},
	}}
	for _, path := range []string{"/", "/absences?status=held", "/absences/acme/8000"} {
		if a := w.get(consulter, path); !a.link("/held") {
			t.Errorf("%s does not lead to the decision", path)
		}
	}
}
