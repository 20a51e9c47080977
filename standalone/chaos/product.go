package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
)

// apiToken opens the admin API of the product that is shaken.
const apiToken = "chaos-r7Kq2mVx9TzN4pLw6YhC8sBd3FgJ"

// target is what is shaken.
type target interface {
	// start returns once it is ready, url is its address, failures tells that it did not
	// come back, and end stops it.
	start(ctx context.Context) error
	url(path string) string
	failures() <-chan error
	end()
	// remove removes what it wrote, once it has ended.
	remove()
	// kill ends a process without a warning, freeze stops one for a while; choice says
	// which, where there are several. What is killed starts again.
	kill(ctx context.Context, choice uint64)
	freeze(ctx context.Context, choice uint64, during time.Duration)

	// fill leaves no place on the disk for a while; false where none was given for it.
	fill(ctx context.Context, during time.Duration) bool

	operated
}

// product is the one process that is shaken: figgosync with an embedded Temporal.
type product struct {
	admin
	disk
	binary, dir string
	api, port   int
	log         *slog.Logger
	output      *os.File
	// failed tells that it did not come back.
	failed chan error

	mu      sync.Mutex
	running *exec.Cmd
	ended   chan struct{}
}

func newProduct(o options, w *world, log *slog.Logger) (*product, error) {
	dir, err := os.MkdirTemp(o.disk, "figgosync-chaos")
	if err != nil {
		return nil, err
	}
	p := &product{disk: disk(o.disk), binary: o.binary, dir: dir, log: log, failed: make(chan error, 1)}
	if _, err := writeSettings(dir, w); err != nil {
		return nil, err
	}
	if p.output, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	if p.api, err = freePort(); err != nil {
		return nil, err
	}
	if p.port, err = freePort(); err != nil {
		return nil, err
	}
	p.admin = admin("http://127.0.0.1:" + strconv.Itoa(p.api))
	return p, nil
}

// writeSettings writes the settings that connect figgosync to the world.
func writeSettings(dir string, w *world) (path string, err error) {
	path = filepath.Join(dir, "figgosync.yaml")
	return path, os.WriteFile(path, command.DemoSettings(w.Credentials()), 0o600)
}

func freePort() (int, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// start puts the settings into the database, where they can be changed, starts the process
// and returns once it is ready.
func (p *product) start(ctx context.Context) error {
	imported := exec.CommandContext(ctx, p.binary, "settings", "import", filepath.Join(p.dir, "figgosync.yaml"),
		"--database-url", "sqlite:"+filepath.Join(p.data(), command.DatabaseName), "--yes", "--allow-insecure-endpoints")
	imported.Stdout, imported.Stderr = p.output, p.output
	if err := errors.Join(os.MkdirAll(p.data(), 0o700), imported.Run()); err != nil {
		return fmt.Errorf("import the settings: %w; the log is in %s", err, p.dir)
	}
	if err := p.launch(); err != nil {
		return err
	}
	return p.ready(ctx)
}

func (p *product) data() string { return filepath.Join(p.dir, "data") }

func (p *product) launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := exec.CommandContext(context.Background(), p.binary, "up", "--data-dir", p.data(),
		"--listen", "127.0.0.1:"+strconv.Itoa(p.api), "--temporal-port", strconv.Itoa(p.port),
		"--temporal-web-ui-port", "0",
		"--allow-insecure-endpoints")
	cmd.Env = append(os.Environ(), "FIGGOSYNC_API_TOKEN="+apiToken)
	cmd.Stdout, cmd.Stderr = p.output, p.output
	if err := cmd.Start(); err != nil {
		return err
	}
	p.running, p.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(p.ended)
	return nil
}

// kill ends the process without a warning and starts it again.
func (p *product) kill(ctx context.Context, _ uint64) {
	p.log.Info("kill")
	p.mu.Lock()
	running, ended := p.running, p.ended
	p.mu.Unlock()
	_ = running.Process.Signal(syscall.SIGKILL)
	<-ended
	if err := p.launch(); err != nil {
		p.fail(err)
		return
	}
	go func() {
		if err := p.ready(ctx); err != nil && ctx.Err() == nil {
			p.fail(err)
		}
	}()
}

func (p *product) failures() <-chan error { return p.failed }

func (p *product) fail(err error) {
	select {
	case p.failed <- err:
	default:
	}
}

// freeze stops the process for a while, as a machine that swaps or a suspended virtual
// machine does.
func (p *product) freeze(ctx context.Context, _ uint64, during time.Duration) {
	p.log.Info("freeze", "during", during)
	p.mu.Lock()
	running := p.running
	p.mu.Unlock()
	suspend(ctx, running.Process.Pid, during)
}

// suspend stops a process and lets it go on later.
func suspend(ctx context.Context, pid int, during time.Duration) {
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	go func() {
		select {
		case <-ctx.Done():
		case <-time.After(during):
		}
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}()
}

func (p *product) remove() { _ = os.RemoveAll(p.dir) }

// end stops the process.
func (p *product) end() {
	p.mu.Lock()
	running, ended := p.running, p.ended
	p.mu.Unlock()
	if running != nil {
		_ = running.Process.Signal(syscall.SIGCONT)
		_ = running.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = running.Process.Signal(syscall.SIGKILL)
			<-ended
		}
	}
	_ = p.output.Close()
}
