package e2e_test

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The product is killed five times while it initializes. It goes on where it was,
// and ends as if nothing had happened.
func TestInitializationSurvivesKills(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 60, 5)
	leaves := company.Leaves(t)
	p.Start()
	var ids []string
	for _, provider := range providers {
		ids = append(ids, p.Initialize(t, initialization{Synchronization: "demo-" + provider.word, Since: company.Since}))
	}
	for round := range 5 {
		wait := 300*time.Millisecond + rand.N(3*time.Second)
		time.Sleep(wait)
		p.Kill()
		t.Logf("round %d: killed after %v, with %d of %d events written", round+1, wait.Round(time.Millisecond), world.marked(t), len(leaves))
		p.Start()
	}
	var sum counts
	for _, id := range ids {
		sum.add(p.WaitInitialized(t, id, "completed").Counts)
	}
	// What was written just before a kill is found right after it.
	if sum.Total != len(leaves) || sum.Synced+sum.Unchanged != len(leaves) {
		t.Errorf("it did %+v, want %d", sum, len(leaves))
	}
	company.Check(t)
	if _, again := p.InitializeAll(t, company.Since, false); again != (counts{Total: len(leaves), Unchanged: len(leaves)}) {
		t.Errorf("once more it did %+v, want all %d unchanged", again, len(leaves))
	}
	company.Check(t)
}

// marked counts the events of ours in all mailboxes.
func (w *World) marked(t *testing.T) int {
	t.Helper()
	count := 0
	for _, mailbox := range w.Mailboxes().Mailboxes() {
		views, err := w.Mailboxes().Views(mailbox.Email)
		if err != nil {
			t.Fatal(err)
		}
		for _, view := range views {
			if view.Marked {
				count++
			}
		}
	}
	return count
}
