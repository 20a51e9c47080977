package browser_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// atMostForRules is how many interactions it takes at most, from the page of a
// synchronization with the defaults, until sickness is a private, neutral, busy event,
// telework is telework, and paid leave is out of office and declines new meetings.
const atMostForRules = 12

// TestNewcomerMakesRules goes the way of the guide about rules.
func TestNewcomerMakesRules(t *testing.T) {
	for _, lang := range languages {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			r := newRehearsal(t)
			r.setUpByAPI(t)
			v := r.visit(t, lang)
			v.signsIn(r.link())
			v.goes("/synchronizations/google")
			v.did = 0
			v.makesRules()
			t.Logf("three rules took %d interactions", v.did)
			if v.did > atMostForRules {
				t.Errorf("that is more than %d", atMostForRules)
			}
			v.sees("Maladie")
			v.showsPart("rules-preview", "#preview-rules")
			r.showsByRules(t)
		})
	}
}

func (v *visitor) makesRules() {
	v.t.Helper()
	group := func(number string) string { return number + ". " + v.T("sync.rule.new") }
	v.clicks(group("1"))
	v.ticks("Maladie", group("1"))
	v.chooses(v.T("sync.rule.private"), v.T("sync.rule.answer.yes"), group("1"))
	v.chooses(v.T("sync.rule.showApproved"), v.T("preview.showAs.busy"), group("1"))
	v.clicks(group("2"))
	v.ticks("Télétravail", group("2"))
	v.fills(v.T("sync.rule.telework.place"), "home", group("2"))
	v.clicks(group("3"))
	v.ticks("Congés payés", group("3"))
	v.chooses(v.T("sync.rule.outOfOffice.decline"), v.T("sync.rule.decline.new"), group("3"))
	v.revealsAsTyped(group("3"))
	v.showsPart("rules-form", "#f-policy-rules")
	v.clicks(v.T("sync.save"))
	v.sees(v.T("flash.saved"))
}

// revealsAsTyped tries a template, beside which stands what it reveals, and takes it back;
// the way to three rules needs none.
func (v *visitor) revealsAsTyped(group string) {
	v.t.Helper()
	did := v.did
	dates := v.T("sync.rule.reveals.dates")
	v.doesNotSee(dates)
	v.fills(v.T("sync.rule.template"), "{label} {back}", group)
	v.sees(dates)
	v.fills(v.T("sync.rule.template"), "", group)
	v.waits(func() bool { return !strings.Contains(v.text(), plain(dates)) }, "the template is gone, and with it what it reveals")
	v.did = did
}

// showsByRules enters one absence of each type for a person, and looks into their calendar.
func (r *rehearsal) showsByRules(t *testing.T) {
	t.Helper()
	const employee, email = "431", "melissa.payet@example.com"
	want := []event{
		{Subject: "Absent", Start: day(1, 0), Marked: true, ShowAs: "opaque", Private: true},
		{Subject: "Télétravail", Start: day(1, 1), Marked: true, ShowAs: "transparent", Kind: "workingLocation homeOffice"},
		{Subject: "Absent", Start: day(1, 2) + "T00:00", Marked: true, ShowAs: "opaque", Kind: "outOfOffice declineOnlyNewConflictingInvitations"},
	}
	for i, account := range []string{"Maladie", "Télétravail", "Congés payés"} {
		r.desk(t, http.MethodPost, "/leaves", map[string]string{
			"employee": employee, "account": account, "startsOn": day(1, i), "endsOn": day(1, i), "status": "confirmed",
		}, nil)
	}
	var got []event
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		got = slices.SortedFunc(slices.Values(r.events(t, email)), func(a, b event) int { return cmp.Compare(a.Start, b.Start) })
		if slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("the calendar shows\n  %+v\nwant\n  %+v", got, want)
}
