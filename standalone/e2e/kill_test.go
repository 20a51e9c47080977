package e2e_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The product is killed again and again soon after it answered 202, while the
// calendars are as fast as they are, and while they are slow. What was accepted
// arrives, once.
func TestNothingAcceptedIsLostInAKill(t *testing.T) {
	t.Parallel()
	p, world := StartProduct(t)
	first, last := day(1, 0), day(4, 4)
	var watches []*Watch
	for _, who := range documented {
		watches = append(watches, world.Watch(t, who.email, first, last))
	}
	const rounds = 5
	var leaves []leave
	for round := range rounds {
		world.Mend(t)
		if round%2 == 1 {
			for _, who := range documented {
				world.Break(t, fault{Target: who.provider.name, Delay: "250ms", Times: forever})
			}
		}
		for i := range 2 {
			n := 2*round + i
			l := oneDay(documented[n%len(documented)], day(1+n/5, n%5))
			leaves = append(leaves, l)
			p.Send(t, l.created())
			p.Send(t, l.approved())
		}
		if round == rounds-1 { // it was written, or is about to be
			p.Send(t, leaves[0].deleted())
		}
		wait := rand.N(300 * time.Millisecond)
		time.Sleep(wait)
		p.Kill()
		t.Logf("round %d: killed %v after the last 202", round+1, wait.Round(time.Millisecond))
		p.Start()
	}
	world.Mend(t)
	for _, who := range documented {
		var want []View
		for n, l := range leaves {
			if l.who == who && n > 0 {
				want = append(want, who.allDay(l.start, nextDay(l.start), true))
			}
		}
		world.WaitEvents(t, who, first, last, want...)
	}
	for n, l := range leaves {
		p.WaitStatus(t, l.id, map[bool]string{true: "deleted", false: "synced"}[n == 0])
	}
	for _, watch := range watches {
		watch.AtMostOne(t)
	}
}

// A first start that is cut off leaves nothing that keeps the next from starting.
func TestAKillAtTheFirstStartDoesNoHarm(t *testing.T) {
	t.Parallel()
	p, world := NewProduct(t)
	for _, delay := range []time.Duration{0, 3 * time.Millisecond, 10 * time.Millisecond, 40 * time.Millisecond} {
		if err := os.RemoveAll(p.DataDir); err != nil {
			t.Fatal(err)
		}
		p.begin()
		p.waitWritten("temporal*")
		time.Sleep(delay)
		p.Kill()
		t.Logf("killed %v after the first file, with %v", delay, names(t, p.DataDir))
		p.Start()
		p.Kill()
	}
	p.Start()
	l := oneDay(jane, day(1, 0))
	p.Send(t, l.approved())
	world.WaitEvents(t, jane, l.start, l.start, jane.allDay(l.start, nextDay(l.start), true))
}

// waitWritten waits, with little delay, until there is a file of this pattern in
// the data directory.
func (p *Product) waitWritten(pattern string) {
	p.t.Helper()
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline) && !p.process.ended(); time.Sleep(time.Millisecond) {
		if found, _ := filepath.Glob(filepath.Join(p.DataDir, pattern)); len(found) > 0 {
			return
		}
	}
	p.t.Fatalf("there is no %s in the data directory", pattern)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for _, path := range filesBelow(t, dir) {
		all = append(all, filepath.Base(path))
	}
	return all
}
