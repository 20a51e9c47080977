package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/workflows"
)

// leaks are what nothing we answer may hold: how we are made.
var leaks = []string{
	"goroutine ", ".go:", "panic", "runtime error", "nil pointer", "sqlstate", "sqlite", "select * from", "syntax error at or near", "no such table",
	"github.com/", "/tmp/", "/root/", "/home/", "interface {}", "reflect.", "strconv.", "json: ", "yaml: ", "*settings.", "*admin.", "*api.", "*starter.", "0xc000",
}

// leak is what of it an answer holds.
func leak(body []byte) string {
	text := strings.ToLower(string(body))
	for _, one := range leaks {
		if strings.Contains(text, one) {
			return one
		}
	}
	return ""
}

// requests is how many the test sends: as many as the product must take.
const requests = 10_000

// The HTTP side takes anything without a fault of its own and without telling how
// it is made, whatever the database.
func TestHostileRequestsAreAnsweredWell(t *testing.T) {
	databasetest.All(t, sendHostileRequests)
}

func sendHostileRequests(t *testing.T, db *database.DB) {
	l := newLiveOn(t, db, func(c *api.Config) {
		c.Codec, c.CodecOrigin = converter.NewZlibCodec(converter.ZlibCodecOptions{}), "http://127.0.0.1:8233"
	})
	l.refill(t.Context())
	l.engine.set(workflows.PhaseCompleted, 3)
	document := newContract(t, l).document
	server := httptest.NewServer(l)
	defer server.Close()
	const workers = 4
	count := requests
	if testing.Short() {
		count /= 10
	}
	var (
		mu       sync.Mutex
		statuses = map[int]int{}
		faults   int
		group    sync.WaitGroup
	)
	begin := time.Now()
	for worker := range workers {
		group.Go(func() {
			g := newGenerator(document, uint64(2026+worker))
			client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			for sent := range count / workers {
				if sent%50 == 0 {
					l.refill(t.Context()) // some are removed on the way
				}
				status, fault := send(client, g.request(server.URL), document)
				mu.Lock()
				statuses[status]++
				if fault != "" && faults < 20 {
					faults++
					t.Error(fault)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("%d requests in %s: %v", count, time.Since(begin).Round(time.Second), statuses)
	for _, status := range []int{200, 201, 202, 204, 400, 401, 404, 409, 412, 422, 428} {
		if statuses[status] == 0 && !testing.Short() {
			t.Errorf("no request came to a %d: the generator is too weak", status)
		}
	}
	if answer := do(l, bearer(http.MethodGet, "/api/v1/overview", "", token)); answer.Code != http.StatusOK {
		t.Errorf("afterwards the overview answers %d", answer.Code)
	}
}

// send tells the status, 0 for a request that Go's own client would not send, and
// what is wrong with the answer.
func send(client *http.Client, request *http.Request, document *openapi3.T) (status int, fault string) {
	method, path := request.Method, request.URL.EscapedPath()
	response, err := client.Do(request)
	if err != nil {
		if strings.Contains(err.Error(), "invalid") || strings.Contains(err.Error(), "malformed") || strings.Contains(err.Error(), "net/http:") {
			return 0, ""
		}
		return 0, fmt.Sprintf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return response.StatusCode, fmt.Sprintf("%s %s: %v", method, path, err)
	case response.StatusCode >= 500 && !(response.StatusCode == 503 && strings.HasPrefix(path, "/webhooks/")):
		return response.StatusCode, fmt.Sprintf("%s %s: %d %.300s", method, path, response.StatusCode, body)
	case response.Header.Get("X-Injected") != "":
		return response.StatusCode, fmt.Sprintf("%s %s: a header was injected", method, path)
	}
	own := path == "/metrics" || strings.HasPrefix(path, "/api/v1/docs") || path == "/api/v1/openapi.json"
	if found := leak(body); found != "" && !own {
		return response.StatusCode, fmt.Sprintf("%s %s: the answer holds %q: %.400s", method, path, found, body)
	}
	if response.StatusCode == http.StatusTooManyRequests {
		return response.StatusCode, "" // the Gate's, at any address
	}
	if method == http.MethodHead || find(document, method, path) == nil || response.StatusCode == http.StatusMethodNotAllowed {
		return response.StatusCode, ""
	}
	if strings.Contains(path, "%2F") || strings.Contains(path, "%2f") || strings.HasSuffix(path, "/") || strings.Contains(path, "//") || strings.Contains(path, "/.") {
		return response.StatusCode, "" // another address than it looks like
	}
	if err := check(document, method, path, response, body); err != nil {
		return response.StatusCode, err.Error()
	}
	return response.StatusCode, ""
}

// What is no HTTP at all, or nearly, is answered or hung up on, and the server
// lives on.
func TestBytesThatAreNoRequest(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newLive(t))
	defer server.Close()
	for _, raw := range []string{
		"\x00\x01\x02", "GET", "GET / HTTP/9.9\r\n\r\n", "GET /api/v1/sources HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET /api/v1/sources/%zz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://evil.example/api/v1/sources HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /api/v1/sources HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "POST /api/v1/sources HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /webhooks/lucca/acme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "GET /" + strings.Repeat("a", 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		connection, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = connection.SetDeadline(time.Now().Add(2 * time.Second))
		_, _ = connection.Write([]byte(raw))
		_ = connection.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(io.LimitReader(connection, 1<<20))
		_ = connection.Close()
		if text := string(answer); strings.HasPrefix(text, "HTTP/1.1 500") || leak(answer) != "" {
			t.Errorf("%.40q: %.300s", raw, text)
		}
	}
	response, err := http.Get(server.URL + "/healthz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %v", err)
	}
	_ = response.Body.Close()
}
