package admin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func (e *fakeEngine) asksRetried() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(slices.Values(e.retried))
}

func TestRetryAll(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	over := line("6", "6", "blocked", "no-email")
	over.EndedAt = now
	d.engine.lines = []starter.AbsenceLine{
		line("1", "416", "blocked", "mailbox-missing"), line("2", "416", "blocked", "no-email"), line("3", "7", "blocked", "mailbox-missing"),
		line("4", "8", "synced", ""), line("5", "416", "skipped", "no-email"), over,
	}
	for _, test := range []struct {
		query admin.AbsencesQuery
		want  string
	}{
		{admin.AbsencesQuery{Status: "blocked"}, "acme/1 acme/2 acme/3"},
		{admin.AbsencesQuery{Status: "blocked", Reason: "mailbox-missing", Synchronization: "headquarters", Limit: 1, Page: "from-7"}, "acme/1 acme/3"},
		{admin.AbsencesQuery{Status: "skipped", Source: "acme"}, "acme/5"},
		{admin.AbsencesQuery{Status: "blocked", Text: " jane doe "}, "acme/1 acme/2"},
		{admin.AbsencesQuery{Status: "blocked", Text: "nobody"}, ""},
		{admin.AbsencesQuery{Status: "retrying"}, ""},
	} {
		matched, err := d.RetryAll(t.Context(), alice, test.query)
		if err != nil || matched != len(strings.Fields(test.want)) {
			t.Errorf("%+v: %d, %v", test.query, matched, err)
		}
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if len(d.engine.asksRetried()) == matched {
				break
			}
		}
		if got := strings.Join(d.engine.asksRetried(), " "); got != test.want {
			t.Errorf("%+v asks %s, want %s", test.query, got, test.want)
		}
		d.engine.mu.Lock()
		for _, retry := range d.engine.retries {
			if !cmp.Equal(retry, workflows.Retry{Bulk: true}) {
				t.Errorf("one of many is asked %+v", retry)
			}
		}
		d.engine.retried = nil
		d.engine.mu.Unlock()
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{Kind: settings.KindAbsence})
	if err != nil || len(changes) != 4 {
		t.Fatalf("%d lines in the audit log, want 4, %v", len(changes), err)
	}
	want := []settings.FieldChange{
		{Field: "count", To: "2"}, {Field: "status", To: "blocked"}, {Field: "reason", To: "mailbox-missing"}, {Field: "synchronization", To: "headquarters"},
	}
	if diff := cmp.Diff(want, changes[2].Fields); diff != "" || changes[2].Action != settings.ActionResynced || changes[2].By.ID != alice.ID {
		t.Errorf("%+v: -want +got:\n%s", changes[2], diff)
	}
	if strings.Contains(strings.ToLower(fmt.Sprint(changes)), "jane") {
		t.Errorf("the audit log has a name: %v", changes)
	}
	for status, code := range map[string]string{"": "required", "synced": "bad-choice", "odd": "bad-choice"} {
		if _, err := d.RetryAll(t.Context(), alice, admin.AbsencesQuery{Status: workflows.Status(status)}); problems(t, err)["status"] != code {
			t.Errorf("%q: %v", status, err)
		}
	}
	d.engine.down = errors.New("down")
	for range 6 { // one that failed is not under way
		if _, err := d.RetryAll(t.Context(), alice, admin.AbsencesQuery{Status: "blocked"}); !errors.Is(err, admin.ErrEngineDown) {
			t.Error(err)
		}
	}
}

// A thousand at most, about fifty a second, one run at a time for one query and
// few at a time in all.
func TestRetryAllIsBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	file := fileOf(t, d)
	synctest.Test(t, func(t *testing.T) {
		engine := &fakeEngine{}
		for i := range 1300 {
			engine.lines = append(engine.lines, line(fmt.Sprint(i), "1", "blocked", fmt.Sprint("reason-", i%10)))
		}
		service := admin.New(fileConfig(file, engine, newAccount()))
		all := admin.AbsencesQuery{Status: "blocked"}
		if matched, err := service.RetryAll(t.Context(), alice, all); err != nil || matched != admin.MostRetried {
			t.Fatalf("%d, %v", matched, err)
		}
		time.Sleep(10 * time.Second)
		if asked := len(engine.asksRetried()); asked < 450 || asked > 510 {
			t.Errorf("%d asked in ten seconds", asked)
		}
		if _, err := service.RetryAll(t.Context(), alice, admin.AbsencesQuery{Status: "blocked", Limit: 3, Page: "x"}); !errors.Is(err, admin.ErrRetrying) {
			t.Errorf("the same again: %v", err)
		}
		for i := range 4 {
			query := admin.AbsencesQuery{Status: "blocked", Reason: fmt.Sprint("reason-", i)}
			if matched, err := service.RetryAll(t.Context(), alice, query); i < 3 && (err != nil || matched != 130) || i == 3 && !errors.Is(err, admin.ErrRetrying) {
				t.Errorf("another: %d, %v", matched, err)
			}
		}
		time.Sleep(time.Minute)
		if asked := len(engine.asksRetried()); asked != 1390 {
			t.Errorf("%d asked in the end, want 1390", asked)
		}
		if _, err := service.RetryAll(t.Context(), alice, all); err != nil {
			t.Errorf("once it is over: %v", err)
		}
		time.Sleep(time.Minute)
	})
}

// What does not answer is not asked a thousand times; the one who asked is long
// gone.
func TestRetryAllGivesUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	file := fileOf(t, d)
	synctest.Test(t, func(t *testing.T) {
		engine := &failingEngine{fakeEngine: &fakeEngine{}}
		for i := range 500 {
			engine.lines = append(engine.lines, line(fmt.Sprint(i), "1", "blocked", ""))
		}
		config := fileConfig(file, engine.fakeEngine, newAccount())
		config.Engine = engine
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := admin.New(config).RetryAll(ctx, alice, admin.AbsencesQuery{Status: "blocked"}); err != nil {
			t.Fatal(err)
		}
		cancel()
		time.Sleep(time.Minute)
		if asked := len(engine.asksRetried()); asked < 20 || asked > 40 {
			t.Errorf("%d were asked", asked)
		}
	})
}

// failingEngine lists absences and then goes down.
type failingEngine struct{ *fakeEngine }

func (e *failingEngine) Retry(ctx context.Context, source, id string, retry workflows.Retry) error {
	_ = e.fakeEngine.Retry(ctx, source, id, retry)
	return errors.New("down")
}
