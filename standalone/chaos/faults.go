package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// fault is a rule for POST /sandbox/faults.
type fault struct {
	Target      string            `json:"target"`
	Match       string            `json:"match,omitempty"`
	Status      *int              `json:"status,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        any               `json:"body,omitempty"`
	Times       int               `json:"times,omitempty"`
	AfterCommit bool              `json:"afterCommit,omitempty"`
	Delay       string            `json:"delay,omitempty"`
}

// faults are what the systems document about their bad days:
// learn.microsoft.com/graph/errors, /graph/throttling, developers.google.com/workspace/
// calendar/api/guides/errors, and Exchange's own front end.
var faults = func() []fault {
	var all []fault
	for _, target := range []string{"graph", "exchange", "google"} {
		all = append(all,
			fault{Target: target, Status: new(0)},
			fault{Target: target, Status: new(0), AfterCommit: true},
			fault{Target: target, Delay: "2s"},
			fault{Target: target, Delay: "700ms", AfterCommit: true, Status: new(0)},
			fault{Target: target, Status: new(http.StatusBadGateway), Body: "<html><body>Bad Gateway</body></html>"},
			fault{
				Target: target, Status: new(http.StatusServiceUnavailable),
				Headers: map[string]string{"Retry-After": "1"},
			},
		)
	}
	graphError := func(code string) any {
		return map[string]any{"error": map[string]any{"code": code, "message": code}}
	}
	for _, one := range []struct {
		status int
		code   string
	}{
		{http.StatusTooManyRequests, "ApplicationThrottled"}, {http.StatusInternalServerError, "generalException"},
		{http.StatusGatewayTimeout, "UnknownError"}, {http.StatusServiceUnavailable, "serviceNotAvailable"},
	} {
		all = append(all, fault{Target: "graph", Status: new(one.status), Body: graphError(one.code),
			Headers: map[string]string{"Retry-After": "1"}})
	}
	googleError := func(status int, reason string) fault {
		return fault{Target: "google", Status: new(status), Body: map[string]any{"error": map[string]any{
			"code": status, "message": reason,
			"errors": []any{map[string]any{"domain": "usageLimits", "reason": reason, "message": reason}},
		}}}
	}
	for _, code := range []string{
		"ErrorServerBusy", "ErrorTimeoutExpired", "ErrorInternalServerTransientError", "ErrorMailboxStoreUnavailable",
		"ErrorMailboxMoveInProgress", "ErrorADUnavailable", "ErrorInsufficientResources", "ErrorConnectionFailed",
	} {
		all = append(all, exchangeFault(code))
	}
	return append(all,
		googleError(http.StatusUnauthorized, "authError"),
		fault{Target: "graph", Status: new(http.StatusUnauthorized), Body: graphError("InvalidAuthenticationToken")},
		googleError(http.StatusForbidden, "rateLimitExceeded"),
		googleError(http.StatusForbidden, "userRateLimitExceeded"),
		googleError(http.StatusTooManyRequests, "rateLimitExceeded"),
		googleError(http.StatusInternalServerError, "backendError"),
		fault{Target: "google-token", Status: new(http.StatusServiceUnavailable)},
		fault{Target: "entra", Status: new(http.StatusServiceUnavailable)},
		fault{Target: "lucca", Status: new(http.StatusServiceUnavailable)},
		fault{Target: "lucca", Status: new(http.StatusTooManyRequests), Headers: map[string]string{"Retry-After": "2"}},
		fault{Target: "lucca", Status: new(0)},
	)
}()

// exchangeFault is how an Exchange server refuses a whole request for a while, with its own
// wish for a pause: learn.microsoft.com/exchange/client-developer/exchange-web-services/
// ews-throttling-in-exchange.
func exchangeFault(code string) fault {
	const types, errors = "http://schemas.microsoft.com/exchange/services/2006/types",
		"http://schemas.microsoft.com/exchange/services/2006/errors"
	body := fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?>`+
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>`+
		`<faultcode xmlns:a="%[1]s">a:%[3]s</faultcode><faultstring xml:lang="en-US">%[3]s</faultstring>`+
		`<detail><e:ResponseCode xmlns:e="%[2]s">%[3]s</e:ResponseCode><e:Message xmlns:e="%[2]s">%[3]s</e:Message>`+
		`<t:MessageXml xmlns:t="%[1]s"><t:Value Name="BackOffMilliseconds">1500</t:Value></t:MessageXml>`+
		`</detail></s:Fault></s:Body></s:Envelope>`, types, errors, code)
	return fault{Target: "exchange", Status: new(http.StatusInternalServerError), Body: body,
		Headers: map[string]string{"Content-Type": "text/xml; charset=utf-8"}}
}

// breakSomething lets some of the next requests to a system fail, and returns how many.
func (w *world) breakSomething(s step) int {
	one := faults[int(s.choice%uint64(len(faults)))]
	one.Times = 1 + int(s.more%6)
	body, _ := json.Marshal(one)
	w.log.Info("fault", "rule", string(body))
	w.desk(http.MethodPost, "/sandbox/faults", one, nil)
	return one.Times
}
