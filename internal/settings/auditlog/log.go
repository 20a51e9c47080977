package auditlog

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// Fields of the lines that say that others are gone: of a shortened log how many
// lines, up to which one, and that one's hash; of an erasure the lines' ids.
const (
	FieldLines       = "lines"
	FieldThrough     = "through"
	FieldHash        = "hash"
	FieldErasedLines = "erasedLines"
)

// Append adds a line in a transaction. Until that ends, nobody else can add one. A line
// without a network has that of the context (settings.WithNetwork).
func Append(ctx context.Context, tx *sql.Tx, change settings.Change) error {
	previous, err := lock(ctx, tx)
	if err != nil {
		return wrap(err)
	}
	change.Network = cmp.Or(change.Network, settings.NetworkOf(ctx))
	e := follow(previous, change)
	fields, err := json.Marshal(append([]settings.FieldChange{}, e.Fields...))
	if err != nil {
		return wrap(err)
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO audit_log (id, at, by_id, by_name, action, kind, name, network, fields, salt, digest, previous, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.ID, database.Micros(e.At), e.By.ID, e.By.Name, e.Action, e.Kind, e.Name, e.Network, string(fields),
		e.Salt, e.Digest, e.Previous, e.Hash)
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE audit_head SET last = $1, hash = $2 WHERE id = 1", e.ID, e.Hash)
	}
	return wrap(err)
}

// lock returns the last line, after which nobody else adds one until the
// transaction ends.
func lock(ctx context.Context, tx *sql.Tx) (Head, error) {
	var head Head
	var hash []byte
	err := tx.QueryRowContext(ctx, "UPDATE audit_head SET last = last WHERE id = 1 RETURNING last, hash").Scan(&head.ID, &hash)
	copy(head.Hash[:], hash)
	return head, err
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// Shorten removes the oldest lines, up to the first that is not from before the
// moment, and tells how many. A line that names the last removed one and its hash is
// the anchor of those that stay.
func Shorten(ctx context.Context, db *database.DB, before, now time.Time) (count int64, err error) {
	err = transaction(ctx, db, func(tx *sql.Tx) error {
		count, err = shorten(ctx, tx, before, now)
		return err
	})
	return count, err
}

func shorten(ctx context.Context, tx *sql.Tx, before, now time.Time) (int64, error) {
	last, err := lock(ctx, tx)
	if err != nil {
		return 0, wrap(err)
	}
	var stays, through int64
	err = tx.QueryRowContext(ctx, "SELECT coalesce(min(id), $2) FROM audit_log WHERE at >= $1", database.Micros(before), last.ID+1).Scan(&stays)
	if err != nil {
		return 0, wrap(err)
	}
	var hash []byte
	err = tx.QueryRowContext(ctx, "SELECT id, hash FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT 1", stays).Scan(&through, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, wrap(err)
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM audit_log WHERE id < $1", stays)
	if err != nil {
		return 0, wrap(err)
	}
	count, err := result.RowsAffected()
	if err != nil {
		return 0, wrap(err)
	}
	return count, Append(ctx, tx, settings.Change{
		At: now, By: settings.Author{ID: "figgosync"}, Action: settings.ActionShortened, Kind: settings.KindAuditLog,
		Fields: []settings.FieldChange{
			{Field: FieldLines, To: strconv.FormatInt(count, 10)},
			{Field: FieldThrough, To: strconv.FormatInt(through, 10)},
			{Field: FieldHash, To: fmt.Sprintf("%x", hash)},
		},
	})
}

// Erase takes the content out of the lines of a kind about records with the names,
// and adds the receipt, which names those lines by their ids. It tells how many there
// were.
func Erase(
	ctx context.Context, db *database.DB, kind settings.Kind, names []string, receipt settings.Change,
) (count int, err error) {
	err = transaction(ctx, db, func(tx *sql.Tx) error {
		if _, err := lock(ctx, tx); err != nil {
			return wrap(err)
		}
		var ids []string
		for _, name := range names {
			more, err := erase(ctx, tx, kind, name)
			if err != nil {
				return wrap(err)
			}
			ids = append(ids, more...)
		}
		if count = len(ids); count > 0 {
			erased := settings.FieldChange{Field: FieldErasedLines, To: strings.Join(ids, " ")}
			receipt.Fields = append(receipt.Fields, erased)
		}
		return Append(ctx, tx, receipt)
	})
	return count, err
}

func erase(ctx context.Context, tx *sql.Tx, kind settings.Kind, name string) (ids []string, err error) {
	rows, err := tx.QueryContext(ctx, `
UPDATE audit_log SET by_id = '', by_name = '', action = '', kind = '', name = '',
	network = '', fields = '[]', salt = NULL
WHERE kind = $1 AND name = $2 AND salt IS NOT NULL RETURNING id`, string(kind), name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	return ids, rows.Err()
}

func transaction(ctx context.Context, db *database.DB, run func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return wrap(err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := run(tx); err != nil {
		return err
	}
	return wrap(tx.Commit())
}
