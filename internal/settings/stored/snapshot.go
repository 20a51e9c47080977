package stored

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// snapshot is all settings at one revision. Nobody changes one that others see.
type snapshot struct {
	revision         int64
	keyID            int64
	sources          map[string]settings.Record[settings.Source]
	connections      map[string]settings.Record[settings.Connection]
	synchronizations map[string]settings.Record[settings.Synchronization]
	recipients       map[string]settings.Record[settings.Recipient]
	timings          settings.Timings
	timingsVersion   settings.Version
	// byLegalEntity names synchronizations, the active one first choice.
	byLegalEntity map[legalEntity]string
}

type legalEntity struct{ source, id string }

// querier is a database, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// One statement sees one moment, in both databases.
const readAll = `
SELECT t.revision, t.key_id, r.kind, r.name, r.version, r.value, r.changed_at, r.changed_by_id, r.changed_by_name, s.field, s.sealed
FROM settings_state t
LEFT JOIN settings_records r ON t.id = 1
LEFT JOIN settings_secrets s ON s.kind = r.kind AND s.name = r.name
ORDER BY r.kind, r.name`

// row is one record, with one of its secrets.
type row struct {
	kind, name       sql.NullString
	version, at      sql.NullInt64
	value, by, name2 sql.NullString
	field            sql.NullString
	sealed           []byte
}

