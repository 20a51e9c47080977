package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

var (
	portsMu   sync.Mutex
	portsUsed = map[int]bool{}
)

// freePort is a port nobody listens on, never given twice. It is outside of the
// ranges from which systems take the ports of outgoing connections, so that it is
// still free after the product was killed.
func freePort(t *testing.T) int {
	t.Helper()
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 1000 {
		port := 20000 + rand.IntN(12000)
		if portsUsed[port] {
			continue
		}
		listener, err := net.Listen("tcp", loopback(port))
		if err != nil {
			continue
		}
		_ = listener.Close()
		portsUsed[port] = true
		return port
	}
	t.Fatal("no free port was found")
	return 0
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// answers tells whether somebody listens on the port.
func answers(port int) bool {
	conn, err := net.DialTimeout("tcp", loopback(port), time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// occupied is a port on which the test itself listens.
func occupied(t *testing.T) int {
	t.Helper()
	port := freePort(t)
	listener, err := net.Listen("tcp", loopback(port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return port
}
