package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
)

// A whole company: tried dry, written, repeated, and repeated once more after
// Temporal lost all it knew. Every expected event is there and nothing else.
func TestInitializationOfACompany(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	const employees, each = 90, 5
	company := NewCompany(t, world, employees, each)
	leaves := company.Leaves(t)
	if len(leaves) >= employees*each || len(leaves) == 0 {
		t.Fatalf("%d of %d leaves count: some must be over before %s", len(leaves), employees*each, company.Since)
	}
	world.CountWrites(t)
	p.Start()

	dry, foreseen := p.InitializeAll(t, company.Since, true)
	if want := (counts{Total: len(leaves), Synced: len(leaves), Created: len(leaves)}); foreseen != want {
		t.Errorf("the dry run foresees %+v, want %+v", foreseen, want)
	}
	checkPreview(t, dry, leaves)
	if writes := world.Writes(t); writes != 0 {
		t.Fatalf("the dry run made %d writes", writes)
	}

	_, done := p.InitializeAll(t, company.Since, false)
	if want := (counts{Total: len(leaves), Synced: len(leaves)}); done != want {
		t.Errorf("it did %+v, want %+v", done, want)
	}
	company.Check(t)
	writes := world.Writes(t)
	if writes != len(leaves) {
		t.Errorf("%d writes for %d events", writes, len(leaves))
	}
	checkHistories(t, p)

	unchanged := counts{Total: len(leaves), Unchanged: len(leaves)}
	if _, again := p.InitializeAll(t, company.Since, false); again != unchanged {
		t.Errorf("once more it did %+v, want %+v", again, unchanged)
	}
	p.Stop()
	forget(t, p)
	p.Start()
	if _, foreseen := p.InitializeAll(t, company.Since, true); foreseen != unchanged {
		t.Errorf("with Temporal's data lost the dry run foresees %+v, want %+v", foreseen, unchanged)
	}
	if _, again := p.InitializeAll(t, company.Since, false); again != unchanged {
		t.Errorf("with Temporal's data lost it did %+v, want %+v", again, unchanged)
	}
	if more := world.Writes(t) - writes; more != 0 {
		t.Errorf("the repetitions made %d writes", more)
	}
	company.Check(t)
}

// checkPreview compares the dry run's list with Figgo's own.
func checkPreview(t *testing.T, all []Initialized, leaves []generated) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, leave := range leaves {
		want[leave.Employee]++
	}
	for _, one := range all {
		for _, entity := range one.LegalEntities {
			for _, line := range entity.Preview {
				got[line.Employee] += line.Created
			}
		}
	}
	for employee, count := range want {
		if got[employee] != count {
			t.Errorf("the dry run foresees %d events for employee %s, want %d", got[employee], employee, count)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the dry run lists %d employees, want %d", len(got), len(want))
	}
}

// forget deletes what Temporal knows, but not the keyset.
func forget(t *testing.T, p *Product) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.DataDir, "temporal*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database in %s: %v", p.DataDir, err)
	}
	for _, file := range files {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
	}
}
