package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// sessionStore keeps sessions in the database, found by the hash of their token.
// A session that is found lives on for SessionIdle, up to its end, unless a page
// asked by itself.
type sessionStore struct{ tables }

var _ scs.CtxStore = sessionStore{}

// touchEvery is how coarsely a session's use is written down: pages ask for
// several things at once.
const touchEvery = time.Minute

// sessionRecord is what people see of a session that begins; recordKey carries it
// through the library.
type sessionRecord struct {
	arrival
	id, network string
}

type recordKey struct{}

// FindCtx implements scs.CtxStore.
func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	var expires, ends int64
	err := s.db.QueryRowContext(ctx, "SELECT data, expires_at, ends_at FROM access_sessions WHERE token_hash = $1 AND expires_at > $2",
		hash(token), s.at(0)).Scan(&data, &expires, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, wrap("find a session", err)
	}
	later := min(s.at(SessionIdle), ends)
	if later-expires >= touchEvery.Microseconds() && !isQuiet(ctx) {
		// An update, never an insert: the session may have ended meanwhile. One that
		// cannot be prolonged now is a session all the same.
		_, _ = s.exec(ctx, "keep a session",
			"UPDATE access_sessions SET expires_at = $1, used_at = $2 WHERE token_hash = $3", later, s.at(0),
			hash(token))
	}
	return data, true, nil
}

// CommitCtx implements scs.CtxStore. It writes new sessions only, with the
// sessionRecord of ctx.
func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	record, ok := ctx.Value(recordKey{}).(sessionRecord)
	if !ok {
		return errors.New("access: a session without a record")
	}
	// The library reads the system's clock, these tables the gate's.
	now, ends := s.at(0), s.at(record.life())
	_, err := s.exec(ctx, "write a session", `INSERT INTO access_sessions
		(token_hash, data, id, person_id, person_name, role, way, network, started_at, used_at, asked_at, expires_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11)`,
		hash(token), data, record.id, record.ID, record.Name, string(record.Role), string(record.way), record.network,
		now, min(s.at(SessionIdle), ends), ends)
	return err
}

// DeleteCtx implements scs.CtxStore.
func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.exec(ctx, "end a session", "DELETE FROM access_sessions WHERE token_hash = $1", hash(token))
	return err
}

// Find implements scs.Store.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (s sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements scs.Store.
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

const sessionColumns = "id, person_id, person_name, role, way, network, started_at, used_at, ends_at"

func scanSession(row interface{ Scan(...any) error }) (Session, error) {
	var one Session
	var started, used, ends int64
	err := row.Scan(&one.ID, &one.Person.ID, &one.Person.Name, &one.Role, &one.Way, &one.Network, &started, &used,
		&ends)
	one.StartedAt, one.LastUsed, one.Ends = database.Time(started), database.Time(used), database.Time(ends)
	return one, err
}

// sessions reads those that are open.
func (t tables) sessions(ctx context.Context) ([]Session, error) {
	rows, err := t.db.QueryContext(ctx, "SELECT "+sessionColumns+
		" FROM access_sessions WHERE expires_at > $1 ORDER BY started_at DESC, id", t.at(0))
	if err != nil {
		return nil, wrap("list the sessions", err)
	}
	defer func() { _ = rows.Close() }()
	all := []Session{}
	for rows.Next() {
		one, err := scanSession(rows)
		if err != nil {
			return nil, wrap("list the sessions", err)
		}
		all = append(all, one)
	}
	return all, wrap("list the sessions", rows.Err())
}

// endSession removes a session by its id.
func (t tables) endSession(ctx context.Context, id string) (Session, error) {
	one, err := scanSession(t.db.QueryRowContext(ctx,
		"DELETE FROM access_sessions WHERE id = $1 RETURNING "+sessionColumns, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, fmt.Errorf("access: session: %w", settings.ErrNotFound)
	}
	return one, wrap("end a session", err)
}
