package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// fullSize is how many absences FIGGOSYNC_FULL_SIZE asks for: 1 stands for the
// 10,000 of the specification; 0 when it asks for nothing.
var fullSize = func() int {
	size, err := strconv.Atoi(os.Getenv("FIGGOSYNC_FULL_SIZE"))
	switch {
	case err != nil || size < 1:
		return 0
	case size == 1:
		return 10_000
	default:
		return size
	}
}()

// A whole company of the specification's size: written while the product is killed
// five times, repeated, and repeated once more after Temporal lost all it knew.
// Every expected event is there and nothing else, each time.
//
// The same runs always, smaller, in TestInitializationOfACompany and
// TestInitializationSurvivesKills.
func TestInitializationFullSize(t *testing.T) {
	if fullSize == 0 {
		t.Skip("it takes half an hour: set FIGGOSYNC_FULL_SIZE=1 for 10,000 absences, or to another number of them (go test -timeout 3h)")
	}
	const each = 10
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, (fullSize+each-1)/each, each)
	leaves := company.Leaves(t)
	world.CountWrites(t)
	p.Start()
	t.Logf("%d absences of %d employees count", len(leaves), (fullSize+each-1)/each)

	started := time.Now()
	var ids []string
	for _, provider := range providers {
		ids = append(ids, p.Initialize(t, initialization{Synchronization: "demo-" + provider.word, Since: company.Since}))
	}
	killWhileWriting(t, p, world, 5, len(leaves))
	var sum counts
	for _, id := range ids {
		sum.add(p.WaitInitialized(t, id, "completed").Counts)
	}
	if sum.Total != len(leaves) || sum.Synced+sum.Unchanged != len(leaves) {
		t.Errorf("it did %+v, want %d", sum, len(leaves))
	}
	company.Check(t)
	writes := world.Writes(t)
	t.Logf("initialized in %v with five kills and %d writes: %+v", time.Since(started).Round(time.Second), writes, sum)
	checkHistories(t, p)

	unchanged := counts{Total: len(leaves), Unchanged: len(leaves)}
	if _, again := p.InitializeAll(t, company.Since, false); again != unchanged {
		t.Errorf("once more it did %+v, want %+v", again, unchanged)
	}
	checkNoWrites(t, world, writes, "the repetition")
	p.Stop()
	forget(t, p)
	p.Start()
	if _, again := p.InitializeAll(t, company.Since, false); again != unchanged {
		t.Errorf("with Temporal's data lost it did %+v, want %+v", again, unchanged)
	}
	checkNoWrites(t, world, writes, "the repetition with Temporal's data lost")
	company.Check(t)
}

func checkNoWrites(t *testing.T, world *World, before int, what string) {
	t.Helper()
	if more := world.Writes(t) - before; more != 0 {
		t.Errorf("%s made %d writes", what, more)
	}
}

// killWhileWriting kills and restarts the product at random moments between the
// first event written and the last.
func killWhileWriting(t *testing.T, p *Product, world *World, times, total int) {
	t.Helper()
	for round := range times {
		from := total * round / (times + 1)
		at := from + 1 + rand.N(max(total/(times+1), 1))
		for deadline := time.Now().Add(longTimeout()); world.marked(t) < at; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d events after %v", world.marked(t), total, longTimeout())
			}
		}
		time.Sleep(rand.N(300 * time.Millisecond))
		p.Kill()
		t.Logf("kill %d with %d of %d events written", round+1, world.marked(t), total)
		p.Start()
	}
	if marked := world.marked(t); marked == total {
		fmt.Fprintln(t.Output(), "all events were written before the last restart was over")
	}
}
