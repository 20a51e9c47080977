package lucca

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limiter allows limit requests in any 60 seconds, all clients together, as
// https://developers.luccasoftware.com/documentation/limits says.
type limiter struct {
	limit int // negative: none

	mu     sync.Mutex
	recent []time.Time // oldest first, at most limit
}

func tooMany(w http.ResponseWriter, seconds int) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	legacyError(w, http.StatusTooManyRequests, "too many requests for this tenant")
}

// take returns 0, or in how many whole seconds to come again.
func (l *limiter) take(now time.Time) int {
	if l.limit < 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.recent) > 0 && !l.recent[0].After(now.Add(-time.Minute)) {
		l.recent = l.recent[1:]
	}
	if len(l.recent) < l.limit {
		l.recent = append(l.recent, now)
		return 0
	}
	return max(1, int(math.Ceil(l.recent[0].Add(time.Minute).Sub(now).Seconds())))
}
