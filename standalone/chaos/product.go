package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
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

// product is the process that is shaken.
type product struct {
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

func newProduct(binary string, w *world, log *slog.Logger) (*product, error) {
	dir, err := os.MkdirTemp("", "figgosync-chaos")
	if err != nil {
		return nil, err
	}
	p := &product{binary: binary, dir: dir, log: log, failed: make(chan error, 1)}
	settings := filepath.Join(dir, "figgosync.yaml")
	if err := os.WriteFile(settings, command.DemoSettings(w.Credentials()), 0o600); err != nil {
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
	address := p.url("")
	w.deliveries.to.Store(&address)
	return p, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (p *product) url(path string) string { return "http://127.0.0.1:" + strconv.Itoa(p.api) + path }

// start starts the process and returns once it is ready.
func (p *product) start(ctx context.Context) error {
	if err := p.begin(); err != nil {
		return err
	}
	return p.ready(ctx)
}

func (p *product) begin() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := exec.Command(p.binary, "up", "--data-dir", filepath.Join(p.dir, "data"), "--listen",
		"127.0.0.1:"+strconv.Itoa(p.api), "--temporal-port", strconv.Itoa(p.port), "--temporal-web-ui-port", "0",
		"--allow-insecure-endpoints", "--config", filepath.Join(p.dir, "figgosync.yaml"))
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

// ready waits until the product says that it is.
func (p *product) ready(ctx context.Context) error {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if call(http.MethodGet, p.url("/readyz"), "", nil, nil) == http.StatusOK {
			return nil
		}
	}
	return errors.New("the product did not become ready; its log is " + p.output.Name())
}

// kill ends the process without a warning and starts it again.
func (p *product) kill(ctx context.Context) {
	p.log.Info("kill")
	p.mu.Lock()
	running, ended := p.running, p.ended
	p.mu.Unlock()
	_ = running.Process.Signal(syscall.SIGKILL)
	<-ended
	if err := p.begin(); err != nil {
		p.fail(err)
		return
	}
	go func() {
		if err := p.ready(ctx); err != nil && ctx.Err() == nil {
			p.fail(err)
		}
	}()
}

func (p *product) fail(err error) {
	select {
	case p.failed <- err:
	default:
	}
}

// freeze stops the process for a while, as a machine that swaps or a suspended virtual
// machine does.
func (p *product) freeze(ctx context.Context, during time.Duration) {
	p.log.Info("freeze", "during", during)
	p.mu.Lock()
	running := p.running
	p.mu.Unlock()
	_ = running.Process.Signal(syscall.SIGSTOP)
	go func() {
		select {
		case <-ctx.Done():
		case <-time.After(during):
		}
		_ = running.Process.Signal(syscall.SIGCONT)
	}()
}

// end stops the process and removes its data, unless it failed.
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

// progress is what the API tells of a run.
type progress struct {
	ID      string         `json:"id"`
	Status  string         `json:"status"`
	Counts  map[string]int `json:"counts"`
	Breaker map[string]int `json:"breaker"`
}

// reconcile has every synchronization's calendars compared and repaired, and approves
// what the circuit breaker holds back.
func (p *product) reconcile(ctx context.Context, out io.Writer) error {
	for _, synchronization := range []string{"demo-office365", "demo-exchange", "demo-google"} {
		var run progress
		body := map[string]any{"synchronization": synchronization, "repair": true}
		address := p.url("/api/v1/reconciliations")
		if status := call(http.MethodPost, address, apiToken, body, &run); status != http.StatusAccepted {
			return fmt.Errorf("the reconciliation of %s was not started: status %d", synchronization, status)
		}
		ended, err := p.follow(ctx, address+"/"+run.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", synchronization, err)
		}
		fmt.Fprintf(out, "reconciliation of %s: %s, %v\n", synchronization, ended.Status, ended.Counts)
	}
	return nil
}

func (p *product) follow(ctx context.Context, address string) (progress, error) {
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); {
		var run progress
		if status := call(http.MethodGet, address, apiToken, nil, &run); status != http.StatusOK {
			return run, fmt.Errorf("the reconciliation is not told: status %d", status)
		}
		switch run.Status {
		case "running":
		case "waiting":
			call(http.MethodPost, address+"/approve", apiToken, run.Breaker, nil)
		case "completed":
			return run, nil
		default:
			return run, fmt.Errorf("the reconciliation ended as %s", run.Status)
		}
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	return progress{}, errors.New("the reconciliation does not end")
}

// releaseHeld carries out the deletions that are held because there were many.
func (p *product) releaseHeld(context.Context) error {
	call(http.MethodPost, p.url("/api/v1/held/demo/approve"), apiToken, map[string]any{}, nil)
	return nil
}

// story is what the API tells of an absence, for somebody who looks for a failure.
func (p *product) story(leave string) string {
	var told any
	status := call(http.MethodGet, p.url("/api/v1/absences/demo/"+leave), apiToken, nil, &told)
	text, _ := json.Marshal(told)
	return strconv.Itoa(status) + " " + string(text)
}
