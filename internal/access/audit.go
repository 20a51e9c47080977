package access

import (
	"context"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// auditTimeout bounds the wait for the audit log. It goes on when the browser has
// left.
const auditTimeout = 10 * time.Second

// note adds a line to the audit log. What it is about has happened: a line that
// cannot be written is logged and changes nothing.
func (g *Gate) note(ctx context.Context, change settings.Change) {
	if g.config.Audit == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
	defer cancel()
	change.At = g.config.Now().UTC()
	if err := g.config.Audit.Note(ctx, change); err != nil {
		g.config.Log.ErrorContext(ctx, "access: the audit log did not take a line", "action", change.Action,
			"error", err)
	}
}

func (g *Gate) noteToken(ctx context.Context, by Principal, action settings.Action, t Token) {
	fields := []settings.FieldChange{{Field: "id"}, {Field: "role"}, {Field: "expires"}}
	values := []string{t.ID, string(t.Role), ""}
	if !t.Expires.IsZero() {
		values[2] = t.Expires.Format(time.RFC3339)
	}
	for i, value := range values {
		if action == settings.ActionRemoved {
			fields[i].From = value
		} else {
			fields[i].To = value
		}
	}
	g.note(ctx, settings.Change{By: by.Author(), Action: action, Kind: settings.KindToken, Name: t.Label,
		Fields: fields})
	g.config.Log.InfoContext(ctx, "access: token "+string(action), "token", t.ID, "role", t.Role, "by", by.logged())
}

// noteSession adds a line about a sign-in or sign-out. by is empty where nobody
// is known.
func (g *Gate) noteSession(r *http.Request, by settings.Author, action settings.Action, how way,
	fields ...settings.FieldChange) {
	g.note(r.Context(), settings.Change{
		By: by, Action: action, Kind: settings.KindSession, Name: string(how), Fields: fields,
		Network: coarseNet(r, g.config.TrustedProxies),
	})
}

// logged is how logs name a principal: a person is only that.
func (p Principal) logged() string {
	if p.Person {
		return "person"
	}
	return p.ID
}