// read reads all settings and opens their secrets. Where some cannot be opened,
// all of them are named in an *unreadableError.
func read(ctx context.Context, db querier, seal *Seal) (*snapshot, error) {
	rows, err := db.QueryContext(ctx, readAll)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	defer rows.Close()
	all := newSnapshot()
	var secrets []sealedSecret
	for rows.Next() {
		var r row
		if err := rows.Scan(&all.revision, &all.keyID, &r.kind, &r.name, &r.version, &r.value, &r.at, &r.by, &r.name2,
			&r.field, &r.sealed); err != nil {
			return nil, fmt.Errorf("read the settings: %w", err)
		}
		if err := all.add(r); err != nil {
			return nil, fmt.Errorf("read the settings of %s %q: %w", r.kind.String, r.name.String, err)
		}
		if r.field.Valid {
			secrets = append(secrets, sealedSecret{settings.Kind(r.kind.String), r.name.String, r.field.String,
				r.sealed})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	if err := all.open(secrets, seal); err != nil {
		return nil, err
	}
	all.index()
	return all, nil
}

func newSnapshot() *snapshot {
	return &snapshot{
		sources:          map[string]settings.Record[settings.Source]{},
		connections:      map[string]settings.Record[settings.Connection]{},
		synchronizations: map[string]settings.Record[settings.Synchronization]{},
		recipients:       map[string]settings.Record[settings.Recipient]{},
		timings:          settings.DefaultTimings(),
	}
}

// add reads a record, once.
func (all *snapshot) add(r row) (err error) {
	name := r.name.String
	switch settings.Kind(r.kind.String) {
	case settings.KindSource:
		if _, known := all.sources[name]; !known {
			all.sources[name], err = recordOf[settings.Source](r)
		}
	case settings.KindConnection:
		if _, known := all.connections[name]; !known {
			all.connections[name], err = recordOf[settings.Connection](r)
		}
	case settings.KindSynchronization:
		all.synchronizations[name], err = recordOf[settings.Synchronization](r)
	case settings.KindRecipient:
		if _, known := all.recipients[name]; !known {
			all.recipients[name], err = recordOf[settings.Recipient](r)
		}
	case settings.KindTimings:
		all.timings, err = readTimings(r.value.String)
		all.timingsVersion = settings.Version(r.version.Int64)
	}
	return err
}

func recordOf[T any](r row) (settings.Record[T], error) {
	value, err := readRow[T](r.value.String)
	return settings.Record[T]{
		Value: value, Version: settings.Version(r.version.Int64), ChangedAt: database.Time(r.at.Int64),
		ChangedBy: settings.Author{ID: r.by.String, Name: r.name2.String},
	}, err
}

// sealedSecret is one secret as it is stored.
type sealedSecret struct {
	kind   settings.Kind
	name   string
	field  string
	sealed []byte
}

// bound is what a ciphertext is bound to: moved to another place it does not
// open. No part of it has a zero byte.
func (s sealedSecret) bound() []byte {
	return []byte(strings.Join([]string{"figgosync settings", string(s.kind), s.name, s.field}, "\x00"))
}

// unreadableError names the records whose secrets do not open. It is an
// ErrKeyset.
type unreadableError struct{ records []string }

func (e *unreadableError) Error() string {
	return ErrKeyset.Error() + "; where it is lost, run figgosync settings rotate-key --discard-unreadable and fill in anew the secrets of: " + strings.Join(e.records, ", ")
}

func (e *unreadableError) Unwrap() error { return ErrKeyset }

// open opens secrets and puts them in their records.
func (all *snapshot) open(secrets []sealedSecret, seal *Seal) error {
	var failed []string
	for _, s := range secrets {
		plain, err := seal.Decrypt(s.sealed, s.bound())
		if err != nil {
			failed = append(failed, string(s.kind)+" "+s.name)
			continue
		}
		all.put(s, settings.Secret(plain))
	}
	if len(failed) > 0 {
		return &unreadableError{slices.Compact(failed)}
	}
	return nil
}

// put puts a secret in its record.
func (all *snapshot) put(s sealedSecret, plain settings.Secret) {
	set := func(fields []settings.SecretField) {
		for _, f := range fields {
			if f.Field == s.field {
				*f.Value = plain
			}
		}
	}
	switch s.kind {
	case settings.KindSource:
		r := all.sources[s.name]
		set(r.Value.SecretsOf())
		all.sources[s.name] = r
	case settings.KindConnection:
		r := all.connections[s.name]
		set(r.Value.SecretsOf())
		all.connections[s.name] = r
	case settings.KindRecipient:
		r := all.recipients[s.name]
		set(r.Value.SecretsOf())
		all.recipients[s.name] = r
	}
}

// index finds synchronizations by legal entity.
func (all *snapshot) index() {
	all.byLegalEntity = map[legalEntity]string{}
	for _, name := range slices.Sorted(maps.Keys(all.synchronizations)) {
		s := all.synchronizations[name].Value
		for _, id := range s.LegalEntities {
			entity := legalEntity{s.Source, id}
			if other, taken := all.byLegalEntity[entity]; !taken || all.synchronizations[other].Value.Paused &&
				!s.Paused {
				all.byLegalEntity[entity] = name
			}
		}
	}
}

// clone is a copy whose records can be changed.
func (all *snapshot) clone() *snapshot {
	c := *all
	c.sources, c.connections, c.synchronizations = maps.Clone(all.sources), maps.Clone(all.connections),
		maps.Clone(all.synchronizations)
	c.recipients = maps.Clone(all.recipients)
	return &c
}

// sealedWith returns the id of the key that secrets were last sealed with, 0 for
// none.
func sealedWith(ctx context.Context, db querier) (id int64, err error) {
	if err := db.QueryRowContext(ctx, "SELECT key_id FROM settings_state WHERE id = 1").Scan(&id); err != nil {
		return 0, fmt.Errorf("read the settings: %w", err)
	}
	return id, nil
}

// lost names the records that have secrets, for an error about a lost keyset.
func lost(ctx context.Context, db querier) string {
	rows, err := db.QueryContext(ctx, "SELECT DISTINCT kind, name FROM settings_secrets ORDER BY kind, name")
	if err != nil {
		return ""
	}
	defer rows.Close()
	var e unreadableError
	for rows.Next() {
		var kind, name string
		if err := rows.Scan(&kind, &name); err != nil {
			return ""
		}
		e.records = append(e.records, kind+" "+name)
	}
	if rows.Err() != nil || len(e.records) == 0 {
		return ""
	}
	return strings.TrimPrefix(e.Error(), ErrKeyset.Error())
}
