package settings

import (
	"context"
	"fmt"
	"slices"
)

// HasReplies tells whether automatic replies are wanted through a connection.
func HasReplies(ctx context.Context, store Store, connection string) (bool, error) {
	all, err := store.Synchronizations(ctx)
	if err != nil {
		return false, fmt.Errorf("read the synchronizations: %w", err)
	}
	return slices.ContainsFunc(all, func(s Synchronization) bool {
		return s.Policy.AutomaticReplies.Enabled && slices.Contains(s.Connections(), connection)
	}), nil
}
