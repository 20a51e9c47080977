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

// Compare tells what Apply would find, and writes nothing. Errors are the
// Calendar's; with an error there is no Difference.
func Compare(ctx context.Context, cal Calendar, mailbox string, key Key, events []absence.Event) (Difference, error) {
	found, err := cal.Find(ctx, mailbox, key)
	if err != nil {
		return "", fmt.Errorf("find events: %w", err)
	}
	if len(found) == 0 && len(events) > 0 {
		return Missing, nil
	}
	if len(found) != len(events) {
		return Different, nil
	}
	rest := found
	for _, event := range events {
		var kept *Placed
		if kept, rest = take(rest, event); kept == nil || kept.Fingerprint != Fingerprint(event) {
			return Different, nil
		}
	}
	return Equal, nil
}
