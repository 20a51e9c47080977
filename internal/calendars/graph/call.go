package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// request is what one call asks for, as far as its failure depends on it.
type request struct {
	mailbox, operation string
	// item: it names an event, so that "not found" means the event.
	item bool
	// writes: it needs Calendars.ReadWrite, where others need Calendars.Read.
	writes bool
	// replies: it needs MailboxSettings.ReadWrite and nothing of calendars.
	replies bool
}

// attempt is what one request leaves behind for its caller.
type attempt struct {
	token     string // the access token it was sent with
	requestID string // the client-request-id it was sent with
	err       error  // what the wire saw go wrong, when the layers above lose it
}

type attemptKey struct{}

// attemptOf returns the attempt ctx belongs to, nil outside of one.
func attemptOf(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

// call makes one request within the limits, with a deadline, repeats it once
// with a fresh token when Graph refuses the one it was sent with, and turns
// every failure into an error of the port.
func call[T any](ctx context.Context, c *Calendar, asked request, do func(context.Context) (T, error)) (T, error) {
	var none T
	release, err := c.limits.acquire(ctx, asked.mailbox)
	if err != nil {
		return none, err
	}
	defer release()
	start := time.Now()
	answer, sent, err := try(ctx, c.timeout, do)
	if refused(err, http.StatusUnauthorized) && blamesToken(err) {
		c.tokens.forget(sent.token, 0)
		answer, sent, err = try(ctx, c.timeout, do)
	}
	if refused(err, http.StatusForbidden) || refused(err, http.StatusUnauthorized) {
		// A right granted meanwhile shows only in a token issued after it.
		c.tokens.forget(sent.token, rightsAge)
	}
	c.logCall(ctx, asked.operation, time.Since(start), err)
	rights := readRoles(sent.token)
	if err != nil {
		return none, portError(ctx, sent.requestID, refusedRequest{asked, rights, c.exchangeRoles.allow(asked.writes)},
			err)
	}
	if !asked.replies && !rights.allow(asked.writes) {
		c.exchangeRoles.note(asked.writes)
	}
	return answer, nil
}

// blamesToken tells whether another token may get another answer: not where the
// refusal names a reason that has nothing to do with this one.
func blamesToken(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return false
	}
	_, known := codeKinds[strings.ToLower(r.code)]
	return !known && !isUnknownError(r)
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
		attrs = append(attrs, slog.Int("status", r.status), slog.String("code", r.code),
			slog.String("request_id", r.requestID))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "graph request", attrs...)
}
