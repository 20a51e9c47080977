package lucca

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

func (r *Room) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /connect/token", r.serveToken)
	mount(r, mux, r.employees())
	mount(r, mux, r.employments())
	mount(r, mux, r.jobPositions())
	mount(r, mux, r.establishments())
	mount(r, mux, r.legalUnits())
	mount(r, mux, r.leaveAccounts())
	mount(r, mux, r.leaveCollection())
	mount(r, mux, r.leaveRequests())
	mount(r, mux, r.webhookEndpoints())
	mount(r, mux, r.webhookDeliveries())
	mount(r, mux, r.webhookAttempts())
	mount(r, mux, r.eventCollection())
	endpoints := []string{"webhook-endpoints.readwrite"}
	mux.Handle("POST /lucca-api/webhook-endpoints", r.v5(endpoints, r.postEndpoint))
	mux.Handle("PATCH /lucca-api/webhook-endpoints/{id}", r.v5(endpoints, r.patchEndpoint))
	mux.Handle("DELETE /lucca-api/webhook-endpoints/{id}", r.v5(endpoints, r.deleteEndpoint))
	mux.Handle("POST /lucca-api/webhook-deliveries", r.v5([]string{"webhook-deliveries.readwrite"}, r.postDelivery))
	mux.Handle("/lucca-api/", r.v5(nil, func(w http.ResponseWriter, req *http.Request) {
		problem(w, req, http.StatusNotFound, "no such resource", nil)
	}))
	r.legacyRoutes(mux)
	return mux
}

func mount[T any](r *Room, mux *http.ServeMux, c *collection[T]) {
	mux.Handle("GET /lucca-api/"+c.name, r.v5(c.scopes, list(r, c)))
	mux.Handle("GET /lucca-api/"+c.name+"/{id}", r.v5(c.scopes, single(r, c)))
}

type grantKey struct{}

func grantOf(req *http.Request) grant {
	g, _ := req.Context().Value(grantKey{}).(grant)
	return g
}

// v5 wraps a handler in what every call of the Lucca API needs: a token, room under
// the rate limit, Api-Version, and one of the scopes.
func (r *Room) v5(scopes []string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		g, ok := r.tokens.check(req, r.now())
		if !ok {
			w.Header().Set("WWW-Authenticate", "Bearer")
			problem(w, req, http.StatusUnauthorized, "the access token is missing, wrong or expired", nil)
			return
		}
		if seconds := r.limiter.take(r.now()); seconds > 0 {
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
