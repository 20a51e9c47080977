package access

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/figgosync/figgosync/internal/database"
)

// sessionStore keeps sessions in the database, found by the hash of their token.
// A session that is found lives on for SessionIdle, up to its end.
type sessionStore struct{ tables }

var _ scs.CtxStore = sessionStore{}

// touchEvery is how coarsely a session's use is written down: pages ask for
// several things at once.
const touchEvery = time.Minute

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
	if later-expires >= touchEvery.Microseconds() {
		// An update, never an insert: the session may have ended meanwhile. One that
		// cannot be prolonged now is a session all the same.
		_, _ = s.exec(ctx, "keep a session", "UPDATE access_sessions SET expires_at = $1 WHERE token_hash = $2", later, hash(token))
	}
	return data, true, nil
}

// CommitCtx implements scs.CtxStore. expiry is the session's end.
func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	// The library reads the system's clock, these tables the gate's.
	ends := database.Micros(s.now().Add(time.Until(expiry)))
	_, err := s.exec(ctx, "write a session", `INSERT INTO access_sessions (token_hash, data, expires_at, ends_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at, ends_at = excluded.ends_at`,
		hash(token), data, min(s.at(SessionIdle), ends), ends)
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
