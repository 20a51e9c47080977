package ews

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// Codes of our own, beside Exchange's.
const (
	codeUnreadable = "unreadable-answer"
	codeHTML       = "html-answer"
)

// operationError is the cause in our errors: which call, and nothing a server
// wrote, because its messages hold addresses.
type operationError string

func (e operationError) Error() string { return "exchange " + string(e) }

func (o operation) err() error { return operationError(o.name) }

func temporary(op operation, code string) error {
	return &calendars.Temporary{Code: code, Err: op.err()}
}

func invalid(op operation, code string) error {
	return &calendars.Invalid{Code: code, Err: op.err()}
}

func blocked(op operation, code string, reason calendars.Reason, scope calendars.Scope) error {
	return &calendars.Blocked{Reason: reason, Scope: scope, Code: code, Err: op.err()}
}

// codeOf returns the code of one of the port's errors, "" for nil and others.
func codeOf(err error) string {
	if e, ok := errors.AsType[*calendars.Temporary](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*calendars.Blocked](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*calendars.Gone](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*calendars.Invalid](err); ok {
		return e.Code
	}
	return ""
}

// isConflict tells whether reading the ChangeKey again may help.
func isConflict(err error) bool {
	switch codeOf(err) {
	case "ErrorIrresolvableConflict", "ErrorStaleObject", "ErrorInvalidChangeKey",
		"ErrorChangeKeyRequired", "ErrorChangeKeyRequiredForWriteOperations":
		return true
	}
	return false
}

func wantsFewerConnections(err error) bool {
	code := codeOf(err)
	return code == "ErrorExceededConnectionCount" || code == "ErrorExceededFindCountLimit"
}

// isAnswer tells whether Exchange itself answered the operation.
func isAnswer(err error) bool { return err == nil || strings.HasPrefix(codeOf(err), "Error") }

// readAnswer turns an HTTP answer other than 401 into a response message whose
// code is NoError, or into the error it stands for. Faults come with HTTP 500,
// refusals of one item with 200.
func readAnswer(op operation, r reply) (*responseMessage, error) {
	ok := r.status == http.StatusOK
	if !ok && r.status != http.StatusBadRequest && r.status < 500 {
		return nil, statusError(op, r)
	}
	parsed, err := parse(r.body)
	switch {
	case err == nil && parsed.Body.Fault != nil:
		return nil, faultError(op, parsed.Body.Fault)
	case !ok:
		return nil, statusError(op, r)
	case err != nil && isHTML(r):
		return nil, temporary(op, codeHTML)
	case err != nil:
		return nil, temporary(op, codeUnreadable)
	}
	message, err := parsed.message(op)
	if err != nil {
		return nil, temporary(op, codeUnreadable)
	}
	if message.Class == "Success" && message.Code == "NoError" {
		return message, nil
	}
	return nil, classify(op, message.Code, message.Detail)
}

func faultError(op operation, f *fault) error {
	code := strings.TrimSpace(f.Code)
	if code == "" {
		faultCode := strings.TrimSpace(f.FaultCode)
		code = faultCode[strings.LastIndexByte(faultCode, ':')+1:]
	}
	return classify(op, code, f.Detail)
}

// statusError classifies an HTTP status that came without a SOAP answer.
func statusError(op operation, r reply) error {
	code := strconv.Itoa(r.status)
	switch {
	case r.header.Get("X-CasErrorCode") != "":
		// One Exchange server failed to pass the call to the one of this mailbox.
		return &calendars.Temporary{Code: "cas-" + cleanCode(r.header.Get("X-CasErrorCode")),
			RetryAfter: transport.RetryAfter(r.header, time.Now()), Scope: calendars.ScopeMailbox, Err: op.err()}
	case r.status >= 300 && r.status < 400 && isErrorPage(r.header):
		// IIS sends clients to this page during an outage.
		return temporary(op, "error-page")
	case r.status >= 300 && r.status < 400:
		// Everybody's, or of one mailbox that is elsewhere by now.
		return blocked(op, "redirect-"+code, calendars.ServerUnreachable, calendars.ScopeUnclear)
	case r.status == http.StatusForbidden:
		// EWS is off for this mailbox or the organization, or our User-Agent is not
		// on its list of allowed clients:
		// learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange.
		return blocked(op, code, calendars.ConsentMissing, calendars.ScopeUnclear)
	case r.status == http.StatusBadRequest, r.status == http.StatusRequestEntityTooLarge:
		return invalid(op, code)
	case r.status == http.StatusTooManyRequests:
		// Too many requests on this mailbox; 503 is the server's own trouble.
		return &calendars.Temporary{Code: code, RetryAfter: transport.RetryAfter(r.header, time.Now()),
			Scope: calendars.ScopeMailbox, Err: op.err()}
	case r.status == http.StatusRequestTimeout, r.status >= 500, r.status < 300:
		return &calendars.Temporary{Code: code, RetryAfter: transport.RetryAfter(r.header, time.Now()),
			Scope: calendars.ScopeConnection, Err: op.err()}
	}
	// 404, 405 and the like: there is no EWS at this address, or a proxy that reads
	// X-AnchorMailbox knows no server for this one.
	scope := calendars.ScopeUnclear
	if r.status == http.StatusProxyAuthRequired {
		scope = calendars.ScopeConnection
	}
	return blocked(op, code, calendars.ServerUnreachable, scope)
}

func isErrorPage(header http.Header) bool {
	location, err := url.Parse(header.Get("Location"))
	return err == nil && strings.HasSuffix(strings.ToLower(location.Path), "/genericerrorpage.htm")
}

func isHTML(r reply) bool {
	start := strings.ToLower(strings.TrimSpace(string(r.body[:min(len(r.body), 200)])))
	return strings.HasPrefix(r.header.Get("Content-Type"), "text/html") ||
		strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// cleanCode lets only a short word of letters and digits through: a code is
// logged, and only our own texts may say more.
func cleanCode(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 80 || strings.ContainsFunc(text, notInCode) {
		return "unreadable-code"
	}
	return text
}

func notInCode(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
}
