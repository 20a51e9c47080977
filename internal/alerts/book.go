package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// ended is the level of the message that a trouble is over.
const ended = 0

// digestPrefix begins what stands for a trouble in the message of a day's digest.
const digestPrefix = "digest "

// book keeps troubles and messages in the database.
type book struct{ db *database.DB }

// lead makes the owner the one that tells, for a while, unless another one is.
func (b book) lead(ctx context.Context, owner string, now time.Time, ttl time.Duration) (bool, error) {
	result, err := b.db.ExecContext(ctx,
		"UPDATE alert_lease SET owner = $1, expires_at = $2 WHERE id = 1 AND (owner = $1 OR expires_at < $3)",
		owner, database.Micros(now.Add(ttl)), database.Micros(now))
	if err != nil {
		return false, fmt.Errorf("alerts: take the lease: %w", err)
	}
	count, err := result.RowsAffected()
	return count > 0, err
}

// resign ends the owner's time at once, so that the next process tells without a wait.
func (b book) resign(ctx context.Context, owner string) error {
	_, err := b.db.ExecContext(ctx, "UPDATE alert_lease SET expires_at = 0 WHERE id = 1 AND owner = $1", owner)
	if err != nil {
		return fmt.Errorf("alerts: give back the lease: %w", err)
	}
	return nil
}

// row is a trouble as it is kept.
type row struct {
	id      string
	trouble Trouble
	opened  time.Time
	seen    time.Time
}

