package all_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	_ "github.com/figgosync/figgosync/internal/calendars/all"
)

// company is the policy of most companies: sickness is a private, neutral, busy event,
// telework is telework, and paid leave is out of office.
func company() absence.Policy {
	p := absence.DefaultPolicy()
	p.PendingMark = "[?]"
	p.Rules = []absence.Rule{
		{Accounts: []string{"name:Maladie"}, Private: new(true), Title: absence.TitleNeutral, ShowApproved: absence.Busy},
		{Accounts: []string{"name:Télétravail"}, Title: absence.TitleType, Telework: &absence.Telework{Place: absence.PlaceHome}},
		{
			Accounts: []string{"56"}, Template: "{label} jusqu’au {until}", Category: "Congés", Colour: "sage",
			OutOfOffice: &absence.AutoDecline{Decline: absence.DeclineNew, Message: "Je suis en congé."},
		},
		{Accounts: []string{"name:Sans solde"}, Write: absence.WriteApproved, WholeDay: absence.TimeRange},
		{Accounts: []string{"name:Mission"}, Write: absence.WriteNever},
	}
	return p
}

// specification says what each calendar shows of an absence on Monday 7 December 2026:
// type, status and length, then Office 365, Exchange and Google. The end-to-end tests hold
// the product to it, too.
//
//go:embed testdata/rules.txt
var specification string

// What each calendar shows of each type, pending and approved, of a whole day and of a
// morning, reads as the specification.
func TestSpecificationOfRules(t *testing.T) {
	t.Parallel()
	ids := map[string]string{"Congés payés": "56"}
	cases := 0
	var got strings.Builder
	for _, name := range []string{"Maladie", "Télétravail", "Congés payés", "Sans solde", "Mission", "RTT"} {
		for _, status := range []string{"pending", "approved"} {
			for _, length := range []string{"day", "morning"} {
				fmt.Fprintf(&got, "\n%s, %s, %s", name, status, length)
				for _, provider := range calendars.Providers() {
					cases++
					fmt.Fprintf(&got, "\n  %-9s %s", provider, shownBy(t, provider, ids[name], name, status == "approved", length == "day"))
				}
			}
		}
	}
	if want := strings.TrimSpace(specification); strings.TrimSpace(got.String()) != want {
		t.Errorf("got\n%s", got.String())
	}
	if cases < 60 {
		t.Errorf("%d cases only", cases)
	}
}

func shownBy(t *testing.T, provider calendars.Provider, id, name string, approved, whole bool) string {
	t.Helper()
	monday := absence.Date{Year: 2026, Month: 12, Day: 7}
	a := absence.Absence{Account: id, AccountName: name, HalfDays: []absence.HalfDay{{Date: monday, Part: absence.Morning, Confirmed: approved}}}
	if whole {
		a.HalfDays = append(a.HalfDays, absence.HalfDay{Date: monday, Part: absence.Afternoon, Confirmed: approved})
	}
	events, err := absence.Events(a, "Europe/Paris", company())
	if err != nil {
		t.Fatal(err)
	}
	if len(events) == 0 {
		return "nothing"
	}
	e := calendars.Suit(provider, events)[0]
	words := []string{e.Title, e.Start.Clock.String() + "-" + e.End.Clock.String()}
	switch {
	case e.AllDay && e.Kind == absence.KindOutOfOffice:
		words[1] = "midnight to midnight" // never all-day at Google
	case e.AllDay:
		words[1] = "all day"
	}
	if provider == calendars.Google {
		words = append(words, string(e.Status)) // Outlook's events have no other status than their availability
	}
	words = append(words, string(calendars.ShowsAs(provider, e.ShowAs)))
	if e.Kind == absence.KindTelework && e.Place == "" {
		e.Kind = "" // an availability, where the calendar has no such kind
	}
	for _, more := range []string{string(e.Kind), e.Category, e.Colour, string(e.Decline), e.Place} {
		if more != "" {
			words = append(words, more)
		}
	}
	if e.Private {
		words = append(words, "private")
	}
	return strings.Join(words, " | ")
}
