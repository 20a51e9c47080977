package stored

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/auditlog"
)

// AddKey adds a new primary key to the keyset and seals all secrets with it. Old
// keys stay, so that a backup of the database can be opened with the new keyset.
// It returns the number of secrets.
func (s *Store) AddKey(ctx context.Context, by settings.Author) (int, error) {
	return s.reseal(ctx, by, "added a key", s.seal.addKey)
}

// DropOldKeys seals all secrets with the primary key, and removes the others from
// the keyset: backups of the database from before cannot be opened any more. It
// returns the number of secrets.
func (s *Store) DropOldKeys(ctx context.Context, by settings.Author) (int, error) {
	count, err := s.reseal(ctx, by, "dropped old keys", func(context.Context) error { return nil })
	if err != nil {
		return 0, err
	}
	// Nobody may add a key between this look at the keyset and its writing.
	tx, _, keyID, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := s.seal.reload(ctx); err != nil {
		return 0, err
	}
	if primary, _ := s.seal.keys(); primary != keyID {
		return 0, fmt.Errorf("drop old keys: %w", settings.ErrChanged)
	}
	return count, s.seal.dropOldKeys(ctx)
}

// reseal changes the keyset and then seals all secrets with its primary key,
// while nobody else changes settings or the keyset.
func (s *Store) reseal(ctx context.Context, by settings.Author, what string,
	change func(context.Context) error) (int, error) {
	tx, _, keyID, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	// Another process may have changed the file since this one read it.
	if _, err := s.seal.reload(ctx); err != nil {
		return 0, err
	}
	if err := s.knowsKey(ctx, keyID); err != nil {
		return 0, err
	}
	secrets, err := readSecrets(ctx, tx)
	if err != nil {
		return 0, err
	}
	plain, failed := openAll(secrets, s.seal)
	if len(failed) > 0 {
		return 0, &unreadableError{failed}
	}
	if err := change(ctx); err != nil {
		return 0, err
	}
	if err := replaceSecrets(ctx, tx, s.seal, secrets, plain); err != nil {
		return 0, err
	}
	line := settings.Change{At: s.now(), By: by, Action: settings.ActionRotated, Kind: settings.KindSettings,
		Fields: []settings.FieldChange{{Field: "keys", To: what}}}
	if err := auditlog.Append(ctx, tx, line); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("seal the secrets anew: %w", err)
	}
	return len(secrets), s.refresh(ctx)
}

func readSecrets(ctx context.Context, db querier) ([]sealedSecret, error) {
	rows, err := db.QueryContext(ctx, "SELECT kind, name, field, sealed FROM settings_secrets ORDER BY kind, name, field")
	if err != nil {
		return nil, fmt.Errorf("read the secrets: %w", err)
	}
	defer rows.Close()
	var all []sealedSecret
	for rows.Next() {
		var s sealedSecret
		if err := rows.Scan(&s.kind, &s.name, &s.field, &s.sealed); err != nil {
			return nil, fmt.Errorf("read the secrets: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// openAll opens secrets, nil for one that does not open; failed names the records
// of those.
func openAll(secrets []sealedSecret, seal *Seal) (plain [][]byte, failed []string) {
	for _, s := range secrets {
		opened, err := seal.Decrypt(s.sealed, s.bound())
		if err != nil {
			failed = append(failed, string(s.kind)+" "+s.name)
			opened = nil
		}
		plain = append(plain, opened)
	}
	return plain, slices.Compact(failed)
}

// replaceSecrets seals secrets with the primary key and leaves those out that are
// nil.
func replaceSecrets(ctx context.Context, tx *sql.Tx, seal *Seal, secrets []sealedSecret, plain [][]byte) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM settings_secrets"); err != nil {
		return fmt.Errorf("seal the secrets anew: %w", err)
	}
	for i, s := range secrets {
		if plain[i] == nil {
			continue
		}
		if err := insertSecret(ctx, tx, seal, s, plain[i]); err != nil {
			return fmt.Errorf("seal the secrets anew: %w", err)
		}
	}
	primary, _ := seal.keys()
	if _, err := tx.ExecContext(ctx, "UPDATE settings_state SET key_id = $1 WHERE id = 1", primary); err != nil {
		return fmt.Errorf("seal the secrets anew: %w", err)
	}
	return nil
}

// Discard removes the secrets that the seal does not open, after the keyset was
// lost for good, and returns the records that need them anew, such as "source
// acme". What opens stays.
func Discard(ctx context.Context, db *database.DB, seal *Seal, by settings.Author) ([]string, error) {
	s := &Store{db: db, seal: seal, log: slog.Default(), now: time.Now}
	tx, _, _, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	secrets, err := readSecrets(ctx, tx)
	if err != nil {
		return nil, err
	}
	plain, failed := openAll(secrets, seal)
	if err := replaceSecrets(ctx, tx, seal, secrets, plain); err != nil {
		return nil, err
	}
	for i, secret := range secrets {
		if plain[i] != nil {
			continue
		}
		if _, err := tx.ExecContext(ctx,
			"UPDATE settings_records SET version = version + 1 WHERE kind = $1 AND name = $2", secret.kind,
			secret.name); err != nil {
			return nil, fmt.Errorf("discard secrets: %w", err)
		}
		line := settings.Change{
			At: s.now(), By: by, Action: settings.ActionChanged, Kind: secret.kind, Name: secret.name,
			Fields: []settings.FieldChange{{Field: secret.field, From: settings.Secret("x").String()}},
		}
		if err := auditlog.Append(ctx, tx, line); err != nil {
			return nil, err
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("discard secrets: %w", err)
	}
	return failed, nil
}