func (b book) open(ctx context.Context, q querier) ([]row, error) {
	rows, err := q.QueryContext(ctx,
		"SELECT id, level, details, opened_at, seen_at FROM alert_troubles WHERE closed_at IS NULL ORDER BY opened_at, id")
	if err != nil {
		return nil, fmt.Errorf("alerts: read troubles: %w", err)
	}
	defer rows.Close()
	var all []row
	for rows.Next() {
		one, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

type scanner interface{ Scan(into ...any) error }

func scanRow(rows scanner) (one row, err error) {
	var level, opened, seen int64
	var details string
	if err := rows.Scan(&one.id, &level, &details, &opened, &seen); err != nil {
		return one, fmt.Errorf("alerts: read troubles: %w", err)
	}
	if err := json.Unmarshal([]byte(details), &one.trouble); err != nil {
		return one, fmt.Errorf("alerts: read troubles: %w", err)
	}
	one.trouble.Level, one.opened, one.seen = int(level), database.Time(opened), database.Time(seen)
	return one, nil
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// update compares what was found with what is open, and makes the messages. A trouble
// that is not seen any more is over after settle.
func (b book) update(
	ctx context.Context, found Found, recipients []settings.Recipient, now time.Time, settle time.Duration,
) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("alerts: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	before, err := b.open(ctx, tx)
	if err != nil {
		return err
	}
	w := writer{ctx: ctx, tx: tx, recipients: recipients, now: now}
	known := map[string]row{}
	for _, one := range before {
		known[one.trouble.key()] = one
	}
	for _, t := range found.Troubles {
		old, isOpen := known[t.key()]
		delete(known, t.key())
		w.see(t, old, isOpen)
	}
	for _, one := range before {
		_, unseen := known[one.trouble.key()]
		if unseen && !slices.Contains(found.Unknown, one.trouble.Kind) && now.Sub(one.seen) >= settle {
			w.close(one)
		}
	}
	if w.err != nil {
		return fmt.Errorf("alerts: write troubles: %w", w.err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("alerts: write troubles: %w", err)
	}
	return nil
}

// writer writes in one transaction, up to the first error. It lives as long as one call
// and keeps its context, as bufio.Writer keeps its error.
type writer struct {
	ctx        context.Context
	tx         *sql.Tx
	recipients []settings.Recipient
	now        time.Time
	err        error
}

func (w *writer) exec(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, query, args...)
	}
}

func (w *writer) see(t Trouble, old row, isOpen bool) {
	t.Level = max(t.Level, 1)
	details, err := json.Marshal(t)
	if w.err == nil {
		w.err = err
	}
	at := database.Micros(w.now)
	if !isOpen {
		id := uuid.NewString()
		w.exec(`INSERT INTO alert_troubles (id, key, kind, level, details, opened_at, seen_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)`, id, t.key(), string(t.Kind), t.Level, string(details), at)
		w.tell(id, t)
		return
	}
	w.exec("UPDATE alert_troubles SET level = $2, details = $3, seen_at = $4 WHERE id = $1",
		old.id, max(t.Level, old.trouble.Level), string(details), at)
	if t.Level > old.trouble.Level {
		w.tell(old.id, t)
	}
}

// tell makes a message for each recipient who wants it.
func (w *writer) tell(id string, t Trouble) {
	for _, r := range w.recipients {
		if r.Wants(t.Kind) {
			w.message(r.Name, id, t.Level)
		}
	}
}

func (w *writer) message(recipient, trouble string, level int) {
	w.exec(`INSERT INTO alert_messages (recipient, trouble, level, made_at, tries, next_at) VALUES ($1, $2, $3, $4, 0, $4)
		ON CONFLICT (recipient, trouble, level) DO NOTHING`, recipient, trouble, level, database.Micros(w.now))
}

// close ends a trouble. Its end is told to those who were told of it; a message that
// was not sent yet needs none any more.
func (w *writer) close(one row) {
	at := database.Micros(w.now)
	w.exec("UPDATE alert_troubles SET closed_at = $2 WHERE id = $1", one.id, at)
	w.exec("DELETE FROM alert_messages WHERE trouble = $1 AND sent_at IS NULL", one.id)
	w.exec(`INSERT INTO alert_messages (recipient, trouble, level, made_at, tries, next_at)
		SELECT DISTINCT recipient, trouble, CAST($2 AS BIGINT), CAST($3 AS BIGINT), 0, CAST($3 AS BIGINT)
		FROM alert_messages WHERE trouble = $1
		ON CONFLICT (recipient, trouble, level) DO NOTHING`, one.id, ended, at)
}

// digest makes the message of a day for a recipient, once.
func (b book) digest(ctx context.Context, recipient, day string, now time.Time) error {
	_, err := b.db.ExecContext(ctx, `
INSERT INTO alert_messages (recipient, trouble, level, made_at, tries, next_at) VALUES ($1, $2, 1, $3, 0, $3)
ON CONFLICT (recipient, trouble, level) DO NOTHING`, recipient, digestPrefix+day, database.Micros(now))
	if err != nil {
		return fmt.Errorf("alerts: make a digest: %w", err)
	}
	return nil
}

// message is one that waits to be sent.
type message struct {
	recipient, trouble string
	level              int
	made               time.Time
	tries              int
}

// due are the messages whose time has come.
func (b book) due(ctx context.Context, now time.Time) ([]message, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT recipient, trouble, level, made_at, tries FROM alert_messages
		WHERE sent_at IS NULL AND next_at <= $1 ORDER BY made_at, trouble, level, recipient LIMIT 100`,
		database.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("alerts: read messages: %w", err)
	}
	defer rows.Close()
	var all []message
	for rows.Next() {
		var m message
		var level, made, tries int64
		if err := rows.Scan(&m.recipient, &m.trouble, &level, &made, &tries); err != nil {
			return nil, fmt.Errorf("alerts: read messages: %w", err)
		}
		m.level, m.made, m.tries = int(level), database.Time(made), int(tries)
		all = append(all, m)
	}
	return all, rows.Err()
}

// trouble is what a message is about; found is false where it is not kept any more.
func (b book) trouble(ctx context.Context, id string) (one row, found bool, err error) {
	rows, err := b.db.QueryContext(ctx,
		"SELECT id, level, details, opened_at, coalesce(closed_at, seen_at) FROM alert_troubles WHERE id = $1", id)
	if err != nil {
		return one, false, fmt.Errorf("alerts: read a trouble: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return one, false, rows.Err()
	}
	one, err = scanRow(rows)
	return one, err == nil, err
}

// sent says that a message was sent, or given up.
func (b book) sent(ctx context.Context, m message, now time.Time) error {
	return b.mark(ctx, "UPDATE alert_messages SET sent_at = $4 WHERE recipient = $1 AND trouble = $2 AND level = $3", m,
		database.Micros(now))
}

// hold says until when a message waits that was not tried.
func (b book) hold(ctx context.Context, m message, until time.Time) error {
	return b.mark(ctx, `UPDATE alert_messages SET next_at = $4
		WHERE recipient = $1 AND trouble = $2 AND level = $3`, m, database.Micros(until))
}

// later says when a message is tried again.
func (b book) later(ctx context.Context, m message, at time.Time) error {
	return b.mark(ctx, `UPDATE alert_messages SET next_at = $4, tries = tries + 1
		WHERE recipient = $1 AND trouble = $2 AND level = $3`, m, database.Micros(at))
}

func (b book) mark(ctx context.Context, query string, m message, at int64) error {
	if _, err := b.db.ExecContext(ctx, query, m.recipient, m.trouble, m.level, at); err != nil {
		return fmt.Errorf("alerts: write a message: %w", err)
	}
	return nil
}

// kept is how long what is over is kept.
const kept = 90 * 24 * time.Hour

// forget removes what was over long ago.
func (b book) forget(ctx context.Context, now time.Time) error {
	for _, query := range []string{
		"DELETE FROM alert_troubles WHERE closed_at < $1", "DELETE FROM alert_messages WHERE sent_at < $1 AND made_at < $1 " +
			"AND trouble NOT IN (SELECT id FROM alert_troubles)",
	} {
		if _, err := b.db.ExecContext(ctx, query, database.Micros(now.Add(-kept))); err != nil {
			return fmt.Errorf("alerts: forget: %w", err)
		}
	}
	return nil
}
