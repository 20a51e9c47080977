package figgo_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	sandbox "github.com/figgosync/figgosync/sandbox/lucca"
)

// source is what a Source is read with.
type source interface {
	figgo.Reader
	directory.Finder
}

// company is a Lucca account of the sandbox, reached without a network, so that
// time can be made to pass.
type company struct {
	t       *testing.T
	service *sandbox.Service

	mu     sync.Mutex
	calls  map[string]int
	status map[int]int
	// before, when set, is called before each call to the API.
	before func(path string)
}

func newCompany(t *testing.T, legalEntities, employees int) *company {
	c := &company{t: t, calls: map[string]int{}, status: map[int]int{}}
	c.service = sandbox.New(sandbox.Config{ClientID: "key", ClientSecret: "s&cret", APIKey: "the-key", Host: "https://acme.ilucca.net"})
	for id := 1; id <= legalEntities; id++ {
		c.service.AddLegalEntity(sandbox.LegalEntity{ID: id, Name: fmt.Sprintf("Établissement %d", legalEntities-id), Zone: "Europe/Paris"})
	}
	for i := range employees {
		e := sandbox.Employee{ID: 1000 + i, GivenName: "A", FamilyName: "B", LegalEntity: i%legalEntities + 1, Email: fmt.Sprintf("a.b.%d@example.com", i)}
		if i%100 == 99 {
			e.Email = ""
		}
		if err := c.service.AddEmployee(e); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *company) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.calls[r.URL.Path]++
	before := c.before
	c.mu.Unlock()
	if before != nil {
		before(r.URL.Path)
	}
	recorder := httptest.NewRecorder()
	c.service.Handler().ServeHTTP(recorder, r)
	c.mu.Lock()
	c.status[recorder.Code]++
	c.mu.Unlock()
	return recorder.Result(), r.Context().Err()
}

// sources are the two ways to read the account.
func (c *company) sources() map[string]source {
	client := &http.Client{Transport: c}
	return map[string]source{
		"v5": figgo.NewClient(figgo.ClientConfig{
			Host: "https://acme.ilucca.net", TokenURL: "https://acme.ilucca.net/connect/token",
			ClientID: "key", ClientSecret: "s&cret", HTTPClient: client,
		}),
		"v3": figgo.NewLegacyClient(figgo.LegacyConfig{Host: "https://acme.ilucca.net", APIKey: "the-key", HTTPClient: client}),
	}
}

// took returns the calls to the API since the last time, and checks that Lucca
// refused none.
func (c *company) took() int {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status[200] == 0 || len(c.status) != 1 {
		c.t.Errorf("Lucca answered %v", c.status)
	}
	n := 0
	for path, calls := range c.calls {
		if path != "/connect/token" {
			n += calls
		}
	}
	clear(c.calls)
	clear(c.status)
	return n
}

