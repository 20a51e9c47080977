package auditlog

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// most bounds one page.
const most = 500

const columns = "SELECT id, at, by_id, by_name, action, kind, name, network, fields, salt, digest, previous, hash FROM audit_log "

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Read returns lines, the newest first, without those whose content was erased. A
// limit outside 1 to 500 is the nearest of them.
func Read(ctx context.Context, db *database.DB, query settings.ChangesQuery) ([]settings.Change, error) {
	limit := min(max(query.Limit, 1), most)
	entries, err := read(ctx, db, columns+`
WHERE (CAST($1 AS BIGINT) = 0 OR id < $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR name = $3) AND salt IS NOT NULL
ORDER BY id DESC LIMIT $4`, query.Before, string(query.Kind), query.Name, limit)
	var all []settings.Change
	for _, e := range entries {
		all = append(all, e.Change)
	}
	return all, err
}

// Entries yields every line from the oldest on, erased ones too, as they are when it
// begins. It ends with an error where the database does not answer.
func Entries(ctx context.Context, tx *sql.Tx) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for after := int64(-1); ; {
			entries, err := read(ctx, tx, columns+"WHERE id > $1 ORDER BY id LIMIT $2", after, most)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if len(entries) < most {
				return
			}
			after = entries[len(entries)-1].ID
		}
	}
}

func read(ctx context.Context, db querier, query string, args ...any) ([]Entry, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	defer rows.Close()
	var all []Entry
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read the audit log: %w", err)
		}
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return all, nil
}

func scan(rows *sql.Rows) (e Entry, err error) {
	var at int64
	var fields string
	err = rows.Scan(&e.ID, &at, &e.By.ID, &e.By.Name, &e.Action, &e.Kind, &e.Name, &e.Network, &fields,
		&e.Salt, &e.Digest, &e.Previous, &e.Hash)
	if err != nil {
		return e, err
	}
	e.At = database.Time(at)
	if err := json.Unmarshal([]byte(fields), &e.Fields); err != nil {
		return e, &BrokenError{ID: e.ID, Why: "its fields cannot be read"}
	}
	if len(e.Fields) == 0 {
		e.Fields = nil
	}
	return e, nil
}
