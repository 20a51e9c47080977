package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/sandbox/desk"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// View is an event as the sandbox's desk shows it.
type View = mailboxes.View

// World is what is outside of the product, in this process.
type World struct{ *command.Sandbox }

// NewWorld starts a sandbox that announces to webhooks what is done at its desk.
func NewWorld(t *testing.T, webhooks string) *World {
	t.Helper()
	sandbox, err := command.StartSandbox(loopback(freePort(t)), webhooks, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sandbox.Close)
	return &World{sandbox}
}

// person is an employee and how the calendar system behind him spells things.
type person struct {
	id, legalEntity, email string
	provider               *provider
}

// provider is a calendar system as the tests meet it.
type provider struct {
	name string // of the fault target
	word string // in the settings and the API
	zone string // of its people
	// tentative and approved are showAs of a pending and an approved absence.
	tentative, approved string
	// creates matches the request that creates an event, up to its marker.
	creates string
}

var (
	office365 = &provider{
		name: "graph", word: "office365", zone: "Europe/Paris", tentative: "tentative", approved: "oof",
		creates: `^POST /graph/[^\n]*events[^\n]*\n.*`,
	}
	exchange = &provider{
		name: "exchange", word: "exchange", zone: "Europe/Zurich", tentative: "Tentative", approved: "OOF", creates: `<(\w+:)?CreateItem[ >].*`,
	}
	google = &provider{
		name: "google", word: "google", zone: "Indian/Reunion", tentative: "opaque", approved: "opaque",
		creates: `^POST /google/[^\n]*events[^\n]*\n.*`,
	}
	providers = []*provider{office365, exchange, google}
)

// people of the demo company; each test that breaks something has its own.
var (
	jane = person{"416", "1", "jane.doe@example.com", office365}

	documented = []person{jane, {"421", "2", "lukas.baumann@example.com", exchange}, {"431", "3", "melissa.payet@example.com", google}}
	shaped     = []person{{"417", "1", "camille.moreau@example.com", office365}, {"422", "2", "noemie.favre@example.com", exchange}, {"432", "3", "loic.hoarau@example.com", google}}
	cutOff     = []person{{"418", "1", "hugo.lefevre@example.com", office365}, {"423", "2", "sandro.bernasconi@example.com", exchange}, {"433", "3", "jean-yann.grondin@example.com", google}}
	unanswered = []person{{"419", "1", "lea.garnier@example.com", office365}, {"424", "2", "nina.keller@example.com", exchange}, {"434", "3", "anais.techer@example.com", google}}
	joiners    = []person{{"441", "1", "manon.chevalier@example.com", office365}, {"442", "2", "livia.ammann@example.com", exchange}, {"443", "3", "oceane.fontaine@example.com", google}}

	unheardOf = person{"420", "1", "antoine.roux@example.com", office365}
	refused   = person{"425", "2", "beat.zbinden@example.com", exchange}
)

// allDay and timed are events the product should have made for a person.
func (p person) allDay(start, end string, approved bool) View {
	return p.view(View{Start: start, End: end, AllDay: true}, approved)
}

func (p person) timed(start, end string, approved bool) View {
	return p.view(View{Start: start, End: end}, approved)
}

func (p person) view(v View, approved bool) View {
	v.Subject, v.TimeZone, v.Marked = "Absent", p.provider.zone, true
	v.ShowAs, v.Status = p.provider.tentative, "tentative"
	if approved {
		v.ShowAs, v.Status = p.provider.approved, "confirmed"
	}
	return v
}

// Events are what a person's calendar shows between two dates, both inclusive, by
// start.
func (w *World) Events(email, from, to string) ([]View, error) {
	request, err := http.NewRequest(http.MethodGet, w.URL+"/sandbox/mailboxes/"+url.PathEscape(email)+"/events", nil)
	if err != nil {
		return nil, err
	}
	var all []View
	if err := call(request, http.StatusOK, &all); err != nil {
		return nil, err
	}
	return within(all, from, to), nil
}

func within(all []View, from, to string) []View {
	kept := []View{}
	for _, view := range all {
		if day := view.Start[:len("2006-01-02")]; from <= day && day <= to {
			kept = append(kept, view)
		}
	}
	slices.SortFunc(kept, func(a, b View) int { return strings.Compare(a.Start, b.Start) })
	return kept
}

// WaitEvents waits until a person's calendar shows exactly these events between
// two dates.
func (w *World) WaitEvents(t *testing.T, who person, from, to string, want ...View) {
	t.Helper()
	eventually(t, fmt.Sprintf("the %s calendar of %s shows %d events", who.provider.word, who.email, len(want)), func() error {
		return w.Shows(who, from, to, want...)
	})
}

