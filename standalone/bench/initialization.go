package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// synchronizations are the demo's, one a legal entity and calendar system.
var synchronizations = []string{"demo-office365", "demo-exchange", "demo-google"}

// initialized is what an initialization of all legal entities came to.
type initialized struct {
	counts workflows.Counts
	took   time.Duration
	ids    []string // of the initializations
}

func (i initialized) rate() float64 { return float64(i.counts.Total) / i.took.Seconds() }

// initialize writes everything from a day on, all three synchronizations at once.
func (l *lab) initialize(ctx context.Context, from string) (initialized, error) {
	day, err := absence.ParseDate(from)
	if err != nil {
		return initialized{}, err
	}
	var all initialized
	started := time.Now()
	for _, name := range synchronizations {
		id, err := l.running.Starter.StartInitialization(ctx, "demo", workflows.InitializationInput{Synchronization: name, Since: day}, "")
		if err != nil {
			return all, err
		}
		all.ids = append(all.ids, id)
	}
	ends := make([]starter.Initialization, len(all.ids))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, id := range all.ids {
		group.Go(func() (err error) {
			ends[i], err = l.follow(groupCtx, id)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return all, err
	}
	all.took = time.Since(started)
	for _, end := range ends {
		all.counts.Add(end.Counts)
	}
	return all, nil
}

// follow waits for the end. It asks seldom: a question costs the engine too.
func (l *lab) follow(ctx context.Context, id string) (starter.Initialization, error) {
	err := l.running.Temporal.GetWorkflow(ctx, id, "").Get(ctx, nil)
	if err != nil {
		return starter.Initialization{}, fmt.Errorf("%s: %w", id, err)
	}
	return l.running.Starter.Initialization(ctx, id)
}

// figures are what one size of company gave.
type figures struct {
	absences   int
	bare, rate float64 // children and absences a second
	// bareCPU and cpu are the processor's time for each, sandbox included.
	bareCPU, cpu time.Duration
	requests     map[string]float64
	own, walks   cost // of all absences' histories, and of the initializations'
	absenceRuns  int
	again        float64 // absences a second when all is right already
	// againAbsences and againWalks are what that adds to the histories.
	againAbsences, againWalks cost
	heap, rss                 uint64 // bytes added by the open absences, and of the whole process
	stored                    int64  // bytes that the absences added to the databases' files
	lifecycle                 cost   // of one absence requested, approved and deleted live
}

// initializations measures each size with a figgosync of its own.
func initializations(ctx context.Context, log *slog.Logger, pollers int, sizes string, out io.Writer) error {
	fmt.Fprintf(out, "bare: a workflow starts children, each with one empty activity, %d such at once with %d starts under way each.\n", bareParents, bareAtOnce)
	fmt.Fprintf(out, "product: initializations of %d legal entities at once, one a calendar system, until every event is written.\n\n", len(synchronizations))
	var all []figures
	for text := range strings.SplitSeq(sizes, ",") {
		size, err := strconv.Atoi(text)
		if err != nil || size < 1 {
			return fmt.Errorf("-sizes: %q is not a number of absences", text)
		}
		var one figures
		err = withLab(ctx, log, pollers, func(l *lab) (err error) {
			one, err = l.size(ctx, size)
			return err
		})
		if err != nil {
			return fmt.Errorf("%d absences: %w", size, err)
		}
		one.print(out)
		all = append(all, one)
	}
	if len(all) > 1 {
		first, last := all[0], all[len(all)-1]
		fmt.Fprintf(out, "time an absence at %d to that at %d: %.2f by the clock, %.2f beside the bare engine of the same run\n",
			last.absences, first.absences, first.rate/last.rate, (first.rate/first.bare)/(last.rate/last.bare))
	}
	return nil
}

// size measures one size of company. The bare engine is measured before and
// after, because it gets slower with what its database holds.
func (l *lab) size(ctx context.Context, absences int) (figures, error) {
	f := figures{requests: map[string]float64{}}
	if err := l.grow(ctx, absences); err != nil {
		return f, err
	}
	before, err := l.requests(ctx)
	if err != nil {
		return f, err
	}
	heap := heapInUse()
	sample := min(absences, 1000)
	cpu := cpuTime()
	bareBefore, err := l.children(ctx, sample)
	if err != nil {
		return f, fmt.Errorf("bare: %w", err)
	}
	f.bareCPU = (cpuTime() - cpu) / time.Duration(sample)
	cpu, stored := cpuTime(), l.stored()
	done, err := l.initialize(ctx, since())
	if err != nil {
		return f, err
	}
	f.cpu = (cpuTime() - cpu) / time.Duration(max(done.counts.Total, 1))
	f.stored = l.stored() - stored
	f.heap, f.rss = heapInUse()-min(heap, heapInUse()), residentBytes()
	after, err := l.requests(ctx)
	if err != nil {
		return f, err
	}
	bareAfter, err := l.children(ctx, sample)
	if err != nil {
		return f, fmt.Errorf("bare: %w", err)
	}
	f.absences, f.rate, f.bare = done.counts.Total, done.rate(), 2/(1/bareBefore+1/bareAfter)
	if done.counts.Synced != done.counts.Total {
		return f, fmt.Errorf("not everything was written: %+v", done.counts)
	}
	for target := range after {
		f.requests[target] = float64(after[target] - before[target])
	}
	if f.own, f.absenceRuns, err = l.absenceRuns(ctx); err != nil {
		return f, err
	}
	if f.walks, err = l.walks(ctx, done.ids); err != nil {
		return f, err
	}
	if err := l.oncemore(ctx, &f); err != nil {
		return f, fmt.Errorf("once more: %w", err)
	}
	f.lifecycle, err = l.lifecycle(ctx)
	return f, err
}

// stored is the size of the databases' files.
func (l *lab) stored() (bytes int64) {
	files, _ := filepath.Glob(filepath.Join(l.dir, "*.db*"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// oncemore initializes what is right already.
func (l *lab) oncemore(ctx context.Context, f *figures) error {
	again, err := l.initialize(ctx, since())
	if err != nil {
		return err
	}
	if again.counts.Unchanged != again.counts.Total {
		return fmt.Errorf("not everything was right already: %+v", again.counts)
	}
	f.again = again.rate()
	if f.againAbsences, _, err = l.absenceRuns(ctx); err != nil {
		return err
	}
	f.againAbsences.subtract(f.own)
	f.againWalks, err = l.walks(ctx, again.ids)
	return err
}

// absenceRuns reads the histories of a part of the absences.
func (l *lab) absenceRuns(ctx context.Context) (all cost, count int, err error) {
	const part = 100
	answer, err := l.running.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: part, Query: "WorkflowType = '" + workflows.AbsenceLifecycleType + "' AND WorkflowId STARTS_WITH 'absence/demo/8'",
	})
	if err != nil {
		return all, 0, err
	}
	for _, run := range answer.GetExecutions() {
		one, err := costOf(ctx, l.running.Temporal, run.GetExecution().GetWorkflowId())
		if err != nil {
			return all, 0, err
		}
		all.add(one)
	}
	return all, len(answer.GetExecutions()), nil
}

// walks reads the histories of initializations and their legal entities.
func (l *lab) walks(ctx context.Context, ids []string) (all cost, err error) {
	for i, id := range ids {
		legalEntity := workflows.LegalEntityInitializationID(id, "demo", strconv.Itoa(i+1), false)
		for _, workflowID := range []string{id, legalEntity} {
			one, err := costOf(ctx, l.running.Temporal, workflowID)
			if err != nil {
				return all, err
			}
			all.add(one)
		}
	}
	return all, nil
}

// lifecycle is the cost of one absence requested, approved and deleted by webhooks, each once the
// one before is in the calendar.
func (l *lab) lifecycle(ctx context.Context) (cost, error) {
	id := fmt.Sprintf("bench%d", l.next.Add(1))
	for _, step := range []struct {
		status string
		kind   workflows.Kind
	}{{"tentative", workflows.Requested}, {"confirmed", workflows.Approved}, {"deleted", workflows.Deleted}} {
		if err := l.announce(ctx, id, employees[0], step.status); err != nil {
			return cost{}, err
		}
		if err := l.await(ctx, id, step.kind); err != nil {
			return cost{}, err
		}
	}
	return costOf(ctx, l.running.Temporal, workflows.AbsenceID("demo", id))
}

// await waits until a change of a kind is carried out.
func (l *lab) await(ctx context.Context, id string, kind workflows.Kind) error {
	for ctx.Err() == nil {
		one, err := l.running.Starter.Absence(ctx, "demo", id)
		if err == nil && one.Kind == kind {
			deleted := kind == workflows.Deleted && one.Status == workflows.StatusDeleted
			if deleted || one.Applied != nil && one.Applied.Fingerprint != "" && !one.Dirty {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ctx.Err()
}
