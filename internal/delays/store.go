package delays

import (
	"cmp"
	"context"
	"fmt"

	"github.com/figgosync/figgosync/internal/database"
)

const addNumber = `
INSERT INTO delays (synchronization, hour, upper_ms, changes, last_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (synchronization, hour, upper_ms) DO UPDATE SET
    changes = delays.changes + excluded.changes,
    last_at = CASE WHEN excluded.last_at > delays.last_at THEN excluded.last_at ELSE delays.last_at END`

// write adds the numbers of a batch to what is there, all of them or none.
func write(ctx context.Context, db *database.DB, all numbers, batch []key) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write delays: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	add, err := tx.PrepareContext(ctx, addNumber)
	if err != nil {
		return fmt.Errorf("write delays: %w", err)
	}
	defer add.Close()
	for _, k := range batch {
		n := all[k]
		if _, err := add.ExecContext(ctx, k.synchronization, k.hour, k.upper, n.changes, n.last); err != nil {
			return fmt.Errorf("write delays: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write delays: %w", err)
	}
	return nil
}

func compare(a, b key) int {
	return cmp.Or(cmp.Compare(a.synchronization, b.synchronization), cmp.Compare(a.hour, b.hour),
		cmp.Compare(a.upper, b.upper))
}

// read returns the numbers of the hour from and later. One statement sees one
// state of the database.
func read(ctx context.Context, db *database.DB, from int64) (numbers, error) {
	rows, err := db.QueryContext(ctx, `SELECT synchronization, hour, upper_ms, changes, last_at FROM delays WHERE hour >= $1`, from)
	if err != nil {
		return nil, fmt.Errorf("read delays: %w", err)
	}
	defer rows.Close()
	all := numbers{}
	for rows.Next() {
		var k key
		var n number
		if err := rows.Scan(&k.synchronization, &k.hour, &k.upper, &n.changes, &n.last); err != nil {
			return nil, fmt.Errorf("read delays: %w", err)
		}
		all[k] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read delays: %w", err)
	}
	return all, nil
}

// remove drops the hours before a moment.
func remove(ctx context.Context, db *database.DB, before int64) error {
	if _, err := db.ExecContext(ctx, `DELETE FROM delays WHERE hour < $1`, before); err != nil {
		return fmt.Errorf("remove delays: %w", err)
	}
	return nil
}
