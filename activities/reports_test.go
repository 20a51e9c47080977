package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/figgosync/figgosync/workflows"
)

// signals is a Temporal client that records signals.
type signals struct {
	client.Client
	err error

	mu      sync.Mutex
	batches []int
}

func (m *signals) SignalWorkflow(_ context.Context, _, _, _ string, batch any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches = append(m.batches, len(batch.([]workflows.Settled)))
	return m.err
}

// report adds results that may be gathered with so many others each, and returns once
// all are sent.
func (m *signals) report(r *reports, batches ...int) (errs []error) {
	var group sync.WaitGroup
	var mu sync.Mutex
	for i, batch := range batches {
		one := r.add(m, "initialization/demo/1/1", workflows.Settled{Absence: fmt.Sprint(i)}, batch)
		group.Go(func() {
			<-one.sent
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, one.err)
		})
	}
	group.Wait()
	return errs
}

func TestResultsAreGathered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits []int
		want   []int
		took   time.Duration
	}{
		"until there are enough":            {[]int{3, 3, 3, 3, 3, 3}, []int{3, 3}, 0},
		"or it is time":                     {[]int{8, 8, 8}, []int{3}, gathering},
		"who can wait least decides":        {[]int{8, 8, 1}, []int{3}, 0},
		"who asks for no company gets none": {[]int{0, 0}, []int{1, 1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sent signals
				began := time.Now()
				for _, err := range sent.report(&reports{}, c.limits...) {
					if err != nil {
						t.Error(err)
					}
				}
				if fmt.Sprint(sent.batches) != fmt.Sprint(c.want) || time.Since(began) != c.took {
					t.Errorf("signals of %v results after %v, want %v after %v", sent.batches, time.Since(began), c.want, c.took)
				}
			})
		})
	}
}

// Every caller whose result could not be sent gets the error; a parent that has ended needs
// no result.
func TestAResultThatCannotBeSentIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := signals{err: errors.New("no connection")}
		for _, err := range down.report(&reports{}, 2, 2) {
			if !errors.Is(err, down.err) {
				t.Errorf("error %v, want %v", err, down.err)
			}
		}
		over := signals{err: serviceerror.NewNotFound("workflow execution already completed")}
		for _, err := range over.report(&reports{}, 2, 2) {
			if err != nil {
				t.Error(err)
			}
		}
	})
}
