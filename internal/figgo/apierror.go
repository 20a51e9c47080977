package figgo

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/figgosync/figgosync/internal/calendars/transport"
	"github.com/figgosync/figgosync/internal/egress"
)

// ErrNoLegalEntity says that Lucca answered and knows no such legal entity, or
// shows none to our key.
var ErrNoLegalEntity = errors.New("no such legal entity in Lucca")

// ErrNoEmployee says that Lucca answered and knows no such employee, or shows
// none to our integration key.
var ErrNoEmployee = errors.New("no such employee in Lucca")

// ErrAmbiguousEmail says that several employees have the e-mail address and not
// exactly one of them is active, so that none can be told to be meant. It is an
// ErrNoEmployee too.
var ErrAmbiguousEmail = fmt.Errorf("%w: several have this e-mail address", ErrNoEmployee)

// APIError is a failed call to Lucca's API or to its token endpoint. Its text
// has no address, no parameter and nothing of the answer but a code.
type APIError struct {
	// Resource is what was asked for: employees, token...
	Resource string
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// Code is the last part of the problem's type, or the OAuth 2 error; ours
	// where Lucca did not answer.
	Code string
	// Title is the problem's title. It is Lucca's text: show it, do not log it.
	Title string
	// RetryAfter is how long to wait before the next call, 0 when unknown.
	RetryAfter time.Duration
	Err        error
}

// The codes of an APIError that are ours.
const (
	CodeConfiguration = "configuration"     // our settings cannot work
	CodeNetwork       = "network"           // no answer, or half of one
	CodeUnreadable    = "unreadable-answer" // not what the documentation says
	CodeTruncated     = "truncated-answer"  // a part of a list, or the same part again
	CodeUnordered     = "unordered-answer"  // Lucca does not sort leaves as we asked
	CodeCursor        = "unknown-cursor"    // a cursor that was not made for this list
	CodeThrottled     = "throttled-here"    // we hold back to stay under Lucca's limit
	CodeRefused       = egress.Code         // we may not connect to that address
)

// Error tells resource, status and code.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Lucca %s", e.Resource)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": status %d", e.Status)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter.Round(time.Second))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *APIError) Unwrap() error { return e.Err }

// Temporary tells whether the same call may succeed later: no answer, an answer
// we cannot read, a part of a list, 408, 429 and 5xx
// (https://developers.lucca.fr/documentation/using-api/errors).
func (e *APIError) Temporary() bool {
	switch {
	case e.Code == CodeConfiguration, e.Code == CodeCursor, e.Code == CodeRefused:
		return false
	case e.Status == 0, e.Code == CodeUnreadable, e.Code == CodeTruncated:
		return true
	}
	return e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooManyRequests || e.Status >= 500
}

// CredentialsRejected tells whether the integration key is wrong or expired.
func (e *APIError) CredentialsRejected() bool {
	return e.Status == http.StatusUnauthorized || e.Code == "invalid_client" || e.Code == "unauthorized_client"
}

// ScopeMissing tells whether the integration key is good but lacks a scope or
// a business establishment.
func (e *APIError) ScopeMissing() bool {
	return e.Status == http.StatusForbidden || e.Code == "invalid_scope"
}

// NotFound tells whether the resource is not there.
func (e *APIError) NotFound() bool { return e.Status == http.StatusNotFound }

// IsTemporary tells whether err is an APIError that is Temporary.
func IsTemporary(err error) bool {
	apiErr, ok := errors.AsType[*APIError](err)
	return ok && apiErr.Temporary()
}

const (
	// defaultRetryAfter is Lucca's window of counting, for a 429 that names no
	// time (https://developers.luccasoftware.com/documentation/limits).
	defaultRetryAfter = time.Minute
	// maxRetryAfter bounds a wish that must be a mistake: Lucca counts by the minute.
	maxRetryAfter = time.Hour
)

// answerError makes the error of an answer other than 200 (RFC 9457).
func answerError(resource string, response *http.Response, body []byte, now time.Time) *APIError {
	// Message is how the legacy API says it.
	var problem struct{ Type, Title, Message string }
	_ = json.Unmarshal(body, &problem) // a proxy's page is no problem+json
	title := firstRunes(cmp.Or(problem.Title, problem.Message), 200)
	e := &APIError{Resource: resource, Status: response.StatusCode, Code: codeOf(problem.Type), Title: title}
	e.RetryAfter = retryAfter(response, now)
	return e
}

// codeOf returns the last part of a problem's type where it looks like a code.
func codeOf(problemType string) string {
	u, err := url.Parse(problemType)
	if err != nil || u.Scheme == "about" || u.Path == "" {
		return ""
	}
	return safeCode(path.Base(u.Path))
}

var codePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)

// safeCode keeps only what can be a code: text from outside goes into logs.
func safeCode(s string) string {
	if codePattern.MatchString(s) {
		return s
	}
	return ""
}

func firstRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

// retryAfter is how long Lucca asks to be left alone. A 429 always names a time.
func retryAfter(response *http.Response, now time.Time) time.Duration {
	wait := transport.RetryAfter(response.Header, now)
	if wait == 0 && response.StatusCode == http.StatusTooManyRequests {
		wait = defaultRetryAfter
	}
	return min(wait, maxRetryAfter)
}

// networkError is a call without a whole answer. The text of *url.Error holds
// the address with its parameters, an e-mail among them: only its cause is kept.
func networkError(resource string, err error) *APIError {
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		err = urlErr.Err
	}
	if refused, ok := errors.AsType[*egress.RefusedError](err); ok {
		return &APIError{Resource: resource, Code: CodeRefused, Err: refused}
	}
	return &APIError{Resource: resource, Code: CodeNetwork, Err: err}
}

// tokenError makes the error of the token endpoint (RFC 6749 5.2). The texts of
// the library's errors hold the answer's body and are dropped.
func tokenError(err error, now time.Time) *APIError {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return &APIError{
			Resource: "token", Status: refused.Response.StatusCode,
			Code: safeCode(refused.ErrorCode), RetryAfter: retryAfter(refused.Response, now),
		}
	}
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		return networkError("token", urlErr)
	}
	return &APIError{Resource: "token", Status: http.StatusOK, Code: CodeUnreadable}
}
