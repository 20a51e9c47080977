package stored

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/auditlog"
)

// write is one transaction that changes settings. Only one runs at a time, in all
// processes together. It lives as long as one call and keeps that call's context.
type write struct {
	tx            *sql.Tx
	ctx           context.Context
	at            time.Time
	before, after *snapshot
	edits         []edit
	notes         []settings.Change
}

// begin begins a transaction that no other one of the settings can run beside,
// until it ends. It returns the revision before it and the key that secrets were
// last sealed with.
func (s *Store) begin(ctx context.Context) (tx *sql.Tx, revision, keyID int64, err error) {
	tx, err = s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("change the settings: %w", err)
	}
	err = tx.QueryRowContext(ctx, "UPDATE settings_state SET revision = revision + 1 WHERE id = 1 RETURNING revision - 1, key_id").Scan(&revision, &keyID)
	if err != nil {
		_ = tx.Rollback()
		return nil, 0, 0, fmt.Errorf("change the settings: %w", err)
	}
	return tx, revision, keyID, nil
}

// write lets change fill in edits and notes, and stores them. Without any the
// revision stays.
func (s *Store) write(ctx context.Context, change func(*write) error) error {
	tx, revision, keyID, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := s.knowsKey(ctx, keyID); err != nil {
		return err
	}
	before := s.current.Load()
	if before.revision != revision {
		if before, err = read(ctx, tx, s.seal); err != nil {
			return err
		}
		before.revision = revision
	}
	w := &write{tx: tx, ctx: ctx, at: s.now().UTC().Truncate(time.Microsecond), before: before, after: before.clone()}
	if err := change(w); err != nil {
		return err
	}
	if len(w.edits) == 0 && len(w.notes) == 0 {
		return nil
	}
	if err := s.store(w); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		// The answer may be lost, and the change made.
		s.looked.Store(0)
		return fmt.Errorf("change the settings: %w", err)
	}
	w.after.revision = revision + 1
	w.after.index()
	s.install(w.after)
	return nil
}

// store writes rows.
func (s *Store) store(w *write) error {
	for _, e := range w.edits {
		if err := s.storeRecord(w, e); err != nil {
			return fmt.Errorf("store the %s %q: %w", e.Kind, e.Name, err)
		}
		if e.Timings != nil {
			w.after.timingsVersion = e.version
		}
		if err := auditlog.Append(w.ctx, w.tx, e.change); err != nil {
			return err
		}
	}
	for _, n := range w.notes {
		if n.At.IsZero() {
			n.At = w.at
		}
		if err := auditlog.Append(w.ctx, w.tx, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) storeRecord(w *write, e edit) error {
	// Its secrets go with it, and are sealed anew below.
	for _, table := range []string{"settings_secrets", "settings_records"} {
		if _, err := w.tx.ExecContext(w.ctx, "DELETE FROM "+table+" WHERE kind = $1 AND name = $2", e.Kind,
			e.Name); err != nil {
			return err
		}
	}
	if e.Remove {
		return nil
	}
	value, err := json.Marshal(e.row)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(w.ctx,
		"INSERT INTO settings_records (kind, name, version, value, changed_at, changed_by_id, changed_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		e.Kind, e.Name, e.version, string(value), database.Micros(w.at), e.change.By.ID, e.change.By.Name)
	if err != nil {
		return err
	}
	for _, f := range e.secrets {
		if *f.Value == "" {
			continue
		}
		if err := insertSecret(w.ctx, w.tx, s.seal, sealedSecret{kind: e.Kind, name: e.Name, field: f.Field},
			[]byte(f.Value.Reveal())); err != nil {
			return err
		}
	}
	return nil
}

// insertSecret seals a secret and stores it.
func insertSecret(ctx context.Context, tx *sql.Tx, seal *Seal, at sealedSecret, plain []byte) error {
	sealed, err := seal.Encrypt(plain, at.bound())
	if err != nil {
		return fmt.Errorf("seal a secret: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO settings_secrets (kind, name, field, sealed) VALUES ($1, $2, $3, $4)",
		at.kind, at.name, at.field, sealed)
	return err
}

// firstVersion is the version of a new record: 1, or one that no earlier record of
// the name had, so that whoever still edits that one is told. Each version of a record
// has a revision of its own, and so is smaller than the present one; lines of the audit
// log are removed in time, and cannot be counted.
func (w *write) firstVersion(kind settings.Kind, name string) (settings.Version, error) {
	var lines int64
	err := w.tx.QueryRowContext(w.ctx, "SELECT count(*) FROM audit_log WHERE kind = $1 AND name = $2", kind, name).Scan(&lines)
	if err != nil {
		return 0, fmt.Errorf("change the settings: %w", err)
	}
	if lines == 0 {
		return 1, nil
	}
	return settings.Version(w.before.revision + 1), nil
}
