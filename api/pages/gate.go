package pages

import (
	"context"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/access"
)

// Gate is what the pages ask of package access. *access.Gate is one.
type Gate interface {
	// HasOIDC tells whether there is single sign-on, OIDCName what its button says.
	HasOIDC() bool
	OIDCName() string
	// Tokens lists the API tokens; CreateToken makes one, whose plain text is told
	// this once; RevokeToken ends one, settings.ErrNotFound when there is none.
	Tokens(ctx context.Context) ([]access.Token, error)
	CreateToken(ctx context.Context, by access.Principal, label string, role access.Role,
		expires time.Time) (plain string, t access.Token, err error)
	RevokeToken(ctx context.Context, by access.Principal, id string) error
	// Sessions lists who is signed in, the newest first; EndSession ends one,
	// settings.ErrNotFound when there is none.
	Sessions(ctx context.Context) ([]access.Session, error)
	EndSession(ctx context.Context, by access.Principal, id string) error
	// Refused tells the audit log that somebody lacked a role.
	Refused(r *http.Request, door, reason string)
}
