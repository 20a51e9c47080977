package ews_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest/official"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

const (
	temporary  = "temporary"
	connection = "connection: "
	person     = "mailbox: "
	unclear    = "unclear: "
	gone       = "gone"
	mistake    = "invalid"
)

// meanings is what each code means when it answers an UpdateItem.
var meanings = map[string]string{
	"ErrorServerBusy": temporary, "ErrorTimeoutExpired": temporary, "ErrorInternalServerTransientError": temporary,
	"ErrorInternalServerError": temporary, "ErrorMailboxMoveInProgress": temporary, "ErrorMailboxFailover": temporary,
	"ErrorMailboxStoreUnavailable": temporary, "ErrorConnectionFailed": temporary, "ErrorADUnavailable": temporary,
	"ErrorADOperation": temporary, "ErrorInsufficientResources": temporary, "ErrorNotEnoughMemory": temporary,
	"ErrorTooManyObjectsOpened": temporary, "ErrorServiceUnavailable": temporary, "ErrorClientDisconnected": temporary,
	"ErrorNoRespondingCASInDestinationSite": temporary, "ErrorBatchProcessingStopped": temporary,
	"ErrorIrresolvableConflict": temporary, "ErrorStaleObject": temporary,
	"ErrorExceededConnectionCount": temporary, "ErrorExceededFindCountLimit": temporary,
	"ErrorConnectionFailedTransientError": temporary, "ErrorMessageTransientError": temporary, // often quoted, in no schema
	"ErrorProxyRequestProcessingFailed": temporary, "ErrorMailboxLogonFailed": temporary, "ErrorNobodyEverSaw": temporary,

	"ErrorNonExistentMailbox": person + "mailbox-missing", "ErrorMailboxConfiguration": person + "mailbox-missing",
	"ErrorInvalidSmtpAddress": person + "mailbox-missing", "ErrorNonPrimarySmtpAddress": person + "mailbox-missing",
	"ErrorInvalidUserPrincipalName": person + "mailbox-missing", "ErrorNoCalendar": person + "mailbox-missing",
	"ErrorAccountDisabled": person + "calendar-disabled", "ErrorInvalidLicense": person + "calendar-disabled",
	"ErrorImpersonateUserDenied": unclear + "consent-missing", "ErrorAccessDenied": person + "access-denied",
	"ErrorCreateItemAccessDenied": person + "access-denied", "ErrorQuotaExceeded": person + "mailbox-full",
	"ErrorNoDestinationCASDueToSSLRequirements": person + "server-unreachable",

	"ErrorImpersonationDenied": unclear + "consent-missing", "ErrorImpersonationFailed": unclear + "consent-missing",
	"ErrorInvalidExchangeImpersonationHeaderData": temporary,
	"ErrorPasswordExpired":                        connection + "credentials-rejected", "ErrorPasswordChangeRequired": connection + "credentials-rejected",

	"ErrorSchemaValidation": mistake, "ErrorInvalidRequest": mistake, "ErrorIncorrectSchemaVersion": mistake,
	"ErrorInvalidServerVersion": mistake, "ErrorInvalidExtendedProperty": mistake, "ErrorInvalidPropertySet": mistake,
	"ErrorInvalidIdMalformed": mistake, "ErrorSendMeetingInvitationsRequired": mistake,
	"ErrorSendMeetingInvitationsOrCancellationsRequired": mistake, "ErrorSendMeetingCancellationsRequired": mistake,
	"ErrorCalendarEndDateIsEarlierThanStartDate": mistake, "ErrorCalendarDurationIsTooLong": mistake,
	"ErrorChangeKeyRequiredForWriteOperations": mistake, "ErrorMissingEmailAddress": mistake,

	"ErrorItemNotFound": gone, "ErrorFolderNotFound": gone,
}

func meaning(err error) string {
	if e, ok := errors.AsType[*calendars.Blocked](err); ok {
		return string(e.Scope) + ": " + string(e.Reason)
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(describe(err), "*calendars."), " ")
	return strings.ToLower(kind)
}

