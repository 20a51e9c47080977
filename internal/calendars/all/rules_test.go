package all_test

import (
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
// type, status and length, then Office 365, Exchange and Google.
const specification = `
Maladie, pending, day
  office365 Absent | all day | tentative | tentative | private
  exchange  Absent | all day | tentative | tentative | private
  google    [?] Absent | all day | tentative | busy | private
Maladie, pending, morning
  office365 Absent | 09:00-12:00 | tentative | tentative | private
  exchange  Absent | 09:00-12:00 | tentative | tentative | private
  google    [?] Absent | 09:00-12:00 | tentative | busy | private
Maladie, approved, day
  office365 Absent | all day | confirmed | busy | private
  exchange  Absent | all day | confirmed | busy | private
  google    Absent | all day | confirmed | busy | private
Maladie, approved, morning
  office365 Absent | 09:00-12:00 | confirmed | busy | private
  exchange  Absent | 09:00-12:00 | confirmed | busy | private
  google    Absent | 09:00-12:00 | confirmed | busy | private
Télétravail, pending, day
  office365 Télétravail | all day | tentative | working-elsewhere
  exchange  Télétravail | all day | tentative | working-elsewhere | telework
  google    [?] Télétravail | all day | tentative | free | telework | home
Télétravail, pending, morning
  office365 Télétravail | 09:00-12:00 | tentative | working-elsewhere
  exchange  Télétravail | 09:00-12:00 | tentative | working-elsewhere | telework
  google    [?] Télétravail | 09:00-12:00 | tentative | free | telework | home
Télétravail, approved, day
  office365 Télétravail | all day | confirmed | working-elsewhere
  exchange  Télétravail | all day | confirmed | working-elsewhere | telework
  google    Télétravail | all day | confirmed | free | telework | home
Télétravail, approved, morning
  office365 Télétravail | 09:00-12:00 | confirmed | working-elsewhere
  exchange  Télétravail | 09:00-12:00 | confirmed | working-elsewhere | telework
  google    Télétravail | 09:00-12:00 | confirmed | free | telework | home
Congés payés, pending, day
  office365 Absent jusqu’au 7 décembre | all day | tentative | tentative | Congés
  exchange  Absent jusqu’au 7 décembre | all day | tentative | tentative | Congés
  google    [?] Absent jusqu’au 7 décembre | all day | tentative | busy | sage
Congés payés, pending, morning
  office365 Absent jusqu’au 7 décembre | 09:00-12:00 | tentative | tentative | Congés
  exchange  Absent jusqu’au 7 décembre | 09:00-12:00 | tentative | tentative | Congés
  google    [?] Absent jusqu’au 7 décembre | 09:00-12:00 | tentative | busy | sage
Congés payés, approved, day
  office365 Absent jusqu’au 7 décembre | all day | confirmed | out-of-office | Congés
  exchange  Absent jusqu’au 7 décembre | all day | confirmed | out-of-office | Congés
  google    Absent jusqu’au 7 décembre | all day | confirmed | busy | out-of-office | sage | new
Congés payés, approved, morning
  office365 Absent jusqu’au 7 décembre | 09:00-12:00 | confirmed | out-of-office | Congés
  exchange  Absent jusqu’au 7 décembre | 09:00-12:00 | confirmed | out-of-office | Congés
  google    Absent jusqu’au 7 décembre | 09:00-12:00 | confirmed | busy | out-of-office | sage | new
Sans solde, pending, day
  office365 nothing
  exchange  nothing
  google    nothing
Sans solde, pending, morning
  office365 nothing
  exchange  nothing
  google    nothing
Sans solde, approved, day
  office365 Absent | 09:00-18:00 | confirmed | out-of-office
  exchange  Absent | 09:00-18:00 | confirmed | out-of-office
  google    Absent | 09:00-18:00 | confirmed | busy
Sans solde, approved, morning
  office365 Absent | 09:00-12:00 | confirmed | out-of-office
  exchange  Absent | 09:00-12:00 | confirmed | out-of-office
  google    Absent | 09:00-12:00 | confirmed | busy
Mission, pending, day
  office365 nothing
  exchange  nothing
  google    nothing
Mission, pending, morning
  office365 nothing
  exchange  nothing
  google    nothing
Mission, approved, day
  office365 nothing
  exchange  nothing
  google    nothing
Mission, approved, morning
  office365 nothing
  exchange  nothing
  google    nothing
RTT, pending, day
  office365 Absent | all day | tentative | tentative
  exchange  Absent | all day | tentative | tentative
  google    [?] Absent | all day | tentative | busy
RTT, pending, morning
  office365 Absent | 09:00-12:00 | tentative | tentative
  exchange  Absent | 09:00-12:00 | tentative | tentative
  google    [?] Absent | 09:00-12:00 | tentative | busy
RTT, approved, day
  office365 Absent | all day | confirmed | out-of-office
  exchange  Absent | all day | confirmed | out-of-office
  google    Absent | all day | confirmed | busy
RTT, approved, morning
  office365 Absent | 09:00-12:00 | confirmed | out-of-office
  exchange  Absent | 09:00-12:00 | confirmed | out-of-office
  google    Absent | 09:00-12:00 | confirmed | busy`

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
	words := []string{e.Title}
	if e.AllDay {
		words = append(words, "all day")
	} else {
		words = append(words, e.Start.Clock.String()+"-"+e.End.Clock.String())
	}
	words = append(words, string(e.Status), string(calendars.ShowsAs(provider, e.ShowAs)))
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
