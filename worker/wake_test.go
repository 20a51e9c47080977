package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// company is settings of three synchronizations on two connections.
type company struct {
	settings.Store
	synchronizations []settings.Synchronization
	connections      map[string]settings.Connection
}

func newCompany() *company {
	return &company{
		synchronizations: []settings.Synchronization{
			{Name: "paris", Source: "acme", Connection: "office", LegalEntities: []string{"1", "2"}},
			{Name: "lyon", Source: "other", Connection: "office", LegalEntities: []string{"7"}},
			{Name: "design", Source: "acme", Connection: "google", LegalEntities: []string{"3"}},
		},
		connections: map[string]settings.Connection{"office": {Name: "office"}, "google": {Name: "google"}},
	}
}

func (c *company) Synchronizations(context.Context) ([]settings.Synchronization, error) {
	return slices.Clone(c.synchronizations), nil
}

func (c *company) Sources(context.Context) ([]settings.Source, error) {
	return []settings.Source{{Name: "acme"}, {Name: "other"}}, nil
}

func (c *company) Connection(_ context.Context, name string) (settings.Connection, error) {
	one, ok := c.connections[name]
	if !ok {
		return one, settings.ErrNotFound
	}
	return one, nil
}

// index is Temporal with absences that wait, in pages of two.
type index struct {
	mu    sync.Mutex
	lines []starter.AbsenceLine
	err   error

	retried []string
	at      []time.Time
	woken   []workflows.WakeRequest
	// ownersChanged tells that each is asked because Lucca changed its owner.
	ownersChanged bool
	looked        []string // the synchronizations whose replies looked
	// tried is told of each absence that is asked to try again.
	tried func(starter.AbsenceLine)
}

func (i *index) LookAtReplies(_ context.Context, source, synchronization string) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.looked = append(i.looked, source+"/"+synchronization)
	if errors.Is(i.err, starter.ErrNotFound) { // of one that ended meanwhile
		return 0, nil
	}
	return 1, i.err
}

func line(source, synchronization, id, reason string) starter.AbsenceLine {
	status := workflows.StatusBlocked
	if reason == "synchronization-paused" || reason == "no-synchronization" {
		status = workflows.StatusSkipped
	}
	return starter.AbsenceLine{
		Source: source, Synchronization: synchronization, Absence: id, Employee: "e" + id, Status: status, Reason: reason,
	}
}

func (x *index) find(q starter.AbsencesQuery) (found []starter.AbsenceLine) {
	for _, owners := range q.Owners {
		if slices.ContainsFunc(owners, func(id string) bool { return !starter.Searchable(id) }) {
			return nil // as the starter answers
		}
	}
	for _, one := range x.lines {
		if (q.Source == "" || q.Source == one.Source) && (q.Synchronization == "" || q.Synchronization == one.Synchronization) &&
			(len(q.LegalEntities) == 0 || slices.Contains(q.LegalEntities, one.LegalEntity)) &&
			(len(q.Owners) == 0 || slices.Contains(q.Owners[one.Source], one.Employee)) && slices.Contains(q.Statuses, one.Status) && (len(q.Reasons) == 0 || slices.Contains(q.Reasons, one.Reason)) && q.Running {
			found = append(found, one)
		}
	}
	return found
}

func (x *index) Absences(_ context.Context, q starter.AbsencesQuery) ([]starter.AbsenceLine, string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if q.Page == "forgotten" {
		return nil, "", starter.ErrPage
	}
	all := x.find(q)
	from, _ := strconv.Atoi(q.Page)
	page := all[min(from, len(all)):min(from+2, len(all))]
	if from+2 < len(all) {
		return page, strconv.Itoa(from + 2), nil
	}
	return page, "", nil
}

func (x *index) Count(_ context.Context, q starter.AbsencesQuery) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.find(q)), nil
}

func (x *index) Retry(_ context.Context, source, absence string, retry workflows.Retry) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if diff := cmp.Diff(workflows.Retry{Bulk: true, OwnerChanged: x.ownersChanged}, retry); diff != "" {
		return errors.New(diff)
	}
	x.retried, x.at = append(x.retried, source+"/"+absence), append(x.at, time.Now())
	for _, one := range x.lines {
		if one.Source == source && one.Absence == absence && x.tried != nil {
			go x.tried(one)
		}
	}
	return x.err
}

