// Command chaos shakes figgosync and then compares every calendar with Figgo. A company
// requests, approves and withdraws absences; webhooks come twice, late, in another order,
// or not at all; the calendar systems fail in the ways they document; the process is
// killed and frozen. Then all is quiet, and what the calendars show must be what Figgo
// says: for an absence that was announced at once, and for every absence after one
// reconciliation.
//
// A seed makes the same plan again: which operations, faults and kills there are, in
// which order. How they meet the running system is the machine's affair.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

type options struct {
	seed      uint64
	minutes   float64
	perSecond float64
	binary    string
	verbose   bool
}

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()%1_000_000), "`number` that makes the plan")
	flag.Float64Var(&o.minutes, "minutes", 2, "how long the operations go on")
	flag.Float64Var(&o.perSecond, "rate", 6, "operations a second")
	flag.StringVar(&o.binary, "binary", "", "`path` of figgosync-standalone")
	flag.BoolVar(&o.verbose, "v", false, "tell each fault and kill")
	target := flag.String("target", "embedded", "what is shaken: embedded, one process with everything in it")
	flag.Parse()
	if *target != "embedded" || o.binary == "" {
		fmt.Fprintln(os.Stderr, "chaos: give --target embedded (there is no other yet) and --binary")
		os.Exit(2)
	}
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
}

func (r result) String() string {
	return fmt.Sprintf("chaos: operations %d, faults %d, kills %d, differences %d, seed %d",
		r.Operations, r.Faults, r.Kills, r.Differences, r.Seed)
}

// run carries out the plan, waits until nothing is under way, and compares.
func run(ctx context.Context, o options, out io.Writer) (result, error) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if o.verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	plan := newPlan(o.seed, time.Duration(o.minutes*float64(time.Minute)), o.perSecond)
	w, err := newWorld(o.seed, log)
	if err != nil {
		return result{}, err
	}
	defer w.close()
	p, err := newProduct(o.binary, w, log)
	if err != nil {
		return result{}, err
	}
	defer p.end()
	if err := p.start(ctx); err != nil {
		return result{}, err
	}
	r := result{Seed: o.seed}
	fmt.Fprintf(out, "seed %d: %d steps over %v\n", o.seed, len(plan), time.Duration(o.minutes*float64(time.Minute)))
	if err := carryOut(ctx, plan, time.Duration(o.minutes*float64(time.Minute)), w, p, &r); err != nil {
		return r, err
	}
	return r, compare(ctx, w, p, &r, out)
}

var leaveIn = regexp.MustCompile(`absence (\d+)`)

// compare looks twice: at what was announced, and at everything after a reconciliation.
func compare(ctx context.Context, w *world, p *product, r *result, out io.Writer) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	w.clearFaults()
	if err := w.settle(ctx); err != nil {
		return err
	}
	if err := p.releaseHeld(ctx); err != nil {
		return err
	}
	live := w.waitEqual(ctx, w.lost(), 5*time.Minute)
	fmt.Fprintf(out, "announced absences: %d differences; %d absences were announced to nobody\n", len(live), len(w.lost()))
	if err := p.reconcile(ctx, out); err != nil {
		return err
	}
	after := w.waitEqual(ctx, nil, 2*time.Minute)
	fmt.Fprintf(out, "after reconciliation: %d differences\n", len(after))
	for _, difference := range append(live, after...) {
		fmt.Fprintln(out, " ", difference)
		if leave := leaveIn.FindStringSubmatch(difference); leave != nil {
			fmt.Fprintln(out, "    figgosync says:", p.story(leave[1]))
		}
	}
	r.Differences = len(live) + len(after)
	return nil
}
