package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
)

// Gate is the one guard at the edge: it finds out who makes a request, sets the
// headers of every answer, counts wrong secrets, and keeps API tokens and sessions.
// *access.Gate is one.
type Gate interface {
	// Identify puts the principal of a session or a token where access.From finds
	// them; Protect refuses what other sites' pages send with somebody's session.
	Identify(next http.Handler) http.Handler
	Protect(next http.Handler) http.Handler
	// Failed counts a wrong secret at a door and tells whether it is within the
	// limits; Refused tells the audit log.
	Failed(r *http.Request, door string) (wait int, within bool)
	Refused(r *http.Request, door, reason string)
	CreateToken(ctx context.Context, by access.Principal, label string, role access.Role, expires time.Time) (
		plain string, token access.Token, err error,
	)
	Tokens(ctx context.Context) ([]access.Token, error)
	RevokeToken(ctx context.Context, by access.Principal, id string) error
	Sessions(ctx context.Context) ([]access.Session, error)
	EndSession(ctx context.Context, by access.Principal, id string) error
}

// TokenLabel is the name of the API token from the environment.
const TokenLabel = "FIGGOSYNC_API_TOKEN"

// CodecTokenLabel is the name of the token that opens /codec.
const CodecTokenLabel = "FIGGOSYNC_CODEC_TOKEN"

// ownGate is the gate of a server that was given none: it knows Config.Token.
func ownGate(config Config) Gate {
	gate, err := access.New(
		access.Config{
			TokensOnly: []string{"/codec"}, TrustedProxies: config.TrustedProxies, Log: config.Log, Now: config.Now,
		},
	)
	if err != nil {
		panic(err) // nothing of it is anybody's choice
	}
	gate.AddFixedToken(config.Token, access.Configure, TokenLabel)
	gate.AddFixedToken(config.CodecToken, access.Decode, CodecTokenLabel)
	return gate
}

// allow lets through who has the role.
func (s *Server) allow(role access.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		principal, known := access.From(c.Request.Context())
		switch {
		case !known:
			s.unauthorized(c)
		case !principal.Role.Allows(role):
			s.gate.Refused(c.Request, "api", "forbidden")
			refuse(c, refused(http.StatusForbidden, "forbidden"))
		default:
			c.Next()
		}
	}
}

func (s *Server) unauthorized(c *gin.Context) {
	c.Header("WWW-Authenticate", `Bearer realm="figgosync"`)
	if s.config.Token == "" && s.config.Gate == nil {
		refuse(c, refused(http.StatusUnauthorized, "no-token-configured"))
		return
	}
	refuse(c, refused(http.StatusUnauthorized, "unauthorized"))
}
