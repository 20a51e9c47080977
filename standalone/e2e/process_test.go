package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a command that runs in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how, once done
}

// startProcess starts a command. It ends with this process, too, where the system can do that.
func startProcess(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = childAttributes()
	cmd.WaitDelay = 5 * time.Second
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux ends the child with the thread that made it, so that one must stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

// signal sends a signal to this one process.
func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// waitEnded tells whether the process ended in time.
func (p *process) waitEnded(within time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(within):
		return false
	}
}

// leftovers tells whether anything of the process's group still runs.
func (p *process) leftovers() bool {
	return !errors.Is(syscall.Kill(-p.cmd.Process.Pid, 0), syscall.ESRCH)
}

// outcome is what a command that ended by itself left behind.
type outcome struct {
	code           int
	stdout, stderr string
	took           time.Duration
}

// runToEnd runs the product with these arguments until it ends by itself, which
// must be soon.
func runToEnd(t *testing.T, args ...string) outcome {
	t.Helper()
	home := t.TempDir()
	var stdout, stderr buffer
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = home, environment(home), &stdout, &stderr
	start := time.Now()
	p, err := startProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if !p.waitEnded(40 * time.Second) {
		p.signal(syscall.SIGKILL)
		<-p.done
		t.Fatalf("it did not end by itself; stderr:\n%s", stderr.String())
	}
	if p.leftovers() {
		t.Error("it left a process behind")
	}
	return outcome{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String(), took: time.Since(start)}
}

// environment is ours without what configures figgosync or Temporal, with home as
// the only place a careless program would write to.
func environment(home string, more ...string) []string {
	env := []string{"HOME=" + home, "TMPDIR=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		kept := name != "HOME" && name != "TMPDIR" && !strings.HasPrefix(name, "XDG_") &&
			!strings.HasPrefix(name, "FIGGOSYNC_") && !strings.HasPrefix(name, "TEMPORAL_")
		if kept {
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
	if len(all) <= lines {
		return text
	}
	return fmt.Sprintf("(%d lines before)\n%s", len(all)-lines, strings.Join(all[len(all)-lines:], "\n"))
}
