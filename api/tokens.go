package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
)

// tokenID is what an id may look like: other text must not reach a database.
var tokenID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

func (s *Server) tokenRoutes() {
	const tag, all = "tokens", "/api/v1/tokens"
	see, change := s.kept(access.Consult), s.kept(access.Configure)
	register(see, operation{
		at: "GET " + all, id: "listTokens", tag: tag, summary: "List the API tokens", description: noTokenStore,
		answer: "The tokens, expired ones too, without their texts.", refuses: []int{409},
	}, s.listTokens)
	register(change, operation{
		at: "POST " + all, id: "createToken", tag: tag, summary: "Make an API token",
		description: "Only people who signed in make tokens (403 people-only), for a year at most.", status: 201,
		answer: "Made; the text is told this once.", refuses: []int{409, 422},
		sends: `{"label": "monitoring", "role": "consult", "expires": "2027-01-01T00:00:00Z"}`,
	}, s.createToken)
	register(change, operation{
		at: "DELETE " + all + "/{token}", id: "deleteToken", tag: tag, summary: "Revoke an API token", status: 204,
		answer: "It opens nothing any more.", refuses: []int{409},
	}, s.deleteToken)
}

const noTokenStore = "409 no-token-store where the settings come from a file."

// kept serves operations about what a Gate keeps.
func (s *Server) kept(role access.Role) door {
	return s.door(role, s.allow(role), limitBody(adminBody), withTimeout(adminTime), s.hasGate)
}

// hasGate answers 409 where nobody keeps tokens.
func (s *Server) hasGate(c *gin.Context) {
	if s.config.Gate == nil {
		refuse(c, refused(http.StatusConflict, "no-token-store"))
		return
	}
	c.Next()
}

// tokenBody is what is known of an API token; Token is its text, told once.
type tokenBody struct {
	ID        string          `json:"id"`
	Label     string          `json:"label"`
	Role      access.Role     `json:"role"`
	CreatedAt time.Time       `json:"createdAt"`
	CreatedBy settings.Author `json:"createdBy"`
	LastUsed  *time.Time      `json:"lastUsed,omitempty" doc:"Up to a minute old."`
	Expires   *time.Time      `json:"expires,omitempty"`
	Token     string          `json:"token,omitempty" doc:"The token itself: told once, when it is made."`
}

func token(t access.Token) tokenBody {
	return tokenBody{
		ID: t.ID, Label: t.Label, Role: t.Role, CreatedAt: t.CreatedAt, CreatedBy: t.CreatedBy,
		LastUsed: moment(t.LastUsed), Expires: moment(t.Expires),
	}
}

// tokenInput is a token as it is asked for.
type tokenInput struct {
	Label   string      `json:"label" rule:"required max=100" doc:"What the token is for."`
	Role    access.Role `json:"role" rule:"required" doc:"What it may do."`
	Expires time.Time   `json:"expires" rule:"required" doc:"To come, and within a year."`
}

func (s *Server) listTokens(ctx context.Context, _ *None) (*answer[list[tokenBody]], error) {
	all, err := s.config.Gate.Tokens(ctx)
	return listed(all, err, token)
}

func (s *Server) createToken(ctx context.Context, in *struct {
	Spoken
	Body body[tokenInput]
}) (*accepted[tokenBody], error) {
	var input tokenInput
	if _, err := in.Body.into(&input); err != nil {
		return nil, err
	}
	plain, made, err := s.config.Gate.CreateToken(ctx, principal(ctx), input.Label, input.Role, input.Expires)
	body := token(made)
	body.Token = plain
	return &accepted[tokenBody]{"/api/v1/tokens/" + made.ID, body}, err
}

func (s *Server) deleteToken(ctx context.Context, in *struct {
	Token string `path:"token" maxLength:"255" doc:"The token's id."`
}) (*nothing, error) {
	err := fmt.Errorf("no such id: %w", settings.ErrNotFound)
	if tokenID.MatchString(in.Token) {
		err = s.config.Gate.RevokeToken(ctx, principal(ctx), in.Token)
	}
	if errors.Is(err, settings.ErrNotFound) {
		err = refused(http.StatusNotFound, "unknown-token")
	}
	return nil, err
}
