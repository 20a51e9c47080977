package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// kind is what a step does.
type kind int

// The kinds of steps, with their weights in a plan.
const (
	request kind = iota
	approve
	withdraw
	annotate
	duplicate
	disturb
	kill
	freeze
)

var weights = map[kind]int{
	request: 47, approve: 26, withdraw: 12, annotate: 5, duplicate: 2, disturb: 5, kill: 2, freeze: 1,
}

// step is one thing that happens. Its numbers choose among what there is by then.
type step struct {
	kind   kind
	choice uint64
	more   uint64
}

// newPlan is what a seed makes of a duration.
func newPlan(seed uint64, duration time.Duration, perSecond float64) []step {
	random := rand.New(rand.NewPCG(seed, 1))
	total := 0
	for k := request; k <= freeze; k++ {
		total += weights[k]
	}
	var plan []step
	for range int(duration.Seconds() * perSecond) {
		pick, chosen := random.IntN(total), request
		for k := request; k <= freeze; k++ {
			if pick < weights[k] {
				chosen = k
				break
			}
			pick -= weights[k]
		}
		plan = append(plan, step{chosen, random.Uint64(), random.Uint64()})
	}
	return spread(plan, duration)
}

// spread takes kills and freezes out of the plan that come too close to each other for
// the product to start in between.
func spread(plan []step, duration time.Duration) []step {
	const apart = 12 * time.Second
	between := max(1, int(float64(len(plan))*apart.Seconds()/duration.Seconds()))
	last := 0
	for i, s := range plan {
		if s.kind != kill && s.kind != freeze {
			continue
		}
		if i-last < between {
			plan[i].kind = request
			continue
		}
		last = i
	}
	return plan
}

// everySteps is how often the plan looks for announcements that failed.
const everySteps = 100

// carryOut does the steps at an even pace.
func carryOut(ctx context.Context, plan []step, over time.Duration, w *world, p target, r *result) error {
	if len(plan) == 0 {
		return nil
	}
	pace := time.NewTicker(over / time.Duration(len(plan)))
	defer pace.Stop()
	for i, s := range plan {
		if i%everySteps == 0 {
			w.lost() // the sandbox forgets old webhooks, failed ones too
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-p.failures():
			return err
		case <-pace.C:
		}
		switch s.kind {
		case kill:
			r.Kills++
			p.kill(ctx, s.choice)
		case freeze:
			r.Faults++
			p.freeze(ctx, s.choice, time.Second+time.Duration(s.more%4000)*time.Millisecond)
		case disturb:
			r.Faults += w.breakSomething(s)
		default:
			if w.act(s) {
				r.Operations++
			}
		}
	}
	r.Faults += w.deliveries.disturbed()
	return nil
}
