package browser_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the product, running, in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	log  buffer        // what it wrote
	done chan struct{} // closed when it has ended
	err  error         // how, once done
}

// start starts the product with these arguments. It ends with the test.
func start(t *testing.T, home string, env []string, args ...string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = home, environment(home, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() { p.stop(t) })
	return p
}

// stop asks it to end, and ends it when it does not.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		t.Error("the process did not end within 30 s of SIGTERM")
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// ended tells whether it has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// environment is ours without what configures figgosync or Temporal, with home as
// the only place a careless program would write to.
func environment(home string, more ...string) []string {
	env := []string{"HOME=" + home, "TMPDIR=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name != "HOME" && name != "TMPDIR" && !strings.HasPrefix(name, "XDG_") &&
			!strings.HasPrefix(name, "FIGGOSYNC_") && !strings.HasPrefix(name, "TEMPORAL_") {
			env = append(env, variable)
		}
	}
	return append(env, more...)
}

// buffer keeps what a process writes; it may be read meanwhile.
type buffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

// tail is the end of a long text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

var (
	portsMu   sync.Mutex
	portsUsed = map[int]bool{}
)

// freePort is a port nobody listens on, never given twice, outside of the ranges
// from which systems take the ports of outgoing connections.
func freePort(t *testing.T) int {
	t.Helper()
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 1000 {
		port := 12000 + rand.IntN(8000)
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
