package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/sandbox"
	"github.com/figgosync/figgosync/standalone/app"
)

// apiToken opens the admin API of the product that is measured.
const apiToken = "bench-r7Kq2mVx9TzN4pLw6YhC8sBd3FgJ"

// lab is the product and its surroundings, all in this process.
type lab struct {
	running *app.Running
	watch   *watch
	next    atomic.Int64
	http    *http.Client
	bareRun *bareRun
	sandbox string // its address
	dir     string // of the data
}

// withLab runs everything while do works with it, in a directory of its own.
func withLab(ctx context.Context, log *slog.Logger, pollers int, do func(*lab) error) error {
	dir, err := os.MkdirTemp("", "figgosync-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	world, err := sandbox.New(sandbox.Config{BaseURL: base, Limits: sandbox.Limits{
		LuccaPerMinute: -1, GraphPerMailbox: 1000, GooglePerUserPerMinute: 1e9, GooglePerProjectPerMinute: 1e9,
	}})
	if err != nil {
		return err
	}
	defer world.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	l := &lab{sandbox: base, dir: dir, watch: newWatch(), http: &http.Client{Transport: transport}}
	server := &http.Server{
		Handler: l.watch.over(world.Handler()), ConnContext: world.ConnContext, ReadHeaderTimeout: time.Minute,
	}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	return l.up(ctx, log, dir, pollers, world, do)
}

func (l *lab) up(
	ctx context.Context, log *slog.Logger, dir string, pollers int, world *sandbox.Sandbox, do func(*lab) error,
) error {
	options := app.Options{DataDir: dir, IP: "127.0.0.1", Listen: "127.0.0.1:0", Pollers: pollers, Token: apiToken}
	options.LuccaRate = 100_000 // the sandbox here has no limit either
	options.Settings.Config, options.AllowInsecure = filepath.Join(dir, "figgosync.yaml"), true
	if err := os.WriteFile(options.Settings.Config, command.DemoSettings(world.Credentials()), 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	err := app.Up(ctx, options, log, func(u *app.Running) {
		go func() {
			defer cancel()
			l.running = u
			done <- l.work(ctx, pollers, do)
		}()
	})
	if err != nil {
		return err
	}
	return <-done
}

func (l *lab) work(ctx context.Context, pollers int, do func(*lab) error) error {
	bare, err := startBare(l.running.Temporal, pollers)
	if err != nil {
		return err
	}
	defer bare.worker.Stop()
	l.bareRun = bare
	// Everybody is known before anything is measured, and every token fetched.
	if _, err := l.product(ctx, 1, 2*len(employees)); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	if _, err := l.bare(ctx, 4, 20); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	return do(l)
}

// watch notes when the first event of each absence was written into a calendar.
type watch struct {
	mu      sync.Mutex
	waiting map[string]chan time.Time
}

func newWatch() *watch { return &watch{waiting: map[string]chan time.Time{}} }

func (w *watch) expect(absence string) <-chan time.Time {
	ch := make(chan time.Time, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[absence] = ch
	return ch
}

func (w *watch) seen(absence string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch := w.waiting[absence]; ch != nil {
		delete(w.waiting, absence)
		ch <- at
	}
}

var marker = regexp.MustCompile(`demo/(bench\d+)`)

// over passes requests on and looks for writes that carry a marker.
func (w *watch) over(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || strings.HasPrefix(r.URL.Path, "/sandbox") {
			next.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(rw, "unreadable", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := &statusWriter{ResponseWriter: rw, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		isWrite := !bytes.Contains(body, []byte("FindItem>"))
		if found := marker.FindSubmatch(body); found != nil && isWrite && answer.status < 300 {
			w.seen(string(found[1]), time.Now())
		}
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
