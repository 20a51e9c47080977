package main

import (
	"context"
	"log/slog"
	"sync"
)

// operator is who administers figgosync while everything else goes on: they change titles,
// have calendars compared, and clear them.
type operator struct {
	of    operated
	world *world
	log   *slog.Logger
	runs  sync.WaitGroup // what was begun and has not ended

	mu   sync.Mutex
	busy map[string]bool // synchronizations that are being cleared
}

func newOperator(w *world, of operated) *operator {
	return &operator{of: of, world: w, log: w.log, busy: map[string]bool{}}
}

// titles are the titles that a synchronization's events get.
var titles = []string{"Absent", "Away", "Absence", "Not here"}

// act does a step, and tells whether it did anything.
func (o *operator) act(ctx context.Context, s step) bool {
	entity := int(s.choice%uint64(len(synchronizations))) + 1
	name := synchronizations[entity]
	switch s.kind {
	case relabel:
		title := titles[s.more%uint64(len(titles))]
		o.log.Info("new title", "synchronization", name, "title", title)
		return o.of.change(name, func(body map[string]any) { body["policy"].(map[string]any)["label"] = title })
	case reconcile:
		body := map[string]any{"synchronization": name, "repair": true}
		return o.beginAndFollow(ctx, "reconciliations", body, func() {})
	default:
		return o.clear(ctx, entity, name)
	}
}

func (o *operator) beginAndFollow(ctx context.Context, kind string, body map[string]any, then func()) bool {
	address, begun := o.of.begin(kind, body)
	o.log.Info("run", "of", body["synchronization"], "at", address, "begun", begun)
	if !begun {
		then()
		return false
	}
	o.runs.Go(func() {
		defer then()
		o.follow(ctx, address)
	})
	return true
}

func (o *operator) follow(ctx context.Context, address string) {
	ended, err := o.of.follow(ctx, address)
	o.log.Info("run ended", "at", address, "status", ended.Status, "counts", ended.Counts, "error", err)
}

// clear takes all events of a synchronization out again, which pauses it, and resumes it.
// What was there comes back with a reconciliation alone.
func (o *operator) clear(ctx context.Context, entity int, name string) bool {
	if !o.occupy(name) {
		return false
	}
	return o.beginAndFollow(ctx, "removals", map[string]any{"synchronization": name}, func() {
		defer o.release(name)
		o.world.loseAll(entity)
		if _, err := o.of.resume(ctx, name); err != nil {
			o.log.Info("not resumed yet", "synchronization", name, "error", err)
		}
	})
}

func (o *operator) occupy(name string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.busy[name]
	o.busy[name] = true
	return !was
}

func (o *operator) release(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, name)
}

// finish waits for what was begun, for what nobody was told of because figgosync was killed
// before it answered too, and has everything write again.
func (o *operator) finish(ctx context.Context) error {
	o.runs.Wait()
	for _, kind := range []string{"removals", "reconciliations"} {
		begun, err := o.of.unfinished(kind)
		if err != nil {
			return err
		}
		for _, address := range begun {
			o.follow(ctx, address)
		}
	}
	for entity, name := range synchronizations {
		cleared, err := o.of.resume(ctx, name)
		if err != nil {
			return err
		}
		if cleared {
			o.world.loseAll(entity)
		}
	}
	return nil
}
