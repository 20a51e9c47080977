package google

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// maxBody bounds every answer, unpacked. A page of 250 events without their
// texts is some 100 kB.
const maxBody = 8 << 20

// errNotJSON says that a success came without Google's JSON, as from a login page
// in between.
var errNotJSON = errors.New("the answer is not JSON")

// newTransport makes what all requests of a connection share, tokens included.
func newTransport(maxConcurrent int, timeout time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           2 * maxConcurrent,
		MaxIdleConnsPerHost:    maxConcurrent,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
		// A connection that a firewall forgot must not swallow requests.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
}

// refuseRedirect hands a redirect over as the answer: following it would take a
// token elsewhere.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// bounded reads every answer to its end, within maxBody, and refuses successes that
// are not JSON. The library does not look at the body of a DELETE's answer at all,
// and takes the part that came of an error's for all of it: half of Google's error
// looks like a stranger's.
type bounded struct{ base http.RoundTripper }

func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := b.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	hasBody := answer.StatusCode != http.StatusNoContent && answer.ContentLength != 0
	if answer.StatusCode < 300 && hasBody && !isJSON(answer.Header) {
		return nil, errNotJSON
	}
	body, err := transport.ReadAll(answer.Body, maxBody)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// vacationOnly refuses successes that are no VacationSettings: the library would take any
// JSON, even null, for a mailbox without a reply.
type vacationOnly struct{ base http.RoundTripper }

func (v vacationOnly) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := v.base.RoundTrip(request)
	if err != nil || answer.StatusCode >= 300 {
		return answer, err
	}
	body, err := transport.ReadAll(answer.Body, maxBody)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil || len(fields) > 0 && !hasAny(fields, vacationFields) {
		return nil, errUnexpectedAnswer
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// vacationFields are those of a VacationSettings. Google leaves out what is not set.
var vacationFields = []string{"enableAutoReply", "responseSubject", "responseBodyPlainText", "responseBodyHtml",
	"restrictToContacts", "restrictToDomain", "startTime", "endTime"}

func hasAny(fields map[string]json.RawMessage, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, there := fields[name]; return there })
}

func isJSON(header http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}