// enter makes absences of all kinds, n an employee, three weeks apart.
func (c *company) enter(n int, from absence.Date) {
	c.t.Helper()
	random := rand.New(rand.NewPCG(1, 0))
	for _, e := range c.service.Employees() {
		for k := range n {
			request := invent(random, e.ID, from.AddDays(21*k+7*random.IntN(2)+random.IntN(5)))
			leave, err := c.service.Import(request)
			if err != nil {
				c.t.Fatal(err)
			}
			switch random.IntN(40) {
			case 0:
				_, err = c.service.Cancel(leave.ID)
			case 1:
				_, err = c.service.Delete(leave.ID)
			}
			if err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

func invent(random *rand.Rand, employee int, start absence.Date) sandbox.LeaveRequest {
	end := start
	request := sandbox.LeaveRequest{Employee: employee, Confirmed: random.IntN(4) > 0, StartPosition: sandbox.FirstHalfDay, EndPosition: sandbox.SecondHalfDay}
	switch random.IntN(10) {
	case 0:
		request.EndPosition = sandbox.FirstHalfDay
	case 1:
		request.StartPosition = sandbox.SecondHalfDay
	case 2:
		request.Account, request.Hours, request.EndPosition = 58, float64(1+random.IntN(6))/2, sandbox.FirstHalfDay
	case 3, 4, 5:
		end = start.AddDays(1 + random.IntN(7)) // also into a weekend
	case 6:
		if random.IntN(30) == 0 {
			end = start.AddDays(20 + random.IntN(340))
		}
	}
	request.StartsOn, request.EndsOn = start.String(), end.String()
	return request
}

// want returns the ids of the absences from since on.
func (c *company) want(legalEntity int, since absence.Date) []string {
	ids := []string{}
	for _, leave := range c.service.Leaves(0) {
		halves := leave.HalfDays()
		employee, _ := c.service.Employee(leave.Employee)
		if employee.LegalEntity == legalEntity && leave.Status != sandbox.Cancelled && halves[len(halves)-1].Date >= since.String() {
			ids = append(ids, strconv.Itoa(leave.ID))
		}
	}
	return ids
}

// readAll reads the pages of a legal entity to the end.
func readAll(t *testing.T, reader figgo.Reader, query figgo.LeavesQuery) []figgo.Notice {
	t.Helper()
	var all []figgo.Notice
	for {
		page, err := reader.Leaves(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Skipped) > 0 || len(page.Next) > 1000 {
			t.Fatalf("skipped %v, a cursor of %d bytes", page.Skipped, len(page.Next))
		}
		all = append(all, page.Notices...)
		if query.Cursor = page.Next; query.Cursor == "" {
			return all
		}
	}
}

func idsOf(notices []figgo.Notice) []string {
	ids := []string{}
	for _, n := range notices {
		ids = append(ids, n.AbsenceID)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return ids
}

// Both generations read the same absences, each once, and stay under the limit of
// 50 calls a minute, of which the sandbox allows no more.
func TestBothGenerationsReadTheSameAbsences(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, 3, 1000)
		defer c.service.Close()
		c.enter(10, date("2026-01-05"))
		since := date("2026-04-15")
		read := map[string][]figgo.Notice{}
		for name, reader := range c.sources() {
			began := time.Now()
			for entity := 1; entity <= 3; entity++ {
				notices := readAll(t, reader, figgo.LeavesQuery{LegalEntity: strconv.Itoa(entity), Since: since})
				if diff := gocmp.Diff(c.want(entity, since), idsOf(notices)); diff != "" {
					t.Errorf("%s, legal entity %d: %s", name, entity, diff)
				}
				read[name] = append(read[name], notices...)
			}
			t.Logf("%s: %d absences of %d, %d calls in %s", name, len(read[name]), len(c.service.Leaves(0)), c.took(), time.Since(began))
			time.Sleep(time.Minute)
		}
		slices.SortFunc(read["v5"], func(a, b figgo.Notice) int { return strings.Compare(a.AbsenceID, b.AbsenceID) })
		slices.SortFunc(read["v3"], func(a, b figgo.Notice) int { return strings.Compare(a.AbsenceID, b.AbsenceID) })
		for i := range read["v5"] {
			read["v5"][i].Absence.Off = nil // v3 tells nothing of days off
		}
		if diff := gocmp.Diff(read["v5"], read["v3"]); diff != "" {
			t.Errorf("v5 and v3 differ: %s", firstLines(diff))
		}
		if n := len(read["v5"]); n < 4000 {
			t.Errorf("only %d absences", n)
		}
		over := 0
		for _, n := range read["v5"] {
			if n.Absence.FirstDay().Before(since) {
				over++
			}
			if n.ChangedAt.IsZero() || n.ChangedAt != n.OccurredAt || n.LegalEntity == "" || n.EmployeeID == "" || n.Absence.AccountName == "" || n.Partial {
				t.Fatalf("got %+v", n)
			}
		}
		if over < 30 {
			t.Errorf("only %d absences began before the date", over)
		}
	})
}

func firstLines(s string) string {
	lines := strings.SplitN(s, "\n", 60)
	return strings.Join(lines[:len(lines)-1], "\n")
}

// However small the pages, no absence is cut or comes twice.
func TestSmallPagesCutNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, 1, 6)
		defer c.service.Close()
		c.enter(6, date("2026-01-05"))
		for name, reader := range c.sources() {
			whole := readAll(t, reader, figgo.LeavesQuery{LegalEntity: "1", Since: date("2026-02-10")})
			for _, limit := range []int{1, 2, 3, 7, 20} {
				pages := readAll(t, reader, figgo.LeavesQuery{LegalEntity: "1", Since: date("2026-02-10"), Limit: limit})
				if diff := gocmp.Diff(whole, pages); diff != "" {
					t.Errorf("%s by %d: %s", name, limit, diff)
				}
			}
			if len(whole) < 10 {
				t.Errorf("only %d absences", len(whole))
			}
		}
	})
}

