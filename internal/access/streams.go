package access

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The places for streams of events in this process. Each stream asks Temporal once
// a second, and one person opens few tabs.
const (
	streamsAtOnce    = 200
	streamsPerPerson = 12
)

// recheckStreams is how often a stream asks whether whoever opened it may still look.
const recheckStreams = 10 * time.Second

// IsStream tells whether a request wants server-sent events, which last: by what it
// accepts, or by the address of one.
func IsStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream") || strings.HasSuffix(r.URL.Path, "/events")
}

// streams counts those that are open.
type streams struct {
	mu    sync.Mutex
	total int
	of    map[string]int
}

// take takes a place for somebody, and returns how to give it back; false when there
// is none.
func (s *streams) take(id string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total >= streamsAtOnce || s.of[id] >= streamsPerPerson {
		return nil, false
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.total++
	s.of[id]++
	return func() { s.leave(id) }, true
}

func (s *streams) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.of[id]--; s.of[id] == 0 {
		delete(s.of, id)
	}
}

// stream passes a stream on while there is a place for it and its owner has the
// rights that they began with.
func (g *Gate) stream(w http.ResponseWriter, r *http.Request, p Principal, next http.Handler) {
	leave, ok := g.streams.take(p.ID)
	if !ok {
		w.Header().Set("Retry-After", "10")
		refuse(w, r, http.StatusTooManyRequests, "too-many-streams")
		return
	}
	defer leave()
	ctx, cancel := context.WithCancel(r.Context())
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	asked := r.Clone(quietly(ctx))
	watch.Go(func() {
		defer cancel()
		tick := time.NewTicker(g.config.RecheckStreams)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			// A database that does not answer now is no reason to break off.
			if now, err := g.still(asked); err == nil && (now.ID != p.ID || now.Role != p.Role) {
				return
			}
		}
	})
	next.ServeHTTP(w, r.WithContext(ctx))
}

// still finds out anew who makes a request, and counts nothing.
func (g *Gate) still(r *http.Request) (Principal, error) {
	if plain, ok := bearer(r); ok {
		p, _, err := g.owner(r.Context(), plain)
		return p, err
	}
	return g.bySession(r)
}
