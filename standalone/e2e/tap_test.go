package e2e_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// Tap stands between the product and what is outside of it, and keeps every byte that
// leaves the product.
type Tap struct {
	listener net.Listener
	mu       sync.Mutex
	sent     []*bytes.Buffer // one for each connection
}

// NewTap passes what arrives on to the address.
func NewTap(t *testing.T, address string) *Tap {
	t.Helper()
	listener, err := net.Listen("tcp", loopback(0))
	if err != nil {
		t.Fatal(err)
	}
	tap := &Tap{listener: listener}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go tap.pass(from, address)
		}
	}()
	return tap
}

// URL is where the product shall send to.
func (tap *Tap) URL() string { return "http://" + tap.listener.Addr().String() }

func (tap *Tap) pass(from net.Conn, address string) {
	defer from.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		_, _ = io.Copy(from, to)
		_ = from.Close()
	}()
	_, _ = io.Copy(to, io.TeeReader(from, tap.keep()))
}

// keep is where the bytes of one more connection go.
func (tap *Tap) keep() io.Writer {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	buffer := new(bytes.Buffer)
	tap.sent = append(tap.sent, buffer)
	return writerFunc(func(p []byte) (int, error) {
		tap.mu.Lock()
		defer tap.mu.Unlock()
		return buffer.Write(p)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Sent is all that left the product, one text for each connection.
func (tap *Tap) Sent() []string {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	var all []string
	for _, buffer := range tap.sent {
		all = append(all, buffer.String())
	}
	return all
}
