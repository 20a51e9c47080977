package figgo_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
)

// transport answers without a network, so that time can be made to pass.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// over makes a client whose calls go straight to l.
func over(l http.Handler) *figgo.Client {
	return figgo.NewClient(figgo.ClientConfig{
		Host: "https://acme.ilucca.net", ClientID: "key", ClientSecret: "s&cret", UserAgent: "figgosync/test",
		HTTPClient: overTransport(l),
	})
}

func overTransport(l http.Handler) *http.Client {
	return &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		l.ServeHTTP(recorder, r)
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return recorder.Result(), nil
	})}
}

func TestClientStaysUnderTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Time
		l := newLucca()
		l.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/connect/token" {
				calls = append(calls, time.Now())
			}
			return false
		}
		client := over(l)
		time.Sleep(time.Hour) // as full a burst as there can be
		var all sync.WaitGroup
		for range 150 {
			all.Go(func() {
				if _, err := client.Employee(context.Background(), "417"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := range calls {
			in := 0
			for _, at := range calls[i:] {
				if at.Sub(calls[i]) < time.Minute {
					in++
				}
			}
			if in > 40 {
				t.Fatalf("%d calls in the minute from call %d", in, i)
			}
		}
		if took := calls[len(calls)-1].Sub(calls[0]); len(calls) != 150 || took > 5*time.Minute {
			t.Errorf("%d calls took %s: far slower than needed", len(calls), took)
		}
	})
}

func TestClientTellsAtOnceWhenItsTurnComesTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := over(newLucca())
		for range 10 {
			if _, err := client.Employee(t.Context(), "417"); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		for range 3 { // a refused turn is given back
			_, err := client.Employee(ctx, "417")
			apiErr, ok := errors.AsType[*figgo.APIError](err)
			if !ok || !apiErr.Temporary() || apiErr.RetryAfter != 2*time.Second || time.Since(start) != 0 {
				t.Fatalf("got %v after %s", err, time.Since(start))
			}
		}
		time.Sleep(2 * time.Second)
		if _, err := client.Employee(t.Context(), "417"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestClientObeysRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := answering(429, "Retry-After: 90", "")
		client := over(l)
		if _, err := client.Employee(t.Context(), "416"); !figgo.IsTemporary(err) {
			t.Fatal(err)
		}
		l.answer = nil
		time.Sleep(89 * time.Second)
		_, err := client.Employee(t.Context(), "416")
		if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || !apiErr.Temporary() || apiErr.RetryAfter != time.Second {
			t.Fatalf("got %v", err)
		}
		if n := l.calls("/lucca-api/employees"); n != 1 {
			t.Fatalf("%d calls", n)
		}
		time.Sleep(time.Second)
		if got, err := client.Employee(t.Context(), "416"); err != nil || got != jane {
			t.Fatalf("got %+v, %v", got, err)
		}
	})
}

func TestClientTimesOut(t *testing.T) {
	t.Parallel()
	for _, slow := range []string{"/connect/token", "/lucca-api/employees"} {
		synctest.Test(t, func(t *testing.T) {
			l := newLucca()
			l.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == slow {
					<-r.Context().Done()
				}
				return false
			}
			start := time.Now()
			_, err := over(l).Employee(t.Context(), "416")
			if !figgo.IsTemporary(err) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 6*time.Second {
				t.Fatalf("%s: got %v after %s", slow, err, time.Since(start))
			}
			l.answer = nil
			if got, err := over(l).Employee(t.Context(), "416"); err != nil || got != jane {
				t.Fatalf("got %+v, %v", got, err)
			}
		})
	}
}

func TestClientRenewsTokensAndZonesInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLucca()
		client := over(l)
		for _, step := range []struct {
			wait          time.Duration
			tokens, zones int
		}{{0, 1, 1}, {29*time.Minute - time.Second, 1, 1}, {time.Second, 2, 1}, {24 * time.Hour, 3, 2}} {
			time.Sleep(step.wait)
			if _, err := client.Employee(t.Context(), "416"); err != nil {
				t.Fatal(err)
			}
			if zones := l.calls("/lucca-api/business-establishments/12"); l.tokens != step.tokens || zones != step.zones {
				t.Fatalf("after %s: %d tokens and %d zones", step.wait, l.tokens, zones)
			}
		}
	})
}

// Somebody who is waited for is not behind the bulk of an initialization.
func TestLookupsDoNotWaitForBulkReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLucca()
		l.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/lucca-api/leaves" {
				reply(w, leavesPage("", 1, leaveItem(1)))
				return true
			}
			return false
		}
		client := over(l)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				for ctx.Err() == nil {
					if _, err := client.Leaves(ctx, paris); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
		time.Sleep(5 * time.Minute)
		before := l.calls("/lucca-api/leaves")
		for range 10 {
			start := time.Now()
			if _, err := client.Employee(t.Context(), "417"); err != nil || time.Since(start) > 4*time.Second {
				t.Errorf("%v after %s", err, time.Since(start))
			}
			time.Sleep(3 * time.Second)
		}
		if n := l.calls("/lucca-api/leaves") - before; n < 5 {
			t.Errorf("%d pages: look-ups stop the reading", n)
		}
		cancel()
		all.Wait()
		// A bulk call whose time is over before its turn says so.
		_, err := client.Leaves(ctx, paris)
		if !figgo.IsTemporary(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestClientsOfOneAccountShareItsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := answering(429, "Retry-After: 90", "")
		throttle := figgo.NewThrottle(nil)
		client := figgo.NewClient(figgo.ClientConfig{
			Host: "https://acme.ilucca.net", ClientID: "key", ClientSecret: "s&cret", HTTPClient: overTransport(l), Throttle: throttle,
		})
		legacy := figgo.NewLegacyClient(figgo.LegacyConfig{Host: "https://acme.ilucca.net", APIKey: "key", HTTPClient: overTransport(l), Throttle: throttle})
		if _, err := client.Employee(t.Context(), "416"); !figgo.IsTemporary(err) {
			t.Fatal(err)
		}
		before := len(l.counts)
		_, err := legacy.Leaves(t.Context(), paris)
		if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || apiErr.RetryAfter != 90*time.Second || len(l.counts) != before {
			t.Errorf("got %v, %v", err, l.counts)
		}
	})
}
