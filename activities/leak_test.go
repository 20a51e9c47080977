package activities_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	"github.com/figgosync/figgosync/workflows"
)

// tracked counts what an absence leaves behind besides its own content: the events that go
// to a calendar, the answers that a workflow keeps, the log and the metrics.
type tracked struct {
	left    bytes.Buffer
	metrics *prometheus.Registry
}

func (l *tracked) keep(t *testing.T, what any) {
	t.Helper()
	text, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	l.left.Write(text)
}

// text is all of it in small letters.
func (l *tracked) text(t *testing.T) string {
	t.Helper()
	families, err := l.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	l.keep(t, families)
	return strings.ToLower(l.left.String())
}

// Unless it is confirmed, whatever a policy and its rules say, no byte that goes to a
// calendar, into an answer, the log or the metrics tells a sensitive type: live, in an
// initialization, its dry run, a reconciliation. Confirmed, it is told.
func TestSensitiveTypesAreInNothingThatLeaves(t *testing.T) {
	t.Parallel()
	told := 0
	for seed := range uint64(100) {
		for _, confirmed := range []bool{false, true} {
			d := dice{rand.New(rand.NewPCG(seed, 2))}
			policy := d.policy()
			policy.ConfirmReveals = confirmed
			for i := range policy.Rules {
				if policy.Rules[i].Sensitive != nil && !*policy.Rules[i].Sensitive {
					policy.Rules[i].Sensitive = nil
				}
			}
			left := followSensitive(t, d, policy)
			if !strings.Contains(left, "maladie") && !strings.Contains(left, "enfant") {
				continue
			}
			if told++; !confirmed {
				t.Fatalf("seed %d: a sensitive type is told by %+v", seed, policy)
			}
		}
	}
	if told == 0 {
		t.Error("nothing tells a type even where that is confirmed: this looks at nothing")
	}
}

// followSensitive is what is left behind of absences of sensitive types.
func followSensitive(t *testing.T, d dice, policy absence.Policy) string {
	t.Helper()
	l := &tracked{metrics: prometheus.NewRegistry()}
	log := slog.New(slog.NewJSONHandler(&l.left, &slog.HandlerOptions{Level: slog.LevelDebug}))
	f := newFixture()
	f.synchronization.Policy, f.calendar = policy, calendartest.NewMemory("jane.doe@example.com")
	f.accounts = directory.NewAccounts(&accountList{types: typesOfACompany}, directory.AccountsOptions{Logger: log})
	if _, err := f.accounts.Lookup(t.Context(), "56"); err != nil {
		t.Fatal(err)
	}
	var notices []figgo.Notice
	for i := range 10 {
		notice := d.notice(i)
		sick := typesOfACompany[3+i%2]
		notice.Absence.Account, notice.Absence.AccountName = sick.ID, sick.Name
		notices = append(notices, notice)
	}
	a := f.activities()
	a.Directories, a.Log, a.Metrics = employer{f, listing{f: f, notices: notices}}, log, activities.NewMetrics(l.metrics)
	page, err := a.ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
	if err != nil {
		t.Fatal(err)
	}
	for _, listed := range page.Absences {
		l.keep(t, listed.Change.Route)
		key := calendars.Key{Source: "demo", Absence: listed.Absence}
		target := listed.Change.Route.Target
		result, err := calendars.Apply(t.Context(), f.calendar, target.Place.Mailbox, key, target.Events, calendars.Options{})
		if err != nil {
			t.Fatal(err)
		}
		l.keep(t, result)
	}
	preview, err := a.PreviewAbsences(t.Context(), workflows.PreviewRequest{Source: "demo", Absences: page.Absences})
	if err != nil {
		t.Fatal(err)
	}
	l.keep(t, preview)
	compared, err := a.CompareMailboxes(t.Context(), workflows.CompareRequest{Source: "demo", Synchronization: "s1", LegalEntity: "3"})
	if err != nil {
		t.Fatal(err)
	}
	l.keep(t, compared)
	return l.text(t)
}
