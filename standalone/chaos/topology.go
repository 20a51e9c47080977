package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// topology is the cluster of deploy/cluster.sh: PostgreSQL, Temporal's services, two api,
// two worker and nginx, each a process that is started again when it ends.
type topology struct {
	admin
	disk
	dir    string
	log    *slog.Logger
	script *exec.Cmd
	failed chan error
	ended  chan struct{}
}

func newTopology(o options, w *world, log *slog.Logger) (*topology, error) {
	dir, err := os.MkdirTemp(o.disk, "figgosync-chaos-cluster")
	if err != nil {
		return nil, err
	}
	// PostgreSQL runs as another user where this is root, and must get through.
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // nothing in it is readable
		return nil, err
	}
	settings, err := writeSettings(dir, w)
	if err != nil {
		return nil, err
	}
	first, err := freePort()
	if err != nil {
		return nil, err
	}
	first = 20000 + first%10000 // below the ports that connections get
	t := &topology{
		admin: admin("http://127.0.0.1:" + strconv.Itoa(first)), disk: disk(o.disk), dir: dir, log: log,
		failed: make(chan error, 1), ended: make(chan struct{}),
	}
	t.script = exec.CommandContext(context.Background(), o.script)
	t.script.Env = append(os.Environ(), "BIN="+o.binary, "CLUSTER_DIR="+filepath.Join(dir, "data"),
		"CLUSTER_CONFIG="+settings, "CLUSTER_PORT="+strconv.Itoa(first), "FIGGOSYNC_API_TOKEN="+apiToken)
	output, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	t.script.Stdout, t.script.Stderr = output, output
	return t, nil
}

func (t *topology) failures() <-chan error { return t.failed }

// start returns once all of it answers: its first start takes half a minute.
func (t *topology) start(ctx context.Context) error {
	if err := t.script.Start(); err != nil {
		return err
	}
	go func() {
		t.failed <- fmt.Errorf("the cluster ended (%w); its log is in %s", t.script.Wait(), t.dir)
		close(t.ended)
	}()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		ready, cancel := context.WithTimeout(ctx, time.Second)
		err := t.ready(ready)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		select {
		case err := <-t.failed:
			return err
		default:
		}
	}
	return fmt.Errorf("the cluster did not become ready; its log is in %s", t.dir)
}

// one is one of the cluster's processes.
func (t *topology) one(choice uint64) (pid int, name string) {
	text, _ := os.ReadFile(filepath.Join(t.dir, "data", "pids"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	number, name, _ := strings.Cut(lines[choice%uint64(len(lines))], " ")
	pid, _ = strconv.Atoi(number)
	return pid, name
}

func (t *topology) kill(_ context.Context, choice uint64) {
	if pid, name := t.one(choice); pid > 1 {
		t.log.Info("kill", "process", name)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (t *topology) freeze(ctx context.Context, choice uint64, during time.Duration) {
	if pid, name := t.one(choice); pid > 1 {
		t.log.Info("freeze", "process", name, "during", during)
		suspend(ctx, pid, during)
	}
}

func (t *topology) remove() { _ = os.RemoveAll(t.dir) }

func (t *topology) end() {
	if t.script.Process == nil {
		return
	}
	_ = t.script.Process.Signal(syscall.SIGTERM)
	select {
	case <-t.ended:
	case <-time.After(2 * time.Minute):
		_ = t.script.Process.Kill()
	}
}
