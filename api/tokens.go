package api

import (
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

// tokenBody is what is known of an API token; Token is its text, told once.
type tokenBody struct {
	ID        string          `json:"id"`
	Label     string          `json:"label"`
	Role      access.Role     `json:"role"`
	CreatedAt time.Time       `json:"createdAt"`
	CreatedBy settings.Author `json:"createdBy"`
	LastUsed  *time.Time      `json:"lastUsed,omitempty"`
	Expires   *time.Time      `json:"expires,omitempty"`
	Token     string          `json:"token,omitempty"`
}

func token(t access.Token) tokenBody {
	return tokenBody{
		ID: t.ID, Label: t.Label, Role: t.Role, CreatedAt: t.CreatedAt, CreatedBy: t.CreatedBy, LastUsed: moment(t.LastUsed), Expires: moment(t.Expires),
	}
}

// hasGate answers 409 where nobody keeps tokens.
func (s *Server) hasGate(c *gin.Context) {
	if s.config.Gate == nil {
		fail(c, http.StatusConflict, "no-token-store")
		return
	}
	c.Next()
}

func (s *Server) listTokens(c *gin.Context) {
	all, err := s.config.Gate.Tokens(c.Request.Context())
	if err != nil {
		s.failed(c, err)
		return
	}
	items := []tokenBody{}
	for _, one := range all {
		items = append(items, token(one))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

func (s *Server) createToken(c *gin.Context) {
	var body struct {
		Label   string      `json:"label"`
		Role    access.Role `json:"role"`
		Expires time.Time   `json:"expires"`
	}
	if !read(c, &body) {
		return
	}
	principal, _ := access.From(c.Request.Context())
	plain, created, err := s.config.Gate.CreateToken(c.Request.Context(), principal, body.Label, body.Role, body.Expires)
	if err != nil {
		s.failed(c, err)
		return
	}
	answer := token(created)
	answer.Token = plain
	c.Header("Location", "/api/v1/tokens/"+created.ID)
	c.JSON(http.StatusCreated, answer)
}

func (s *Server) deleteToken(c *gin.Context) {
	principal, _ := access.From(c.Request.Context())
	err := fmt.Errorf("no such id: %w", settings.ErrNotFound)
	if id := c.Param("token"); tokenID.MatchString(id) {
		err = s.config.Gate.RevokeToken(c.Request.Context(), principal, id)
	}
	if errors.Is(err, settings.ErrNotFound) {
		fail(c, http.StatusNotFound, "unknown-token")
		return
	}
	if err != nil {
		s.failed(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
