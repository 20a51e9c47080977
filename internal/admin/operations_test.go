package admin_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// What is started, approved and cancelled is in the audit log, with the numbers.
func TestOperationsAreInTheAuditLog(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	const kind = settings.KindReconciliation
	id, err := d.StartReconciliation(t.Context(), alice, workflows.ReconciliationInput{Synchronization: "headquarters", Repair: true}, "")
	if err != nil || id != "acme.n" {
		t.Fatalf("%q, %v", id, err)
	}
	if err := d.ApproveOperation(t.Context(), alice, kind, id, workflows.Approval{Deletions: 61, Changes: 4}); err != nil {
		t.Fatal(err)
	}
	if err := d.CancelOperation(t.Context(), alice, kind, id); err != nil {
		t.Fatal(err)
	}
	if _, err := d.StartRemoval(t.Context(), alice, admin.RemovalScope{Source: "acme", LegalEntity: "1", DryRun: true}, ""); err != nil {
		t.Fatal(err)
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range changes {
		line := fmt.Sprintf("%s %s %s %s", one.By.ID, one.Action, one.Kind, one.Name)
		for _, field := range one.Fields {
			line += " " + field.Field + "=" + field.To
		}
		got = append(got, line)
	}
	want := []string{
		alice.ID + " started removal acme.n source=acme legalEntity=1 dryRun=true",
		alice.ID + " cancelled reconciliation acme.n",
		alice.ID + " approved reconciliation acme.n deletions=61 changes=4",
		alice.ID + " started reconciliation acme.n synchronization=headquarters repair=true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Other numbers than those that are waited for approve nothing, and the right ones are
// told.
func TestOnlyTheVeryNumbersAreApproved(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	const kind = settings.KindReconciliation
	id, err := d.StartReconciliation(t.Context(), alice, workflows.ReconciliationInput{Synchronization: "headquarters"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, numbers := range []workflows.Approval{{}, {Deletions: 60, Changes: 4}, {Deletions: 61, Changes: 5}, {Deletions: 4, Changes: 61}} {
		err := d.ApproveOperation(t.Context(), alice, kind, id, numbers)
		other, ok := errors.AsType[*admin.NotApprovableError](err)
		if !ok || other.Breaker == nil || *other.Breaker != (workflows.Breaker{Deletions: 61, Changes: 4, Of: 100}) {
			t.Errorf("%+v: %v", numbers, err)
		}
	}
	right := workflows.Approval{Deletions: 61, Changes: 4}
	d.engine.taken = true
	err = d.ApproveOperation(t.Context(), alice, kind, id, right)
	if other, ok := errors.AsType[*admin.NotApprovableError](err); !ok || other.Breaker != nil {
		t.Errorf("after somebody else did: %v", err)
	}
	if err := d.ApproveOperation(t.Context(), alice, settings.KindRemoval, id, right); !errors.Is(err, starter.ErrNotFound) {
		t.Errorf("as a removal: %v", err)
	}
}

// A paused synchronization is not compared: nothing says what its calendars should
// show. One that is not is paused by its removal, unless the settings are a file.
func TestWhatIsPausedIsEmptiedAndNotCompared(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	scope := admin.RemovalScope{Synchronization: "headquarters"}
	if _, err := d.StartRemoval(t.Context(), alice, scope, ""); err != nil {
		t.Error(err)
	}
	onlyRead := admin.New(admin.Config{Settings: d.store, Engine: d.engine, Log: slog.New(slog.DiscardHandler)})
	_, err := onlyRead.StartRemoval(t.Context(), alice, scope, "")
	if diff := cmp.Diff(map[string]string{"synchronization": "synchronization-active"}, problems(t, err)); diff != "" {
		t.Error(diff)
	}
	scope.DryRun = true
	if _, err := onlyRead.StartRemoval(t.Context(), alice, scope, ""); err != nil {
		t.Error(err)
	}
	// Nothing writes for what no synchronization has: there is nothing to pause.
	if _, err := onlyRead.StartRemoval(t.Context(), alice, admin.RemovalScope{Source: "acme", LegalEntity: "77"}, ""); err != nil {
		t.Error(err)
	}
	_, err = d.StartRemoval(t.Context(), alice, admin.RemovalScope{Source: "nobody", LegalEntity: "77"}, "")
	if diff := cmp.Diff(map[string]string{"legalEntity": "not-synchronized"}, problems(t, err)); diff != "" {
		t.Error(diff)
	}
	if _, err := d.SetPaused(t.Context(), alice, "headquarters", true, 1); err != nil {
		t.Fatal(err)
	}
	_, err = d.StartReconciliation(t.Context(), alice, workflows.ReconciliationInput{Synchronization: "headquarters"}, "")
	if diff := cmp.Diff(map[string]string{"synchronization": "synchronization-paused"}, problems(t, err)); diff != "" {
		t.Error(diff)
	}
}

// A start that a key repeats is one, and in the audit log once; a key is no essay.
func TestAnOperationOfAKeyIsStartedOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	input := workflows.ReconciliationInput{Synchronization: "headquarters"}
	for range 2 {
		if _, err := d.StartReconciliation(t.Context(), alice, input, "tonight"); err != nil {
			t.Fatal(err)
		}
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{Limit: 50})
	started := 0
	for _, one := range changes {
		if one.Action == settings.ActionStarted {
			started++
		}
	}
	if err != nil || started != 1 || strings.Join(d.engine.keys, " ") != "tonight tonight" {
		t.Errorf("%d starts in the audit log, keys %q, %v", started, d.engine.keys, err)
	}
	if _, err := d.StartRemoval(t.Context(), alice, admin.RemovalScope{Synchronization: "headquarters"}, strings.Repeat("k", 300)); err == nil {
		t.Error("an endless key is taken")
	}
}

// A decision about held deletions is in the audit log with their number; without any
// there is nothing to decide.
func TestHeldDeletionsAreDecidedOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	d.engine.held = map[string]workflows.HeldDeletions{"acme": {Total: 400, Deletions: []workflows.HeldDeletion{{Absence: "1", Employee: "416"}}}}
	all, err := d.Held(t.Context(), "")
	if err != nil || len(all) != 1 || all[0].Total != 400 || all[0].People["416"].Name != "Jane Doe" {
		t.Errorf("%+v, %v", all, err)
	}
	_, err = d.DecideHeld(t.Context(), alice, "acme", workflows.Decision{Approve: true, Deletions: 399})
	if other, ok := errors.AsType[*admin.NotApprovableError](err); !ok || other.Breaker == nil || other.Breaker.Deletions != 400 {
		t.Errorf("by another number: %v", err)
	}
	if count, err := d.DecideHeld(t.Context(), alice, "acme", workflows.Decision{Deletions: 400}); count != 400 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
	if _, err := d.DecideHeld(t.Context(), alice, "acme", workflows.Decision{Approve: true}); !errors.Is(err, starter.ErrNotApprovable) {
		t.Errorf("once more: %v", err)
	}
	if _, err := d.DecideHeld(t.Context(), alice, "other", workflows.Decision{Approve: true}); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("of an unknown source: %v", err)
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{Limit: 1})
	if err != nil || changes[0].Action != settings.ActionDropped || changes[0].Name != "acme" || changes[0].Fields[0].To != "400" {
		t.Errorf("%+v, %v", changes, err)
	}
}

// An id that nobody has is refused before anything is started with it.
func TestAScopeHasNoEndlessID(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	_, err := d.StartRemoval(t.Context(), alice, admin.RemovalScope{Source: "acme", Employee: strings.Repeat("a", 300_000), DryRun: true}, "")
	if diff := cmp.Diff(map[string]string{"employee": "too-long"}, problems(t, err)); diff != "" {
		t.Error(diff)
	}
}
