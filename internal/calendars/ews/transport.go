package ews

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

const (
	dialTimeout = 15 * time.Second
	// idleTimeout is below the 120 s after which IIS closes a silent
	// connection, so that we rarely write into a closed one.
	idleTimeout = 60 * time.Second
	// parkTime is how long a slot rests after the server counted too many
	// connections.
	parkTime = 30 * time.Second
)

// slot is a place for one request at a time with connections of its own.
//
// NTLM signs in a TCP connection, not a request: whatever is sent over it next
// runs as that account. Two goroutines on one http.Transport mix up each
// other's handshakes, and two accounts on one would act as each other. So a
// slot has its own http.Transport, is used serially and belongs to one Calendar.
type slot struct {
	fresh     func() *http.Transport // makes a new one
	transport *http.Transport
	// bound says that binding, the channel binding of its connections, is known; it
	// is nil for none.
	bound   bool
	binding []byte
}

func (s *slot) open() *http.Transport {
	if s.transport == nil {
		s.transport = s.fresh()
	}
	return s.transport
}

// drop forgets the slot's connections, so that a half-signed-in one, or one a
// late dial still brings, is never used again.
func (s *slot) drop() {
	if s.transport != nil {
		s.transport.CloseIdleConnections()
		s.transport, s.bound, s.binding = nil, false, nil
	}
}

// transports returns what makes the transports of a connection, guarded where cfg
// says so.
func transports(cfg Config, tlsConfig *tls.Config) func() *http.Transport {
	return func() *http.Transport {
		fresh := newTransport(tlsConfig)
		if cfg.WrapTransport != nil {
			fresh = cfg.WrapTransport(fresh)
		}
		return fresh
	}
}

func newTransport(tlsConfig *tls.Config) *http.Transport {
	// IIS refuses Windows sign-in over HTTP/2 (HTTP_1_1_REQUIRED), and Go does
	// not fall back.
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:        tlsConfig.Clone(),
		TLSHandshakeTimeout:    dialTimeout,
		Protocols:              protocols,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
}

// pool hands out slots; whoever holds one is its only user.
type pool struct {
	idle   chan *slot
	done   chan struct{}
	once   sync.Once
	parked atomic.Int64
}

func newPool(size int, fresh func() *http.Transport) *pool {
	p := &pool{idle: make(chan *slot, size), done: make(chan struct{})}
	for range size {
		p.idle <- &slot{fresh: fresh}
	}
	return p
}

func (p *pool) take(ctx context.Context) (*slot, error) {
	select { // a closed pool and a dead context win over a free slot
	case <-p.done:
		return nil, &calendars.Temporary{Code: "closed"}
	case <-ctx.Done():
		return nil, ctx.Err()
	default:
	}
	select {
	case s := <-p.idle:
		return s, nil
	case <-p.done:
		return nil, &calendars.Temporary{Code: "closed"}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pool) give(s *slot) {
	p.idle <- s // never blocks: there are as many places as slots
	select {
	case <-p.done:
		p.dropIdle()
	default:
	}
}

// park gives the slot back later, so that fewer requests run meanwhile. The
// last working slot is given back at once.
func (p *pool) park(s *slot, rest time.Duration) {
	if p.parked.Add(1) >= int64(cap(p.idle)) {
		p.parked.Add(-1)
		p.give(s)
		return
	}
	s.drop()
	time.AfterFunc(rest, func() {
		p.parked.Add(-1)
		p.give(s)
	})
}

func (p *pool) close() {
	p.once.Do(func() { close(p.done) })
	p.dropIdle()
}

// dropIdle closes the connections of slots nobody holds; others follow when
// they are given back.
func (p *pool) dropIdle() {
	for range cap(p.idle) {
		select {
		case s := <-p.idle:
			s.drop()
			p.idle <- s
		default:
			return
		}
	}
}
