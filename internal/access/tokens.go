package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// TokenPrefix begins every API token, so that people and scanners of published
// secrets recognize one.
const TokenPrefix = "figgosync_"

// MaxLabel is the longest label of an API token, in characters.
const MaxLabel = 100

// CodePast is the code of a settings.Problem: a token must expire in the future.
const CodePast = "in-the-past"

// CodeTooLate is the code of a settings.Problem: a token works for MaxTokenTTL at most.
const CodeTooLate = "over-a-year"

// lastUsedEvery is how often the last use of a token is written down at most.
const lastUsedEvery = time.Minute

// Token is what is known of an API token: all but itself.
type Token struct {
	ID    string
	Label string
	Role  Role
	// CreatedAt, LastUsed and Expires are UTC. LastUsed is up to a minute old, and
	// zero for never; Expires is exclusive.
	CreatedAt, LastUsed, Expires time.Time
	CreatedBy                    settings.Author
}

// MaxTokenTTL is how long an API token works at most: the days of a leap year.
const MaxTokenTTL = 366 * 24 * time.Hour

// ErrNotPerson is returned to a program that wants to make a token: one that was
// stolen could live on in others for ever.
var ErrNotPerson = errors.New("access: only people make API tokens")

// CreateToken makes an API token of 260 random bits. Its plain text is returned
// this once and kept nowhere. Only people make one (ErrNotPerson), for at most
// MaxTokenTTL. It returns a *settings.InvalidError for a label, role or expiry that
// will not do.
func (g *Gate) CreateToken(ctx context.Context, by Principal, label string, role Role,
	expires time.Time) (plain string, t Token, err error) {
	if !by.Person {
		return "", Token{}, ErrNotPerson
	}
	label = strings.TrimSpace(label)
	if problems := g.tokenProblems(label, role, expires); len(problems) > 0 {
		return "", Token{}, &settings.InvalidError{Problems: problems}
	}
	t = Token{ID: newID(), Label: label, Role: role, CreatedAt: database.Time(g.tables.at(0)), CreatedBy: by.Author()}
	t.Expires = database.Time(database.Micros(expires))
	plain = TokenPrefix + newText()
	_, err = g.tables.exec(ctx, "create a token", `INSERT INTO access_tokens
		(id, token_hash, label, role, created_at, created_by_id, created_by_name, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.ID, hash(plain), t.Label, string(t.Role), database.Micros(t.CreatedAt), t.CreatedBy.ID, t.CreatedBy.Name,
		database.Micros(t.Expires))
	if err != nil {
		return "", Token{}, err
	}
	g.noteToken(ctx, by, settings.ActionCreated, t)
	return plain, t, nil
}

func (g *Gate) tokenProblems(label string, role Role, expires time.Time) []settings.Problem {
	var problems []settings.Problem
	switch {
	case label == "":
		problems = append(problems, settings.Problem{Field: "label", Code: settings.CodeRequired})
	case !utf8.ValidString(label):
		problems = append(problems, settings.Problem{Field: "label", Code: settings.CodeNotUTF8})
	case strings.ContainsFunc(label, func(r rune) bool { return !unicode.IsPrint(r) }):
		problems = append(problems, settings.Problem{Field: "label", Code: settings.CodeControl})
	case utf8.RuneCountInString(label) > MaxLabel:
		problems = append(problems, settings.Problem{Field: "label", Code: settings.CodeTooLong,
			Values: map[string]string{"limit": strconv.Itoa(MaxLabel)}})
	}
	if !role.known() {
		problems = append(problems, settings.Problem{Field: "role", Code: settings.CodeBadChoice,
			Values: map[string]string{"allowed": "consult, configure"}})
	}
	switch now := g.config.Now(); {
	case expires.IsZero():
		problems = append(problems, settings.Problem{Field: "expires", Code: settings.CodeRequired})
	case !expires.After(now):
		problems = append(problems, settings.Problem{Field: "expires", Code: CodePast})
	case expires.Sub(now) > MaxTokenTTL:
		problems = append(problems, settings.Problem{Field: "expires", Code: CodeTooLate})
	}
	return problems
}

const tokenColumns = "id, label, role, created_at, created_by_id, created_by_name, expires_at, last_used_at"

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var created int64
	var expires, used sql.NullInt64
	err := row.Scan(&t.ID, &t.Label, &t.Role, &created, &t.CreatedBy.ID, &t.CreatedBy.Name, &expires, &used)
	t.CreatedAt = database.Time(created)
	if expires.Valid {
		t.Expires = database.Time(expires.Int64)
	}
	if used.Valid {
		t.LastUsed = database.Time(used.Int64)
	}
	return t, err
}

// Tokens lists the API tokens of the database, expired ones too, oldest first.
func (g *Gate) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := g.config.DB.QueryContext(ctx, "SELECT "+tokenColumns+" FROM access_tokens ORDER BY created_at, id")
	if err != nil {
		return nil, wrap("list the tokens", err)
	}
	defer func() { _ = rows.Close() }()
	tokens := []Token{}
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, wrap("list the tokens", err)
		}
		tokens = append(tokens, t)
	}
	return tokens, wrap("list the tokens", rows.Err())
}

// RevokeToken removes an API token; it opens nothing from then on, in any
// process. It returns settings.ErrNotFound, wrapped, for an unknown id.
func (g *Gate) RevokeToken(ctx context.Context, by Principal, id string) error {
	row := g.config.DB.QueryRowContext(ctx, "DELETE FROM access_tokens WHERE id = $1 RETURNING "+tokenColumns, id)
	t, err := scanToken(row)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("access: token: %w", settings.ErrNotFound)
	}
	if err != nil {
		return wrap("remove a token", err)
	}
	g.noteToken(ctx, by, settings.ActionRemoved, t)
	return nil
}

// tokenOwner is the principal of a token that is in the database and has not
// expired.
func (g *Gate) tokenOwner(ctx context.Context, plain string) (Principal, bool, error) {
	if text, ok := strings.CutPrefix(plain, TokenPrefix); !ok || !isText(text) {
		return Principal{}, false, nil
	}
	row := g.config.DB.QueryRowContext(ctx, "SELECT "+tokenColumns+
		" FROM access_tokens WHERE token_hash = $1 AND (expires_at IS NULL OR expires_at > $2)",
		hash(plain), g.tables.at(0))
	t, err := scanToken(row)
	if errors.Is(err, sql.ErrNoRows) {
		return Principal{}, false, nil
	}
	if err != nil {
		return Principal{}, false, wrap("find a token", err)
	}
	if t.LastUsed.IsZero() || g.config.Now().Sub(t.LastUsed) >= lastUsedEvery {
		g.tokenUsed(ctx, t.ID)
	}
	return Principal{ID: "token:" + t.ID, Name: t.Label, Role: t.Role}, t.Role.known(), nil
}

// tokenUsed writes the use down, once when several requests and processes want
// to. Not being able to is no reason to refuse the request.
func (g *Gate) tokenUsed(ctx context.Context, id string) {
	_, err := g.tables.exec(ctx, "note the use of a token", `UPDATE access_tokens SET last_used_at = $1
		WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)`, g.tables.at(0), id, g.tables.at(-lastUsedEvery))
	if err != nil {
		g.config.Log.WarnContext(ctx, "access: the use of a token was not noted", "token", id, "error", err)
	}
}
