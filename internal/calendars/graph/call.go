package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// attempt is what one request leaves behind for its caller.
type attempt struct {
	token string // the access token it was sent with
	err   error  // what the wire saw go wrong, when the layers above lose it
}

type attemptKey struct{}

// attemptOf returns the attempt ctx belongs to, nil outside of one.
func attemptOf(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

// call makes one request within the limits, with a deadline, repeats it once
// with a fresh token when Graph refuses the one it was sent with, and turns
// every failure into an error of the port. item tells that the request names an
// event, so that "not found" means the event.
func call[T any](ctx context.Context, c *Calendar, mailbox, operation string, item bool, do func(context.Context) (T, error)) (T, error) {
	var none T
	release, err := c.limits.acquire(ctx, mailbox)
	if err != nil {
		return none, err
	}
	defer release()
	start := time.Now()
	answer, sent, err := try(ctx, c.timeout, do)
	if refused(err, http.StatusUnauthorized) {
		c.tokens.forget(sent.token, 0)
		answer, sent, err = try(ctx, c.timeout, do)
	}
	if refused(err, http.StatusForbidden) {
		// A right granted meanwhile shows only in a token issued after it.
		c.tokens.forget(sent.token, rightsAge)
	}
	c.logCall(ctx, operation, time.Since(start), err)
	if err != nil {
		return none, portError(ctx, item, err)
	}
	return answer, nil
}

func try[T any](ctx context.Context, timeout time.Duration, do func(context.Context) (T, error)) (T, *attempt, error) {
	sent := &attempt{}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, attemptKey{}, sent), timeout)
	defer cancel()
	answer, err := do(ctx)
	return answer, sent, err
}

// logCall writes nothing a server said except its own code and request id.
func (c *Calendar) logCall(ctx context.Context, operation string, took time.Duration, err error) {
	attrs := []slog.Attr{slog.String("operation", operation), slog.Duration("took", took), slog.Bool("ok", err == nil)}
	if r, ok := errors.AsType[*refusal](err); ok {
		attrs = append(attrs, slog.Int("status", r.status), slog.String("code", r.code), slog.String("request_id", r.requestID))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "graph request", attrs...)
}
