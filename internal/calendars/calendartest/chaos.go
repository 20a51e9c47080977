package calendartest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// The size of a chaos run.
const (
	chaosMailboxes = 50
	chaosEach      = 4 // absences in each mailbox
	chaosFaults    = 0.30
)

// Chaos writes, changes and deletes 200 absences in 50 mailboxes at once while nearly every third
// request meets a fault: throttling, an outage, a connection cut before the
// request or after the work was done. Then every calendar must be exactly right,
// and nobody may have been asked before the time a Retry-After named.
//
// The callers use short timeouts on purpose and try again at once. The chain is the
// one production uses: Breaker, HonorRetryAfter, adapter.
func Chaos(t *testing.T, factory func(*testing.T) Harness) {
	h := factory(t)
	recorder := &recorder{Calendar: h.Calendar, quiet: map[string]wish{}}
	cal := calendars.NewBreaker(calendars.HonorRetryAfter(recorder, nil),
		calendars.BreakerOptions{FirstWait: 10 * time.Millisecond, MaxWait: 20 * time.Millisecond})
	c := &chaos{Harness: h, cal: cal, random: rand.New(rand.NewPCG(7, 11))}
	h.Proxy.Every(c.calendarOnly, c.fault)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	mailboxes := make([]string, chaosMailboxes)
	var running sync.WaitGroup
	for i := range mailboxes {
		mailboxes[i] = fmt.Sprintf("person%02d@example.com", i)
		h.AddMailbox(mailboxes[i], h.Zone)
		for n := range chaosEach {
			running.Go(func() { c.live(ctx, t, mailboxes[i], n) })
		}
	}
	running.Wait()
	h.Proxy.Clear()
	hits := c.faults.Load()
	for _, mailbox := range mailboxes {
		c.check(t, mailbox)
	}
	requests := h.Proxy.Count()
	if hits == 0 || recorder.waits == 0 {
		t.Errorf("%d faults, %d wishes to wait: the chaos was none", hits, recorder.waits)
	}
	for _, early := range recorder.early {
		t.Errorf("asked too early: %s", early)
	}
	t.Logf("chaos | %s | %d events in %d mailboxes | %d requests | %d faults | %d wishes to wait, all kept", h.Provider,
		chaosMailboxes*chaosEach, chaosMailboxes, requests, hits, recorder.waits)
}

type chaos struct {
	Harness
	cal calendars.Calendar

	faults atomic.Int64
	mu     sync.Mutex
	random *rand.Rand
}

func (c *chaos) calendarOnly(r *http.Request) bool { return c.SignIn == nil || !c.SignIn(r) }

// fault does something bad to some requests and passes the others.
func (c *chaos) fault(service http.Handler, w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	luck, kind := c.random.Float64(), c.random.IntN(4)
	if kind == 0 && c.holdsBackAll() && c.random.IntN(16) > 0 {
		kind = 1 // or the run is nothing but waiting
	}
	c.mu.Unlock()
	if luck >= chaosFaults {
		service.ServeHTTP(w, r)
		return
	}
	c.faults.Add(1)
	switch kind {
	case 0:
		Give(c.throttle())(service, w, r)
	case 1:
		Give(htmlPage(http.StatusServiceUnavailable))(service, w, r)
	case 2:
		Cut()(service, w, r)
	default:
		Lose()(service, w, r)
	}
}

func (c *chaos) throttle() Answer {
	if c.holdsBackAll() {
		return c.Throttled(200 * time.Millisecond)
	}
	return c.Throttled(time.Second) // Google knows whole seconds only
}

// holdsBackAll tells that a wish to wait concerns the whole connection: an
// Exchange server keeps a budget for the account, not for each mailbox.
func (c *chaos) holdsBackAll() bool {
	return strings.HasPrefix(string(c.Provider), string(calendars.Exchange))
}

// live takes one absence through its states; the last absence of each mailbox
// ends deleted.
func (c *chaos) live(ctx context.Context, t *testing.T, mailbox string, n int) {
	key := calendars.Key{Source: "chaos", Absence: fmt.Sprintf("%s-%d", mailbox, n)}
	for version, events := range c.versions(n) {
		token := fmt.Sprintf("%s/%d", key.Absence, version)
		for {
			_, err := calendars.Apply(ctx, c.cal, mailbox, key, events, calendars.Options{Token: token})
			if err == nil {
				break
			}
			if !isTemporary(err) || ctx.Err() != nil {
				t.Errorf("%s, version %d: %v", key.Absence, version, err)
				return
			}
			time.Sleep(15 * time.Millisecond)
		}
	}
}

