package google_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/figgosync/figgosync/internal/calendars"
)

// wantPortError compares type and fields of a port's error, but not its cause,
// and looks for what must not be in its text.
func wantPortError(t testing.TB, want, got error) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(calendars.Temporary{}, "Err"), cmpopts.IgnoreFields(calendars.Blocked{}, "Err"),
		cmpopts.IgnoreFields(calendars.Gone{}, "Err"), cmpopts.IgnoreFields(calendars.Invalid{}, "Err")); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if got != nil && (strings.Contains(got.Error(), alice) || strings.Contains(got.Error(), "leave-17")) {
		t.Errorf("the error tells whom or what it is about: %v", got)
	}
}

func wantTemporary(t testing.TB, err error, code string, wait time.Duration) {
	t.Helper()
	wantPortError(t, &calendars.Temporary{Code: code, RetryAfter: wait}, err)
}

func wantBlocked(t testing.TB, err error, reason calendars.Reason, scope calendars.Scope, code string) {
	t.Helper()
	wantPortError(t, &calendars.Blocked{Reason: reason, Scope: scope, Code: code}, err)
}

func wantInvalid(t testing.TB, err error, code string) {
	t.Helper()
	wantPortError(t, &calendars.Invalid{Code: code}, err)
}

func isTemporary(err error) bool {
	var temporary *calendars.Temporary
	return errors.As(err, &temporary)
}

// row is one error of Google and what an Update makes of it.
type row struct {
	status int
	reason string
	want   error
}

func temporary(code string, wait time.Duration) error {
	return &calendars.Temporary{Code: code, RetryAfter: wait}
}

func forConnection(reason calendars.Reason, code string) error {
	return &calendars.Blocked{Reason: reason, Scope: calendars.ScopeConnection, Code: code}
}

func forMailbox(reason calendars.Reason, code string) error {
	return &calendars.Blocked{Reason: reason, Scope: calendars.ScopeMailbox, Code: code}
}

func unclear(reason calendars.Reason, code string) error {
	return &calendars.Blocked{Reason: reason, Scope: calendars.ScopeUnclear, Code: code}
}

func gone(code string) error    { return &calendars.Gone{Code: code} }
func invalid(code string) error { return &calendars.Invalid{Code: code} }

