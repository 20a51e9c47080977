package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/sandbox"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// specification is what the adapters' own test holds them to, without a calendar system.
const specification = "../../internal/calendars/all/testdata/rules.txt"

// companyRules is the policy of that specification.
func companyRules(policy map[string]any) {
	policy["pendingMark"] = "[?]"
	policy["rules"] = []any{
		map[string]any{"accounts": []string{"name:Maladie"}, "private": true, "title": "neutral", "showApproved": "busy"},
		map[string]any{"accounts": []string{"name:Télétravail"}, "title": "type", "telework": map[string]any{"place": "home"}},
		map[string]any{
			"accounts": []string{"56"}, "template": "{label} jusqu’au {until}", "category": "Congés", "colour": "sage",
			"outOfOffice": map[string]any{"decline": "new", "message": "Je suis en congé."},
		},
		map[string]any{"accounts": []string{"name:Sans solde"}, "write": "approved", "wholeDay": "time-range"},
		map[string]any{"accounts": []string{"name:Mission"}, "write": "never"},
	}
}

// The specification of rules, word by word, from Lucca's webhooks to the three calendars;
// and no byte that leaves the product tells a sensitive type, until somebody confirmed it.
func TestSpecificationOfRules(t *testing.T) {
	t.Parallel()
	p, world, tap := newTappedProduct(t)
	p.Start()
	for _, provider := range providers {
		p.Change(t, "/api/v1/synchronizations/demo-"+provider.word, func(body map[string]any) {
			companyRules(body["policy"].(map[string]any))
		})
	}
	absences := readSpecification(t)
	for i := range absences {
		absences[i].announce(t, p, world)
	}
	cases := 0
	for _, a := range absences {
		for _, who := range documented {
			want := a.shown[who.provider.word]
			cases++
			eventually(t, fmt.Sprintf("%s, %s, %s: the %s calendar shows %s", a.account, a.status, a.length, who.provider.word, want), func() error {
				return world.describes(who, a.date, want)
			})
		}
	}
	if cases < 60 {
		t.Errorf("%d cases only", cases)
	}
	sickHalfDay(t, p, world)
	nothingTells(t, tap)
	confirmedIsTold(t, p, world, tap)
	t.Run("every request is valid by the official schemas", func(t *testing.T) {
		shown := map[string]int{}
		for _, a := range absences {
			for system, what := range a.shown {
				if what != "nothing" {
					shown[system]++
				}
			}
		}
		everyRequestIsValid(t, tap.requests(t), shown)
	})
}

// newTappedProduct is NewStoredProduct whose every request to the sandbox is kept.
func newTappedProduct(t *testing.T) (*Product, *World, *Tap) {
	t.Helper()
	p, _ := NewProduct(t, "--lucca-calls-per-minute", "100000")
	address := loopback(freePort(t))
	tap := NewTap(t, address)
	world := p.meets(t, address, func(c *sandbox.Config) { c.BaseURL = tap.URL() })
	p.store(t)
	return p, world, tap
}

// specified is one absence of the specification: what each calendar, by its word, shows.
type specified struct {
	account, status, length string
	date                    string
	shown                   map[string]string
}

// readSpecification gives each absence of it a day of its own in the weeks to come.
func readSpecification(t *testing.T) []specified {
	t.Helper()
	text, err := os.ReadFile(specification)
	if err != nil {
		t.Fatal(err)
	}
	var all []specified
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "office365") && !strings.HasPrefix(line, "exchange") && !strings.HasPrefix(line, "google") {
			words := strings.Split(line, ", ")
			all = append(all, specified{words[0], words[1], words[2], day(30+len(all)/5, len(all)%5), map[string]string{}})
			continue
		}
		calendar, shown, _ := strings.Cut(line, " ")
		a := all[len(all)-1]
		a.shown[calendar] = strings.ReplaceAll(strings.TrimSpace(shown), "7 décembre", frenchDay(t, a.date))
	}
	return all
}

// frenchDay is a date as titles write it.
func frenchDay(t *testing.T, date string) string {
	t.Helper()
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	months := strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
	return strings.Replace(fmt.Sprintf(" %d %s", day.Day(), months[day.Month()-1]), " 1 ", " 1er ", 1)[1:]
}

// announce requests the absence for a person of each calendar, and approves it.
func (a specified) announce(t *testing.T, p *Product, world *World) {
	t.Helper()
	for _, who := range documented {
		l := leave{id: absenceID(), who: who, start: a.date, end: a.date, account: accountOf(t, world, a.account), days: wholeDays(a.date)}
		if a.length == "morning" {
			l.endPart, l.days = firstHalf, []leaveDay{part(a.date, firstHalf)}
		}
		p.Send(t, l.created())
		if a.status == "approved" {
			p.Send(t, l.approved())
		}
	}
}

