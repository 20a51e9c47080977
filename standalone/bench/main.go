// Command bench measures figgosync beside the bare engine, in one process and one
// run, and prints the ratios. Numbers of one machine on one day mean little; the
// ratios tell what figgosync adds to what Temporal itself costs.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often each measure is taken; the median counts")
	count := flag.Int("count", 200, "absences in each measure with many clients; a quarter of it with one")
	pollers := flag.Int("pollers", 16, "long polls on each task queue")
	only := flag.String("only", "", "`part` to measure: webhooks or initialization; both by default")
	sizes := flag.String("sizes", "1000,10000", "`numbers` of absences to initialize, each with a figgosync of its own")
	write := flag.String("write", "", "`page` in which the figures are replaced, such as ../docs/performance.md")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Hour)
	defer cancel()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	var told strings.Builder
	out := io.MultiWriter(os.Stdout, &told)
	var err error
	if *only != "initialization" {
		err = withLab(ctx, log, *pollers, func(lab *lab) error { return compare(ctx, lab, *rounds, *count, out) })
	}
	if err == nil && *only != "webhooks" {
		err = initializations(ctx, log, *pollers, *sizes, out)
	}
	if err == nil && *write != "" {
		err = writePage(*write, told.String())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// sample is one measure: how fast signals were accepted, how fast the work was
// done, and how long each took from the call to its effect.
type sample struct {
	accepted, settled float64 // per second
	p50, p99          time.Duration
}

type contender struct {
	name string
	run  func(ctx context.Context, clients, count int) (sample, error)
}

func compare(ctx context.Context, lab *lab, rounds, count int, out io.Writer) error {
	bare := contender{"bare", lab.bare}
	product := contender{"product", lab.product}
	fmt.Fprintf(out, "bare: SignalWithStart and one empty activity. product: signed webhook to the event in the sandbox's calendar\n")
	fmt.Fprintf(out, "(a search and a write over HTTP, three providers in turn). Embedded SQLite, every commit on the disk. %d rounds, medians.\n\n", rounds)
	fmt.Fprintf(out, "%8s  %8s  %11s  %10s  %9s  %9s\n", "clients", "", "accepted/s", "settled/s", "p50", "p99")
	for _, clients := range []int{1, 32} {
		number := count
		if clients == 1 {
			number = max(count/4, 10)
		}
		results := map[string][]sample{}
		for range rounds {
			for _, one := range []contender{bare, product} {
				measured, err := one.run(ctx, clients, number)
				if err != nil {
					return fmt.Errorf("%s with %d clients: %w", one.name, clients, err)
				}
				results[one.name] = append(results[one.name], measured)
			}
		}
		b, p := median(results["bare"]), median(results["product"])
		row(out, clients, "bare", b)
		row(out, clients, "product", p)
		fmt.Fprintf(out, "%8s  %8s  %11.2f  %10.2f  %9.2f  %9.2f\n\n", "", "ratio", p.accepted/b.accepted, p.settled/b.settled,
			float64(p.p50)/float64(b.p50), float64(p.p99)/float64(b.p99))
	}
	return nil
}

func row(out io.Writer, clients int, name string, s sample) {
	fmt.Fprintf(out, "%8d  %8s  %11.1f  %10.1f  %9s  %9s\n", clients, name, s.accepted, s.settled,
		s.p50.Round(100*time.Microsecond), s.p99.Round(100*time.Microsecond))
}

// median of each figure by itself.
func median(samples []sample) sample {
	return sample{
		accepted: middle(samples, func(s sample) float64 { return s.accepted }),
		settled:  middle(samples, func(s sample) float64 { return s.settled }),
		p50:      time.Duration(middle(samples, func(s sample) float64 { return float64(s.p50) })),
		p99:      time.Duration(middle(samples, func(s sample) float64 { return float64(s.p99) })),
	}
}

func middle(samples []sample, figure func(sample) float64) float64 {
	figures := make([]float64, len(samples))
	for i, s := range samples {
		figures[i] = figure(s)
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}
