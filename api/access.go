package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// Gate finds out who makes a request, and keeps API tokens. *access.Gate is one.
type Gate interface {
	// Identify puts the principal of a session or a token where access.From finds
	// him; Protect refuses what other sites' pages send with somebody's session.
	Identify(next http.Handler) http.Handler
	Protect(next http.Handler) http.Handler
	CreateToken(ctx context.Context, by access.Principal, label string, role access.Role, expires time.Time) (plain string, token access.Token, err error)
	Tokens(ctx context.Context) ([]access.Token, error)
	RevokeToken(ctx context.Context, by access.Principal, id string) error
}

// fixed is who has Config.Token.
var fixed = access.Principal{ID: "token:fixed", Name: "FIGGOSYNC_API_TOKEN", Role: access.Configure}

// allow lets through who has the role: a principal of the Gate, or whoever has
// Config.Token.
func (s *Server) allow(role access.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		principal, known := access.From(c.Request.Context())
		if !known && s.hasToken(c.Request) {
			principal, known = fixed, true
			c.Request = c.Request.WithContext(access.With(c.Request.Context(), fixed))
		}
		switch {
		case !known:
			s.unauthorized(c)
		case !principal.Role.Allows(role):
			failIn(c, http.StatusForbidden, "forbidden", texts.Text{
				FR: "Il faut pour cela le rôle « configurer » ; vous avez le rôle « consulter ».", EN: "This needs the role configure; yours is consult.",
			})
		default:
			c.Next()
		}
	}
}

func (s *Server) unauthorized(c *gin.Context) {
	c.Header("WWW-Authenticate", `Bearer realm="figgosync"`)
	if s.config.Token == "" && s.config.Gate == nil {
		fail(c, http.StatusUnauthorized, "no-token-configured", "The admin routes are closed: start figgosync with FIGGOSYNC_API_TOKEN set.")
		return
	}
	fail(c, http.StatusUnauthorized, "unauthorized", "Send an API token as “Authorization: Bearer TOKEN”.")
}

// author is who makes the request, on a route behind allow.
func author(c *gin.Context) settings.Author {
	principal, _ := access.From(c.Request.Context())
	return principal.Author()
}

// hasToken compares hashes, so that neither content nor length of the token shows
// in the time it takes.
func (s *Server) hasToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if s.config.Token == "" || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.config.Token.Reveal()))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
