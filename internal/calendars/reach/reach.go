package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

const (
	// maxAnswer is how much of an answer Judge gets to see.
	maxAnswer = 64 << 10
	// timeout bounds one request, if ctx does not.
	timeout = 20 * time.Second
	// warnBefore is how long before its end a certificate is worth a notice.
	warnBefore = 21 * 24 * time.Hour
	// maxSkew is how far the clocks may be apart: Entra and Google take what is
	// signed up to five minutes off.
	maxSkew = 5 * time.Minute
)

// Answer is an HTTP answer, its body bounded.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Target is one server a connection talks to.
type Target struct {
	// URL is what is asked for with an anonymous GET.
	URL string
	// Transport is the adapter's; it is copied and neither used nor changed.
	Transport *http.Transport
	// Judge says what is wrong with an answer, "" for nothing. nil lets all pass
	// but a redirect, a refusing proxy and a status of 500 and above.
	Judge func(Answer) calendars.Finding
}

// Check takes the steps address and tls for all targets and tells whether both
// went well. answers are in the order of the targets.
func Check(ctx context.Context, list *calendars.Checklist, targets ...Target) (answers []Answer, ok bool) {
	var tries []*try
	for _, target := range targets {
		tries = append(tries, newTry(ctx, target))
	}
	for _, t := range tries {
		if t.address != "" {
			list.Fail(calendars.StepAddress, t.address, t.describe(t.detail))
			return nil, false
		}
	}
	if noteAddress(list, tries); list.Failed() {
		return nil, false
	}
	for _, t := range tries {
		if t.security != "" {
			list.Fail(calendars.StepTLS, t.security, t.describe(t.detail))
			return nil, false
		}
		answers = append(answers, t.answer)
	}
	noteTLS(list, tries)
	return answers, true
}

// noteAddress also compares clocks: every answer tells the server's.
func noteAddress(list *calendars.Checklist, tries []*try) {
	var hosts []string
	for _, t := range tries {
		host := t.host()
		if t.proxy != "" {
			host += " through the proxy " + t.proxy
		}
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	detail := strings.Join(hosts, ", ")
	for _, t := range tries {
		if t.skew.Abs() > maxSkew {
			list.Notice(calendars.StepAddress, calendars.ClockSkew,
				detail+"; this clock is off by "+t.skew.Round(time.Second).String())
			return
		}
	}
	list.OK(calendars.StepAddress, detail)
}

func noteTLS(list *calendars.Checklist, tries []*try) {
	var lines []string
	var soon *try
	for _, t := range tries {
		if t.state == nil {
			continue
		}
		if line := t.describe(certified(t.state)); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
		if end := t.state.PeerCertificates[0].NotAfter; time.Until(end) < warnBefore {
			soon = t
		}
	}
	switch {
	case len(lines) == 0:
		list.Skip(calendars.StepTLS, "http")
	case soon != nil:
		list.Notice(calendars.StepTLS, calendars.TLSExpiresSoon, soon.describe(certified(soon.state)))
	default:
		list.OK(calendars.StepTLS, strings.Join(lines, "; "))
	}
}

// certified is the version of TLS and how long the certificate is good.
func certified(state *tls.ConnectionState) string {
	return tls.VersionName(state.Version) + ", certificate until " + date(state.PeerCertificates[0].NotAfter)
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// try is one request and what became of it.
type try struct {
	target Target
	url    *url.URL
	proxy  string // host of the proxy, "" without one

	seen   seen
	state  *tls.ConnectionState // nil where TLS was not spoken
	answer Answer
	skew   time.Duration // this clock before the server's

	address, security calendars.Finding
	detail            string
}

// seen is what the transport told on its way. It may go on telling after it
// returned, when ctx ended.
type seen struct {
	mu          sync.Mutex
	refusal     string // the proxy's answer, when it was not 200
	handshaking bool   // TLS was begun
	state       *tls.ConnectionState
}

func (s *seen) note(do func(*seen)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s)
}

func newTry(ctx context.Context, target Target) *try {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	t := &try{target: target}
	err := t.send(ctx)
	t.seen.note(func(s *seen) { t.state = s.state })
	if err != nil {
		t.explain(ctx, err)
	} else {
		t.judge()
	}
	return t
}

func (t *try) host() string { return t.url.Host }

// describe names the server before a detail.
func (t *try) describe(detail string) string {
	if t.url == nil || t.host() == "" {
		return detail
	}
	if detail == "" {
		return t.host()
	}
	return t.host() + ": " + detail
}

func (t *try) send(ctx context.Context) error {
	address, err := url.Parse(t.target.URL)
	if err != nil {
		return errAddress
	}
	t.url = address
	transport := t.transport()
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.traced(ctx), http.MethodGet, t.target.URL, nil)
	if err != nil {
		return errAddress
	}
	request.Header.Set("User-Agent", "figgosync")
	if transport.Proxy != nil {
		if proxy, err := transport.Proxy(request); err == nil && proxy != nil {
			t.proxy = proxy.Host
		}
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return t.read(response)
}

var errAddress = errors.New("not an address")

// transport is a copy that keeps no connection, so that nothing of this try is
// left for calls with credentials, or the other way round.
func (t *try) transport() *http.Transport {
	transport := t.target.Transport.Clone()
	transport.DisableKeepAlives = true
	transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request,
		response *http.Response) error {
		if response.StatusCode != http.StatusOK {
			t.seen.note(func(s *seen) { s.refusal = response.Status })
		}
		return nil
	}
	return transport
}

func (t *try) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeStart: func() { t.seen.note(func(s *seen) { s.handshaking = true }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil && len(state.PeerCertificates) > 0 {
				t.seen.note(func(s *seen) { s.state = &state })
			}
		},
	})
}

func (t *try) read(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	t.answer = Answer{Status: response.StatusCode, Header: response.Header, Body: body}
	if at, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		t.skew = time.Since(at)
	}
	return nil
}

// judge looks at an answer that came.
func (t *try) judge() {
	status := t.answer.Status
	t.detail = "HTTP " + strconv.Itoa(status)
	switch {
	case status == http.StatusProxyAuthRequired:
		t.address = calendars.ProxyRefuses
	case status >= 300 && status < 400:
		t.address, t.detail = calendars.Redirected, t.destination()
	case status >= 500:
		t.address = calendars.ServiceUnavailable
	case t.target.Judge != nil:
		t.address = t.target.Judge(t.answer)
	}
}

// destination is the host a redirect leads to; the rest of it may say too much.
func (t *try) destination() string {
	location, err := t.url.Parse(t.answer.Header.Get("Location"))
	if err != nil || location.Host == "" {
		return t.detail
	}
	return "→ " + location.Scheme + "://" + location.Host
}
