package cluster

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLog passes the server's warnings and errors on, without the pages of
// stack traces. Once the server stops it is silent: parts of it then complain
// about other parts being gone.
type serverLog struct {
	log      *slog.Logger
	attrs    []any
	stopping *atomic.Bool
}

var _ log.Logger = serverLog{}

func (l serverLog) write(level slog.Level, message string, tags []tag.Tag) {
	if l.stopping.Load() || !l.log.Enabled(context.Background(), level) {
		return
	}
	attrs := append([]any{"from", "temporal"}, l.attrs...)
	for _, one := range tags {
		attrs = append(attrs, one.Key(), one.Value())
	}
	l.log.Log(context.Background(), level, message, attrs...)
}

// The server speaks much: what it calls an error is mostly a retry, and is told
// as a warning.

func (l serverLog) Debug(string, ...tag.Tag)               {}
func (l serverLog) Info(string, ...tag.Tag)                {}
func (l serverLog) Warn(message string, tags ...tag.Tag)   { l.write(slog.LevelDebug, message, tags) }
func (l serverLog) Error(message string, tags ...tag.Tag)  { l.write(slog.LevelWarn, message, tags) }
func (l serverLog) DPanic(message string, tags ...tag.Tag) { l.write(slog.LevelError, message, tags) }
func (l serverLog) Panic(message string, tags ...tag.Tag) {
	l.write(slog.LevelError, message, tags)
	panic(message)
}
func (l serverLog) Fatal(message string, tags ...tag.Tag) {
	l.write(slog.LevelError, message, tags)
	os.Exit(1)
}
