package graph

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// maxAnswer bounds how much of an answer is read. A page of 50 events with two
// short properties each is some tens of kilobytes.
const maxAnswer = 4 << 20

var errUnexpected = errors.New("the answer is not what was asked for")

// refusal is any answer outside 2xx, redirects included. It holds nothing of
// the answer's texts: they quote addresses.
type refusal struct {
	status     int
	code       string // the provider's own code, "" when it gave none
	shaped     bool   // the body is the provider's error object, so it is the provider who speaks
	retryAfter time.Duration
	requestID  string // the server's own, and ours: see supportID
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("HTTP %d", r.status)
	if r.requestID != "" {
		text += ", request-id " + r.requestID
	}
	return text
}

// noAnswer says that no whole answer arrived. Whatever else goes wrong, an answer
// arrived that is not what was asked for.
type noAnswer struct{ error }

func (n noAnswer) Unwrap() error { return n.error }

// wire is the lowest layer of every request. It reads the whole answer, bounded,
// and turns whatever is not a JSON answer in 2xx into an error before the SDK
// sees it, because the SDK loses the status of an HTML answer, panics on the
// text of an error without a message, and answers nil and no error to a redirect
// (msgraph-sdk-go 1.89, kiota-http-go 1.5).
type wire struct {
	base http.RoundTripper
	// code reads the provider's error code from a refusal's body; shaped tells
	// whether the body is an error object of the provider at all.
	code func(body []byte) (code string, shaped bool)
	// prepare adds headers; nil for none.
	prepare func(http.Header)
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	answer, err := w.roundTrip(req)
	if a := attemptOf(req.Context()); a != nil && err != nil {
		a.err = err
	}
	return answer, err
}

func (w *wire) roundTrip(req *http.Request) (*http.Response, error) {
	req, err := w.outgoing(req)
	if err != nil {
		return nil, err
	}
	if a := attemptOf(req.Context()); a != nil {
		a.requestID = req.Header.Get("client-request-id")
	}
	answer, err := w.base.RoundTrip(req)
	if err != nil {
		return nil, noAnswer{err}
	}
	defer answer.Body.Close()
	body, err := transport.ReadAll(answer.Body, maxAnswer)
	if err != nil {
		return nil, noAnswer{err}
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, w.refusal(req, answer, body)
	}
	if !isObject(body) && (len(body) > 0 || answer.StatusCode != http.StatusNoContent) {
		return nil, errUnexpected
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer, nil
}

// outgoing returns a copy of req with our headers and a known length: the SDK
// sends its bodies chunked, which some proxies refuse.
func (w *wire) outgoing(req *http.Request) (*http.Request, error) {
	req = req.Clone(req.Context())
	if w.prepare != nil {
		w.prepare(req.Header)
	}
	if req.Body == nil || req.Body == http.NoBody || req.ContentLength > 0 {
		return req, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if err := req.Body.Close(); err != nil {
		return nil, err
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return req, nil
}

// isObject tells whether body is what all answers of Graph and Entra are. The SDK
// takes null for an answer without a body.
func isObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && json.Valid(body)
}

func (w *wire) refusal(req *http.Request, answer *http.Response, body []byte) *refusal {
	code, shaped := w.code(body)
	return &refusal{
		status:     answer.StatusCode,
		code:       safeCode(code),
		shaped:     shaped,
		retryAfter: transport.RetryAfter(answer.Header, time.Now()),
		requestID:  supportID(answer.Header, req.Header.Get("client-request-id")),
	}
}

// supportID is what Microsoft's support finds a request by: the id the server gave
// it (Entra calls it x-ms-request-id) and the client-request-id it was sent with
// (learn.microsoft.com/graph/best-practices-concept, "Reliability and support").
func supportID(answer http.Header, ours string) string {
	theirs := safeCode(cmp.Or(answer.Get("request-id"), answer.Get("x-ms-request-id")))
	ours = safeCode(ours)
	if theirs == "" || ours == "" || theirs == ours {
		return cmp.Or(theirs, ours)
	}
	return theirs + ", client-request-id " + ours
}

// setGraphHeaders sets what every Graph request carries. Graph does not remember
// the wish for immutable ids (learn.microsoft.com/graph/outlook-immutable-id).
// client-request-id is what Microsoft's support asks for.
func setGraphHeaders(h http.Header) {
	h.Set("Prefer", `IdType="ImmutableId"`)
	h.Set("client-request-id", uuid.NewString())
	h.Set("User-Agent", "figgosync")
}

// graphCode reads the code of a Graph error
// (learn.microsoft.com/graph/errors): {"error":{"code":"...","message":"..."}}.
// Graph sometimes sends an empty code.
func graphCode(body []byte) (code string, shaped bool) {
	var answer struct {
		Error *struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error == nil {
		return "", false
	}
	return answer.Error.Code, true
}

var codePattern = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,80}$`)

// safeCode passes what looks like a code or an id and drops everything else, so
// that no sentence or address reaches a log.
func safeCode(text string) string {
	if !codePattern.MatchString(text) {
		return ""
	}
	return text
}
