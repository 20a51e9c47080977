package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/access"
)

// codecRoutes serve the payload codec to Temporal's tools (docs.temporal.io/
// production-deployment/data-encryption). Whoever reaches them can read every
// payload, so they ask for a token made for nothing else; without one they are closed.
func (s *Server) codecRoutes() {
	if s.config.Codec == nil {
		return
	}
	handler := http.StripPrefix("/codec", converter.NewPayloadCodecHTTPHandler(s.config.Codec))
	group := s.router.Group("/codec", s.codecCORS, limitBody(16<<20))
	serve := func(c *gin.Context) {
		if !mayDecode(c) {
			c.Header("WWW-Authenticate", `Bearer realm="figgosync codec"`)
			fail(c, http.StatusUnauthorized, "unauthorized.codec")
			return
		}
		handler.ServeHTTP(c.Writer, c.Request)
	}
	for _, path := range []string{"/encode", "/decode"} {
		group.POST(path, serve)
		group.OPTIONS(path, func(c *gin.Context) { c.Status(http.StatusNoContent) })
	}
}

// mayDecode tells whether the codec's token came with the request. Whoever may
// configure does not read what people entered: no other token counts.
func mayDecode(c *gin.Context) bool {
	principal, known := access.From(c.Request.Context())
	return known && !principal.Person && principal.Role == access.Decode
}

// codecCORS lets the pages of the Web UI call us, and no others.
func (s *Server) codecCORS(c *gin.Context) {
	origin := c.GetHeader("Origin")
	if origin != "" && !strings.EqualFold(origin, strings.TrimSuffix(s.config.CodecOrigin, "/")) {
		fail(c, http.StatusForbidden, "foreign-origin")
		return
	}
	header := c.Writer.Header()
	header.Set("Vary", "Origin")
	header.Set("Access-Control-Allow-Origin", strings.TrimSuffix(s.config.CodecOrigin, "/"))
	header.Set("Access-Control-Allow-Headers", "Content-Type, X-Namespace, Authorization")
	header.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	c.Next()
}
