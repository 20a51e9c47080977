package auditlog

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// exported is a line of an export. Its bytes are hexadecimals.
type exported struct {
	ID       int64                  `json:"id"`
	At       string                 `json:"at"`
	By       settings.Author        `json:"by"`
	Action   settings.Action        `json:"action"`
	Kind     settings.Kind          `json:"kind"`
	Name     string                 `json:"name"`
	Network  string                 `json:"network"`
	Fields   []settings.FieldChange `json:"fields"`
	Salt     string                 `json:"salt"`
	Digest   string                 `json:"digest"`
	Previous string                 `json:"previous"`
	Hash     string                 `json:"hash"`
}

// Export writes the whole log, the oldest line first, one JSON object a line, with
// what VerifyEntries needs. It tells how many lines there were.
func Export(ctx context.Context, db *database.DB, to io.Writer) (lines int, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: snapshot(db)})
	if err != nil {
		return 0, fmt.Errorf("read the audit log: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	out := json.NewEncoder(to)
	out.SetEscapeHTML(false)
	for e, err := range Entries(ctx, tx) {
		if err != nil {
			return lines, err
		}
		if err := out.Encode(export(e)); err != nil {
			return lines, fmt.Errorf("write the audit log: %w", err)
		}
		lines++
	}
	return lines, nil
}

func export(e Entry) exported {
	return exported{
		ID: e.ID, At: e.At.UTC().Format(atLayout), By: e.By, Action: e.Action, Kind: e.Kind, Name: e.Name,
		Network: e.Network, Fields: append([]settings.FieldChange{}, e.Fields...),
		Salt: hex.EncodeToString(e.Salt), Digest: hex.EncodeToString(e.Digest),
		Previous: hex.EncodeToString(e.Previous), Hash: hex.EncodeToString(e.Hash),
	}
}

// maxLine bounds a line of an export, in bytes.
const maxLine = 16 << 20

// Exported yields the lines of an export. A line that is none is a *BrokenError.
func Exported(from io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		lines := bufio.NewScanner(from)
		lines.Buffer(nil, maxLine)
		var last int64
		for lines.Scan() {
			e, err := entryOf(lines.Bytes())
			if err != nil {
				err = &BrokenError{ID: last + 1, Why: "its line in the export cannot be read: " + err.Error()}
			}
			last = e.ID
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Entry{}, fmt.Errorf("read the export: %w", err))
		}
	}
}

func entryOf(line []byte) (Entry, error) {
	var x exported
	if err := json.Unmarshal(line, &x); err != nil {
		return Entry{}, err
	}
	at, err := time.Parse(atLayout, x.At)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Change: settings.Change{
		ID: x.ID, At: at, By: x.By, Action: x.Action, Kind: x.Kind, Name: x.Name, Network: x.Network, Fields: x.Fields,
	}}
	if len(e.Fields) == 0 {
		e.Fields = nil
	}
	var errs [4]error
	e.Digest, errs[0] = hex.DecodeString(x.Digest)
	e.Previous, errs[1] = hex.DecodeString(x.Previous)
	e.Hash, errs[2] = hex.DecodeString(x.Hash)
	if x.Salt != "" {
		e.Salt, errs[3] = hex.DecodeString(x.Salt)
	}
	return e, errors.Join(errs[:]...)
}