func update(t *testing.T, c *ews.Calendar) error {
	t.Helper()
	_, err := c.Update(t.Context(), mailbox, calendars.Placed{Marker: marker, ID: "AAA=", Version: "CK"}, twoDays())
	return err
}

func TestMeaningOfCodesInBothPlaces(t *testing.T) {
	t.Parallel()
	var respond func(operation, code string) answer
	code := ""
	_, c := open(t, func(r request) answer { return respond(r.operation, code) })
	for place, how := range map[string]func(operation, code string) answer{
		"fault":     func(_, code string) answer { return soapFault(code, "") },
		"message":   failure,
		"warning":   func(operation, code string) answer { return message(operation, "Warning", "\n  "+code+"  ", "") },
		"faultcode": func(_, code string) answer { return bareFault("a:" + code) },
		"inside": func(_, code string) answer {
			return soapFault("ErrorInternalServerError", `<t:MessageXml xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><t:Value Name="InnerErrorResponseCode">`+code+`</t:Value></t:MessageXml>`)
		},
	} {
		respond = how
		for c1, want := range meanings {
			code = c1
			err := update(t, c)
			if got := meaning(err); got != want {
				t.Errorf("%s in %s: %s, want %s", code, place, got, want)
			}
			if text := err.Error(); !strings.Contains(text, code) || strings.Contains(text, "@") {
				t.Errorf("%s in %s: text %q", code, place, text)
			}
		}
	}
}

func bareFault(faultCode string) answer {
	return answer{status: 500, body: envelopeStart + `<s:Fault><faultcode>` + faultCode + `</faultcode><faultstring>x</faultstring></s:Fault>` + envelopeEnd}
}

// Every code a server can send by its own schema becomes one of the port's
// errors, and none of them an empty calendar or a deletion.
func TestEveryCodeOfTheSchema(t *testing.T) {
	t.Parallel()
	file, err := official.Schemas("ews", "messages.xsd")
	if err != nil {
		official.Missing(t, err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), `name="ResponseCodeType"`)
	list, _, _ := strings.Cut(rest, "</xs:simpleType>")
	codes := regexp.MustCompile(`value="(Error\w+)"`).FindAllStringSubmatch(list, -1)
	if len(codes) < 400 {
		t.Fatalf("only %d codes found", len(codes))
	}
	goneCodes := map[string]bool{"ErrorItemNotFound": true, "ErrorFolderNotFound": true, "ErrorCalendarCannotUpdateDeletedItem": true}
	count := map[string]int{}
	code := ""
	_, c := open(t, func(r request) answer { return failure(r.operation, code) })
	for _, found := range codes {
		code = found[1]
		got := meaning(update(t, c))
		kind, _, _ := strings.Cut(got, ":")
		count[kind]++
		if known, ok := meanings[code]; ok && got != known {
			t.Errorf("%s: %s, want %s", code, got, known)
		}
		if (got == gone) != goneCodes[code] {
			t.Errorf("%s: %s", code, got)
		}
		events, err := c.Find(t.Context(), mailbox, key)
		if err == nil || events != nil || meaning(err) == gone {
			t.Errorf("%s: Find gave %v, %v", code, events, err)
		}
		if err := c.Delete(t.Context(), mailbox, calendars.Placed{Marker: marker, ID: "A", Version: "C"}); (meaning(err) == gone) != goneCodes[code] {
			t.Errorf("%s: Delete gave %v", code, err)
		}
	}
	t.Logf("%d codes: %v", len(codes), count)
}

func TestMissingCalendarIsAMissingMailbox(t *testing.T) {
	t.Parallel()
	_, c := open(t, func(r request) answer { return failure(r.operation, "ErrorFolderNotFound") })
	_, found := c.Find(t.Context(), mailbox, key)
	_, created := c.Create(t.Context(), mailbox, marker, twoDays(), "")
	for _, err := range []error{found, created} {
		if meaning(err) != person+"mailbox-missing" {
			t.Error(err)
		}
	}
}

