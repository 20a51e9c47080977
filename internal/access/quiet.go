package access

import (
	"context"
	"net/http"
	"strings"
)

type quietKey struct{}

// quietly marks what no person did: it does not keep a session from ending unused.
func quietly(ctx context.Context) context.Context { return context.WithValue(ctx, quietKey{}, true) }

func isQuiet(ctx context.Context) bool { return ctx.Value(quietKey{}) != nil }

// byItself tells whether a page sends a request by itself, again and again: pieces
// of a page that live, and streams of events.
func byItself(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/live") || IsStream(r)
}