func (c *chaos) versions(n int) [][]absence.Event {
	day := fmt.Sprintf("2026-12-%02d", 7+n)
	versions := [][]absence.Event{
		eventsIn(c.Zone, pending(half(day, absence.Morning))),
		eventsIn(c.Zone, pending(days(day, day))),
		eventsIn(c.Zone, days(day, day)),
	}
	if n == chaosEach-1 {
		versions = append(versions, nil)
	}
	return versions
}

// check compares what the owner sees with what should stand there.
func (c *chaos) check(t *testing.T, mailbox string) {
	t.Helper()
	var want []string
	for n := range chaosEach {
		versions := c.versions(n)
		for _, event := range versions[len(versions)-1] {
			view := viewOf(event)
			want = append(want, fmt.Sprintf("%s %s-%s allDay=%t", view.Title, view.Start, view.End, view.AllDay))
		}
	}
	var got []string
	for _, view := range c.Views(t, mailbox) {
		got = append(got, fmt.Sprintf("%s %s-%s allDay=%t", view.Title, view.Start, view.End, view.AllDay))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", mailbox, diff)
	}
}

// recorder notes when a mailbox is asked before the time it was told to wait for.
// It sees the adapter's calls, begun and ended on one clock, so that no delay of
// this machine can make an early call look late or a late one early.
type recorder struct {
	calendars.Calendar

	mu    sync.Mutex
	quiet map[string]wish
	waits int
	early []string
}

// MaxConcurrent implements calendars.Limited.
func (r *recorder) MaxConcurrent() int { return 4 }

func (r *recorder) begin(mailbox string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, key := range []string{"", strings.ToLower(mailbox)} {
		if wish := r.quiet[key]; now.Before(wish.until) && now.Sub(wish.heard) > underWay {
			r.early = append(r.early, fmt.Sprintf("%s, %s before its time", mailbox, wish.until.Sub(now)))
		}
	}
}

// underWay is how long a call may need from the moment HonorRetryAfter let it pass to the
// moment it begins here, on a machine that is busy with other things.
const underWay = 100 * time.Millisecond

// wish is what a provider asked for, and when.
type wish struct{ heard, until time.Time }

func (r *recorder) end(mailbox string, err error) {
	temporary := (*calendars.Temporary)(nil)
	if !errors.As(err, &temporary) || temporary.RetryAfter <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := strings.ToLower(mailbox)
	if temporary.Scope == calendars.ScopeConnection {
		key = ""
	}
	r.waits++
	now := time.Now()
	if until := now.Add(temporary.RetryAfter); until.After(r.quiet[key].until) {
		r.quiet[key] = wish{heard: now, until: until}
	}
}

// Find implements calendars.Calendar.
func (r *recorder) Find(ctx context.Context, mailbox string, key calendars.Key) ([]calendars.Placed, error) {
	r.begin(mailbox)
	found, err := r.Calendar.Find(ctx, mailbox, key)
	r.end(mailbox, err)
	return found, err
}

// List implements calendars.Calendar.
func (r *recorder) List(ctx context.Context, mailbox, source string) ([]calendars.Listed, error) {
	r.begin(mailbox)
	found, err := r.Calendar.List(ctx, mailbox, source)
	r.end(mailbox, err)
	return found, err
}

// Create implements calendars.Calendar.
func (r *recorder) Create(ctx context.Context, mailbox string, marker calendars.Marker, event absence.Event,
	token string) (calendars.Placed, error) {
	r.begin(mailbox)
	placed, err := r.Calendar.Create(ctx, mailbox, marker, event, token)
	r.end(mailbox, err)
	return placed, err
}

// Update implements calendars.Calendar.
func (r *recorder) Update(ctx context.Context, mailbox string, placed calendars.Placed,
	event absence.Event) (calendars.Placed, error) {
	r.begin(mailbox)
	placed, err := r.Calendar.Update(ctx, mailbox, placed, event)
	r.end(mailbox, err)
	return placed, err
}

// Delete implements calendars.Calendar.
func (r *recorder) Delete(ctx context.Context, mailbox string, placed calendars.Placed) error {
	r.begin(mailbox)
	err := r.Calendar.Delete(ctx, mailbox, placed)
	r.end(mailbox, err)
	return err
}
