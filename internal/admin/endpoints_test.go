package admin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// endpoints is the part of Lucca that keeps webhook endpoints.
type endpoints struct {
	status    string
	forbidden bool

	mu   sync.Mutex
	next int
	all  []map[string]any
}

func (e *endpoints) secret() string { return "secret-kq3vTz8mWp2hYb7dRn5xJc9g-" + strconv.Itoa(e.next) }

func (e *endpoints) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	answer := func(status int, body any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/connect/token") && e.forbidden:
		answer(http.StatusBadRequest, map[string]any{"error": "invalid_scope"})
	case strings.HasSuffix(path, "/connect/token"):
		answer(http.StatusOK, map[string]any{"access_token": "t", "token_type": "Bearer", "expires_in": 3600})
	case r.Method == http.MethodGet && strings.HasSuffix(path, "/webhook-endpoints"):
		answer(http.StatusOK, map[string]any{"items": append([]map[string]any{}, e.all...), "totalCount": len(e.all), "links": map[string]any{"next": nil}})
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/webhook-endpoints"):
		e.next++
		one := map[string]any{}
		data, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(data, &one)
		one["id"], one["status"], one["type"] = strconv.Itoa(e.next), e.status, "webhook-endpoint"
		e.all = append(e.all, one)
		shown := map[string]any{"secret": e.secret()}
		for name, value := range one {
			shown[name] = value
		}
		answer(http.StatusCreated, shown)
	case r.Method == http.MethodDelete:
		id := path[strings.LastIndexByte(path, '/')+1:]
		e.all = slices.DeleteFunc(e.all, func(one map[string]any) bool { return one["id"] == id })
		w.WriteHeader(http.StatusNoContent)
	default:
		answer(http.StatusNotFound, map[string]any{})
	}
	return w.Result(), nil
}
