package e2e_test

import (
	"testing"
	"time"
)

// slowP50AtMost is how much longer half of the live changes may take at most beside an
// initialization when each answer of the calendars takes 300 ms. Behind it, in one queue,
// they would take ten times as long and more.
const slowP50AtMost = 4

// Real calendars answer in some 300 ms, and a connection has few places: what matters is
// who gets them. A live change finds one, because back-fill takes half of them at most.
// The aim is a p95 of at most twice the idle one; the log tells it. What fails is only
// what a busy machine does not explain.
func TestLiveGoesBeforeInitializationOfSlowCalendars(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 120, 4)
	p.Start()
	for _, provider := range providers {
		world.Break(t, fault{Target: provider.name, Match: " /", Delay: "300ms", Times: forever})
	}
	const samples = 12
	approveAll(t, p, world, 3, 0) // everybody known, every token fetched
	idle := approveAll(t, p, world, samples, 3)
	var big []string
	for _, provider := range providers {
		big = append(big, p.Initialize(t, initialization{Synchronization: "demo-" + provider.word, Since: company.Since}))
	}
	waitUnderWay(t, p, big[0])
	busy := approveAll(t, p, world, samples, 3+samples)
	checkRunning(t, p, big)
	var sum counts
	for _, id := range big {
		sum.add(p.WaitInitialized(t, id, "completed").Counts)
	}
	for _, percent := range []int{50, 95} {
		t.Logf("live approvals with answers of 300 ms, webhook to calendar, p%d: %v idle, %v beside an initialization of %d; ratio %.2f", percent,
			quantile(idle, percent), quantile(busy, percent), sum.Total, float64(quantile(busy, percent))/float64(quantile(idle, percent)))
	}
	if least := 600 * time.Millisecond; idle[0] < least {
		t.Errorf("a live change took %v idle, less than two answers: the calendars are not slow", idle[0])
	}
	if half := quantile(busy, 50); half > slowP50AtMost*quantile(idle, 50) {
		t.Errorf("half of the live changes took up to %v beside the initialization, %v idle: they do not go first", half, quantile(idle, 50))
	}
}