func (x *index) Wake(_ context.Context, request workflows.WakeRequest) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.woken = append(x.woken, request)
	return nil
}

// requests takes the wishes to wake absences so far.
func (x *index) requests() []workflows.WakeRequest {
	x.mu.Lock()
	defer x.mu.Unlock()
	taken := x.woken
	x.woken = nil
	return taken
}

// allPages does what workflows.Wake does.
func allPages(t *testing.T, w *waker, request workflows.WakeRequest) (woken int) {
	t.Helper()
	for page := (workflows.WakePage{Request: request}); ; {
		result, err := w.page(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		woken += result.Woken
		if page.Cursor = result.Next; page.Cursor == "" {
			return woken
		}
	}
}

func TestWhoIsWoken(t *testing.T) {
	t.Parallel()
	elsewhere := line("acme", "", "9", "no-synchronization")
	elsewhere.LegalEntity = "9"
	joined := line("acme", "", "10", "no-synchronization")
	joined.LegalEntity = "2"
	written, gone := line("acme", "paris", "11", ""), line("acme", "paris", "12", "")
	written.Status, gone.Status = workflows.StatusSynced, workflows.StatusDeleted
	crowd := make([]string, 3*ownersAtOnce/2) // people without an absence
	for i := range crowd {
		crowd[i] = "p" + strconv.Itoa(i)
	}
	lines := []starter.AbsenceLine{
		line("acme", "paris", "1", "synchronization-paused"), line("acme", "paris", "2", "mailbox-missing"), line("acme", "paris", "3", "consent-missing"),
		line("other", "lyon", "4", "consent-missing"), line("acme", "design", "5", "synchronization-paused"), line("acme", "", "6", "unknown-source"),
		line("other", "", "7", "unknown-source"), elsewhere, joined,
		line("acme", "paris", "8", "unknown-connection"), written, gone,
	}
	for name, test := range map[string]struct {
		request workflows.WakeRequest
		paused  string
		want    []string
	}{
		"a synchronization":          {request: workflows.WakeRequest{Synchronization: "paris"}, want: []string{"acme/1", "acme/2", "acme/3", "acme/8", "acme/10"}},
		"a paused synchronization":   {request: workflows.WakeRequest{Synchronization: "paris"}, paused: "paris"},
		"no such synchronization":    {request: workflows.WakeRequest{Synchronization: "rome"}},
		"a connection, for a reason": {request: workflows.WakeRequest{Connection: "office", Reasons: []string{"consent-missing"}}, want: []string{"acme/3", "other/4"}},
		"a connection, partly paused": {request: workflows.WakeRequest{Connection: "office", Reasons: []string{"consent-missing"}}, paused: "paris",
			want: []string{"other/4"}},
		"a changed connection": {request: workflows.WakeRequest{Connection: "google"}, want: []string{"acme/8", "acme/5"}},
		"a source":             {request: workflows.WakeRequest{Source: "acme"}, want: []string{"acme/6"}},
		"people": {
			request: workflows.WakeRequest{Source: "acme", Employees: append([]string{"e11", "e12", "e2", "e4"}, append(crowd, "e6")...)},
			want:    []string{"acme/2", "acme/11", "acme/6"},
		},
		"people, one with an id that nobody has": {
			request: workflows.WakeRequest{Source: "acme", Employees: []string{"e11", "e1' OR '", "e2"}}, want: []string{"acme/2", "acme/11"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, all := newCompany(), &index{lines: lines, err: starter.ErrNotFound, ownersChanged: len(test.request.Employees) > 0}
				for i := range store.synchronizations {
					store.synchronizations[i].Paused = store.synchronizations[i].Name == test.paused
				}
				woken := allPages(t, newWaker(store, all, slog.New(slog.DiscardHandler)), test.request)
				if diff := cmp.Diff(test.want, all.retried); diff != "" || woken != len(test.want) {
					t.Errorf("%d woken (-want +got):\n%s", woken, diff)
				}
				var looked []string // a paused one's too: they are given back
				if test.request.Synchronization == "paris" {
					looked = []string{"acme/paris"}
				}
				if diff := cmp.Diff(looked, all.looked); diff != "" {
					t.Errorf("automatic replies that look at the settings (-want +got):\n%s", diff)
				}
				for i := range len(all.at) - 1 {
					if pause := all.at[i+1].Sub(all.at[i]); pause < time.Second/wakesASecond {
						t.Errorf("two signals %s apart", pause)
					}
				}
			})
		})
	}
}