var rows = []row{
	{400, "invalid", invalid("400 invalid")},
	{400, "required", invalid("400 required")},
	{400, "badRequest", invalid("400 badRequest")},
	{400, "parseError", invalid("400 parseError")},
	{400, "invalidParameter", invalid("400 invalidParameter")},
	{400, "timeRangeEmpty", invalid("400 timeRangeEmpty")},
	{400, "malformedOutOfOfficeEvent", invalid("400 malformedOutOfOfficeEvent")},
	{400, "malformedFocusTimeEvent", invalid("400 malformedFocusTimeEvent")},
	{400, "malformedWorkingLocationEvent", invalid("400 malformedWorkingLocationEvent")},
	{400, "invalidEventType", invalid("400 invalidEventType")},
	{400, "cannotChangeOrganizer", invalid("400 cannotChangeOrganizer")},
	{400, "FAILED_PRECONDITION", invalid("400 FAILED_PRECONDITION")},
	{401, "authError", unclear(calendars.CredentialsRejected, "401 authError")},
	{401, "required", unclear(calendars.CredentialsRejected, "401 required")},
	{401, "ACCESS_TOKEN_EXPIRED", unclear(calendars.CredentialsRejected, "401 ACCESS_TOKEN_EXPIRED")},
	{401, "ACCOUNT_STATE_INVALID", forMailbox(calendars.MailboxMissing, "401 ACCOUNT_STATE_INVALID")},
	{403, "userRateLimitExceeded", temporary("403 userRateLimitExceeded", 0)},
	{403, "rateLimitExceeded", temporary("403 rateLimitExceeded", 0)},
	{403, "RATE_LIMIT_EXCEEDED", temporary("403 RATE_LIMIT_EXCEEDED", 0)},
	{403, "RESOURCE_EXHAUSTED", temporary("403 RESOURCE_EXHAUSTED", 0)},
	{403, "quotaExceeded", temporary("403 quotaExceeded", 2*time.Hour)},
	{403, "dailyLimitExceeded", temporary("403 dailyLimitExceeded", 2*time.Hour)},
	{403, "forbidden", forMailbox(calendars.AccessDenied, "403 forbidden")},
	{403, "PERMISSION_DENIED", forMailbox(calendars.AccessDenied, "403 PERMISSION_DENIED")},
	{403, "requiredAccessLevel", forMailbox(calendars.AccessDenied, "403 requiredAccessLevel")},
	{403, "forbiddenForNonOrganizer", invalid("403 forbiddenForNonOrganizer")},
	{403, "forbiddenForServiceAccounts", unclear(calendars.ConsentMissing, "403 forbiddenForServiceAccounts")},
	{403, "notACalendarUser", forMailbox(calendars.CalendarDisabled, "403 notACalendarUser")},
	{403, "insufficientPermissions", forConnection(calendars.ConsentMissing, "403 insufficientPermissions")},
	{403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", forConnection(calendars.ConsentMissing, "403 ACCESS_TOKEN_SCOPE_INSUFFICIENT")},
	{403, "accessNotConfigured", forConnection(calendars.ConsentMissing, "403 accessNotConfigured")},
	{403, "SERVICE_DISABLED", forConnection(calendars.ConsentMissing, "403 SERVICE_DISABLED")},
	{404, "notFound", gone("404 notFound")},
	{408, "timeout", temporary("408 timeout", 0)},
	{409, "duplicate", temporary("409 duplicate", 0)},
	{409, "conflict", temporary("409 conflict", 0)},
	{410, "deleted", gone("410 deleted")},
	{410, "fullSyncRequired", temporary("410 fullSyncRequired", 0)},
	{410, "updatedMinTooLongAgo", temporary("410 updatedMinTooLongAgo", 0)},
	{412, "conditionNotMet", temporary("412 conditionNotMet", 0)},
	{413, "uploadTooLarge", invalid("413 uploadTooLarge")},
	{429, "rateLimitExceeded", temporary("429 rateLimitExceeded", 0)},
	{429, "RESOURCE_EXHAUSTED", temporary("429 RESOURCE_EXHAUSTED", 0)},
	{429, "quotaExceeded", temporary("429 quotaExceeded", 2*time.Hour)},
	{500, "backendError", temporary("500 backendError", 0)},
	{502, "backendError", temporary("502 backendError", 0)},
	{503, "backendError", temporary("503 backendError", 0)},
	{504, "backendError", temporary("504 backendError", 0)},
}

// shapes are the error bodies Google sends for a reason. The messages hold what
// must never get into our errors.
var shapes = map[string]func(status int, reason string) any{
	"errors": func(status int, reason string) any {
		return map[string]any{"error": map[string]any{
			"errors": []any{map[string]any{"domain": "global", "reason": reason, "message": alice + " leave-17", "locationType": "header", "location": "If-Match"}},
			"code":   status, "message": alice + " leave-17",
		}}
	},
	"details": func(status int, reason string) any {
		return map[string]any{"error": map[string]any{
			"code": status, "message": alice + " leave-17",
			"details": []any{
				map[string]any{"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "message": alice},
				map[string]any{
					"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
					"metadata": map[string]any{"method": "calendar.v3.Events.Update", "service": "calendar-json.googleapis.com"},
				},
			},
		}}
	},
	"status": func(status int, reason string) any {
		return map[string]any{"error": map[string]any{"code": status, "message": alice, "status": reason}}
	},
	"list": func(status int, reason string) any {
		return map[string]any{"error": map[string]any{
			"code":   status,
			"errors": []any{map[string]any{"reason": alice + " has " + "leave-17"}, map[string]any{"reason": reason}},
		}}
	},
}

func TestErrorTable(t *testing.T) {
	t.Parallel()
	for shape, body := range shapes {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			placed := create(t, c, allDay())
			for _, r := range rows {
				f.before = func(w http.ResponseWriter, _ sent) bool {
					writeJSON(w, r.status, body(r.status, r.reason))
					return true
				}
				_, err := c.Update(t.Context(), alice, placed, morning())
				wantPortError(t, r.want, err)
			}
		})
	}
}