// What comes and goes while the list is read must not hide anything else.
func TestTheListChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v5", "v3"} {
		synctest.Test(t, func(t *testing.T) {
			c := newCompany(t, 1, 30)
			defer c.service.Close()
			c.enter(4, date("2026-03-02"))
			since := date("2026-03-02")
			ids, went := c.want(1, since), map[string]bool{}
			page := 0
			c.before = func(path string) {
				if !strings.HasSuffix(path, "/leaves") {
					return
				}
				if page++; page%3 == 0 { // one of those that were read, or are yet to be
					id := ids[(page*17)%len(ids)]
					number, _ := strconv.Atoi(id)
					if _, err := c.service.Withdraw(number); err == nil {
						went[id] = true
					}
				}
				if _, err := c.service.Import(sandbox.LeaveRequest{Employee: 1000 + page%30, StartsOn: since.AddDays(7 * page % 300).String()}); err != nil {
					t.Error(err)
				}
			}
			got := idsOf(readAll(t, c.sources()[name], figgo.LeavesQuery{LegalEntity: "1", Since: since, Limit: 11}))
			if len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("%s: some came twice", name)
			}
			for _, id := range ids {
				if !slices.Contains(got, id) && !went[id] {
					t.Errorf("%s: %s was missed", name, id)
				}
			}
			if len(went) < 3 {
				t.Errorf("%s: only %d went", name, len(went))
			}
		})
	}
}

func TestALegalEntityThatIsNotThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, 2, 4)
		defer c.service.Close()
		for name, reader := range c.sources() {
			if _, err := reader.Leaves(t.Context(), figgo.LeavesQuery{LegalEntity: "77", Since: date("2026-03-02")}); !errors.Is(err, figgo.ErrNoLegalEntity) {
				t.Errorf("%s: got %v", name, err)
			}
			page, err := reader.Leaves(t.Context(), figgo.LeavesQuery{LegalEntity: "2", Since: date("2026-03-02")})
			if diff := gocmp.Diff(figgo.LeavesPage{}, page); err != nil || diff != "" {
				t.Errorf("%s, without absences: %v %s", name, err, diff)
			}
		}
	})
}

func TestLegalEntitiesByName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, 250, 0)
		defer c.service.Close()
		for name, reader := range c.sources() {
			got, err := reader.LegalEntities(t.Context())
			if err != nil || len(got) != 250 {
				t.Fatalf("%s: %d, %v", name, len(got), err)
			}
			if want := (figgo.LegalEntity{ID: "250", Name: "Établissement 0", Zone: "Europe/Paris"}); got[0] != want {
				t.Errorf("%s: first %+v", name, got[0])
			}
			if !slices.IsSortedFunc(got, func(a, b figgo.LegalEntity) int { return strings.Compare(a.Name, b.Name) }) {
				t.Errorf("%s: not by name", name)
			}
			if n := c.took(); n != 3 {
				t.Errorf("%s: %d calls", name, n)
			}
		}
	})
}

// languages are those that employees of the sandbox have: v5 tells none.
var languages = map[string]absence.Language{"v3": absence.French}

// 10,000 employees cost about 100 calls, and then nobody costs any.
func TestWarmingTheDirectory(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{"v5": 101, "v3": 11} {
		synctest.Test(t, func(t *testing.T) {
			c := newCompany(t, 3, 10_000)
			defer c.service.Close()
			began := time.Now()
			d := directory.New(c.sources()[name], directory.Options{})
			loaded, err := d.Warm(t.Context(), []string{"1", "2", "3"})
			calls := c.took()
			t.Logf("%s: %d employees, %d calls in %s", name, loaded, calls, time.Since(began))
			if err != nil || loaded != 10_000 || calls > most {
				t.Errorf("%s: %d employees, %d calls, %v", name, loaded, calls, err)
			}
			c.mu.Lock()
			clear(c.calls)
			c.mu.Unlock()
			for _, e := range c.service.Employees() {
				id := strconv.Itoa(e.ID)
				want := figgo.Employee{ID: id, Email: e.Email, LegalEntity: strconv.Itoa(e.LegalEntity), Zone: "Europe/Paris", Language: languages[name]}
				for _, email := range []string{"", strings.ToUpper(e.Email)} {
					got, err := d.Lookup(context.Background(), id, email)
					if known, ok := d.KnownAs(id, email); err != nil || got != want || !ok || known != want {
						t.Fatalf("%s: got %+v, %v, want %+v", name, got, err, want)
					}
				}
				if e.Email == "" {
					continue
				}
				if got, err := d.Lookup(context.Background(), "9"+id, e.Email); err != nil || got != want {
					t.Fatalf("%s: by e-mail: got %+v, %v", name, got, err)
				}
			}
			if len(c.calls) != 0 {
				t.Errorf("%s: look-ups cost %d calls", name, len(c.calls))
			}
		})
	}
}
