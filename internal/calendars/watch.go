package calendars

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/absence"
)

// watchSource is the source of WatchKey. No source can have its name, so that no
// comparison and no removal ever lists what carries it.
const watchSource = "_watch"

// WatchKey marks the synthetic absence of a synchronization. It is always the same, so
// that each run finds what an earlier one had to leave behind.
func WatchKey(synchronization string) Key { return Key{Source: watchSource, Absence: synchronization} }

// Codes of Watch's Temporary errors.
const (
	codeNotRead     = "written-not-found"
	codeLeftBehind  = "removed-still-found"
	watchRemoveTime = 30 * time.Second
)

// Watch does with a synthetic absence what is done with every absence: it writes the
// event of ProbeEvent into the mailbox by Apply, reads it back by its marker, and removes
// it, as it does first with one that an earlier run left. It
// answers when the event was read.
//
// Errors are those of Apply, and Temporary where the calendar shows what it should not.
// After one the event is removed as far as that is possible.
func Watch(ctx context.Context, cal Calendar, mailbox string, key Key) (read time.Time, err error) {
	if _, err := Apply(ctx, cal, mailbox, key, nil, Options{}); err != nil {
		return time.Time{}, err
	}
	read, err = writeAndRead(ctx, cal, mailbox, key)
	cleanUp, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchRemoveTime)
	defer cancel()
	return read, errors.Join(err, removeAndLook(cleanUp, cal, mailbox, key))
}

func writeAndRead(ctx context.Context, cal Calendar, mailbox string, key Key) (time.Time, error) {
	// A token of its own: the provider may remember what an earlier try made and removed.
	wanted := []absence.Event{ProbeEvent(time.Now())}
	if _, err := Apply(ctx, cal, mailbox, key, wanted, Options{Token: uuid.NewString()}); err != nil {
		return time.Time{}, err
	}
	found, err := shows(ctx, cal, mailbox, key, true)
	if err == nil && !found {
		err = &Temporary{Code: codeNotRead}
	}
	return time.Now(), err
}

func removeAndLook(ctx context.Context, cal Calendar, mailbox string, key Key) error {
	if _, err := Apply(ctx, cal, mailbox, key, nil, Options{}); err != nil {
		return err
	}
	left, err := shows(ctx, cal, mailbox, key, false)
	if err == nil && left {
		err = &Temporary{Code: codeLeftBehind}
	}
	return err
}
