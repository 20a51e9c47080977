package google

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

var (
	errUnexpectedAnswer = errors.New("not an answer of this service")
	errNoAnswer         = errors.New("no whole answer arrived")
	errClosed           = errors.New("the connection was closed")
)

// parking is how long a used-up quota rests. Google opens a calendar again
// "within several hours" (support.google.com/a/answer/2905486) and a daily quota
// once a day; asking every two hours costs one refused request and leaves an
// absence at most that late.
const parking = 2 * time.Hour

// apiError is an error answer of the Calendar API, without its messages: they
// carry addresses and titles.
type apiError struct {
	status int
	// reasons are errors[].reason, details[].reason and the status word, as far
	// as they look like such names.
	reasons    []string
	retryAfter time.Duration
	// isLimit: one of the errors is of the domain of limits, whatever its reason.
	isLimit bool
	// foreign: the body is not an error of a Google API, so another server
	// speaks.
	foreign bool
	// finding is what an error of the token endpoint means to an admin: only its
	// description tells, which is not kept.
	finding calendars.Finding
}

func (e *apiError) Error() string { return "HTTP " + e.code() }

// code is the HTTP status and the reason.
func (e *apiError) code() string {
	if len(e.reasons) == 0 {
		return strconv.Itoa(e.status)
	}
	return strconv.Itoa(e.status) + " " + e.reasons[0]
}

func (e *apiError) has(reasons ...string) bool {
	return slices.ContainsFunc(e.reasons, func(r string) bool { return slices.Contains(reasons, r) })
}

// reasonName is what reasons look like; anything else may be a message.
var reasonName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)

// readAPIError reads both shapes of error bodies: errors[].reason of the Calendar
// API (developers.google.com/workspace/calendar/api/guides/errors) and
// details[] with a google.rpc.ErrorInfo of Google's front end
// (google.aip.dev/193), often both at once.
func readAPIError(answer *googleapi.Error) *apiError {
	e := &apiError{status: answer.Code, retryAfter: transport.RetryAfter(answer.Header, time.Now())}
	var body struct {
		Error *struct {
			Status  string
			Errors  []struct{ Domain, Reason string }
			Details []struct{ Reason string }
		}
	}
	if json.Unmarshal([]byte(answer.Body), &body) != nil || body.Error == nil {
		e.foreign = true
		return e
	}
	for _, item := range body.Error.Errors {
		e.add(item.Reason)
		e.isLimit = e.isLimit || item.Domain == "usageLimits"
	}
	for _, item := range body.Error.Details {
		e.add(item.Reason)
	}
	e.add(body.Error.Status)
	return e
}

func (e *apiError) add(reason string) {
	if reasonName.MatchString(reason) {
		e.reasons = append(e.reasons, reason)
	}
}

// readError turns what a call failed with into *apiError or the port's error.
func readError(err error) error {
	if known := asPort(err); known != nil {
		return known // from the token endpoint
	}
	if answer, ok := errors.AsType[*googleapi.Error](err); ok {
		return readAPIError(answer)
	}
	return transportError(err)
}

// asPort returns the port's error inside err, nil when there is none.
func asPort(err error) error {
	var temporary *calendars.Temporary
	var blocked *calendars.Blocked
	var gone *calendars.Gone
	var invalid *calendars.Invalid
	switch {
	case errors.As(err, &temporary):
		return temporary
	case errors.As(err, &blocked):
		return blocked
	case errors.As(err, &gone):
		return gone
	case errors.As(err, &invalid):
		return invalid
	}
	return nil
}

// transportError is what it means that no usable answer came. Texts of such errors
// may quote what the server sent, or the address, which names the absence.
func transportError(err error) error {
	if errors.Is(err, errNotJSON) || errors.Is(err, errUnexpectedAnswer) || isSyntax(err) {
		return &calendars.Temporary{Code: "unexpected-answer", Err: errUnexpectedAnswer}
	}
	return transport.Classify(err, errNoAnswer)
}

func isSyntax(err error) bool {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &mismatch)
}

func unreachable(code string, cause error) error {
	return &calendars.Blocked{
		Reason: calendars.ServerUnreachable, Scope: calendars.ScopeConnection, Code: code, Err: cause,
	}
}

func asAPI(err error) (*apiError, bool) {
	var e *apiError
	ok := errors.As(err, &e)
	return e, ok && !e.foreign
}

// isUnauthorized: the API refuses the token. A refusal to give one is the port's
// error already.
func isUnauthorized(err error) bool {
	var e *apiError
	return asPort(err) == nil && errors.As(err, &e) && e.status == http.StatusUnauthorized
}

func isNotFound(err error) bool {
	e, ok := asAPI(err)
	return ok && e.status == http.StatusNotFound
}

// isGone: 404 and 410 say so, but only from Google itself. A proxy's "not found"
// must not look like a removed event.
func isGone(err error) bool {
	var gone *calendars.Gone
	e, ok := asAPI(err)
	return errors.As(err, &gone) || ok && (e.status == http.StatusNotFound || e.status == http.StatusGone)
}

func isConflict(err error) bool {
	e, ok := asAPI(err)
	return ok && e.status == http.StatusPreconditionFailed
}

// isDuplicate: the id is in use. Another 409, "conflict", has no such meaning.
func isDuplicate(err error) bool {
	e, ok := asAPI(err)
	return ok && e.status == http.StatusConflict && e.has("duplicate", "ALREADY_EXISTS")
}

// isRefused: a tombstone that will not come back.
func isRefused(err error) bool {
	e, ok := asAPI(err)
	return isGone(err) || ok && e.status == http.StatusForbidden &&
		(ruleFor(e) == ruleForbidden || e.has("forbiddenForNonOrganizer"))
}
