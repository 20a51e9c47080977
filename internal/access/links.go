package access

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// LinkTTL is how long a sign-in link works when nobody says otherwise.
const LinkTTL = time.Hour

// maxLinkForm bounds the form that uses a link, in bytes.
const maxLinkForm = 4 << 10

// NewLink makes a link that signs in once, with a role, and returns its path,
// "/sign-in/link#TOKEN". Browsers keep what stands behind # to themselves: it
// comes into no server's log and no Referer, and a program that opens the links
// of a mail does not use it up.
func (g *Gate) NewLink(ctx context.Context, by settings.Author, role Role,
	validFor time.Duration) (path string, err error) {
	if !role.known() || validFor <= 0 {
		return "", errors.New("access: a link needs a role and a time")
	}
	token, id := newText(), newID()
	_, err = g.tables.exec(ctx, "make a sign-in link",
		"INSERT INTO access_links (token_hash, id, role, expires_at) VALUES ($1, $2, $3, $4)",
		hash(token), id, string(role), g.tables.at(validFor))
	if err != nil {
		return "", err
	}
	g.note(ctx, settings.Change{By: by, Action: settings.ActionCreated, Kind: settings.KindLink, Name: "link " + id,
		Fields: []settings.FieldChange{
			{Field: "role", To: string(role)},
			{Field: "expires", To: g.config.Now().Add(validFor).UTC().Format(time.RFC3339)},
		}})
	g.config.Log.InfoContext(ctx, "access: a sign-in link was made", "link", id, "role", role)
	return "/sign-in/link#" + token, nil
}

// UseLink is GET and POST /sign-in/link. GET shows the sign-in page with
// ReasonLink, whose form POSTs the field "token"; only that uses the link.
func (g *Gate) UseLink(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		// Browsers carry the fragment over to where they are sent
		// (RFC 9110, 10.2.2).
		toSignIn(w, r, ReasonLink, "")
	case http.MethodPost:
		g.postLink(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		refuse(w, r, http.StatusMethodNotAllowed, "method")
	}
}

func (g *Gate) postLink(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLinkForm)
	// The whole link may have been pasted.
	token := strings.TrimSpace(r.PostFormValue("token"))
	token = token[strings.LastIndex(token, "#")+1:]
	id, role, err := g.consumeLink(r.Context(), token)
	switch {
	case errors.Is(err, errLink):
		g.refuseLink(w, r, id)
		return
	case err != nil:
		g.trouble(w, r, "use a sign-in link", err)
		return
	}
	// The name is what pages show and the audit log keeps; the link's id tells one
	// link from another.
	g.welcome(w, r, arrival{Principal: Principal{ID: "person:link:" + id, Name: "link " + id, Role: role, Person: true},
		way: wayLink}, "/")
}

// errLink is for a link that does not work.
var errLink = errors.New("access: the sign-in link is unknown, used or too old")

// consumeLink uses a link up. With errLink, id is that of a link that was used
// already, or "".
func (g *Gate) consumeLink(ctx context.Context, token string) (id string, role Role, err error) {
	if !isText(token) {
		return "", "", errLink
	}
	err = g.config.DB.QueryRowContext(ctx, `UPDATE access_links SET used_at = $1
		WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1 RETURNING id, role`, g.tables.at(0), hash(token)).Scan(&id, &role)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, role, wrap("use a sign-in link", err)
	}
	err = g.config.DB.QueryRowContext(ctx, "SELECT id FROM access_links WHERE token_hash = $1 AND used_at IS NOT NULL",
		hash(token)).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", wrap("use a sign-in link", err)
	}
	return id, "", errLink
}

// refuseLink notes that somebody came with a link that was used: two people may
// have it. A link that never was is not noted, or anybody could fill the audit
// log; nor one that is only too old.
func (g *Gate) refuseLink(w http.ResponseWriter, r *http.Request, id string) {
	if _, within := g.Failed(r, string(wayLink)); !within {
		g.tooMany(w, r)
		return
	}
	g.config.Log.WarnContext(r.Context(), "access: a sign-in link was refused", "link", id)
	if id != "" {
		by := settings.Author{ID: "person:link:" + id, Name: "link " + id}
		g.noteRefusal(r, refusal{door: string(wayLink), reason: string(ReasonLinkInvalid), by: by})
	}
	toSignIn(w, r, ReasonLinkInvalid, "")
}
