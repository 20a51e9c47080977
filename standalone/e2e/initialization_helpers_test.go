package e2e_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/sandbox"
)

// unlimited lifts Lucca's and Google's limits, which would make the tests wait.
func unlimited(config *sandbox.Config) {
	config.Limits = sandbox.Limits{LuccaPerMinute: -1, GooglePerUserPerMinute: 1e9, GooglePerProjectPerMinute: 1e9}
}

// NewCompanyProduct prepares a product whose world has no limits of calls.
// settings change the settings file.
func NewCompanyProduct(t *testing.T, settings ...func(string) string) (*Product, *World) {
	t.Helper()
	p, _ := NewProduct(t, "--lucca-calls-per-minute", "100000", "--log-level", "warn")
	return p, p.meets(t, loopback(freePort(t)), func(*sandbox.Config) {}, settings...)
}

// meets starts a world without limits of calls at the address, in the place of the one
// that the product has. settings change the settings file.
func (p *Product) meets(t *testing.T, address string, tune func(*sandbox.Config), settings ...func(string) string) *World {
	t.Helper()
	running, err := command.StartSandbox(address, p.URL(""), nil, slog.New(slog.DiscardHandler), unlimited, tune)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Close)
	text := string(command.DemoSettings(running.Credentials()))
	for _, change := range settings {
		text = change(text)
	}
	if err := os.WriteFile(p.Config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &World{running}
}

// Company is people with absences nobody was told about.
type Company struct {
	world *World
	// Since is the day of the initializations: some absences are over before it.
	Since string
}

// generated is a leave as the sandbox's desk lists it.
type generated struct {
	ID            string  `json:"id"`
	Employee      string  `json:"employee"`
	StartsOn      string  `json:"startsOn"`
	StartPosition string  `json:"startPosition"`
	EndsOn        string  `json:"endsOn"`
	EndPosition   string  `json:"endPosition"`
	Hours         float64 `json:"hours"`
	Status        string  `json:"status"`
}

// NewCompany makes three legal entities, one a calendar system, whose absences
// begin next week; the first of each employee is mostly before Since.
func NewCompany(t *testing.T, world *World, employees, each int) Company {
	t.Helper()
	body := map[string]any{"legalEntities": 3, "employees": employees, "absencesPerEmployee": each, "seed": 11, "since": day(0, 0)}
	world.desk(t, http.MethodPost, "/sandbox/company", body, http.StatusCreated, nil)
	return Company{world, day(1, 2)}
}

// Leaves are those an initialization must write, by Figgo's own list.
func (c Company) Leaves(t *testing.T) []generated {
	t.Helper()
	var all []generated
	c.world.desk(t, http.MethodGet, "/sandbox/leaves", nil, http.StatusOK, &all)
	return slices.DeleteFunc(all, func(l generated) bool {
		return l.lastWorkingDay() < c.Since || l.Status == "deleted" || l.Status == "cancelled"
	})
}

// people are the employees of the three legal entities by id.
func (c Company) people(t *testing.T) map[string]person {
	t.Helper()
	people := map[string]person{}
	for _, e := range c.world.Lucca().Employees() {
		if e.LegalEntity >= 1 && e.LegalEntity <= len(providers) {
			id := strconv.Itoa(e.ID)
			people[id] = person{id: id, legalEntity: strconv.Itoa(e.LegalEntity), email: e.Email, provider: providers[e.LegalEntity-1]}
		}
	}
	return people
}

// Check compares every mailbox with what it must show: that and nothing else.
func (c Company) Check(t *testing.T) {
	t.Helper()
	want := map[string][]View{}
	people := c.people(t)
	for _, leave := range c.Leaves(t) {
		who := people[leave.Employee]
		want[who.email] = append(want[who.email], leave.view(t, who))
	}
	wrong := 0
	for _, who := range people {
		if _, ok := c.world.Mailboxes().Lookup(who.email); !ok {
			continue // joins later, or has no address
		}
		got, err := c.world.Mailboxes().Views(who.email)
		if err != nil {
			t.Fatal(err)
		}
		byStart := func(a, b View) int { return strings.Compare(a.Start+a.End, b.Start+b.End) }
		slices.SortFunc(got, byStart)
		slices.SortFunc(want[who.email], byStart)
		if !slices.Equal(got, want[who.email]) {
			if wrong++; wrong <= 3 {
				t.Errorf("the %s calendar of %s shows\n  %+v\nwant\n  %+v", who.provider.word, who.email, got, want[who.email])
			}
		}
	}
	if wrong > 3 {
		t.Errorf("and %d more calendars are wrong", wrong-3)
	}
}

// lastWorkingDay is the last day of the leave that is no Saturday or Sunday.
func (l generated) lastWorkingDay() string {
	last, err := time.Parse(time.DateOnly, l.EndsOn)
	for ; err == nil && (last.Weekday() == time.Saturday || last.Weekday() == time.Sunday); last = last.AddDate(0, 0, -1) {
	}
	return last.Format(time.DateOnly)
}

// view is the one event of a generated leave: whole days, half a day, or hours.
func (l generated) view(t *testing.T, who person) View {
	t.Helper()
	approved := l.Status == confirmed
	clock := func(hours float64) string {
		return l.StartsOn + "T" + time.Time{}.Add(time.Duration(hours*float64(time.Hour))).Format("15:04")
	}
	switch {
	case l.Hours > 0:
		return who.timed(clock(9), clock(9+l.Hours), approved)
	case l.StartPosition == "secondHalfDay":
		return who.timed(clock(14), clock(18), approved)
	case l.EndPosition == "firstHalfDay":
		return who.timed(clock(9), clock(12), approved)
	default:
		return who.allDay(l.StartsOn, nextDay(l.lastWorkingDay()), approved)
	}
}