func TestBackOff(t *testing.T) {
	t.Parallel()
	values := func(prefix, namespace, ms string) string {
		return fmt.Sprintf(`<%[1]s:MessageXml xmlns:%[1]s="%[2]s"><%[1]s:Value Name="Other">1</%[1]s:Value><%[1]s:Value Name="BackOffMilliseconds"> %[3]s </%[1]s:Value></%[1]s:MessageXml>`, prefix, namespace, ms)
	}
	const types, messages = "http://schemas.microsoft.com/exchange/services/2006/types", "http://schemas.microsoft.com/exchange/services/2006/messages"
	mixed := `<m:MessageXml><t:Value Name="InnerErrorResponseCode">ErrorServerBusy</t:Value><t:Value Name="BackOffMilliseconds">1500</t:Value></m:MessageXml>`
	for name, test := range map[string]struct {
		answer answer
		want   time.Duration
	}{
		"fault":               {soapFault("ErrorServerBusy", values("t", types, "297749")), 297749 * time.Millisecond},
		"message":             {message("FindItem", "Error", "ErrorServerBusy", values("m", messages, "2000")), 2 * time.Second},
		"message, both":       {message("FindItem", "Error", "ErrorInternalServerError", mixed), 1500 * time.Millisecond},
		"none":                {soapFault("ErrorServerBusy", ""), 0},
		"negative":            {soapFault("ErrorServerBusy", values("t", types, "-5")), 0},
		"no number":           {soapFault("ErrorServerBusy", values("t", types, "soon")), 0},
		"not a number":        {soapFault("ErrorServerBusy", values("t", types, "NaN")), 0},
		"for ever":            {soapFault("ErrorServerBusy", values("t", types, "1e300")), transport.LongestRetryAfter},
		"Retry-After":         {answer{status: 503, header: http.Header{"Retry-After": {"7"}}}, 7 * time.Second},
		"decimal Retry-After": {answer{status: 429, header: http.Header{"Retry-After": {"2.128"}}}, 2128 * time.Millisecond},
	} {
		_, c := open(t, func(request) answer { return test.answer })
		_, err := c.Find(t.Context(), mailbox, key)
		e, ok := errors.AsType[*calendars.Temporary](err)
		if !ok || e.RetryAfter != test.want {
			t.Errorf("%s: %v, %+v", name, err, e)
		}
	}
}

// A wish to wait is everybody's where the server has it, and the mailbox's where it is
// about where that stands.
func TestWhoWaits(t *testing.T) {
	t.Parallel()
	wait := `<t:MessageXml xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><t:Value Name="BackOffMilliseconds">9000</t:Value></t:MessageXml>`
	cas := func(header string) answer {
		return answer{status: 503, header: http.Header{"Retry-After": {"9"}, "X-Caserrorcode": {header}}}
	}
	for name, test := range map[string]struct {
		answer answer
		want   calendars.Scope
	}{
		"ErrorServerBusy":              {soapFault("ErrorServerBusy", wait), calendars.ScopeConnection},
		"ErrorInsufficientResources":   {soapFault("ErrorInsufficientResources", wait), calendars.ScopeConnection},
		"ErrorMailboxMoveInProgress":   {soapFault("ErrorMailboxMoveInProgress", wait), calendars.ScopeMailbox},
		"ErrorMailboxFailover":         {soapFault("ErrorMailboxFailover", wait), calendars.ScopeMailbox},
		"ErrorMailboxStoreUnavailable": {soapFault("ErrorMailboxStoreUnavailable", wait), calendars.ScopeMailbox},
		"between servers":              {cas("MailboxGuidWithDomainNotFound"), calendars.ScopeMailbox},
		"503":                          {answer{status: 503, header: http.Header{"Retry-After": {"9"}}}, calendars.ScopeConnection},
		"429":                          {answer{status: 429, header: http.Header{"Retry-After": {"9"}}}, calendars.ScopeMailbox},
	} {
		_, c := open(t, func(request) answer { return test.answer })
		_, err := c.Find(t.Context(), mailbox, key)
		e, ok := errors.AsType[*calendars.Temporary](err)
		if !ok || e.RetryAfter != 9*time.Second || e.Scope != test.want {
			t.Errorf("%s: %+v, %v, want it for the %s", name, e, err, test.want)
		}
	}
}