// TestNotFoundWithoutEvent: what is missing then is the calendar.
func TestNotFoundWithoutEvent(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, _ sent) bool { writeError(w, 404, "notFound", "Not Found"); return true }
	c := f.open()
	_, find := c.Find(t.Context(), alice, key)
	_, insert := c.Create(t.Context(), alice, marker, allDay(), "")
	for _, err := range []error{find, insert} {
		wantBlocked(t, err, calendars.MailboxMissing, calendars.ScopeMailbox, "404 notFound")
	}
}

// TestTellingReasonWins: both shapes at once, the general reason first.
func TestTellingReasonWins(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"scope": {
			403, `{"error":{"code":403,"errors":[{"reason":"forbidden"}],"status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`,
			forConnection(calendars.ConsentMissing, "403 forbidden"),
		},
		"daily limit": {
			403, `{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"},{"reason":"dailyLimitExceeded"}],"details":[{"reason":"RATE_LIMIT_EXCEEDED"}]}}`,
			temporary("403 rateLimitExceeded", 2*time.Hour),
		},
		"a limit by its domain": {
			403, `{"error":{"code":403,"errors":[{"domain":"usageLimits","reason":"variableTermLimitExceeded"}]}}`,
			temporary("403 variableTermLimitExceeded", 0),
		},
		"an API that is off, of the domain of limits": {
			403, `{"error":{"code":403,"errors":[{"domain":"usageLimits","reason":"accessNotConfigured"}]}}`,
			forConnection(calendars.ConsentMissing, "403 accessNotConfigured"),
		},
		"API off": {
			403, `{"error":{"code":403,"errors":[{"reason":"accessNotConfigured"}],"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"reason":"SERVICE_DISABLED"}]}}`,
			forConnection(calendars.ConsentMissing, "403 accessNotConfigured"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.before = func(w http.ResponseWriter, _ sent) bool {
				writeJSON(w, tc.status, json.RawMessage(tc.body))
				return true
			}
			_, err := f.open().Find(t.Context(), alice, key)
			wantPortError(t, tc.want, err)
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const all = calendars.ScopeConnection
	for name, tc := range map[string]struct {
		status         int
		reason, header string
		wait           time.Duration
		scope          calendars.Scope
	}{
		"seconds":             {429, "rateLimitExceeded", "90", 90 * time.Second, ""},
		"a limit of one user": {403, "userRateLimitExceeded", "90", 90 * time.Second, ""},
		"an outage":           {503, "backendError", "90", 90 * time.Second, all},
		"an outage, 500":      {500, "backendError", "90", 90 * time.Second, all},
		"an outage, no wait":  {503, "backendError", "", 0, ""},
		"date gone by":        {503, "backendError", "Fri, 31 Dec 1999 23:59:59 GMT", 0, ""},
		"negative":            {429, "rateLimitExceeded", "-5", 0, ""},
		"nonsense":            {429, "rateLimitExceeded", "soon", 0, ""},
		"a year":              {429, "rateLimitExceeded", "31536000", 24 * time.Hour, ""},
		"shorter than quota":  {403, "quotaExceeded", "60", 2 * time.Hour, ""},
		"longer than quota":   {403, "quotaExceeded", "36000", 10 * time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.before = func(w http.ResponseWriter, _ sent) bool {
				w.Header().Set("Retry-After", tc.header)
				writeError(w, tc.status, tc.reason, "message")
				return true
			}
			_, err := f.open().Find(t.Context(), alice, key)
			want := &calendars.Temporary{RetryAfter: tc.wait, Scope: tc.scope, Code: fmt.Sprint(tc.status, " ", tc.reason)}
			wantPortError(t, want, err)
		})
	}
}

// TestRetryAfterDate: what is left of the hour depends on how long the answer took,
// so it is measured.
func TestRetryAfterDate(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var answered time.Time
	f.before = func(w http.ResponseWriter, _ sent) bool {
		answered = time.Now()
		w.Header().Set("Retry-After", answered.Add(time.Hour).UTC().Format(http.TimeFormat))
		writeError(w, 503, "backendError", "message")
		return true
	}
	_, err := f.open().Find(t.Context(), alice, key)
	least := time.Hour - time.Since(answered) - time.Second // the header has whole seconds
	temporary, ok := errors.AsType[*calendars.Temporary](err)
	if !ok || temporary.Scope != calendars.ScopeConnection || temporary.RetryAfter < least || temporary.RetryAfter > time.Hour {
		t.Errorf("%#v, want %v at least", err, least)
	}
}
