package figgo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/figgosync/figgosync/internal/figgo"
)

// lucca imitates the part of Lucca's v5 API that we call, from its documentation.
type lucca struct {
	mu sync.Mutex
	// employees, positions and establishments by id.
	employees, positions, establishments map[string]object
	// embeds is off where the key lacks the right to job positions.
	embeds bool
	// answer, when set, answers instead.
	answer func(http.ResponseWriter, *http.Request) bool
	// counts are the calls by path; tokens the tokens given out.
	counts map[string]int
	tokens int
	// revoked tokens are refused.
	revoked map[string]bool
	// faults are what callers did wrong.
	faults []string
}

func newLucca() *lucca {
	reference := func(id string) object { return object{"id": id, "type": "x", "url": "https://acme.ilucca.net/x/" + id} }
	return &lucca{
		employees: map[string]object{
			"416": {"id": "416", "status": "active", "email": "jane.doe@example.com", "givenName": "Jane", "familyName": "Doe", "applicableJobPosition": reference("74")},
			"417": {"id": "417", "status": "upcoming", "email": nil, "applicableJobPosition": nil},
			"418": {"id": "418", "status": "deactivated", "email": "shared@example.com", "applicableJobPosition": reference("75")},
			"419": {"id": "419", "status": "active", "email": "Shared@Example.com", "applicableJobPosition": reference("75")},
		},
		positions: map[string]object{
			"74": {"id": "74", "businessEstablishment": reference("12")},
			"75": {"id": "75", "businessEstablishment": reference("13")},
		},
		establishments: map[string]object{
			"12": {"id": "12", "name": "Saint-Denis", "timezoneId": "Indian/Reunion"},
			"13": {"id": "13", "name": "Paris", "timezoneId": nil},
		},
		embeds: true, counts: map[string]int{}, revoked: map[string]bool{},
	}
}

// serve starts the server and a client for it.
func (l *lucca) serve(t *testing.T) *figgo.Client {
	t.Helper()
	server := httptest.NewServer(l)
	t.Cleanup(func() {
		server.Close()
		for _, fault := range l.faults {
			t.Error(fault)
		}
	})
	return figgo.NewClient(figgo.ClientConfig{
		Host: server.URL, TokenURL: server.URL + "/connect/token", ClientID: "key", ClientSecret: "s&cret",
		AllowInsecure: true, UserAgent: "figgosync/test",
	})
}

func (l *lucca) calls(path string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[path]
}

func (l *lucca) fault(format string, args ...any) {
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

func (l *lucca) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[r.URL.Path]++
	if l.answer != nil && l.answer(w, r) {
		return
	}
	if r.URL.Path == "/connect/token" {
		l.token(w, r)
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if l.revoked[token] || !strings.HasPrefix(token, "token-") {
		problem(w, http.StatusUnauthorized, "unauthorized")
		return
	}
	if r.Method != http.MethodGet || r.Header.Get("Api-Version") != "2024-11-01" || r.Header.Get("User-Agent") != "figgosync/test" {
		l.fault("%s %s with %v", r.Method, r.URL.Path, r.Header)
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/lucca-api/"), "/")
	switch {
	case kind == "employees" && id == "":
		l.list(w, r)
	case kind == "job-positions" && l.positions[id] != nil:
		reply(w, l.positions[id])
	case kind == "business-establishments" && l.establishments[id] != nil:
		reply(w, l.establishments[id])
	default:
		problem(w, http.StatusNotFound, "not-found")
	}
}

func (l *lucca) token(w http.ResponseWriter, r *http.Request) {
	_, _, basic := r.BasicAuth()
	_ = r.ParseForm()
	want := "client_id=key&client_secret=s%26cret&grant_type=client_credentials&scope=employees.readonly+job-positions.readonly+business-establishments.readonly"
	if got := r.PostForm.Encode(); basic || r.Method != http.MethodPost || got != want {
		l.fault("token asked for with %s %s (basic: %v)", r.Method, got, basic)
	}
	l.tokens++
	reply(w, object{"access_token": fmt.Sprintf("token-%d", l.tokens), "token_type": "Bearer", "expires_in": 1800})
}

// list filters by id, email (strict) and status, comma lists being alternatives.
func (l *lucca) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	items, embedded := []object{}, object{}
	for _, id := range slices.Sorted(maps.Keys(l.employees)) {
		e := l.employees[id]
		email, _ := e["email"].(string)
		if query.Has("id") && query.Get("id") != id || query.Has("email") && !strings.EqualFold(query.Get("email"), email) ||
			!slices.Contains(strings.Split(query.Get("status"), ","), e["status"].(string)) {
			continue
		}
		items = append(items, e)
		if position, ok := e["applicableJobPosition"].(object); ok && l.embeds {
			embedded[position["id"].(string)] = l.positions[position["id"].(string)]
		}
	}
	answer := object{"type": "employees", "items": items}
	if query.Get("include") == "embedded" {
		answer["embedded"] = object{"job-position": embedded, "employment": object{}}
	}
	reply(w, answer)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func problem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object{
		"type": "https://developers.lucca.fr/errors/" + code, "title": "A title", "status": status, "detail": canary,
	})
}
