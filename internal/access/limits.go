package access

import (
	"math"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// The limits a minute, and how many tries may come at once. A company may share one
// address: they are high for people, and low for guessing.
var (
	perClient  = limit{20, 20}   // sign-ins that begin without our cookie, and wrong secrets
	perBrowser = limit{20, 20}   // sign-ins that begin in one browser
	perNetwork = limit{300, 300} // sign-ins that begin in all browsers of a client network
	perTarget  = limit{240, 240} // wrong secrets at one door, from everywhere
)

type limit struct {
	perMinute float64
	burst     int
}

// limiterSize bounds the memory of a limiter. With more keys than that at once the
// one not seen for longest is forgotten.
const limiterSize = 10_000

// limiter counts tries by key.
type limiter struct {
	limit
	mu      sync.Mutex
	buckets *lru.Cache[string, *rate.Limiter]
}

func newLimiter(most limit) *limiter {
	buckets, err := lru.New[string, *rate.Limiter](limiterSize)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &limiter{limit: most, buckets: buckets}
}

func (l *limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, ok := l.buckets.Get(key)
	if !ok {
		bucket = rate.NewLimiter(rate.Limit(l.perMinute/60), l.burst)
		l.buckets.Add(key, bucket)
	}
	return bucket
}

// count counts a try and tells whether it is within the limit.
func (l *limiter) count(key string, now time.Time) bool { return l.bucket(key).AllowN(now, 1) }

// wait is after how many seconds, rounded up, a client that is beyond the limit
// may try again.
func (l *limiter) wait() int { return int(math.Ceil(60 / l.perMinute)) }

// failures counts wrong secrets: tokens, links, signatures and keys of webhooks. The
// secret is compared first, always: whoever has the right one comes in however many
// others guess, from the same address or at the same door.
type failures struct {
	clients, targets *limiter
}

func newFailures() failures { return failures{newLimiter(perClient), newLimiter(perTarget)} }

// Failed counts a wrong secret that was tried at a target, such as "webhooks/acme".
// Within the limits it tells true; else wait is after how many seconds it may be
// tried again, for the answer 429.
func (g *Gate) Failed(r *http.Request, target string) (wait int, within bool) {
	now := g.config.Now()
	client := g.failures.clients.count(clientNet(r, g.config.TrustedProxies).String()+" "+target, now)
	all := g.failures.targets.count(target, now)
	return g.failures.clients.wait(), client && all
}
