package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

// What goes wrong at Lucca has its stated outcome, and never deletes or changes an
// event.
func TestInitializationMeetsTrouble(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t, addLostEntity)
	company := NewCompany(t, world, 9, 3)
	p.Start()
	begun := company.Since
	const listed = "GET /lucca/lucca-api/leaves"
	google := initialization{Synchronization: "demo-google", Since: begun}
	ofGoogle := 0
	for _, leave := range company.Leaves(t) {
		if company.people(t)[leave.Employee].legalEntity == "3" {
			ofGoogle++
		}
	}

	t.Run("too many calls, an error, a cut connection", func(t *testing.T) {
		world.Break(t, fault{Target: "lucca", Match: listed, Status: new(http.StatusTooManyRequests), Headers: map[string]string{"Retry-After": "1"}, Times: 2})
		world.Break(t, fault{Target: "lucca", Match: listed, Status: new(http.StatusInternalServerError), Times: 2})
		world.Break(t, fault{Target: "lucca", Match: "GET /lucca/lucca-api/employees", Status: new(http.StatusServiceUnavailable), Times: 2})
		world.Break(t, fault{Target: "lucca", Match: listed, Status: new(0), Times: 1})
		done := p.WaitInitialized(t, p.Initialize(t, google), "completed")
		if want := (counts{Total: ofGoogle, Synced: ofGoogle}); done.Counts != want {
			t.Errorf("it did %+v, want %+v", done.Counts, want)
		}
		world.Mend(t)
	})
	_, _ = p.InitializeAll(t, begun, false)
	company.Check(t)

	t.Run("an empty page", func(t *testing.T) {
		world.CountWrites(t)
		defer world.Mend(t)
		world.Break(t, fault{Target: "lucca", Match: listed, Status: new(http.StatusOK), Body: `{"type":"collection","url":"/lucca-api/leaves","totalCount":0,"items":[],"links":{}}`, Times: 1})
		done := p.WaitInitialized(t, p.Initialize(t, google), "completed")
		if done.Counts != (counts{}) || world.Writes(t) != 0 {
			t.Errorf("it did %+v with %d writes, want nothing", done.Counts, world.Writes(t))
		}
		company.Check(t)
	})
	t.Run("a truncated page", func(t *testing.T) {
		world.CountWrites(t)
		defer world.Mend(t)
		short := fmt.Sprintf(`{"type":"collection","url":"/lucca-api/leaves","totalCount":%d,"items":[],"links":{}}`, ofGoogle)
		world.Break(t, fault{Target: "lucca", Match: listed, Status: new(http.StatusOK), Body: short, Times: 1})
		world.Break(t, fault{Target: "lucca", Match: listed, Status: new(http.StatusOK), Body: `{"type":"collection","items":[{"id":"87`, Times: 1})
		done := p.WaitInitialized(t, p.Initialize(t, google), "completed")
		if want := (counts{Total: ofGoogle, Unchanged: ofGoogle}); done.Counts != want || world.Writes(t) != 0 {
			t.Errorf("it did %+v with %d writes, want %+v and none", done.Counts, world.Writes(t), want)
		}
		if hits := world.Hits(t, listed); hits != 2 {
			t.Errorf("%d pages were cut short, want 2", hits)
		}
		company.Check(t)
	})
	t.Run("a refused key", func(t *testing.T) {
		defer world.Mend(t)
		world.Break(t, fault{Target: "lucca", Match: listed, Status: new(http.StatusForbidden), Times: forever})
		failed := p.WaitInitialized(t, p.Initialize(t, google), "failed")
		if !strings.Contains(failed.Failure, "source-rejected") {
			t.Errorf("it failed with %q, want source-rejected", failed.Failure)
		}
		company.Check(t)
	})
	t.Run("a legal entity that no longer exists", func(t *testing.T) {
		failed := p.WaitInitialized(t, p.Initialize(t, initialization{Synchronization: "lost", Since: begun}), "failed")
		if !strings.Contains(failed.Failure, "77: ") || !strings.Contains(failed.Failure, "unknown-legal-entity") {
			t.Errorf("it failed with %q, want unknown-legal-entity of 77", failed.Failure)
		}
		company.Check(t)
	})
	t.Run("no e-mail, one e-mail for two", func(t *testing.T) { emails(t, p, world, company) })
}

// addLostEntity adds a synchronization of a legal entity that Lucca does not have.
func addLostEntity(settings string) string {
	return strings.Replace(settings, "timings:",
		`  - {name: lost, source: demo, connection: demo-google, legalEntities: ["77"], zone: Europe/Paris, confirmAbove: 0}`+"\ntimings:", 1)
}

// emails: somebody without an e-mail is blocked, with what to do; of two with one
// e-mail both are written into the mailbox of that name, each absence once.
func emails(t *testing.T, p *Product, world *World, company Company) {
	const from = "2031-01-01" // behind all others
	ids := map[int]string{5001: "", 5002: "both@example.com", 5003: "both@example.com"}
	for id, email := range ids {
		world.settle(t, person{id: fmt.Sprint(id), legalEntity: "3", email: email})
		_, err := world.Lucca().Import(lucca.LeaveRequest{
			Employee: id, StartsOn: fmt.Sprintf("2031-01-%02d", id-5000+5), EndsOn: fmt.Sprintf("2031-01-%02d", id-5000+5),
			StartPosition: lucca.FirstHalfDay, EndPosition: lucca.SecondHalfDay, Confirmed: true,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, dryRun := range []bool{true, false} {
		done := p.WaitInitialized(t, p.Initialize(t, initialization{Synchronization: "demo-google", Since: from, DryRun: dryRun}), "completed")
		want := counts{Total: 3, Synced: 2, Blocked: 1}
		if dryRun {
			want.Created = 2
		}
		if done.Counts != want {
			t.Errorf("dry run %t did %+v, want %+v", dryRun, done.Counts, want)
		}
		troubled := done.LegalEntities[0].Troubled
		if len(troubled) != 1 || troubled[0].Reason != "no-email" || troubled[0].Do == "" {
			t.Errorf("dry run %t is in trouble with %+v, want no-email once, with what to do", dryRun, troubled)
		}
	}
	both := person{email: "both@example.com", provider: providers[2]}
	world.WaitEvents(t, both, from, "2031-12-31", both.allDay("2031-01-07", "2031-01-08", true), both.allDay("2031-01-08", "2031-01-09", true))
	_ = company
}
