package lucca

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

func (s *Service) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /connect/token", s.serveToken)
	mount(s, mux, s.employees())
	mount(s, mux, s.employments())
	mount(s, mux, s.jobPositions())
	mount(s, mux, s.establishments())
	mount(s, mux, s.legalUnits())
	mount(s, mux, s.leaveAccounts())
	mount(s, mux, s.leaveCollection())
	mount(s, mux, s.leaveRequests())
	mount(s, mux, s.webhookEndpoints())
	mount(s, mux, s.webhookDeliveries())
	mount(s, mux, s.webhookAttempts())
	mount(s, mux, s.eventCollection())
	endpoints := []string{"webhook-endpoints.readwrite"}
	mux.Handle("POST /lucca-api/webhook-endpoints", s.v5(endpoints, s.postEndpoint))
	mux.Handle("PATCH /lucca-api/webhook-endpoints/{id}", s.v5(endpoints, s.patchEndpoint))
	mux.Handle("DELETE /lucca-api/webhook-endpoints/{id}", s.v5(endpoints, s.deleteEndpoint))
	mux.Handle("POST /lucca-api/webhook-deliveries", s.v5([]string{"webhook-deliveries.readwrite"}, s.postDelivery))
	mux.Handle("/lucca-api/", s.v5(nil, func(w http.ResponseWriter, req *http.Request) {
		problem(w, req, http.StatusNotFound, "no such resource", nil)
	}))
	s.legacyRoutes(mux)
	return mux
}

func mount[T any](s *Service, mux *http.ServeMux, c *collection[T]) {
	mux.Handle("GET /lucca-api/"+c.name, s.v5(c.scopes, list(s, c)))
	mux.Handle("GET /lucca-api/"+c.name+"/{id}", s.v5(c.scopes, single(s, c)))
}

type grantKey struct{}

func grantOf(req *http.Request) grant {
	g, _ := req.Context().Value(grantKey{}).(grant)
	return g
}

// v5 wraps a handler in what every call of the Lucca API needs: a token, budget under
// the rate limit, Api-Version, and one of the scopes.
func (s *Service) v5(scopes []string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		g, ok := s.tokens.check(req, s.now())
		if !ok {
			w.Header().Set("WWW-Authenticate", "Bearer")
			problem(w, req, http.StatusUnauthorized, "the access token is missing, wrong or expired", nil)
			return
		}
		if seconds := s.limiter.take(s.now()); seconds > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			problem(w, req, http.StatusTooManyRequests, "more than 50 requests in 60 seconds for this tenant", nil)
			return
		}
		// A version later than any known falls back to the closest earlier one.
		if version := req.Header.Get("Api-Version"); !isDate(version) || version < APIVersion {
			problem(w, req, http.StatusBadRequest, "the header Api-Version is required, as "+APIVersion, nil)
			return
		}
		w.Header().Set("Api-Version", APIVersion)
		if len(scopes) > 0 && !slices.ContainsFunc(scopes, g.allows) {
			problem(w, req, http.StatusForbidden, "the token lacks the scope "+scopes[0], nil)
			return
		}
		next(w, req.WithContext(context.WithValue(req.Context(), grantKey{}, g)))
	})
}

// readBody decodes a JSON body of up to 1 MB, or answers 400.
func readBody(w http.ResponseWriter, req *http.Request, into any) bool {
	req.Body = http.MaxBytesReader(w, req.Body, 1<<20)
	if err := json.NewDecoder(req.Body).Decode(into); err != nil {
		problem(w, req, http.StatusBadRequest, "the body is not the JSON expected here", nil)
		return false
	}
	return true
}
