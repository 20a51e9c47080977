package calendars

import (
	"context"
	"fmt"

	"github.com/figgosync/figgosync/internal/absence"
)

// Difference is how a mailbox differs from what it should show of one absence.
type Difference string

// The differences.
const (
	Equal     Difference = "equal"
	Missing   Difference = "missing"   // nothing of the absence is there
	Different Difference = "different" // Apply would write or remove something
)

// Compare tells what Apply would find, and writes nothing. Owners' copies count as
// little as in Apply. Errors are the Calendar's; with an error there is no
// Difference.
func Compare(
	ctx context.Context, cal Calendar, mailbox string, key Key, events []absence.Event, opts Options,
) (Difference, error) {
	all, err := cal.Find(ctx, mailbox, key)
	if err != nil {
		return "", fmt.Errorf("find events: %w", err)
	}
	found := candidates(all)
	if len(found) == 0 && len(events) > 0 {
		return Missing, nil
	}
	kept := map[int]Placed{}
	for _, event := range events {
		one, rest := choose(found, event, opts)
		if one == nil || !standsRight(*one, event, rest, opts) {
			return Different, nil
		}
		kept[event.Run] = *one
		found = rest
	}
	if len(surplus(found, kept, opts)) > 0 {
		return Different, nil
	}
	return Equal, nil
}
