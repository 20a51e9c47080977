package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	"github.com/figgosync/figgosync/workflows"
)

// typesOfACompany are its absence types: ordinary ones, sensitive ones, telework.
var typesOfACompany = []absence.Type{
	{ID: "56", Name: "Congés payés"}, {ID: "57", Name: "RTT"}, {ID: "58", Name: "Télétravail"},
	{ID: "59", Name: "Maladie"}, {ID: "60", Name: "Enfant malade"}, {ID: "61", Name: "Formation"},
}

// dice draws policies and absences.
type dice struct{ *rand.Rand }

func one[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

func (d dice) account() string {
	t := one(d, typesOfACompany...)
	return one(d, t.ID, "name:"+t.Name)
}

func (d dice) policy() absence.Policy {
	shows := []absence.ShowAs{absence.Free, absence.Tentative, absence.Busy, absence.OutOfOffice, absence.Elsewhere}
	p := absence.DefaultPolicy()
	p.ShowType, p.Private, p.ConfirmReveals = d.IntN(3) == 0, d.IntN(2) == 0, d.IntN(2) == 0
	p.WholeDay = one(d, absence.AllDay, absence.TimeRange)
	p.ShowPending, p.ShowApproved = one(d, shows...), one(d, shows...)
	p.PendingMark, p.Language = one(d, "", "[?]"), one(d, absence.French, absence.English)
	for range d.IntN(5) {
		rule := absence.Rule{
			Accounts: []string{d.account()}, Write: one(d, "", absence.WriteApproved, absence.WriteNever),
			Title: one(d, "", absence.TitleNeutral, absence.TitleType), Private: one(d, nil, new(true), new(false)),
			ShowApproved: one(d, append(shows, "")...), ShowPending: one(d, append(shows, "")...),
			WholeDay: one(d, "", absence.AllDay, absence.TimeRange), Category: one(d, "", "Leave"),
			Colour: one(d, append(absence.Colours(), "")...), Sensitive: one(d, nil, nil, new(true), new(false)),
		}
		switch d.IntN(4) {
		case 0:
			rule.Title, rule.Template = absence.TitleTemplate, one(d, "{label} until {until}", "{type}", "Away")
		case 1:
			rule.OutOfOffice = &absence.AutoDecline{Decline: one(d, absence.DeclineNone, absence.DeclineNew, absence.DeclineAll)}
		case 2:
			rule.Telework = &absence.Telework{Place: one(d, "home", "office", "Lyon")}
		}
		if more := d.account(); d.IntN(2) == 0 && more != rule.Accounts[0] {
			rule.Accounts = append(rule.Accounts, more)
		}
		p.Rules = append(p.Rules, rule)
	}
	return p
}

// notice is an absence of up to four days, some halves of which may be missing, as a list
// tells it.
func (d dice) notice(i int) figgo.Notice {
	kind := one(d, figgo.Requested, figgo.Approved)
	t := one(d, typesOfACompany...)
	first := absence.Date{Year: 2027, Month: time.January, Day: 4}.AddDays(7 * i)
	content := absence.Absence{Account: t.ID, AccountName: t.Name}
	for day := range 1 + d.IntN(4) {
		for _, part := range one(d, []absence.Part{absence.Morning, absence.Afternoon}, []absence.Part{absence.Morning}, []absence.Part{absence.Afternoon}) {
			content.HalfDays = append(content.HalfDays, absence.HalfDay{Date: first.AddDays(day), Part: part, Confirmed: kind == figgo.Approved})
		}
	}
	at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	return figgo.Notice{Kind: kind, AbsenceID: fmt.Sprint(9000 + i), EmployeeID: "416", LegalEntity: "3", ChangedAt: at, OccurredAt: at, Absence: content}
}

// listing is a source that lists the notices, and one employee.
type listing struct {
	figgo.Reader
	f       *fixture
	notices []figgo.Notice
}

func (l listing) Leaves(context.Context, figgo.LeavesQuery) (figgo.LeavesPage, error) {
	return figgo.LeavesPage{Notices: l.notices}, nil
}

func (l listing) EmployeesPage(context.Context, string, string) (figgo.EmployeesPage, error) {
	return figgo.EmployeesPage{Employees: []figgo.EmployeeRecord{{Employee: l.f.known["416"]}}}, nil
}

// Two hundred policies with fifty absences each: what the page shows, what a webhook writes
// that tells an id only, what an initialization announces, what its dry run counts and what
// the nightly reconciliation expects are the same events.
func TestAPolicyLooksTheSameEverywhere(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		d := dice{rand.New(rand.NewPCG(seed, 1))}
		f := newFixture()
		f.synchronization.Policy = d.policy()
		f.accounts = directory.NewAccounts(&accountList{types: typesOfACompany}, directory.AccountsOptions{Logger: slog.New(slog.DiscardHandler)})
		if _, err := f.accounts.Lookup(t.Context(), "56"); err != nil {
			t.Fatal(err)
		}
		box := calendartest.NewMemory("jane.doe@example.com")
		f.calendar = box
		var notices []figgo.Notice
		for i := range 50 {
			notices = append(notices, d.notice(i))
		}
		if !sameEverywhere(t, f, notices) {
			t.Fatalf("seed %d: %+v", seed, f.synchronization.Policy)
		}
	}
}

