package google_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/figgosync/figgosync/sandbox/google"
)

func TestTheQuotaOfAUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *google.Config) { c.PerUserPerMinute = 5 })
	client := w.client(alice)
	list := func(options ...googleapi.CallOption) error {
		_, err := client.Events.List("primary").Do(options...)
		return err
	}
	for i := range 5 {
		if err := list(); err != nil {
			t.Fatalf("request %d: %v", i+1, err)
		}
		w.pass(time.Second)
	}
	err := list()
	wantGoogle(t, "the sixth", err, 403, "userRateLimitExceeded")
	if !strings.Contains(err.(*googleapi.Error).Body, `"domain":"usageLimits"`) {
		t.Errorf("the body %s has another domain", err.(*googleapi.Error).Body)
	}
	// With delegation the service account is charged, not the impersonated user.
	_, err = w.client(bob).Events.List("primary").Do()
	wantGoogle(t, "for another person", err, 403, "userRateLimitExceeded")
	if err := list(googleapi.QuotaUser("h1")); err != nil {
		t.Errorf("with a quotaUser: %v", err)
	}
	for i := range 4 {
		ok(t, "with the header", w.do("GET", "", "", "x-goog-quota-user", "h1"), 200)
		if i == 3 {
			want(t, "as the same quotaUser", w.do("GET", "?quotaUser=h1", ""), 403, "userRateLimitExceeded")
		}
	}
	want(t, "a long quotaUser", w.do("GET", "?quotaUser="+strings.Repeat("x", 41), ""), 400, "invalidParameter")

	w.pass(54 * time.Second)
	wantGoogle(t, "59 s after the first", list(), 403, "userRateLimitExceeded")
	w.pass(time.Second)
	if err := list(); err != nil {
		t.Errorf("60 s after the first: %v", err)
	}
	wantGoogle(t, "the window slides", list(), 403, "userRateLimitExceeded")
	w.pass(2 * time.Minute)
	for range 5 {
		if err := list(); err != nil {
			t.Errorf("after a silence: %v", err)
		}
	}
}

func TestTheQuotaOfAProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *google.Config) { c.PerUserPerMinute, c.PerProjectPerMinute = 3, 4 })
	for _, user := range []string{"a", "a", "a", "b"} {
		ok(t, user, w.do("GET", "?quotaUser="+user, ""), 200)
	}
	want(t, "the fifth of the project", w.do("GET", "?quotaUser=c", ""), 403, "rateLimitExceeded")
	w.pass(time.Minute)
	ok(t, "a minute later", w.do("GET", "?quotaUser=c", ""), 200)
}

func TestAPatchCostsThreeUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *google.Config) { c.PerUserPerMinute = 6 })
	ok(t, "insert", w.do("POST", "", `{"id":"abcde",`+day+`}`), 200)
	ok(t, "patch", w.do("PATCH", "/abcde", `{}`), 200)
	want(t, "patch with two units left", w.do("PATCH", "/abcde", `{}`), 403, "userRateLimitExceeded")
	ok(t, "get", w.do("GET", "/abcde", ""), 200)
	ok(t, "get", w.do("GET", "/abcde", ""), 200)
	want(t, "get", w.do("GET", "/abcde", ""), 403, "userRateLimitExceeded")
}

func TestGooglesOwnQuotaApplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 600 {
		w.do("GET", "/abcde", "")
	}
	want(t, "the 601st of a minute", w.do("GET", "/abcde", ""), 403, "userRateLimitExceeded")
}
