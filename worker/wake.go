package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// wakesASecond leaves Temporal to live changes.
	wakesASecond = 50
	// wakePage is how many absences are listed at a time, wakesAtMost how many are
	// woken when a connection works again; the others try at their own time.
	wakePage    = 200
	wakesAtMost = 20000
	// indexLag is how far Temporal's index may be behind: what was blocked a moment
	// before the connection worked again is found too.
	indexLag = 3 * time.Second
	// enoughFailures end one round: Temporal does not answer.
	enoughFailures = 20
)

// absences lists absences and asks them to try again. *starter.Starter does.
type absences interface {
	Absences(ctx context.Context, query starter.AbsencesQuery) (found []starter.AbsenceLine, next string, err error)
	Retry(ctx context.Context, source, absence string, rewrite bool) error
}

// waker asks the absences that a connection blocked to try again when it works
// once more. Each process does so when its own circuit breaker closes: an absence
// that is asked twice finds nothing to do.
type waker struct {
	settings settings.Store
	absences absences
	limiter  *rate.Limiter
	log      *slog.Logger
	closed   chan closing
}

// closing is a connection that works again, and why it did not.
type closing struct {
	connection string
	reason     calendars.Reason
}

func newWaker(store settings.Store, all absences, log *slog.Logger) *waker {
	return &waker{
		settings: store, absences: all, limiter: rate.NewLimiter(wakesASecond, 1), log: log,
		closed: make(chan closing, 64),
	}
}

// wake has the absences that the connection blocked for that reason try again
// soon. It never waits: what does not fit in tries again at its own time.
func (w *waker) wake(connection string, reason calendars.Reason) {
	w.log.Info("a connection works again", "connection", connection, "reason", reason)
	select {
	case w.closed <- closing{connection, reason}:
	default:
	}
}

// run wakes absences until ctx ends.
func (w *waker) run(ctx context.Context) {
	var tasks sync.WaitGroup
	defer tasks.Wait()
	for {
		select {
		case one := <-w.closed:
			tasks.Go(func() { w.wakeAll(ctx, one) })
		case <-ctx.Done():
			return
		}
	}
}

func (w *waker) wakeAll(ctx context.Context, one closing) {
	select {
	case <-time.After(indexLag):
	case <-ctx.Done():
		return
	}
	blocked, err := w.blocked(ctx, one)
	if err == nil {
		err = w.retryEach(ctx, blocked)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.log.Warn("blocked absences could not be asked to try again; they do at their own time",
			"connection", one.connection, "error", err)
	case len(blocked) > 0:
		w.log.Info("blocked absences try again", "connection", one.connection, "count", len(blocked))
	}
}

// blocked lists the absences before the first is asked: those that are mended
// leave the list.
func (w *waker) blocked(ctx context.Context, one closing) ([]starter.AbsenceLine, error) {
	synchronizations, err := w.settings.Synchronizations(ctx)
	if err != nil {
		return nil, err
	}
	var all []starter.AbsenceLine
	for _, s := range synchronizations {
		if s.Connection != one.connection {
			continue
		}
		query := starter.AbsencesQuery{
			Source: s.Source, Synchronization: s.Name, Living: true, Limit: wakePage,
			Statuses: []workflows.Status{workflows.StatusBlocked}, Reason: string(one.reason),
		}
		for len(all) < wakesAtMost {
			found, next, err := w.absences.Absences(ctx, query)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			if query.Page = next; next == "" {
				break
			}
		}
	}
	return all, nil
}

// retryEach asks one absence after the other. One that ended meanwhile needs
// nothing.
func (w *waker) retryEach(ctx context.Context, all []starter.AbsenceLine) error {
	var failures []error
	for _, one := range all {
		if err := w.limiter.Wait(ctx); err != nil {
			return err
		}
		err := w.absences.Retry(ctx, one.Source, one.Absence, false)
		if err != nil && !errors.Is(err, starter.ErrNotFound) {
			failures = append(failures, err)
		}
		if len(failures) >= enoughFailures {
			break
		}
	}
	if len(failures) == 0 {
		return nil
	}
	return fmt.Errorf("%d failed, the last one with: %w", len(failures), failures[len(failures)-1])
}
