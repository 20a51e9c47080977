// Package signins shares among processes how servers take the credentials of
// connections, so that together they try a wrong password no more often than one of them
// would. It keeps numbers, moments and the server's codes, by the version of the record
// that holds the credentials, and nothing of the credentials.
package signins

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// timeout bounds each look into the database: a sign-in waits for it.
const timeout = 3 * time.Second

// ErrChanged is returned for a connection whose settings are others by now.
var ErrChanged = errors.New("the connection's settings were changed")

// Records tells the version of a connection, such as *stored.Store.
type Records interface {
	ConnectionRecord(ctx context.Context, name string) (settings.Record[settings.Connection], error)
}

// Book holds the states of all connections. It is safe for concurrent use.
type Book struct {
	db      *database.DB
	records Records
}

// Open returns the Book in a database whose tables are made.
func Open(db *database.DB, records Records) *Book { return &Book{db: db, records: records} }

// Of is what is shared about a connection as it is configured. Saved anew it begins with
// nothing known. It asks nobody yet.
func (b *Book) Of(connection settings.Connection) calendars.SignIns {
	return &shared{book: b, connection: connection}
}

// shared implements calendars.SignIns for one connection.
type shared struct {
	book       *Book
	connection settings.Connection

	mu      sync.Mutex
	version settings.Version // 0 before it is known
}

// State implements calendars.SignIns.
func (s *shared) State(ctx context.Context) (calendars.SignInState, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	version, err := s.itsVersion(ctx)
	if err != nil {
		return calendars.SignInState{}, err
	}
	state, err := scan(s.book.db.QueryRowContext(ctx,
		"SELECT accepted_at, refused, code, rest_until, claimed_until FROM sign_ins WHERE connection = $1 AND version = $2",
		s.connection.Name, version))
	if errors.Is(err, sql.ErrNoRows) {
		return calendars.SignInState{}, nil
	}
	if err != nil {
		return calendars.SignInState{}, fmt.Errorf("read what is known of sign-ins: %w", err)
	}
	return state, nil
}

// Update implements calendars.SignIns.
func (s *shared) Update(ctx context.Context, change func(*calendars.SignInState)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	version, err := s.itsVersion(ctx)
	if err != nil {
		return err
	}
	if err := s.update(ctx, version, change); err != nil {
		return fmt.Errorf("note what is known of sign-ins: %w", err)
	}
	return nil
}

func (s *shared) update(ctx context.Context, version settings.Version, change func(*calendars.SignInState)) error {
	name := s.connection.Name
	tx, err := s.book.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	_, err = tx.ExecContext(ctx,
		"INSERT INTO sign_ins (connection, version, accepted_at, refused, code, rest_until, claimed_until) VALUES ($1, $2, 0, 0, '', 0, 0) ON CONFLICT DO NOTHING",
		name, version)
	if err != nil {
		return err
	}
	// It changes nothing, and locks the row in both databases.
	state, err := scan(tx.QueryRowContext(ctx,
		"UPDATE sign_ins SET refused = refused WHERE connection = $1 AND version = $2 RETURNING accepted_at, refused, code, rest_until, claimed_until",
		name, version))
	if err != nil {
		return err
	}
	change(&state)
	_, err = tx.ExecContext(ctx,
		"UPDATE sign_ins SET accepted_at = $3, refused = $4, code = $5, rest_until = $6, claimed_until = $7 WHERE connection = $1 AND version = $2",
		name, version, micros(state.Accepted), state.Refused, state.Code, micros(state.Until),
		micros(state.ClaimedUntil))
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, "DELETE FROM sign_ins WHERE connection = $1 AND version < $2", name, version); err != nil {
		return err
	}
	return tx.Commit()
}

// itsVersion is the version of the record that holds the connection. ErrChanged when
// there is none with the same settings any more.
func (s *shared) itsVersion(ctx context.Context) (settings.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version != 0 {
		return s.version, nil
	}
	found, err := s.book.records.ConnectionRecord(ctx, s.connection.Name)
	if err != nil {
		return 0, fmt.Errorf("read the version of a connection: %w", err)
	}
	if !record.Equal(&found.Value, &s.connection) {
		return 0, ErrChanged
	}
	s.version = found.Version
	return s.version, nil
}

func scan(row *sql.Row) (state calendars.SignInState, err error) {
	var accepted, until, claimed int64
	if err := row.Scan(&accepted, &state.Refused, &state.Code, &until, &claimed); err != nil {
		return calendars.SignInState{}, err
	}
	state.Accepted, state.Until, state.ClaimedUntil = moment(accepted), moment(until), moment(claimed)
	return state, nil
}

// micros is 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return database.Micros(t)
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return database.Time(micros)
}
