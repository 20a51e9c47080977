package google

import (
	"context"
	"sync"
)

// mailboxLocks lets one writer at a time into each mailbox. A lock exists only
// while somebody holds or awaits it. The zero value is ready.
type mailboxLocks struct {
	mu    sync.Mutex
	locks map[string]*mailboxLock
}

type mailboxLock struct {
	users int           // who holds or awaits it; guarded by mailboxLocks.mu
	turn  chan struct{} // full while held
}

// lock waits for the mailbox and returns how to leave it, or ctx's error.
func (l *mailboxLocks) lock(ctx context.Context, mailbox string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock := l.join(mailbox)
	select {
	case lock.turn <- struct{}{}:
		return func() { <-lock.turn; l.leave(mailbox, lock) }, nil
	case <-ctx.Done():
		l.leave(mailbox, lock)
		return nil, ctx.Err()
	}
}

func (l *mailboxLocks) join(mailbox string) *mailboxLock {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locks == nil {
		l.locks = map[string]*mailboxLock{}
	}
	lock := l.locks[mailbox]
	if lock == nil {
		lock = &mailboxLock{turn: make(chan struct{}, 1)}
		l.locks[mailbox] = lock
	}
	lock.users++
	return lock
}

func (l *mailboxLocks) leave(mailbox string, lock *mailboxLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lock.users--; lock.users == 0 {
		delete(l.locks, mailbox)
	}
}
