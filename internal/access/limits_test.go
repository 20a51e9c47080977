package access_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/access"
)

// from sends one request with the given remote address and headers.
func (h *house) from(method, path, remote string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader("token=x"))
	r.RemoteAddr = remote
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.handler().ServeHTTP(w, r)
	return w
}

func TestSignInsAreLimited(t *testing.T) {
	t.Parallel()
	for path, method := range map[string]string{"/sign-in/link": "POST", "/sign-in/oidc": "GET", "/sign-in/oidc/callback": "GET"} {
		h := open(t, sqlite(t), nil)
		passed := 0
		for range 100 {
			w := h.from(method, path, "192.0.2.7:1234", nil)
			if w.Code == http.StatusTooManyRequests {
				seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
				if err != nil || seconds < 1 || !strings.Contains(w.Header().Get("Refresh"), "reason=too-many") {
					t.Errorf("%s: headers %v", path, w.Header())
				}
				break
			}
			passed++
		}
		if passed < 10 || passed > 30 {
			t.Errorf("%s: %d tries passed", path, passed)
		}
		if w := h.from(method, path, "192.0.2.8:1", nil); w.Code != http.StatusSeeOther {
			t.Errorf("%s: another client got %d", path, w.Code)
		}
		h.clock.forward(time.Minute)
		if w := h.from(method, path, "192.0.2.7:1", nil); w.Code != http.StatusSeeOther {
			t.Errorf("%s: a minute later got %d", path, w.Code)
		}
	}
}

func TestWrongTokensAreLimited(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	h.gate.AddFixedToken("fixed-token", access.Consult, "f")
	make := func() string {
		plain, _, err := h.gate.CreateToken(t.Context(), admin, "x", access.Consult, h.nextMonth())
		if err != nil {
			t.Fatal(err)
		}
		return h.secret(plain)
	}
	known, unseen := make(), make()
	try := func(token string) int {
		return h.from("GET", "/api/v1/sources", "[2001:db8::1]:99", map[string]string{"Authorization": "Bearer " + token}).Code
	}
	if got := try(known); got != http.StatusOK {
		t.Fatalf("got %d", got)
	}
	passed := 0
	for ; passed < 100 && try("wrong"+strconv.Itoa(passed)) == http.StatusOK; passed++ {
	}
	if passed < 10 || passed > 30 {
		t.Errorf("%d wrong tokens passed", passed)
	}
	for name, test := range map[string]struct {
		token string
		want  int
	}{
		"one that was right before": {known, 200}, "one from the environment": {"fixed-token", 200},
		"one not seen before": {unseen, 200}, "a wrong one": {"wrong", 429},
	} {
		if got := try(test.token); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
	neighbour := h.from("GET", "/api/v1/sources", "[2001:db8::2]:99", map[string]string{"Authorization": "Bearer wrong"})
	if neighbour.Code != http.StatusTooManyRequests || !strings.HasPrefix(neighbour.Header().Get("Content-Type"), "application/problem+json") {
		t.Errorf("the same /64: got %d", neighbour.Code)
	}
	if got := h.from("GET", "/", "[2001:db8::1]:99", nil).Code; got != http.StatusOK {
		t.Errorf("without a token: got %d", got)
	}
	h.clock.forward(time.Minute)
	if got := try("wrong"); got != http.StatusOK { // nobody, whom the page takes in the tests
		t.Errorf("a minute later: got %d", got)
	}
}

// Sixty tries, each in the name of another client.
func TestForwardedAddresses(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for name, test := range map[string]struct {
		remote    string
		forwarded func(i int) string
		limited   bool
	}{
		"an untrusted client forges":         {"192.0.2.1:1", func(i int) string { return "198.51.100." + strconv.Itoa(i) }, true},
		"a proxy names clients":              {"10.0.0.1:1", func(i int) string { return "198.51.100." + strconv.Itoa(i) }, false},
		"two proxies":                        {"10.0.0.1:1", func(i int) string { return "198.51.100." + strconv.Itoa(i) + ", 10.9.9.9" }, false},
		"a client forges behind a proxy":     {"10.0.0.1:1", func(i int) string { return "203.0.113." + strconv.Itoa(i) + ", 198.51.100.1" }, true},
		"a mapped proxy address":             {"[::ffff:10.0.0.1]:1", func(i int) string { return "198.51.100." + strconv.Itoa(i) }, false},
		"a proxy that adds ports":            {"[::1]:1", func(i int) string { return "198.51.100." + strconv.Itoa(i) + ":4711" }, false},
		"a proxy that writes something else": {"10.0.0.1:1", func(i int) string { return "unknown" + strconv.Itoa(i) }, true},
		"a Unix socket":                      {"@", func(int) string { return "" }, true},
	} {
		h := open(t, sqlite(t), func(c *access.Config) { c.TrustedProxies = proxies })
		limited := false
		for i := range 60 {
			w := h.from("POST", "/sign-in/link", test.remote, map[string]string{"X-Forwarded-For": test.forwarded(i)})
			limited = limited || w.Code == http.StatusTooManyRequests
		}
		if limited != test.limited {
			t.Errorf("%s: limited %v, want %v", name, limited, test.limited)
		}
	}
}
