package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/sandbox/desk"
	"github.com/figgosync/figgosync/sandbox/lucca"
)

// While a big company initializes, people go on asking for leave, and a small
// company on the same server initializes too. Neither waits for the big one's end.
//
// How much slower live changes get is judged against the same machine with nothing
// to initialize, before and after. At full size, on a machine with nothing else to
// do, that is at most twice at the 95th percentile. The small run tells only
// whether they go first at all: behind what is under way they would take far longer
// than the limit here.
func TestLiveGoesBeforeInitialization(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t, addSmallCompany)
	employees, each, small := 120, 5, 25
	if fullSize > 0 {
		employees, each, small = 500, 10, 100
	}
	first := smallCompany(t, world, 4, small)
	second := smallCompany(t, world, 5, small)
	company := NewCompany(t, world, employees, each)
	p.Start()
	const samples = 20
	approveAll(t, p, world, 3, 0) // everybody known, every token fetched
	idle := approveAll(t, p, world, samples, 3)
	started := time.Now()
	p.WaitInitialized(t, p.Initialize(t, initialization{Synchronization: "small-4", Since: company.Since}), "completed")
	alone := time.Since(started)
	checkSmall(t, world, first)

	began := time.Now()
	var big []string
	for _, provider := range providers {
		big = append(big, p.Initialize(t, initialization{Synchronization: "demo-" + provider.word, Since: company.Since}))
	}
	waitUnderWay(t, p, big[0])
	started = time.Now()
	beside := p.Initialize(t, initialization{Synchronization: "small-5", Since: company.Since})
	approveAll(t, p, world, samples/2, 3+samples) // what was let through before is still on its way
	busy := approveAll(t, p, world, samples, 3+2*samples)
	checkRunning(t, p, big)
	p.WaitInitialized(t, beside, "completed")
	together := time.Since(started)
	checkRunning(t, p, big)
	checkSmall(t, world, second)
	var sum counts
	for _, id := range big {
		sum.add(p.WaitInitialized(t, id, "completed").Counts)
	}
	took := time.Since(began)
	judgeLive(t, idle, busy, approveAll(t, p, world, samples, 3+3*samples), sum.Total)
	t.Logf("a small company of %d absences alone: %v; beside the big one (%v): %v", small, alone.Round(time.Millisecond), took.Round(time.Second), together.Round(time.Millisecond))
}

// The limits of how much slower a live change may be beside an initialization.
const (
	p95AtMost = 2 // at full size
	p50AtMost = 8 // at any size
)

// judgeLive compares what live changes took beside an initialization with the slower
// of what they took before and after it: other programs may have come and gone.
func judgeLive(t *testing.T, before, busy, after []time.Duration, absences int) {
	t.Helper()
	ratio := func(percent int) float64 {
		return float64(quantile(busy, percent)) / float64(max(quantile(before, percent), quantile(after, percent)))
	}
	for _, percent := range []int{50, 95} {
		t.Logf("live approvals, webhook to calendar, p%d: %v idle, %v beside an initialization of %d, %v idle again; ratio %.2f",
			percent, quantile(before, percent), quantile(busy, percent), absences, quantile(after, percent), ratio(percent))
	}
	if got := ratio(95); fullSize > 0 && got > p95AtMost {
		t.Errorf("live changes took %.2f times as long at p95, want at most %d", got, p95AtMost)
	}
	if got := ratio(50); got > p50AtMost {
		t.Errorf("live changes took %.2f times as long at p50, want at most %d: they do not go first", got, p50AtMost)
	}
}

// addSmallCompany adds a second source, whose legal entities 4 and 5 go to Google.
func addSmallCompany(settings string) string {
	source := settings[strings.Index(settings, "  - name: demo\n"):strings.Index(settings, "connections:")]
	settings = strings.Replace(settings, "connections:", strings.Replace(source, "name: demo\n", "name: small\n", 1)+"connections:", 1)
	var more strings.Builder
	for _, entity := range []int{4, 5} {
		fmt.Fprintf(&more, `  - {name: small-%d, source: small, connection: demo-google, legalEntities: ["%d"], zone: Indian/Reunion, confirmAbove: 0}`+"\n", entity, entity)
	}
	return strings.Replace(settings, "timings:", more.String()+"timings:", 1)
}

// smallCompany makes a legal entity of so many people with an absence each.
func smallCompany(t *testing.T, world *World, entity, count int) []person {
	t.Helper()
	world.Lucca().AddLegalEntity(lucca.LegalEntity{ID: entity, Name: "Small", Zone: "Indian/Reunion", Country: "REU"})
	var people []person
	for i := range count {
		id := 10_000*entity + i
		employee := lucca.Employee{ID: id, GivenName: "Robin", FamilyName: "Petit", Email: fmt.Sprintf("robin.%d@example.com", id), LegalEntity: entity}
		if err := world.Lucca().AddEmployee(employee); err != nil {
			t.Fatal(err)
		}
		// The desk's rule, by number of the legal entity, puts 4 and 5 elsewhere.
		desk.GiveMailbox(world.Lucca(), world.Mailboxes(), lucca.Employee{ID: id, Email: employee.Email, LegalEntity: 3, GivenName: "Robin", FamilyName: "Petit"})
		date := day(2, i%5)
		_, err := world.Lucca().Import(lucca.LeaveRequest{
			Employee: id, StartsOn: date, EndsOn: date, StartPosition: lucca.FirstHalfDay, EndPosition: lucca.SecondHalfDay, Confirmed: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, person{id: fmt.Sprint(id), legalEntity: fmt.Sprint(entity), email: employee.Email, provider: google})
	}
	return people
}

func checkSmall(t *testing.T, world *World, people []person) {
	t.Helper()
	for i, who := range people {
		if err := world.Shows(who, day(2, 0), day(2, 4), who.allDay(day(2, i%5), nextDay(day(2, i%5)), true)); err != nil {
			t.Error(err)
		}
	}
}

// approveAll sends approved absences one after the other, in turn to the calendar
// systems, and returns how long each took from its webhook to its calendar.
func approveAll(t *testing.T, p *Product, world *World, count, firstWeek int) []time.Duration {
	t.Helper()
	var took []time.Duration
	for i := range count {
		who := documented[i%len(documented)]
		l := oneDay(who, day(60+firstWeek+i, 0))
		began := time.Now()
		p.Send(t, l.approved())
		for deadline := began.Add(timeout); world.Shows(who, l.start, l.start, who.allDay(l.start, nextDay(l.start), true)) != nil; time.Sleep(2 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("an approved absence is not in the %s calendar after %v", who.provider.word, timeout)
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took
}

func quantile(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(time.Millisecond)
}

func waitUnderWay(t *testing.T, p *Product, id string) {
	t.Helper()
	eventually(t, "the big initialization writes", func() error {
		one, err := p.Initialization(id)
		if err == nil && one.Counts.Synced == 0 {
			err = fmt.Errorf("it did %+v", one.Counts)
		}
		return err
	})
}

// checkRunning checks that at least one of the big initializations still runs:
// what just ended did not wait for them.
func checkRunning(t *testing.T, p *Product, big []string) {
	t.Helper()
	for _, id := range big {
		if one, err := p.Initialization(id); err == nil && one.Status == "running" {
			return
		}
	}
	t.Error("the big company was done first; if it starved nobody, it is too small for this machine")
}
