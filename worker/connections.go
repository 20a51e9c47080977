package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// connections opens one Calendar a connection and keeps it, because tokens,
// NTLM handshakes and TLS sessions are dear.
type connections struct {
	settings settings.Store
	outside  Outside
	log      *slog.Logger
	meter    *callMeter
	// onClose is told that a connection works again which was blocked.
	onClose func(connection string, reason calendars.Reason)

	mu   sync.Mutex
	open map[string]opened
}

// opened remembers the settings a calendar was opened with, so that a changed
// password opens a new one. Work goes through breaker:
// thousands of absences behind a wrong password would lock the account.
type opened struct {
	calendar calendars.Adapter
	breaker  *calendars.Breaker
	with     settings.Connection
}

func newConnections(store settings.Store, outside Outside, meter *callMeter, log *slog.Logger) *connections {
	return &connections{
		settings: store, outside: outside, meter: meter, log: log, open: map[string]opened{},
		onClose: func(string, calendars.Reason) {},
	}
}

// current is the calendar of the connection as it is in the settings now, nil when
// none was opened with these.
func (c *connections) current(ctx context.Context, name string) *calendars.Breaker {
	connection, err := c.settings.Connection(ctx, name)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, ok := c.open[name]; ok && same(last.with, connection) {
		return last.breaker
	}
	return nil
}

// acceptedSince tells whether another process learnt since then that the connection's
// credentials are accepted, such as by somebody's check.
func (c *connections) acceptedSince(ctx context.Context, name string, since time.Time) bool {
	connection, err := c.settings.Connection(ctx, name)
	if err != nil {
		return false
	}
	shared := c.outside.signIns(connection)
	if shared == nil {
		return false
	}
	state, err := shared.State(ctx)
	return err == nil && state.Refused == 0 && state.Accepted.After(since)
}

// Calendar implements activities.Calendars.
func (c *connections) Calendar(ctx context.Context, name string) (calendars.Calendar, error) {
	connection, err := c.settings.Connection(ctx, name)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	last, ok := c.open[name]
	if ok && same(last.with, connection) {
		return last.breaker, nil
	}
	calendar, err := c.outside.Open(connection, c.log)
	if err != nil {
		return nil, err
	}
	if ok {
		last.calendar.Close()
	}
	breaker := calendars.NewBreaker(calendars.HonorRetryAfter(calendars.Measured(calendar, c.meter.of(name)), nil),
		c.breakerOptions(ctx, name))
	fresh := opened{calendar, breaker, connection}
	c.open[name] = fresh
	return fresh.breaker, nil
}

// breakerOptions: a circuit breaker waits no longer than a blocked absence does before it is tried again.
func (c *connections) breakerOptions(ctx context.Context, name string) calendars.BreakerOptions {
	options := calendars.BreakerOptions{OnClose: func(reason calendars.Reason) { c.onClose(name, reason) }}
	if timings, err := c.settings.Timings(ctx); err == nil {
		options.FirstWait = min(30*time.Second, timings.BlockedRetry)
		options.MaxWait = min(10*time.Minute, timings.BlockedRetryMax)
		options.LoginWait = min(30*time.Minute, timings.BlockedRetryMax)
	}
	return options
}

// Checker implements activities.Checkers. It opens a calendar of its own: those
// in use keep tokens and signed-in connections, behind a circuit breaker.
func (c *connections) Checker(ctx context.Context, name string) (calendars.Checker, func(), error) {
	connection, err := c.settings.Connection(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	calendar, err := c.outside.Open(connection, c.log)
	if err != nil {
		return nil, nil, err
	}
	return calendar, calendar.Close, nil
}

// Close closes every calendar.
func (c *connections) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, one := range c.open {
		one.calendar.Close()
		delete(c.open, name)
	}
}

func same(a, b settings.Connection) bool { return record.Equal(&a, &b) }
