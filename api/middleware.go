package api

import (
	"context"
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
			if cause == http.ErrAbortHandler { //nolint:errorlint // a panic's value is no wrapped error
				panic(cause)
			}
			s.config.Log.Error(
				"panic in a handler", "route", c.FullPath(), "panic", fmt.Sprint(cause), "stack", string(debug.Stack()),
			)
			refuse(c, refused(http.StatusInternalServerError, "internal"))
		}
	}()
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

// noRoute answers 404, except below /webhooks/: Lucca suspends an endpoint that
// answers 404 (developers.lucca.fr/documentation/webhooks/catching/spec-receive).
func (s *Server) noRoute(c *gin.Context) {
	if strings.HasPrefix(c.Request.URL.Path, "/webhooks/") {
		refuse(c, refused(http.StatusServiceUnavailable, "unknown-webhook"))
		return
	}
	refuse(c, refused(http.StatusNotFound, "not-found.path"))
}