// Initialized is what the API says of an initialization.
type Initialized struct {
	ID              string `json:"id"`
	Status          string `json:"status"`
	Phase           string `json:"phase"`
	Synchronization string `json:"synchronization"`
	Failure         string `json:"failure"`
	Employees       int    `json:"employees"`
	Counts          counts `json:"counts"`
	LegalEntities   []struct {
		LegalEntity string `json:"legalEntity"`
		counts
		Failure  string `json:"failure"`
		Troubled []struct {
			Absence string `json:"absence"`
			Status  string `json:"status"`
			Reason  string `json:"reason"`
			Do      string `json:"do"`
		} `json:"troubled"`
		Preview []preview `json:"preview"`
	} `json:"legalEntities"`
	Workflow struct {
		ID string `json:"id"`
	} `json:"workflow"`
}

type counts struct {
	Total     int `json:"total"`
	Synced    int `json:"synced"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Blocked   int `json:"blocked"`
	Retrying  int `json:"retrying"`
	Created   int `json:"created"`
	Updated   int `json:"updated"`
}

func (c *counts) add(o counts) {
	c.Total += o.Total
	c.Synced += o.Synced
	c.Unchanged += o.Unchanged
	c.Skipped += o.Skipped
	c.Blocked += o.Blocked
	c.Retrying += o.Retrying
	c.Created += o.Created
	c.Updated += o.Updated
}

type preview struct {
	Employee  string `json:"employee"`
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
	Skipped   int    `json:"skipped"`
	Blocked   int    `json:"blocked"`
	Reason    string `json:"reason"`
}

// initialization is the body of POST /api/v1/initializations.
type initialization struct {
	Synchronization string   `json:"synchronization"`
	Since           string   `json:"since,omitempty"`
	LegalEntities   []string `json:"legalEntities,omitempty"`
	DryRun          bool     `json:"dryRun,omitempty"`
	Confirm         int      `json:"confirm,omitempty"`
}

// Admin calls the admin API.
func (p *Product) Admin(method, path string, body any, want int, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, p.URL(path), bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	request.Header.Set("Accept-Language", "en")
	return call(request, want, answer)
}

// AdminNow changes or removes settings, whatever version they have.
func (p *Product) AdminNow(method, path string, body any, want int) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, p.URL(path), bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	request.Header.Set("If-Match", "*")
	return call(request, want, nil)
}

// Initialize starts an initialization and returns its id.
func (p *Product) Initialize(t *testing.T, body initialization) string {
	t.Helper()
	var started Initialized
	eventually(t, "an initialization is started", func() error { // 503 while a busy engine does not answer in time
		return p.Admin(http.MethodPost, "/api/v1/initializations", body, http.StatusAccepted, &started)
	})
	return started.ID
}

// Initialization asks how far one is.
func (p *Product) Initialization(id string) (Initialized, error) {
	var one Initialized
	return one, p.Admin(http.MethodGet, "/api/v1/initializations/"+id, nil, http.StatusOK, &one)
}

// longTimeout is for initializations, which do much.
func longTimeout() time.Duration {
	if fullSize > 0 {
		return 2 * time.Hour
	}
	return 5 * time.Minute
}

// WaitInitialized waits for the end of an initialization.
func (p *Product) WaitInitialized(t *testing.T, id, status string) Initialized {
	t.Helper()
	var one Initialized
	var err error
	for deadline := time.Now().Add(longTimeout()); time.Now().Before(deadline); time.Sleep(250 * time.Millisecond) {
		one, err = p.Initialization(id)
		if err == nil && one.Status != "running" {
			break
		}
	}
	if err != nil || one.Status != status {
		t.Fatalf("the initialization is %q, want %q: %+v (%v)", one.Status, status, one, err)
	}
	return one
}

// InitializeAll initializes all three synchronizations at once, waits for their
// ends, and returns them with the sum of their counts.
func (p *Product) InitializeAll(t *testing.T, since string, dryRun bool) ([]Initialized, counts) {
	t.Helper()
	started := time.Now()
	var ids []string
	for _, provider := range providers {
		ids = append(ids, p.Initialize(t, initialization{Synchronization: "demo-" + provider.word, Since: since, DryRun: dryRun}))
	}
	var all []Initialized
	var sum counts
	for _, id := range ids {
		one := p.WaitInitialized(t, id, "completed")
		all = append(all, one)
		sum.add(one.Counts)
	}
	t.Logf("initialized in %v (dry run %t): %+v", time.Since(started).Round(100*time.Millisecond), dryRun, sum)
	return all, sum
}

// What writes looks like on the wire: by its method, and in EWS by its operation.
const (
	// A POST to getSchedule only asks for a mailbox's time zone.
	restWrites = `^((PUT|PATCH|DELETE) |POST \S*/events\b)`
	ewsWrites  = `<(\w+:)?(Create|Update|Delete)Item[ >]`
)

// CountWrites begins to count the requests that write into calendars, by faults that
// do nothing but a little wait.
func (w *World) CountWrites(t *testing.T) {
	t.Helper()
	for _, provider := range providers {
		match := restWrites
		if provider == exchange {
			match = ewsWrites
		}
		w.Break(t, fault{Target: provider.name, Match: match, Delay: "1ms", Times: forever})
	}
}

// Writes tells how many there were since CountWrites.
func (w *World) Writes(t *testing.T) int {
	t.Helper()
	return w.Hits(t, restWrites) + w.Hits(t, ewsWrites)
}