// Shows tells how a person's calendar differs from these events, nil when it does
// not.
func (w *World) Shows(who person, from, to string, want ...View) error {
	got, err := w.Events(who.email, from, to)
	if err != nil {
		return err
	}
	if !slices.Equal(got, append([]View{}, want...)) {
		return fmt.Errorf("it shows\n  %+v\nwant\n  %+v", got, want)
	}
	return nil
}

// marker matches requests about the leave's events, by our marker in them: not all
// providers are told the mailbox in a way a fault can see.
func (l leave) marker() string { return "demo(/|%2F)" + l.id }

// fault is a rule for POST /sandbox/faults.
type fault struct {
	Target      string            `json:"target"`
	Match       string            `json:"match,omitempty"`
	Status      *int              `json:"status,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body,omitempty"`
	Times       int               `json:"times,omitempty"`
	AfterCommit bool              `json:"afterCommit,omitempty"`
	Delay       string            `json:"delay,omitempty"`
}

// forever is the Times of a fault that stays.
const forever = -1

// Break adds a fault. Faults of other tests stay: see Mend.
func (w *World) Break(t *testing.T, f fault) {
	t.Helper()
	w.desk(t, http.MethodPost, "/sandbox/faults", f, http.StatusCreated, nil)
}

// Mend takes all faults away.
func (w *World) Mend(t *testing.T) {
	t.Helper()
	w.desk(t, http.MethodDelete, "/sandbox/faults", nil, http.StatusNoContent, nil)
}

// Hits tells how many requests faults with this match have hit.
func (w *World) Hits(t *testing.T, match string) int {
	t.Helper()
	var rules []rule
	w.desk(t, http.MethodGet, "/sandbox/faults", nil, http.StatusOK, &rules)
	return hitsOf(rules, match)
}

// rule is a fault as the sandbox shows it.
type rule struct {
	Match string `json:"match"`
	Hits  int    `json:"hits"`
}

func hitsOf(rules []rule, match string) int {
	hits := 0
	for _, rule := range rules {
		if rule.Match == match {
			hits += rule.Hits
		}
	}
	return hits
}

// GiveMailbox makes an employee's mailbox.
func (w *World) GiveMailbox(t *testing.T, email string) {
	t.Helper()
	w.desk(t, http.MethodPost, "/sandbox/mailboxes/"+url.PathEscape(email), nil, http.StatusCreated, nil)
}

// settle makes or replaces an employee, with a mailbox where he has an address.
// What the product knows of him already it goes on believing until a restart.
func (w *World) settle(t *testing.T, who person) {
	t.Helper()
	id, err := strconv.Atoi(who.id)
	if err != nil {
		t.Fatal(err)
	}
	entity, err := strconv.Atoi(who.legalEntity)
	if err != nil {
		t.Fatal(err)
	}
	if w.Lucca().Zone(entity) == "" {
		w.Lucca().AddLegalEntity(lucca.LegalEntity{ID: entity, Name: "Elsewhere", Zone: "Europe/Paris", Country: "FRA"})
	}
	employee := lucca.Employee{ID: id, GivenName: "Robin", FamilyName: "Marchand", Email: who.email, LegalEntity: entity}
	if err := w.Lucca().AddEmployee(employee); err != nil {
		t.Fatal(err)
	}
	if who.email != "" {
		desk.GiveMailbox(w.Lucca(), w.Mailboxes(), employee)
	}
}

func (w *World) desk(t *testing.T, method, path string, body any, want int, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, w.URL+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := call(request, want, answer); err != nil {
		t.Fatal(err)
	}
}

// day is a working day in the weeks to come: week 0 is the next, weekday 0 its
// Monday.
func day(week, weekday int) string {
	today := time.Now().UTC()
	monday := today.AddDate(0, 0, (8-int(today.Weekday()))%7+7*week)
	if today.Weekday() == time.Monday {
		monday = today.AddDate(0, 0, 7+7*week)
	}
	return monday.AddDate(0, 0, weekday).Format(time.DateOnly)
}

// absenceID is a new id for every absence of this run, unlike those of the
// sandbox's own leaves.
var absenceID = func() func() string {
	ids := make(chan string)
	go func() {
		for next := 500001; ; next++ {
			ids <- strconv.Itoa(next)
		}
	}()
	return func() string { return <-ids }
}()

// hit tells whether a fault with this match has hit a request.
func (w *World) hit(match string) error {
	request, err := http.NewRequest(http.MethodGet, w.URL+"/sandbox/faults", nil)
	if err != nil {
		return err
	}
	var rules []rule
	if err := call(request, http.StatusOK, &rules); err != nil {
		return err
	}
	if hitsOf(rules, match) == 0 {
		return fmt.Errorf("no request that matches %q was hit", match)
	}
	return nil
}
