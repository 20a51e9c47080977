package google

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func TestLocksLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	var locks mailboxLocks
	var group sync.WaitGroup
	inside := map[string]int{}
	for i := range 200 {
		group.Go(func() {
			name := string(rune('a' + i%3))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%5 == 0 {
				cancel()
			}
			unlock, err := locks.lock(ctx, name)
			if err != nil {
				return
			}
			defer unlock()
			locks.mu.Lock()
			inside[name]++
			if inside[name] != 1 {
				t.Errorf("%d in %s", inside[name], name)
			}
			locks.mu.Unlock()
			defer func() { locks.mu.Lock(); inside[name]--; locks.mu.Unlock() }()
		})
	}
	group.Wait()
	if len(locks.locks) != 0 {
		t.Errorf("%d locks left", len(locks.locks))
	}
}

func TestLockGivesUp(t *testing.T) {
	t.Parallel()
	var locks mailboxLocks
	unlock, err := locks.lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := locks.lock(ctx, "a"); done <- err }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	unlock()
	if len(locks.locks) != 0 {
		t.Errorf("%d locks left", len(locks.locks))
	}
}
