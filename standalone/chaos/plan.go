package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// kind is what a step does.
type kind int

// The kinds of steps; see what.
const (
	request kind = iota
	approve
	withdraw
	refuse
	move
	annotate
	duplicate
	relocate
	readdress
	equip
	relabel
	reconcile
	clearOut
	disturb
	fill
	kill
	freeze
	kinds // how many there are
)

// what is known of each kind: its weight among a thousand steps, and how far a step must
// be from the last of its kind, or of one that takes the product away as it does.
var what = [kinds]struct {
	name   string
	weight int
	apart  time.Duration
}{
	request: {name: "requests", weight: 420}, approve: {name: "approvals", weight: 230},
	withdraw: {name: "withdrawals", weight: 80}, refuse: {name: "refusals", weight: 30},
	move: {name: "moves", weight: 70}, annotate: {name: "notes", weight: 40},
	duplicate: {name: "copies", weight: 20}, relocate: {name: "people who move", weight: 7},
	readdress: {name: "new addresses", weight: 7}, equip: {name: "first mailboxes", weight: 10},
	relabel:   {name: "new titles", weight: 7},
	reconcile: {name: "reconciliations", weight: 7, apart: 20 * time.Second},
	clearOut:  {name: "removals", weight: 4, apart: 45 * time.Second},
	disturb:   {name: "disturbances", weight: 38},
	fill:      {name: "full disks", weight: 5, apart: away},
	kill:      {name: "kills", weight: 17, apart: away},
	freeze:    {name: "freezes", weight: 8, apart: away},
}

// away is as long as the product may take to be there again.
const away = 12 * time.Second

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
	for _, of := range what {
		total += of.weight
	}
	var plan []step
	for range int(duration.Seconds() * perSecond) {
		pick, chosen := random.IntN(total), request
		for k, of := range what {
			if pick < of.weight {
				chosen = kind(k)
				break
			}
			pick -= of.weight
		}
		plan = append(plan, step{chosen, random.Uint64(), random.Uint64()})
	}
	return spread(plan, duration)
}

// spread takes steps out of the plan that come too close to each other.
func spread(plan []step, duration time.Duration) []step {
	last := map[kind]int{}
	for i, s := range plan {
		apart, of := what[s.kind].apart, s.kind
		if apart == 0 {
			continue
		}
		if apart == away {
			of = kill
		}
		between := max(1, int(float64(len(plan))*apart.Seconds()/duration.Seconds()))
		if i-last[of] < between {
			plan[i].kind = request
			continue
		}
		last[of] = i
	}
	return plan
}

// everySteps is how often the plan looks for announcements that failed.
const everySteps = 100

// carryOut does the steps at an even pace.
func carryOut(ctx context.Context, plan []step, over time.Duration, w *world, p target, o *operator, r *result) error {
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
		r.add(s.kind, carryOne(ctx, s, w, p, o))
	}
	r.Faults += w.deliveries.disturbed()
	return nil
}

// carryOne does one step, and returns how often it did something.
func carryOne(ctx context.Context, s step, w *world, p target, o *operator) int {
	during := time.Second + time.Duration(s.more%4000)*time.Millisecond
	switch s.kind {
	case kill:
		p.kill(ctx, s.choice)
		return 1
	case freeze:
		p.freeze(ctx, s.choice, during)
		return 1
	case fill:
		return one(p.fill(ctx, during))
	case disturb:
		return w.breakSomething(s)
	case relabel, reconcile, clearOut:
		return one(o.act(ctx, s))
	default:
		return one(w.act(s))
	}
}

func one(done bool) int {
	if done {
		return 1
	}
	return 0
}