func TestAPageThatTemporalForgotBeginsAgain(t *testing.T) {
	t.Parallel()
	w := newWaker(newCompany(), &index{}, slog.New(slog.DiscardHandler))
	request := workflows.WakeRequest{Synchronization: "paris"}
	got, err := w.page(t.Context(), workflows.WakePage{Request: request, Cursor: cursor(1, "forgotten")})
	if err != nil || got != (workflows.WakeResult{Next: cursor(1, "")}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWakingIsTriedAgainWhenTemporalDoesNotAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := &index{err: errors.New("down")}
		w := newWaker(newCompany(), all, slog.New(slog.DiscardHandler))
		if err := w.retryEach(t.Context(), make([]starter.AbsenceLine, 1000), workflows.Retry{Bulk: true}); err == nil || len(all.retried) != enoughFailures {
			t.Errorf("%d signals to a Temporal that is down, error %v", len(all.retried), err)
		}
	})
}

// calendar refuses everybody until it is mended.
type calendar struct {
	calendars.Calendar
	mu      sync.Mutex
	refusal error
	calls   []time.Time
}

func (c *calendar) Find(context.Context, string, calendars.Key) ([]calendars.Placed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, time.Now())
	return nil, c.refusal
}

func (c *calendar) answers(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusal = err
}

func (c *calendar) called() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// office is a follower of one connection behind a circuit breaker, which the absences
// of the index use as a worker does.
type office struct {
	*follower
	*index
	*calendar
	breaker *calendars.Breaker
}

func newOffice(ctx context.Context, lines ...starter.AbsenceLine) *office {
	store, index := newCompany(), &index{lines: lines}
	log := slog.New(slog.DiscardHandler)
	connections := newConnections(store, Outside{}, newCallMeter(prometheus.NewRegistry()), log)
	o := &office{follower: newFollower(newWaker(store, index, log), connections), index: index, calendar: &calendar{}}
	o.breaker = calendars.NewBreaker(o.calendar, calendars.BreakerOptions{
		OnClose: func(reason calendars.Reason) { o.onClose("office", reason) },
	})
	connections.open["office"] = opened{breaker: o.breaker, with: store.connections["office"]}
	index.tried = func(one starter.AbsenceLine) {
		if one.Synchronization != "design" { // that one is on another connection
			_ = o.write(ctx, one.Employee)
		}
	}
	go o.run(ctx)
	return o
}

func (o *office) write(ctx context.Context, mailbox string) error {
	_, err := o.breaker.Find(ctx, mailbox, calendars.Key{})
	return err
}

// Nobody enters an absence for days: the connection is tried all the same, by one call
// after each wait, and when it works those that waited are woken.
func TestAQuietConnectionIsTriedWhileAbsencesWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o := newOffice(ctx, line("acme", "paris", "1", "consent-missing"), line("other", "lyon", "2", "consent-missing"))
		o.answers(&calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeConnection})
		if err := o.write(ctx, "somebody"); err == nil {
			t.Fatal("it is not blocked")
		}
		time.Sleep(2 * time.Hour)
		calls := o.called() // at 30 s, 1, 2, 4, 8 and then every 10 to 16 minutes
		if calls < 8 || calls > 18 {
			t.Errorf("%d calls in two hours of an outage", calls)
		}
		o.answers(nil)
		time.Sleep(30 * time.Minute) // a try, at most 13 minutes later, and as long until it is known to work
		want := workflows.WakeRequest{Connection: "office", Reasons: []string{"consent-missing"}, After: workflows.IndexLag}
		if got := o.requests(); len(got) == 0 || cmp.Diff(want, got[0]) != "" {
			t.Errorf("woken %+v, want %+v first", got, want)
		}
		if calls = o.called() - calls; calls < 1 || calls > triesAtOnce {
			t.Errorf("%d calls once it works", calls)
		}
		time.Sleep(time.Hour)
		if got := o.requests(); len(got) > 0 {
			t.Errorf("woken again: %+v", got)
		}
	})
}

func TestAConnectionNobodyWaitsForIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o := newOffice(ctx, line("acme", "design", "3", "consent-missing"), line("acme", "paris", "4", "no-email"))
		o.answers(&calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeConnection})
		_ = o.write(ctx, "somebody")
		time.Sleep(5 * time.Hour)
		if o.called() != 1 {
			t.Errorf("%d calls", o.called())
		}
	})
}

// A mailbox that was refused may be the only trouble: others are tried before it.
func TestAnotherMailboxTriesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var lines []starter.AbsenceLine
		for i := range 2 { // of one person
			lines = append(lines, line("acme", "paris", fmt.Sprint(i), "access-denied"))
			lines[i].Employee = "leaver"
		}
		lines = append(lines, line("other", "lyon", "3", "access-denied"))
		o := newOffice(ctx, lines...)
		o.answers(&calendars.Blocked{Reason: calendars.AccessDenied, Scope: calendars.ScopeUnclear})
		_ = o.write(ctx, "leaver")
		o.answers(nil)
		time.Sleep(time.Minute)
		if got := o.requests(); len(got) == 0 || got[0].Connection != "office" {
			t.Errorf("woken: %+v", got)
		}
		if !slices.Contains(o.retried, "other/3") {
			t.Errorf("asked: %v", o.retried)
		}
	})
}

// A worker that starts knows nothing of an outage before it; neither does one whose
// connection got another password.
func TestAfterARestartThoseThatWaitAreFound(t *testing.T) {
	t.Parallel()
	for name, standing := range map[string]func(context.Context, *office){
		"nobody tries it":            func(context.Context, *office) {},
		"it works for somebody else": func(ctx context.Context, o *office) { _ = o.write(ctx, "somebody") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				o := newOffice(ctx, line("acme", "paris", "1", "credentials-rejected"), line("acme", "design", "2", "credentials-rejected"))
				standing(ctx, o)
				time.Sleep(time.Minute)
				want := []workflows.WakeRequest{{Connection: "office", Reasons: ofConnection, After: workflows.IndexLag}}
				if diff := cmp.Diff(want, o.requests()); diff != "" {
					t.Errorf("woken (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Who resumes a synchronization wakes what waited, unless their process ends in
// between; and a settings file is changed without a word.
func TestWhatTheSettingsAllowIsWoken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		joined := line("acme", "", "3", "no-synchronization")
		joined.LegalEntity = "2"
		store := newCompany()
		all := &index{lines: []starter.AbsenceLine{line("acme", "design", "1", "synchronization-paused"), joined, line("other", "", "4", "unknown-source")}}
		store.synchronizations[2].Paused = true
		w := newWaker(store, all, slog.New(slog.DiscardHandler))
		f := newFollower(w, newConnections(store, Outside{}, newCallMeter(prometheus.NewRegistry()), w.log))
		look := func() []workflows.WakeRequest {
			for range int(3 * settingsEvery / lookEvery) {
				time.Sleep(lookEvery)
				f.look(t.Context(), time.Now())
			}
			return all.requests()
		}
		first := look()
		for _, want := range []workflows.WakeRequest{
			{Synchronization: "paris", Reasons: ofSettings}, {Source: "other", Reasons: []string{"unknown-source"}},
		} {
			if !slices.ContainsFunc(first, func(r workflows.WakeRequest) bool { return cmp.Equal(r, want) }) {
				t.Errorf("%+v is not among those woken: %+v", want, first)
			}
		}
		if slices.ContainsFunc(first, func(r workflows.WakeRequest) bool { return r.Synchronization == "design" }) {
			t.Errorf("a paused one was woken: %+v", first)
		}
		all.lines = all.lines[:1]
		if again := look(); len(again) > 0 {
			t.Errorf("nothing waits, woken %+v", again)
		}
		store.synchronizations[2].Paused = false
		if got := look(); len(got) == 0 || got[0].Synchronization != "design" {
			t.Errorf("the resumed one was not woken: %+v", got)
		}
		for range 10 {
			look()
		}
		if got := look(); len(got) > 1 {
			t.Errorf("what does not help is done %d times in three minutes", len(got))
		}
	})
}
