package stored

import (
	"context"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/auditlog"
)

// Note implements settings.Editor. A line without a time gets the present one.
func (s *Store) Note(ctx context.Context, change settings.Change) error {
	if change.At.IsZero() {
		change.At = s.now()
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := auditlog.Append(ctx, tx, change); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// Changes implements settings.Editor. A limit outside 1 to 500 is the nearest of
// them.
func (s *Store) Changes(ctx context.Context, query settings.ChangesQuery) ([]settings.Change, error) {
	return auditlog.Read(ctx, s.db, query)
}

// Shorten removes the lines of the audit log from before a moment, and tells how
// many.
func (s *Store) Shorten(ctx context.Context, before time.Time) (int64, error) {
	return auditlog.Shorten(ctx, s.db, before, s.now())
}

// EraseNames takes the content out of the lines of a kind about records with the
// names, adds the receipt, and tells how many lines there were.
func (s *Store) EraseNames(
	ctx context.Context, kind settings.Kind, names []string, receipt settings.Change,
) (int, error) {
	if receipt.At.IsZero() {
		receipt.At = s.now()
	}
	return auditlog.Erase(ctx, s.db, kind, names, receipt)
}
