package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/access"
)

// codecRoutes serve the payload codec to Temporal's tools (docs.temporal.io/
// production-deployment/data-encryption). Whoever reaches them can read every
// payload, so they ask for a token made for nothing else; without one they are closed.
func (s *Server) codecRoutes() {
	encode := operation{
		at: "POST /codec/encode", id: "codecEncode", tag: "operation",
		summary: "Encrypt payloads, for Temporal's tools", token: "codecToken",
		answer: "The payloads.", json: map[string]any{}, sends: anything, refuses: []int{401},
		also: map[int]*huma.Response{400: media("The payloads are wrong.", "text/plain")},
		problems: map[int]string{
			403: "Called from a page other than the Temporal Web UI.", 404: "Payloads are not encrypted here.",
		},
	}
	decode := encode
	decode.at, decode.id, decode.summary = "POST /codec/decode", "codecDecode", "Decrypt payloads, for Temporal's tools"
	steps := s.codecSteps()
	s.plain(encode, nil, steps...)
	s.plain(decode, nil, steps...)
	if len(steps) > 0 {
		for _, path := range []string{"/codec/encode", "/codec/decode"} {
			s.router.OPTIONS(path, s.codecCORS, func(c *gin.Context) { c.Status(http.StatusNoContent) })
		}
	}
}

// codecSteps serve the codec; there are none where payloads are not encrypted.
func (s *Server) codecSteps() []gin.HandlerFunc {
	if s.config.Codec == nil {
		return nil
	}
	handler := http.StripPrefix("/codec", converter.NewPayloadCodecHTTPHandler(s.config.Codec))
	return []gin.HandlerFunc{s.codecCORS, limitBody(16 << 20), func(c *gin.Context) {
		if !mayDecode(c) {
			c.Header("WWW-Authenticate", `Bearer realm="figgosync codec"`)
			refuse(c, refused(http.StatusUnauthorized, "unauthorized.codec"))
			return
		}
		handler.ServeHTTP(c.Writer, c.Request)
	}}
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
		refuse(c, refused(http.StatusForbidden, "foreign-origin"))
		return
	}
	header := c.Writer.Header()
	header.Set("Vary", "Origin")
	header.Set("Access-Control-Allow-Origin", strings.TrimSuffix(s.config.CodecOrigin, "/"))
	header.Set("Access-Control-Allow-Headers", "Content-Type, X-Namespace, Authorization")
	header.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	c.Next()
}
