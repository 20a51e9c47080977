package stored

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// mostChanges bounds one page of the audit log.
const mostChanges = 500

// execer is a database or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Note implements settings.Editor. A line without a time gets the present one.
func (s *Store) Note(ctx context.Context, change settings.Change) error {
	if change.At.IsZero() {
		change.At = s.now()
	}
	return note(ctx, s.db, change)
}

func note(ctx context.Context, db execer, c settings.Change) error {
	fields := c.Fields
	if fields == nil {
		fields = []settings.FieldChange{}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	_, err = db.ExecContext(ctx, "INSERT INTO settings_changes (at, by_id, by_name, action, kind, name, network, fields) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		database.Micros(c.At), c.By.ID, c.By.Name, c.Action, c.Kind, c.Name, c.Network, string(text))
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// Changes implements settings.Editor. A limit outside 1 to 500 is the nearest of
// them.
func (s *Store) Changes(ctx context.Context, query settings.ChangesQuery) ([]settings.Change, error) {
	limit := min(max(query.Limit, 1), mostChanges)
	rows, err := s.db.QueryContext(ctx, `
SELECT id, at, by_id, by_name, action, kind, name, network, fields FROM settings_changes
WHERE (CAST($1 AS BIGINT) = 0 OR id < $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR name = $3)
ORDER BY id DESC LIMIT $4`, query.Before, string(query.Kind), query.Name, limit)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	defer rows.Close()
	var all []settings.Change
	for rows.Next() {
		var c settings.Change
		var at int64
		var fields string
		if err := rows.Scan(&c.ID, &at, &c.By.ID, &c.By.Name, &c.Action, &c.Kind, &c.Name, &c.Network,
			&fields); err != nil {
			return nil, fmt.Errorf("read the audit log: %w", err)
		}
		if err := json.Unmarshal([]byte(fields), &c.Fields); err != nil {
			return nil, fmt.Errorf("read the audit log, line %d: %w", c.ID, err)
		}
		if len(c.Fields) == 0 {
			c.Fields = nil
		}
		c.At = database.Time(at)
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return all, nil
}

// Forget removes the lines of the audit log from before a moment, and tells how
// many.
func (s *Store) Forget(ctx context.Context, before time.Time) (int64, error) {
	result, err := s.db.ExecContext(ctx, "DELETE FROM settings_changes WHERE at < $1", database.Micros(before))
	if err != nil {
		return 0, fmt.Errorf("shorten the audit log: %w", err)
	}
	count, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("shorten the audit log: %w", err)
	}
	return count, nil
}

// ForgetNames removes the lines of a kind about records with the names, and tells how
// many.
func (s *Store) ForgetNames(ctx context.Context, kind settings.Kind, names []string) (int64, error) {
	var all int64
	for _, name := range names {
		result, err := s.db.ExecContext(ctx, "DELETE FROM settings_changes WHERE kind = $1 AND name = $2", string(kind),
			name)
		if err != nil {
			return all, fmt.Errorf("erase lines of the audit log: %w", err)
		}
		count, err := result.RowsAffected()
		if err != nil {
			return all, fmt.Errorf("erase lines of the audit log: %w", err)
		}
		all += count
	}
	return all, nil
}