func sameEverywhere(t *testing.T, f *fixture, notices []figgo.Notice) bool {
	t.Helper()
	a := f.activities()
	a.Directories = employer{f, listing{f: f, notices: notices}}
	page, err := a.ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
	if err != nil || page.Trouble != nil {
		t.Fatal(err, page.Trouble)
	}
	runs := 0
	for _, listed := range page.Absences {
		content := listed.Change.Absence
		content.AccountName = "" // as a webhook tells it
		live, err := a.Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: "416", Absence: content})
		if err != nil || listed.Change.Route == nil || live.Outcome != workflows.RouteWrite {
			t.Fatal(err, listed.Change.Route, live.Outcome, live.Trouble)
		}
		if diff := cmp.Diff(listed.Change.Route.Target, live.Target); diff != "" {
			t.Errorf("announced and live (-announced +live):\n%s", diff)
		}
		key := calendars.Key{Source: "demo", Absence: listed.Absence}
		if _, err := calendars.Apply(t.Context(), f.calendar, live.Target.Place.Mailbox, key, live.Target.Events,
			calendars.Options{}); err != nil {
			t.Fatal(err)
		}
		runs += len(live.Target.Events)
	}
	preview, err := a.PreviewAbsences(t.Context(), workflows.PreviewRequest{Source: "demo", Absences: page.Absences})
	if err != nil || preview.Counts.Unchanged != len(notices) {
		t.Errorf("%v: the dry run counts %+v of %d that are written", err, preview.Counts, len(notices))
	}
	compared, err := a.CompareMailboxes(t.Context(), workflows.CompareRequest{
		Source: "demo", Synchronization: "s1", LegalEntity: "3",
		From: absence.Date{Year: 2027, Month: time.January, Day: 1}, To: absence.Date{Year: 2028, Month: time.December, Day: 31},
	})
	if err != nil || compared.Counts.Right != runs || len(compared.Differences) > 0 {
		t.Errorf("%v: the reconciliation counts %+v of %d events, and finds %+v", err, compared.Counts, runs, compared.Differences)
	}
	samePreview(t, f)
	return !t.Failed()
}

// samePreview compares what the page shows of a type that a rule names with what is
// written of it.
func samePreview(t *testing.T, f *fixture) {
	t.Helper()
	service := admin.New(admin.Config{Settings: f, Log: slog.New(slog.DiscardHandler)})
	for i, rule := range f.synchronization.Policy.Rules {
		name, is := strings.CutPrefix(rule.Accounts[0], absence.AccountName)
		if !is {
			continue
		}
		samples, err := service.PreviewRule(t.Context(), f.synchronization, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range samples {
			for kind, shown := range map[workflows.Kind][]absence.Event{workflows.Requested: sample.Pending, workflows.Approved: sample.Approved} {
				content := workflows.RoutedContent(kind, sampled(sample.Code, name))
				written, err := f.activities().Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: "419", Absence: content})
				if err != nil || written.Outcome != workflows.RouteWrite {
					t.Fatal(err, written.Outcome)
				}
				if diff := cmp.Diff(timeless(shown), timeless(written.Target.Events)); diff != "" {
					t.Errorf("%s of rule %d, %s (-page +written):\n%s", sample.Code, i, kind, diff)
				}
			}
		}
	}
}

// sampled is an absence as the samples of the page are.
func sampled(code, name string) absence.Absence {
	days, parts := 1, []absence.Part{absence.Morning, absence.Afternoon}
	switch code {
	case "morning":
		parts = parts[:1]
	case "afternoon":
		parts = parts[1:]
	case "week":
		days = 5
	}
	content := absence.Absence{Account: "999", AccountName: name}
	for day := range days {
		for _, part := range parts {
			content.HalfDays = append(content.HalfDays, absence.HalfDay{Date: absence.Date{Year: 2027, Month: time.January, Day: 4}.AddDays(day), Part: part})
		}
	}
	return content
}

// timeless are events without their days, and without what a title says of them.
func timeless(events []absence.Event) []absence.Event {
	events = slices.Clone(events)
	for i := range events {
		days := events[i].Start.Date.DaysUntil(events[i].End.Date)
		events[i].Start.Date = absence.Date{Year: 2027, Month: time.January, Day: 4}
		events[i].End.Date = events[i].Start.Date.AddDays(days)
		if j := strings.Index(events[i].Title, " until "); j > 0 {
			events[i].Title = events[i].Title[:j]
		}
	}
	return events
}
