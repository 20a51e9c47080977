package auditlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// BrokenError names the first line at which the log is not what was written.
type BrokenError struct {
	ID  int64
	Why string
}

// Error implements error.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the audit log is broken at line %d: %s", e.ID, e.Why)
}

// Verified is what a whole log holds.
type Verified struct {
	// Lines are all, of which the content of Erased was erased.
	Lines, Erased int
	// First is the id of the oldest line.
	First int64
	// Head is the last line. Who keeps it elsewhere can tell later that the lines up
	// to it were not made anew.
	Head Head
}

// Verify reads the whole log and returns a *BrokenError, wrapped, where a line was
// changed, removed, inserted or moved, or where one of known, noted earlier, is not
// in it any more.
func Verify(ctx context.Context, db *database.DB, known ...Head) (Verified, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: snapshot(db)})
	if err != nil {
		return Verified{}, fmt.Errorf("read the audit log: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	var head Head
	var hash []byte
	if err := tx.QueryRowContext(ctx, "SELECT last, hash FROM audit_head WHERE id = 1").Scan(&head.ID, &hash); err != nil {
		return Verified{}, fmt.Errorf("read the audit log: %w", err)
	}
	copy(head.Hash[:], hash)
	done, err := VerifyEntries(Entries(ctx, tx), known...)
	if err == nil && done.Head != head {
		err = &BrokenError{ID: min(done.Head.ID, head.ID) + 1, Why: "lines at the end are missing, or nobody wrote them"}
	}
	return done, err
}

// snapshot is the isolation in which two reads see the same: SQLite's only one does.
func snapshot(db *database.DB) sql.IsolationLevel {
	if db.Dialect == database.Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// VerifyEntries does for lines of an export what Verify does for the log; it cannot
// tell that lines are missing at the end, but from a known Head.
func VerifyEntries(entries iter.Seq2[Entry, error], known ...Head) (Verified, error) {
	v := verifier{known: known, erased: map[int64]bool{}}
	for e, err := range entries {
		if err == nil {
			err = v.add(e)
		}
		if err != nil {
			return v.done, err
		}
	}
	return v.done, v.end()
}

// verifier walks the chain from the oldest line on.
type verifier struct {
	done  Verified
	known []Head
	// start is what the first line follows; anchor the newest line that says where
	// the log was cut.
	start, anchor Head
	// erased are lines without content that no receipt has named yet.
	erased map[int64]bool
}

func (v *verifier) add(e Entry) error {
	if v.done.Lines == 0 {
		v.done.First = e.ID
		v.start = Head{ID: e.ID - 1, Hash: hashOf(e.Previous)}
		v.done.Head = v.start
	}
	why := ""
	switch {
	case e.ID != v.done.Head.ID+1:
		return &BrokenError{ID: v.done.Head.ID + 1, Why: fmt.Sprintf("it is missing; the next one is %d", e.ID)}
	case !bytes.Equal(e.Previous, v.done.Head.Hash[:]):
		why = "it does not follow the line before it"
	case !e.Erased() && !bytes.Equal(e.Digest, e.digest()):
		why = "its content was changed"
	case !bytes.Equal(e.Hash, e.link()):
		why = "its moment, number or hash was changed"
	case e.Erased() && (e.Action != "" || e.Kind != "" || e.Name != "" || e.By != settings.Author{} || e.Network != "" || e.Fields != nil):
		why = "it has a content that nothing confirms"
	case slices.ContainsFunc(v.known, func(h Head) bool { return h.ID == e.ID && h != e.head() }):
		why = "it is another one than was noted before"
	}
	if why != "" {
		return &BrokenError{ID: e.ID, Why: why}
	}
	v.done.Lines++
	v.done.Head = e.head()
	v.remember(e)
	return nil
}

// remember takes in what a good line says of other lines.
func (v *verifier) remember(e Entry) {
	if e.Erased() {
		v.done.Erased++
		v.erased[e.ID] = true
	}
	switch e.Action {
	case settings.ActionShortened:
		v.anchor = anchorOf(e)
	case settings.ActionErased:
		for _, id := range strings.Fields(field(e, FieldErasedLines)) {
			number, _ := strconv.ParseInt(id, 10, 64)
			delete(v.erased, number)
		}
	}
}

// end checks what is known only after the last line.
func (v *verifier) end() error {
	if len(v.erased) > 0 {
		return &BrokenError{ID: slices.Min(slices.Collect(maps.Keys(v.erased))), Why: "its content was erased, and no line says so"}
	}
	if v.start != (Head{}) && v.start != v.anchor {
		return &BrokenError{ID: v.anchor.ID + 1, Why: fmt.Sprintf("the log begins with line %d, and no line says that it was shortened there", v.done.First)}
	}
	for _, h := range v.known {
		if h.ID > v.done.Head.ID {
			why := fmt.Sprintf("it is missing; line %d was noted before", h.ID)
			return &BrokenError{ID: v.done.Head.ID + 1, Why: why}
		}
	}
	return nil
}

// anchorOf is where a line says that the log was cut.
func anchorOf(e Entry) Head {
	anchor, err := ParseHead(field(e, FieldThrough) + ":" + field(e, FieldHash))
	if err != nil {
		return Head{}
	}
	return anchor
}

func field(e Entry, name string) string {
	for _, f := range e.Fields {
		if f.Field == name {
			return f.To
		}
	}
	return ""
}

func hashOf(bytes []byte) (hash [sha256.Size]byte) {
	copy(hash[:], bytes)
	return hash
}
