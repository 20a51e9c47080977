package main

import (
	"fmt"
	"io"
	"math"
	"time"
)

func (f figures) print(out io.Writer) {
	n := float64(f.absences)
	fmt.Fprintf(out, "%d absences\n", f.absences)
	fmt.Fprintf(out, "  a second                   %.1f (bare %.1f, ratio %.2f); once more, all right already: %.1f (%.2f)\n", f.rate, f.bare, f.rate/f.bare, f.again, f.again/f.rate)
	fmt.Fprintf(out, "  processor an absence       %s (a bare child %s, ratio %.2f; it counts where other programs disturb the clock)\n",
		f.cpu.Round(10*time.Microsecond), f.bareCPU.Round(10*time.Microsecond),
		float64(f.cpu)/float64(max(f.bareCPU, 1)))
	fmt.Fprintf(out, "  requests an absence        ")
	perEntity := n / float64(len(synchronizations))
	for _, target := range []string{"graph", "exchange", "google"} {
		fmt.Fprintf(out, "%s %.2f  ", target, f.requests[target]/perEntity)
	}
	fmt.Fprintf(out, "lucca %.3f\n", f.requests["lucca"]/n)
	f.printCosts(out, "an absence    ", f.own, f.walks)
	f.printCosts(out, "once more     ", f.againAbsences, f.againWalks)
	fmt.Fprintf(out, "  the longest run            %d events of %d at most; a legal entity of %d absences: about %.0f such runs\n",
		f.walks.longest, historyAtMost, manyAbsences, math.Ceil(float64(f.walks.events)/n*manyAbsences/continuesAt))
	fmt.Fprintf(out, "  actions a live life        %d (requested, approved, deleted: %s; %d events)\n", f.lifecycle.total(), f.lifecycle.each(1), f.lifecycle.events)
	fmt.Fprintf(out, "  stored an absence          %.1f kB in the databases; histories %.1f kB (its own %.1f, the walk's %.1f); a live absence's %.1f kB\n",
		float64(f.stored)/n/1024, float64(f.own.bytes)/float64(f.absenceRuns)/1024+float64(f.walks.bytes)/n/1024,
		float64(f.own.bytes)/float64(f.absenceRuns)/1024, float64(f.walks.bytes)/n/1024,
		float64(f.lifecycle.bytes)/1024)
	fmt.Fprintf(out, "  memory                     %d MB resident with server and sandbox; %.1f kB of heap an absence\n\n", f.rss>>20, float64(f.heap)/n/1024)
}

const (
	// historyAtMost is what an initialization's run may come to, continuesAt where
	// it goes on in a new one, whatever the company's size.
	historyAtMost = 4000
	continuesAt   = 3000
	manyAbsences  = 100_000
)

func (f figures) printCosts(out io.Writer, what string, absenceRuns, walks cost) {
	n, pieces := float64(f.absences), float64(f.absenceRuns)
	own, walk := float64(absenceRuns.total())/pieces, float64(walks.total())/n
	fmt.Fprintf(out, "  actions %s     %.2f (its own %.2f: %s; the walk's %.2f: %s)\n", what, own+walk, own, absenceRuns.each(pieces), walk, walks.each(n))
	ownEvents, walkEvents := float64(absenceRuns.events)/pieces, float64(walks.events)/n
	fmt.Fprintf(out, "  events %s      %.1f (its own %.1f, the walk's %.1f in %d runs)\n", what, ownEvents+walkEvents, ownEvents, walkEvents, walks.runs)
}
