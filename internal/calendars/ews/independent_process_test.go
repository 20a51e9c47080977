//go:build linux

package ews_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// needs returns where files are, of which each is a program's name or a pattern
// for a path. Without one of them the test is skipped, but in CI it fails.
func needs(t testing.TB, install string, files ...string) []string {
	t.Helper()
	var found []string
	for _, file := range files {
		path := locate(file)
		if path == "" && os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: %s", file, install)
		}
		if path == "" {
			t.Skipf("an independent server is not installed (no %s): %s", file, install)
		}
		found = append(found, path)
	}
	return found
}

func locate(file string) string {
	if strings.Contains(file, "/") {
		if matches, _ := filepath.Glob(file); len(matches) > 0 {
			return matches[0]
		}
		return ""
	}
	if path, err := exec.LookPath(file); err == nil {
		return path
	}
	return locate("/usr/sbin/" + file) // not on everybody's PATH
}

// scratch is a directory that another account can enter too: Apache gives up
// root. It is outside of t.TempDir because Samba's sockets need short paths.
func scratch(t testing.TB, folders ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ews")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// daemon is a server in the foreground with the processes it made.
type daemon struct {
	command *exec.Cmd
	ended   chan struct{}
	mu      sync.Mutex
	output  bytes.Buffer
}

// Write keeps what the server says, for when it fails.
func (d *daemon) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.output.Write(p)
}

func (d *daemon) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.output.String()
}

// launch starts a server in a process group of its own, which ends with the
// test, or after five minutes should the test be killed.
func launch(t testing.TB, environment []string, program string, args ...string) *daemon {
	t.Helper()
	command := exec.Command("timeout", append([]string{"--kill-after=5", "300", program}, args...)...)
	d := &daemon{command: command, ended: make(chan struct{})}
	command.Env, command.Stdout, command.Stderr = environment, d, d
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { defer close(d.ended); _ = command.Wait() }()
	t.Cleanup(d.stop)
	return d
}

func (d *daemon) stop() {
	group := -d.command.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(group, syscall.SIGKILL) // whoever of the group is left
	<-d.ended
}

// await waits until the server is ready; false when it ended or never was.
func (d *daemon) await(ready func() bool) bool {
	deadline := time.After(time.Minute)
	for !ready() {
		select {
		case <-d.ended:
			return false
		case <-deadline:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return true
}