func TestHTTPStatuses(t *testing.T) {
	t.Parallel()
	html := "<html><head><title>Server Error in '/EWS' Application.</title></head></html>"
	to := func(location string) http.Header { return http.Header{"Location": {location}} }
	for name, test := range map[string]struct {
		answer answer
		want   string
		code   string
	}{
		"application error":  {answer{status: 500, body: html, header: http.Header{"Content-Type": {"text/html"}}}, temporary, "500"},
		"queue full":         {answer{status: 503, body: "<h2>Service Unavailable</h2>"}, temporary, "503"},
		"gateway":            {answer{status: 502, body: html}, temporary, "502"},
		"HTML for an answer": {answer{status: 200, body: html}, temporary, "html-answer"},
		"outage page":        {answer{status: 302, header: to("/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx")}, temporary, "error-page"},
		"redirect":           {answer{status: 302, header: to("https://login.example.org/")}, unclear + "server-unreachable", "redirect-302"},
		"internal site":      {answer{status: 302, header: to("/internalsite/error.asp")}, unclear + "server-unreachable", "redirect-302"},
		"redirect nowhere":   {answer{status: 307}, unclear + "server-unreachable", "redirect-307"},
		"forbidden":          {answer{status: 403, body: html}, unclear + "consent-missing", "403"},
		"no such page":       {answer{status: 404, body: html}, unclear + "server-unreachable", "404"},
		"a proxy signs in":   {answer{status: 407, body: html}, connection + "server-unreachable", "407"},
		"bad request":        {answer{status: 400, body: "Bad Request"}, mistake, "400"},
		"too many":           {answer{status: 429}, temporary, "429"},
		"proxying":           {answer{status: 403, header: http.Header{"X-Caserrorcode": {"ServerNotFound"}}}, temporary, "cas-ServerNotFound"},
		"proxying, odd":      {answer{status: 500, header: http.Header{"X-Caserrorcode": {"for jean@example.com"}}}, temporary, "cas-unreadable-code"},
		"fault in a 400":     {answer{status: 400, body: soapFault("ErrorServerBusy", "").body}, temporary, "ErrorServerBusy"},
		"fault in a 200":     {answer{status: 200, body: soapFault("ErrorImpersonateUserDenied", "").body}, unclear + "consent-missing", "ErrorImpersonateUserDenied"},
		"odd code":           {failure("FindItem", "see jean@example.com"), temporary, "unreadable-code"},
		"no code":            {bareFault(""), temporary, "unreadable-code"},
		"plain fault":        {bareFault("soap:Client"), mistake, "Client"},
	} {
		e, c := open(t, func(request) answer { return test.answer })
		_, err := c.Find(t.Context(), mailbox, key)
		if meaning(err) != test.want || !strings.HasSuffix(describe(err), " "+test.code) {
			t.Errorf("%s: %s, %s", name, meaning(err), describe(err))
		}
		if n := len(e.seen()); n != 1 {
			t.Errorf("%s: %d requests", name, n)
		}
		if strings.Contains(err.Error(), "@") {
			t.Errorf("%s: an address in %q", name, err)
		}
	}
}

func TestTooManyConnectionsRestsASlot(t *testing.T) {
	t.Parallel()
	full := true
	_, c := open(t, func(r request) answer {
		if full {
			return soapFault("ErrorExceededConnectionCount", "")
		}
		return wellBehaved(r)
	})
	for range 8 {
		if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Temporary ErrorExceededConnectionCount" {
			t.Fatal(err)
		}
	}
	if c.Parked() != 3 { // of 4: the last one goes on working
		t.Errorf("%d slots rest", c.Parked())
	}
	full = false
	if _, err := c.Find(t.Context(), mailbox, key); err != nil {
		t.Error(err)
	}
}
