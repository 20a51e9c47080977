package access

import (
	"math"
	"net/netip"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// The limits, for each client network. A company may share one address: they are
// high for people, and low for guessing 256 bits.
const (
	signInsPerMinute     = 20
	signInBurst          = 20
	wrongTokensPerMinute = 10
	wrongTokenBurst      = 20
)

// limiterSize bounds the memory of a limiter. With more networks than that at
// once the one not seen for longest is forgotten.
const limiterSize = 10_000

// limiter counts tries by client network.
type limiter struct {
	mu      sync.Mutex
	every   rate.Limit
	burst   int
	buckets *lru.Cache[netip.Prefix, *rate.Limiter]
}

func newLimiter(perMinute float64, burst int) *limiter {
	buckets, err := lru.New[netip.Prefix, *rate.Limiter](limiterSize)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &limiter{every: rate.Limit(perMinute / 60), burst: burst, buckets: buckets}
}

func (l *limiter) bucket(client netip.Prefix) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, ok := l.buckets.Get(client)
	if !ok {
		bucket = rate.NewLimiter(l.every, l.burst)
		l.buckets.Add(client, bucket)
	}
	return bucket
}

// count counts a try and tells whether it is within the limit.
func (l *limiter) count(client netip.Prefix, now time.Time) bool {
	return l.bucket(client).AllowN(now, 1)
}

// full tells whether the next try would be beyond the limit.
func (l *limiter) full(client netip.Prefix, now time.Time) bool {
	return l.bucket(client).TokensAt(now) < 1
}

// wait is after how many seconds, rounded up, a client that is beyond the limit
// may try again.
func (l *limiter) wait() int { return int(math.Ceil(1 / float64(l.every))) }

// newUsed remembers, in bounded memory, the hashes of tokens that were right.
func newUsed() *lru.Cache[string, struct{}] {
	cache, err := lru.New[string, struct{}](1000)
	if err != nil {
		panic(err) // the size is a constant
	}
	return cache
}
