// Command chaos shakes figgosync and then compares every calendar with Figgo. A company
// requests, approves, moves, refuses and withdraws absences; people change their legal
// entity or their address, and get their first mailbox; titles change, calendars are
// compared and cleared meanwhile; webhooks come twice, late, in another order, or not at
// all; the calendar systems fail in the ways they document; processes are killed and
// frozen, and their disk is full. Then all is quiet, and what the calendars show must be
// what Figgo says: for an absence that was announced at once, and for every absence after
// one reconciliation. What people wrote and copied themselves must be as it was.
//
// A seed makes the same plan again: which operations, faults and kills there are, in
// which order. How they meet the running system is the machine's affair.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type options struct {
	seed      uint64
	length    time.Duration
	perSecond float64
	binary    string
	target    string
	script    string
	disk      string
	verbose   bool
}

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()%1_000_000), "`number` that makes the plan")
	minutes := flag.Float64("minutes", 2, "how long the operations go on")
	flag.Float64Var(&o.perSecond, "rate", 6, "operations a second")
	flag.StringVar(&o.binary, "binary", "", "`path` of figgosync-standalone, or of the directory of the cluster's programs")
	flag.BoolVar(&o.verbose, "v", false, "tell each fault and kill")
	flag.StringVar(&o.target, "target", "embedded", "what is shaken: embedded, one process; or cluster, deploy/cluster.sh")
	flag.StringVar(&o.disk, "disk", "", "`directory` on a small file system of its own, which is filled up now and then; its data go there")
	flag.StringVar(&o.script, "script", "../deploy/cluster.sh", "`path` of that script")
	flag.Parse()
	o.length = time.Duration(*minutes * float64(time.Minute))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := run(ctx, o, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
	fmt.Println(result)
	if result.Differences > 0 {
		os.Exit(1)
	}
}

// result is what the last line says.
type result struct {
	Operations, Faults, Kills, Differences int
	Seed                                   uint64
	// Each counts the steps that did something.
	Each [kinds]int
}

// add counts what a step did, so often.
func (r *result) add(k kind, times int) {
	if times == 0 {
		return
	}
	r.Each[k]++
	switch k {
	case kill:
		r.Kills++
	case freeze, fill, disturb:
		r.Faults += times
	default:
		r.Operations++
	}
}

func (r result) String() string {
	var each []string
	for k, times := range r.Each {
		each = append(each, fmt.Sprintf("%s %d", what[k].name, times))
	}
	return fmt.Sprintf("chaos: operations %d, faults %d, kills %d, differences %d, seed %d\n  %s",
		r.Operations, r.Faults, r.Kills, r.Differences, r.Seed, strings.Join(each, ", "))
}

// run makes a world and a target, and ends them however it went.
func run(ctx context.Context, o options, out io.Writer) (result, error) {
	log := slog.New(slog.DiscardHandler)
	if o.verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	plan := newPlan(o.seed, o.length, o.perSecond)
	w, err := newWorld(o.seed, log)
	if err != nil {
		return result{}, err
	}
	defer w.close()
	p, err := newTarget(o, w, log)
	if err != nil {
		return result{}, err
	}
	w.deliveries.to.Store(new(p.url("")))
	r := result{Seed: o.seed}
	fmt.Fprintf(out, "seed %d: %d steps over %v\n", o.seed, len(plan), o.length)
	err = shake(ctx, plan, o.length, w, p, &r, out)
	p.end()
	if err == nil && r.Differences == 0 { // else somebody wants to look
		p.remove()
	}
	return r, err
}

// shake starts the target, carries out the plan, waits until nothing is under way, and
// compares.
func shake(ctx context.Context, plan []step, over time.Duration, w *world, p target, r *result, out io.Writer) error {
	if err := p.start(ctx); err != nil {
		return err
	}
	o := newOperator(w, p)
	if err := carryOut(ctx, plan, over, w, p, o, r); err != nil {
		return err
	}
	if err := p.ready(ctx); err != nil {
		return err
	}
	w.clearFaults()
	w.equipAll()
	if err := o.finish(ctx); err != nil {
		return err
	}
	return compare(ctx, w, p, r, out)
}

func newTarget(o options, w *world, log *slog.Logger) (target, error) {
	switch {
	case o.binary == "":
		return nil, errors.New("say with --binary what to start")
	case o.target == "embedded":
		return newProduct(o, w, log)
	case o.target == "cluster":
		return newTopology(o, w, log)
	}
	return nil, fmt.Errorf("there is no target %q: give embedded or cluster", o.target)
}

var leaveIn = regexp.MustCompile(`absence (\d+)`)

// compare looks twice: at what was announced, and at everything after a reconciliation.
func compare(ctx context.Context, w *world, p target, r *result, out io.Writer) error {
	if err := w.settle(ctx); err != nil {
		return err
	}
	stop := releaseAll(ctx, p)
	live := w.waitEqual(ctx, look{without: w.lost()}, longestPause)
	stop()
	fmt.Fprintf(out, "announced absences: %d differences; %d absences were announced to nobody\n", len(live), len(w.lost()))
	w.explain(p, live, out)
	after, err := w.nights(ctx, p, out)
	if err != nil {
		return err
	}
	w.explain(p, after, out)
	r.Differences = len(live) + len(after)
	return nil
}

// explain tells of each difference what Figgo has, what Lucca sent and what figgosync did.
func (w *world) explain(of operated, differences []string, out io.Writer) {
	for _, difference := range differences {
		fmt.Fprintln(out, " ", difference)
		for _, leave := range leaveIn.FindAllStringSubmatch(difference, -1) {
			id, _ := strconv.Atoi(leave[1])
			l, _ := w.Lucca().Leave(id)
			fmt.Fprintf(out, "    Figgo says: %+v\n    Lucca sent: %q\n", l, sent(w.Lucca(), id))
			fmt.Fprintln(out, "    figgosync says:", of.story(leave[1]))
		}
	}
}

// longestPause is more than Temporal waits at most between two tries of an activity, which
// is five minutes (workflows' withOutside): what failed just before all was quiet comes then.
const longestPause = 7 * time.Minute

// releaseAll carries out what is held, as often as something is: deletions of a burst
// wait until it is over, and are held only then. stop ends it.
func releaseAll(ctx context.Context, p target) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			p.releaseHeld()
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Second):
			}
		}
	}()
	return func() { cancel(); <-done }
}

// mostNights bounds the reconciliations: what a change still under way writes after one
// is found by the next.
const mostNights = 3

// nights reconciles until the calendars show what Figgo says, under the titles that the
// settings have.
func (w *world) nights(ctx context.Context, p target, out io.Writer) (left []string, err error) {
	titles, err := p.titles()
	if err != nil {
		return nil, err
	}
	for night := 1; night <= mostNights; night++ {
		if err := p.reconcile(ctx, out); err != nil {
			return nil, err
		}
		left = w.waitEqual(ctx, look{titles: titles}, time.Minute)
		fmt.Fprintf(out, "after reconciliation %d: %d differences\n", night, len(left))
		if len(left) == 0 {
			return nil, nil
		}
	}
	return left, nil
}
