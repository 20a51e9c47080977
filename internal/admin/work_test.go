package admin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func TestAnInitializationIsCheckedFirst(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	for name, test := range map[string]struct {
		input workflows.InitializationInput
		key   string
		want  map[string]string
	}{
		"no name":        {workflows.InitializationInput{}, "", map[string]string{"synchronization": "required"}},
		"unknown":        {workflows.InitializationInput{Synchronization: "other"}, "", map[string]string{"synchronization": "unknown-synchronization"}},
		"no name at all": {workflows.InitializationInput{Synchronization: "\x00"}, "", map[string]string{"synchronization": "unknown-synchronization"}},
		"legal entities": {workflows.InitializationInput{Synchronization: "headquarters", LegalEntities: []string{"1", "2", "x"}}, "",
			map[string]string{"legalEntities.1": "not-in-synchronization", "legalEntities.2": "not-in-synchronization"}},
		"confirm":  {workflows.InitializationInput{Synchronization: "headquarters", Confirm: -1}, "", map[string]string{"confirm": "bad-number"}},
		"long key": {workflows.InitializationInput{Synchronization: "headquarters"}, strings.Repeat("k", 256), map[string]string{"key": "too-long"}},
	} {
		_, err := d.StartInitialization(t.Context(), alice, test.input, test.key)
		if diff := cmp.Diff(test.want, problems(t, err)); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
	}
	if _, err := d.SetPaused(t.Context(), alice, "headquarters", true, 1); err != nil {
		t.Fatal(err)
	}
	_, err := d.StartInitialization(t.Context(), alice, workflows.InitializationInput{Synchronization: "headquarters"}, "")
	if diff := cmp.Diff(map[string]string{"synchronization": "synchronization-paused"}, problems(t, err)); diff != "" {
		t.Error(diff)
	}
	if _, err := d.StartInitialization(t.Context(), alice, workflows.InitializationInput{Synchronization: "headquarters", DryRun: true}, ""); err != nil {
		t.Errorf("a dry run of a paused one: %v", err)
	}
	if len(d.engine.started) != 1 {
		t.Errorf("%d were started, want 1", len(d.engine.started))
	}
}

func TestADoubleSubmitStartsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	input := workflows.InitializationInput{Synchronization: "headquarters"}
	first, err := d.StartInitialization(t.Context(), alice, input, "form-1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.StartInitialization(t.Context(), alice, input, "form-1")
	if err != nil || second != first || first != "acme.form-1" {
		t.Errorf("%q and %q, %v", first, second, err)
	}
	if _, err := d.Initialization(t.Context(), first); err != nil {
		t.Error(err)
	}
	if err := d.ConfirmInitialization(t.Context(), alice, first, 12); err != nil {
		t.Error(err)
	}
	if err := d.ConfirmInitialization(t.Context(), alice, first, 13); !errors.Is(err, starter.ErrNotConfirmable) {
		t.Error(err)
	}
	if err := d.CancelInitialization(t.Context(), alice, first); err != nil {
		t.Error(err)
	}
	if err := d.CancelInitialization(t.Context(), alice, "acme.\xff"); !errors.Is(err, starter.ErrNotFound) {
		t.Error(err)
	}
	d.engine.progress.Phase = workflows.PhaseWaiting
	if all, err := d.Initializations(t.Context(), "headquarters"); err != nil || len(all) != 1 ||
		all[0].Phase != workflows.PhaseWaiting {
		t.Errorf("one that waits is listed as %v, %v", all, err)
	}
	if all, err := d.Initializations(t.Context(), "other"); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{Kind: settings.KindInitialization})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, change := range changes {
		actions = append(actions, string(change.Action)+" "+change.Name+" by "+change.By.ID)
	}
	want := []string{"cancelled acme.form-1 by person:alice", "confirmed acme.form-1 by person:alice", "started acme.form-1 by person:alice"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Automatic replies are looked at where a synchronization wants them through the connection.
func TestAConnectionCheckLooksAtWantedReplies(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	view, err := d.Synchronization(t.Context(), headquarters().Name)
	if err != nil {
		t.Fatal(err)
	}
	view.Policy.AutomaticReplies.Enabled = true
	if _, err := d.PutSynchronization(t.Context(), alice, view.Synchronization, view.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CheckConnection(t.Context(), alice, view.Connection, "jane.doe@example.com", false); err != nil {
		t.Fatal(err)
	}
	if asked := d.engine.checked[len(d.engine.checked)-1]; !asked.AutoReplies {
		t.Errorf("asked %+v", asked)
	}
}

func TestAConnectionCheckIsNotedWithoutTheMailbox(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	d.engine.steps = []workflows.CheckStep{{Name: "address", Outcome: "ok"}, {Name: "tls", Outcome: "failed", Finding: "tls-expired"}}
	if _, err := d.CheckConnection(t.Context(), alice, "factory", "jane.doe@example.com", true); err != nil {
		t.Fatal(err)
	}
	want := workflows.CheckRequest{Connection: "factory", Provider: string(calendars.Exchange), Mailbox: "jane.doe@example.com", Probe: true}
	if d.engine.checked[0] != want {
		t.Errorf("asked %+v", d.engine.checked[0])
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{Limit: 1})
	if err != nil || changes[0].Action != settings.ActionChecked || changes[0].Fields[0].To != "tls-expired" || strings.Contains(cmp.Diff(nil, changes), "jane") {
		t.Errorf("%+v, %v", changes, err)
	}
	if _, err := d.CheckConnection(t.Context(), alice, "factory", "Jane <jane@example.com>", true); problems(t, err)["mailbox"] != "not-a-mailbox" {
		t.Error(err)
	}
	d.engine.down = errors.New("down")
	if _, err := d.CheckConnection(t.Context(), alice, "factory", "a@b.c", false); !errors.Is(err, admin.ErrEngineDown) {
		t.Error(err)
	}
	d.engine.down = starter.ErrNoWorker
	if _, err := d.CheckConnection(t.Context(), alice, "factory", "a@b.c", false); !errors.Is(err, starter.ErrNoWorker) {
		t.Error(err)
	}
}

func line(id, employee string, status workflows.Status, reason string) starter.AbsenceLine {
	return starter.AbsenceLine{Source: "acme", Absence: id, Employee: employee, Synchronization: "headquarters", Status: status, Reason: reason}
}

func TestAbsences(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	d.engine.lines = []starter.AbsenceLine{
		line("1", "416", "blocked", "mailbox-missing"), line("2", "416", "synced", ""), line("416", "7", "synced", ""), line("3", "8", "skipped", "no-email"),
	}
	for name, test := range map[string]struct {
		query admin.AbsencesQuery
		want  string
	}{
		"all":           {admin.AbsencesQuery{}, "1 2 416 3"},
		"an id":         {admin.AbsencesQuery{Text: " 416 "}, "1 2 416"},
		"an address":    {admin.AbsencesQuery{Text: "Jane.Doe@example.com"}, "1 2"},
		"nobody's":      {admin.AbsencesQuery{Text: "nobody@example.com"}, ""},
		"a status":      {admin.AbsencesQuery{Status: "synced"}, "2 416"},
		"a reason":      {admin.AbsencesQuery{Reason: "no-email"}, "3"},
		"other source":  {admin.AbsencesQuery{Source: "other", Text: "jane.doe@example.com"}, ""},
		"a short page":  {admin.AbsencesQuery{Limit: 2}, "1 2"},
		"nothing known": {admin.AbsencesQuery{Synchronization: "x"}, ""},
	} {
		page, err := d.Absences(t.Context(), test.query)
		var ids []string
		for _, one := range page.Absences {
			ids = append(ids, one.Absence)
		}
		if err != nil || strings.Join(ids, " ") != test.want || page.Absences == nil {
			t.Errorf("%s: %v, %v, want %s", name, ids, err, test.want)
		}
	}
	for _, query := range d.engine.asked {
		if query.Limit < 1 || query.Either != "" && !cmp.Equal(query.Sources, []string{"acme"}) {
			t.Errorf("asked %+v", query)
		}
	}
	calls := d.account.count("employees")
	if _, err := d.Absences(t.Context(), admin.AbsencesQuery{Text: "jane.doe@example.com"}); err != nil || d.account.count("employees") != calls {
		t.Errorf("Figgo was asked again: %v", err)
	}
	for field, query := range map[string]admin.AbsencesQuery{
		"text": {Text: strings.Repeat("x", 255)}, "limit": {Limit: 201}, "status": {Status: "odd"}, "page": {Page: "bad"},
	} {
		if _, err := d.Absences(t.Context(), query); problems(t, err)[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	d.account.fails = errors.New("down")
	refused := (*admin.SourceError)(nil)
	if _, err := d.Absences(t.Context(), admin.AbsencesQuery{Text: "someone@example.com"}); !errors.As(err, &refused) {
		t.Error(err)
	}
}

func TestResync(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	if err := d.Resync(t.Context(), alice, "acme", "8750", true); err != nil {
		t.Fatal(err)
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{Kind: settings.KindAbsence, Name: "acme/8750"})
	if err != nil || len(changes) != 1 || changes[0].Action != settings.ActionResynced {
		t.Errorf("%+v, %v", changes, err)
	}
	for _, id := range []string{"", "\xff", strings.Repeat("1", 300)} {
		if err := d.Resync(t.Context(), alice, "acme", id, true); !errors.Is(err, starter.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if len(d.engine.retried) != 1 {
		t.Errorf("%v", d.engine.retried)
	}
	if url := d.WorkflowURL("absence/acme/8750", ""); url != "http://127.0.0.1:8233/namespaces/default/workflows/absence%2Facme%2F8750" {
		t.Errorf("without a run: %s", url)
	}
	if url := d.WorkflowURL("absence/acme/8750", "r1"); url != "http://127.0.0.1:8233/namespaces/default/workflows/absence%2Facme%2F8750/r1/history" {
		t.Error(url)
	}
}

// book is a measurement.
type book struct{ buckets, totals []delays.Bucket }

func (b book) Read(context.Context, time.Time) (buckets, totals []delays.Bucket, err error) {
	return b.buckets, b.totals, nil
}

func TestOverview(t *testing.T) {
	t.Parallel()
	bucket := delays.Bucket{Synchronization: "headquarters", Start: now.Add(-time.Hour), Width: time.Hour, Count: 3, P50: time.Second, P95: 4 * time.Second, Last: now}
	clock := now
	d := newDesk(t, func(c *admin.Config) {
		c.Delays, c.Now = book{[]delays.Bucket{bucket}, []delays.Bucket{bucket}}, func() time.Time { return clock }
	}).fill(t)
	d.engine.lines = []starter.AbsenceLine{
		line("1", "1", "blocked", "mailbox-missing"), line("2", "2", "blocked", "mailbox-missing"), line("3", "3", "retrying", "temporary"),
		line("4", "4", "synced", ""), line("5", "5", "synced", ""), line("6", "6", "pending", ""),
	}
	over := line("7", "7", "blocked", "no-email")
	over.EndedAt = now
	d.engine.lines = append(d.engine.lines, over)
	d.engine.stuck = 7
	overview, err := d.Overview(t.Context())
	if err != nil || overview.Stuck != 7 {
		t.Fatalf("%d are stuck, %v", overview.Stuck, err)
	}
	want := admin.Health{
		State:            admin.StateTrouble,
		Counts:           map[workflows.Status]int{"blocked": 2, "retrying": 1, "synced": 2, "pending": 1},
		Reasons:          []admin.ReasonCount{{"mailbox-missing", "blocked", 2}, {"temporary", "retrying", 1}},
		Last:             now,
		P50:              time.Second,
		P95:              4 * time.Second,
		Series:           []delays.Bucket{bucket},
		LegalEntityNames: []string{"Lyon"},
	}
	if diff := cmp.Diff(want, overview.Synchronizations[0], cmpopts.IgnoreFields(admin.Health{}, "SynchronizationView")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if overview.EngineDown || overview.Sources != 1 || overview.Connections != 1 || overview.ReadOnly {
		t.Errorf("%+v", overview)
	}
	counts := d.engine.counts
	for range 10 {
		if _, err := d.Overview(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if d.engine.counts != counts {
		t.Errorf("%d counts more within three seconds", d.engine.counts-counts)
	}
	clock = clock.Add(3 * time.Second)
	d.engine.down = errors.New("down")
	overview, err = d.Overview(t.Context())
	if err != nil || !overview.EngineDown || len(overview.Synchronizations) != 1 || overview.Synchronizations[0].State != admin.StateIdle {
		t.Errorf("%+v, %v", overview, err)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	for status, want := range map[workflows.Status]string{
		"blocked": admin.StateTrouble, "retrying": admin.StateWorking, "pending": admin.StateWorking, "synced": admin.StateGood, "skipped": admin.StateGood, "": admin.StateIdle,
	} {
		d := newDesk(t).fill(t)
		if status != "" {
			d.engine.lines = []starter.AbsenceLine{line("1", "1", status, "")}
		}
		overview, err := d.Overview(t.Context())
		if err != nil || overview.Synchronizations[0].State != want {
			t.Errorf("%s: %v, %v", status, overview.Synchronizations, err)
		}
	}
}

// A slow Lucca holds the first page up for a second, and no page after it.
func TestOverviewDoesNotWaitForLucca(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	file := fileOf(t, d)
	synctest.Test(t, func(t *testing.T) {
		account := newAccount()
		account.delay = 4 * time.Second
		slow := admin.New(fileConfig(file, &fakeEngine{}, account))
		for _, want := range []struct {
			took time.Duration
			name string
		}{{time.Second, "1"}, {0, "1"}} {
			begin := time.Now()
			overview, err := slow.Overview(t.Context())
			if err != nil || overview.Synchronizations[0].LegalEntityNames[0] != want.name || time.Since(begin) > want.took {
				t.Errorf("after %s: %v, %v", time.Since(begin), overview.Synchronizations[0].LegalEntityNames, err)
			}
		}
		time.Sleep(15 * time.Second)
		if overview, err := slow.Overview(t.Context()); err != nil || overview.Synchronizations[0].LegalEntityNames[0] != "Lyon" {
			t.Errorf("the names did not come: %v", err)
		}
	})
}
