package figgo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// callTimeout is a little more than the 5 s after which Lucca itself answers
	// 408.
	callTimeout = 6 * time.Second
	// maxAnswer bounds the answer to a look-up, maxList that of a page of a list:
	// a hundred leaves of a year are about 4 MB.
	maxAnswer = 4 << 20
	maxList   = 16 << 20
)

// kindOfCall tells look-ups, which somebody waits for, from bulk reading.
type kindOfCall struct {
	bulk  bool
	limit int64 // of the answer, in bytes
}

var (
	lookups = kindOfCall{limit: maxAnswer}
	lists   = kindOfCall{limit: maxList}
	bulk    = kindOfCall{limit: maxList, bulk: true}
)

// caller makes the calls of both API generations: each in its turn, with a
// deadline, its answer bounded, its errors typed.
type caller struct {
	http      *http.Client
	throttle  *Throttle
	userAgent string
	now       func() time.Time
}

// newCaller copies client to replace its redirect rule: a redirect would carry
// our token or key elsewhere.
func newCaller(client *http.Client, throttle *Throttle, userAgent string, now func() time.Time) caller {
	c := caller{http: &http.Client{}, throttle: throttle, userAgent: userAgent, now: now}
	if client != nil {
		*c.http = *client
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if throttle == nil {
		c.throttle = NewThrottle(now)
	}
	return c
}

// callTo is one call: where it goes and what a good answer is.
type callTo struct {
	method, resource, address string
	body                      []byte // JSON; nil for none
	want                      int    // the status of a good answer
	kind                      kindOfCall
}

// get waits for the call's turn and asks for what is at address.
func (c *caller) get(ctx context.Context, kind kindOfCall, resource, address string,
	header http.Header) ([]byte, error) {
	return c.do(ctx, callTo{method: http.MethodGet, resource: resource, address: address, want: http.StatusOK,
		kind: kind}, header)
}

// do waits for the call's turn and makes it.
func (c *caller) do(ctx context.Context, call callTo, header http.Header) ([]byte, error) {
	if err := c.throttle.held(call.resource); err != nil {
		return nil, err
	}
	wait := c.throttle.wait
	if call.kind.bulk {
		wait = c.throttle.waitBulk
	}
	if err := wait(ctx, call.resource); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, call.method, call.address, bytes.NewReader(call.body))
	if err != nil {
		return nil, &APIError{Resource: call.resource, Code: CodeConfiguration}
	}
	request.Header = header
	request.Header.Set("Accept", "application/json")
	if call.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.userAgent != "" {
		request.Header.Set("User-Agent", c.userAgent)
	}
	body, err := c.send(call, request)
	return body, c.obey(err)
}

// obey keeps the next calls back for as long as Lucca asked for.
func (c *caller) obey(err error) error {
	if apiErr, ok := errors.AsType[*APIError](err); ok && apiErr.Code != CodeThrottled && apiErr.RetryAfter > 0 {
		c.throttle.hold(apiErr.RetryAfter)
	}
	return err
}

// send returns the body of the wanted status, and an APIError for all else.
func (c *caller) send(call callTo, request *http.Request) ([]byte, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, networkError(call.resource, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, call.kind.limit+1))
	switch {
	case response.StatusCode != call.want:
		return nil, answerError(call.resource, response, body, c.now())
	case err != nil:
		return nil, networkError(call.resource, err)
	case int64(len(body)) > call.kind.limit:
		return nil, unreadable(call.resource, errors.New("the answer is too long"))
	}
	return body, nil
}
