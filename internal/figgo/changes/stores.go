package changes

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/database"
)

// inDatabase shares changes through the table employee_changes.
type inDatabase struct{ db *database.DB }

// clocks are the databases' own clocks in microseconds: those of several machines
// differ.
var clocks = map[database.Dialect]string{
	database.SQLite:   `CAST(unixepoch('subsec') * 1000000 AS INTEGER)`,
	database.Postgres: `CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`,
}

func (s inDatabase) publish(ctx context.Context, who name) error {
	_, err := s.db.ExecContext(ctx, `
INSERT INTO employee_changes (source, employee, at, times) VALUES ($1, $2, `+clocks[s.db.Dialect]+`, 1)
ON CONFLICT (source, employee) DO UPDATE SET at = excluded.at, times = employee_changes.times + 1`, who.source, who.employee)
	if err != nil {
		return fmt.Errorf("note a change of an employee: %w", err)
	}
	return nil
}

func (s inDatabase) since(ctx context.Context, after int64) (map[name]stamp, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT source, employee, at, times FROM employee_changes WHERE at > $1`, after)
	if err != nil {
		return nil, fmt.Errorf("read changes of employees: %w", err)
	}
	defer rows.Close()
	found := map[name]stamp{}
	for rows.Next() {
		var who name
		var when stamp
		if err := rows.Scan(&who.source, &who.employee, &when.at, &when.times); err != nil {
			return nil, fmt.Errorf("read changes of employees: %w", err)
		}
		found[who] = when
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read changes of employees: %w", err)
	}
	return found, nil
}

func (s inDatabase) sweep(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM employee_changes WHERE at < `+clocks[s.db.Dialect]+` - $1`,
		keep.Microseconds())
	if err != nil {
		return fmt.Errorf("remove changes of employees: %w", err)
	}
	return nil
}

// inMemory shares changes within this process.
type inMemory struct {
	mu      sync.Mutex
	changes map[name]stamp
}

func (s *inMemory) publish(_ context.Context, who name) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.changes[who]; !known && len(s.changes) >= maxMemory {
		clear(s.changes) // what Follow has not seen, Refresh will bring
	}
	s.changes[who] = stamp{at: database.Micros(time.Now()), times: s.changes[who].times + 1}
	return nil
}

func (s *inMemory) since(_ context.Context, after int64) (map[name]stamp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[name]stamp{}
	for who, when := range s.changes {
		if when.at > after {
			found[who] = when
		}
	}
	return found, nil
}

func (s *inMemory) sweep(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := database.Micros(time.Now().Add(-keep))
	maps.DeleteFunc(s.changes, func(_ name, when stamp) bool { return when.at < before })
	return nil
}
