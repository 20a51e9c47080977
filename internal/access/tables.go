package access

import (
	"context"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/database"
)

// tables are the rows of migration 0002_access.
type tables struct {
	db  *database.DB
	now func() time.Time
}

// at is a moment from now as the tables keep it.
func (t tables) at(after time.Duration) int64 { return database.Micros(t.now().Add(after)) }

// exec runs a statement and tells whether it met a row.
func (t tables) exec(ctx context.Context, doing, query string, args ...any) (bool, error) {
	result, err := t.db.ExecContext(ctx, query, args...)
	if err != nil {
		return false, wrap(doing, err)
	}
	count, err := result.RowsAffected()
	return count > 0, wrap(doing, err)
}

// removeExpired removes what nothing finds any more. Expired API tokens stay: a
// person is to see that they have expired.
func (t tables) removeExpired(ctx context.Context) error {
	for _, table := range []string{"access_sessions", "access_sign_ins", "access_links"} {
		if _, err := t.exec(ctx, "remove expired rows", "DELETE FROM "+table+" WHERE expires_at <= $1",
			t.at(0)); err != nil {
			return err
		}
	}
	return nil
}

// purgeEvery is how often expired rows are removed, at a sign-in.
const purgeEvery = 10 * time.Minute

func (g *Gate) removeExpired(ctx context.Context) {
	if !g.purge.due(g.config.Now(), purgeEvery) {
		return
	}
	if err := g.tables.removeExpired(ctx); err != nil {
		g.config.Log.WarnContext(ctx, "access: expired rows stay for now", "error", err)
	}
}

// throttle lets something happen at most once in a while.
type throttle struct {
	mu   sync.Mutex
	last time.Time
}

func (t *throttle) due(now time.Time, every time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last.IsZero() && now.Sub(t.last) < every {
		return false
	}
	t.last = now
	return true
}
