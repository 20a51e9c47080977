package lucca

import (
	"net/http"
	"strings"
)

func (s *Service) legacyRoutes(mux *http.ServeMux) {
	mux.Handle("GET /api/v3/leaves", s.legacy(s.v3Leaves))
	mux.Handle("GET /api/v3/leaves/{id}", s.legacy(s.v3Leave))
	mux.Handle("GET /api/v3/users", s.legacy(s.v3Users))
	mux.Handle("GET /api/v3/users/{id}", s.legacy(s.v3User))
	mux.Handle("GET /organization/structure/api/establishments", s.legacy(s.v4Establishments))
	mux.Handle("/api/v3/", s.legacy(func(w http.ResponseWriter, _ *http.Request) {
		legacyError(w, http.StatusNotFound, "no such resource")
	}))
}

// legacy wraps a handler in what v3 and v4 need: the API key, as
// https://developers.lucca.fr/api-reference/legacy/authentication says. The tenant's
// rate limit is taken to count these calls too.
func (s *Service) legacy(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		scheme, rest, _ := strings.Cut(req.Header.Get("Authorization"), " ")
		key, ok := strings.CutPrefix(rest, "application=")
		if !strings.EqualFold(scheme, "lucca") || !ok || !same(key, s.cfg.APIKey) {
			legacyError(w, http.StatusUnauthorized, "Unauthorized")
			return
		}
		if seconds := s.limiter.take(s.now()); seconds > 0 {
			tooMany(w, seconds)
			return
		}
		next(w, req)
	})
}

// legacyError is v3's error body.
func legacyError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]any{"Status": status, "Message": message})
}

// v3Header is part of every v3 envelope.
func (s *Service) v3Header() map[string]any {
	now := s.now().Format("2006-01-02T15:04:05")
	return map[string]any{"generated": now, "serverTime": 1, "queryTime": 1, "principal": "figgosync"}
}

// v3List is the answer for a list of n rows: the page asked for, and only the fields
// asked for.
func (s *Service) v3List(q *v3Query, n int, row func(int) any) map[string]any {
	first := min(q.offset, n)
	last := min(first+q.limit, n)
	items := make([]any, 0, last-first)
	for i := first; i < last; i++ {
		items = append(items, project(row(i), q.fields))
	}
	data := map[string]any{"items": items}
	if _, counted := q.fields["collection"]; counted {
		data["count"] = n
	}
	return map[string]any{"header": s.v3Header(), "data": data}
}