func accountOf(t *testing.T, world *World, name string) string {
	t.Helper()
	for _, account := range world.Lucca().Accounts() {
		if account.Name == name {
			return fmt.Sprint(account.ID)
		}
	}
	t.Fatalf("Lucca has no account %q", name)
	return ""
}

// describes tells how what a person sees on a day differs from a line of the specification.
func (w *World) describes(who person, date, want string) error {
	request, err := http.NewRequest(http.MethodGet, w.URL+"/sandbox/mailboxes/"+url.PathEscape(who.email)+"/events", nil)
	if err != nil {
		return err
	}
	var all []mailboxes.Event
	if err := call(request, http.StatusOK, &all); err != nil {
		return err
	}
	got := []string{}
	for _, event := range all {
		if event.Start[:len(time.DateOnly)] == date {
			got = append(got, describe(who.provider, event))
		}
	}
	if want == "nothing" {
		want = ""
	}
	if shown := strings.Join(got, "; "); shown != want {
		return fmt.Errorf("it shows %q", shown)
	}
	return nil
}

// spoken are the specification's words for those of the providers.
var spoken = map[string]string{
	"opaque": "busy", "transparent": "free", "oof": "out-of-office", "workingelsewhere": "working-elsewhere", "2": "sage",
	"outOfOffice declineOnlyNewConflictingInvitations": "out-of-office | new", "workingLocation homeOffice": "telework | home",
}

// describe writes an event as the specification does.
func describe(of *provider, e mailboxes.Event) string {
	when := "all day"
	if !e.AllDay {
		when = e.Start[len("2006-01-02T"):] + "-" + e.End[len("2006-01-02T"):]
	}
	if when == "00:00-00:00" {
		when = "midnight to midnight"
	}
	showAs := strings.ToLower(e.ShowAs)
	words := []string{e.Subject, when}
	if of == google {
		words = append(words, e.Status) // Outlook's events have no other status than their availability
	}
	words = append(words, or(spoken[showAs], showAs))
	kind, decline, declines := strings.Cut(spoken[e.Kind], " | new")
	words = append(words, kind)
	words = append(words, e.Categories...)
	words = append(words, spoken[e.Colour])
	if declines {
		words = append(words, "new"+decline)
	}
	if e.Private {
		words = append(words, "private")
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " | ")
}

// sickHalfDay tells the product the name of the type, which v5 webhooks do not.
func sickHalfDay(t *testing.T, p *Product, world *World) {
	t.Helper()
	date := day(40, 0)
	post := object(string(halfDay{absenceID(), date, "AM", 134, jane.email}.post("approved")))
	post["leaveAccount"] = map[string]any{"id": 59, "name": "Maladie", "categoryId": 4, "categoryName": "Arrêt maladie"}
	p.Post(t, "approved", encode(post))
	eventually(t, "the sick half-day is there", func() error {
		return world.describes(jane, date, "Absent | 09:00-12:00 | busy | private")
	})
}

// nothingTells looks at every byte that left the product.
func nothingTells(t *testing.T, tap *Tap) {
	t.Helper()
	sent := strings.Join(tap.Sent(), "\n")
	for _, must := range []string{"/graph/", "/exchange", "/google/", "Absent jusqu", "Télétravail"} {
		if !strings.Contains(sent, must) {
			t.Errorf("nothing that was sent has %q: this test looks at too little", must)
		}
	}
	for _, secret := range []string{"maladie", "arrêt", "mission", "sans solde", strings.ToLower(healthDetail), comment} {
		if at := strings.Index(strings.ToLower(sent), secret); at >= 0 {
			t.Errorf("the product sent %q: …%q", secret, sent[max(0, at-300):min(len(sent), at+60)])
		}
	}
}

// confirmedIsTold shows that the tap would see it.
func confirmedIsTold(t *testing.T, p *Product, world *World, tap *Tap) {
	t.Helper()
	for i, who := range documented {
		p.Change(t, "/api/v1/synchronizations/demo-"+who.provider.word, func(body map[string]any) {
			policy := body["policy"].(map[string]any)
			policy["rules"].([]any)[0].(map[string]any)["title"], policy["confirmReveals"] = "type", true
		})
		before, date := len(strings.Join(tap.Sent(), "")), day(40, 1+i)
		l := leave{id: absenceID(), who: who, start: date, end: date, account: "59", days: wholeDays(date)}
		p.Send(t, l.approved())
		eventually(t, "the confirmed title is there", func() error {
			return world.describes(who, date, map[*provider]string{
				office365: "Maladie | all day | busy | private", exchange: "Maladie | all day | busy | private",
				google: "Maladie | all day | confirmed | busy | private",
			}[who.provider])
		})
		if sent := strings.Join(tap.Sent(), ""); len(sent) <= before || strings.Count(sent, "Maladie") <= i {
			t.Errorf("%s: the tap has not seen the title that was written", who.provider.word)
		}
	}
}
