package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// recover turns a panic into a 500 without showing it, and logs where it was.
// The request itself is not logged: addresses may carry names.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			s.config.Log.Error("panic in a handler", "route", c.FullPath(), "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			fail(c, http.StatusInternalServerError, "internal", "Something unforeseen went wrong.")
		}
	}()
	c.Next()
}

// headers are the ones a browser should see on every answer.
func headers(c *gin.Context) {
	header := c.Writer.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	c.Next()
}

// limitBody makes reading more than limit bytes an error.
func limitBody(limit int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		c.Next()
	}
}

func withTimeout(limit time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), limit)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}

// authorize lets through who has the bearer token. Hashes are compared, so that
// neither content nor length of the token shows in the time it takes.
func (s *Server) authorize(c *gin.Context) {
	if s.hasToken(c.Request) {
		c.Next()
		return
	}
	c.Header("WWW-Authenticate", `Bearer realm="figgosync"`)
	if s.config.Token == "" {
		fail(c, http.StatusUnauthorized, "no-token-configured", "The admin routes are closed: start figgosync with FIGGOSYNC_API_TOKEN set.")
		return
	}
	fail(c, http.StatusUnauthorized, "unauthorized", "Send the API token as “Authorization: Bearer TOKEN”.")
}

func (s *Server) hasToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if s.config.Token == "" || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.config.Token.Reveal()))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// noRoute answers 404, except below /webhooks/: Lucca suspends an endpoint that
// answers 404 (developers.lucca.fr/documentation/webhooks/catching/spec-receive).
func (s *Server) noRoute(c *gin.Context) {
	if strings.HasPrefix(c.Request.URL.Path, "/webhooks/") {
		fail(c, http.StatusServiceUnavailable, "unknown-webhook", "No webhook is received at this address. It should end in /webhooks/lucca/{source} or /webhooks/figgo/{source}.")
		return
	}
	fail(c, http.StatusNotFound, "not-found", "There is nothing at this address.")
}
