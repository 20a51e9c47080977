package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
)

// Settings and people change while absences stand in calendars. Nothing that was
// written is lost, nothing is left behind, and what waited follows without anybody's
// click: absences try again by themselves after hours only.
func TestPlacesChange(t *testing.T) {
	t.Parallel()
	p, world := NewStoredProduct(t, slowRetries, addLegacySource)
	p.Start()
	for name, part := range map[string]func(*testing.T, *Product, *World){
		"two connections to one server":       twoConnections,
		"an address that changed":             newAddress,
		"somebody who leaves":                 whoLeaves,
		"somebody who leaves without a word":  whoLeavesUnnoticed,
		"the new mailbox is not there yet":    newMailboxMissing,
		"nobody wants the new legal entity":   movedToNowhere,
		"paused and resumed":                  pausedAndResumed,
		"a page older than a cancellation":    pageOlderThanCancellation,
		"a deletion that names nobody":        namesNobody,
		"metrics":                             measured,
		"one person is erased by the command": erased,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part(t, p, world)
		})
	}
}

// NewStoredProduct is NewCompanyProduct with its settings in the database, where the
// API changes them.
func NewStoredProduct(t *testing.T, settings ...func(string) string) (*Product, *World) {
	t.Helper()
	p, world := NewCompanyProduct(t, settings...)
	p.store(t)
	return p, world
}

// store puts the settings file of a product that was never started into its database.
func (p *Product) store(t *testing.T) {
	t.Helper()
	p.Stored = true
	if err := os.MkdirAll(p.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	database := "sqlite:" + filepath.Join(p.DataDir, command.DatabaseName)
	imported := runToEnd(t, "settings", "import", p.Config, "--database-url", database, "--yes", "--allow-insecure-endpoints")
	if imported.code != 0 {
		t.Fatalf("settings import: %s", imported.stderr)
	}
	if err := os.Remove(p.Config); err != nil {
		t.Fatal(err)
	}
}

// addLegacySource adds the company once more by Lucca's older API, for people of a
// legal entity that no synchronization has.
func addLegacySource(settings string) string {
	const key = "    apiKey: demo-lucca-api-key\n    api: v3\n"
	source := settings[strings.Index(settings, "  - name: demo\n"):strings.Index(settings, "connections:")]
	host := source[strings.Index(source, "    host: "):]
	host = host[:strings.Index(host, "\n")+1]
	httpKey := source[strings.Index(source, "    httpSynchronizationKey: "):]
	settings = strings.Replace(settings, "connections:", "  - name: legacy\n"+host+key+httpKey+"connections:", 1)
	const more = `  - {name: legacy, source: legacy, connection: demo-google, legalEntities: ["6"], zone: Europe/Paris, confirmAbove: 0}` + "\n" +
		`  - {name: legacy-leavers, source: legacy, connection: demo-google, legalEntities: ["12"], zone: Europe/Paris, policy: {removeLeavers: true}}` + "\n"
	return strings.Replace(settings, "timings:", more+"timings:", 1)
}

// Change changes stored settings.
func (p *Product) Change(t *testing.T, path string, change func(map[string]any)) {
	t.Helper()
	var body map[string]any
	if err := p.Admin(http.MethodGet, path, nil, http.StatusOK, &body); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"provider", "version", "changedAt", "changedBy"} {
		delete(body, shown)
	}
	change(body)
	if err := p.AdminNow(http.MethodPut, path, body, http.StatusOK); err != nil {
		t.Fatal(err)
	}
}

// connect makes a connection like the one the demo has.
func (p *Product) connect(t *testing.T, world *World, name string) {
	t.Helper()
	given := world.Credentials().Exchange
	body := map[string]any{"name": name, "provider": "exchange", "exchange": map[string]any{
		"url": given.URL, "username": given.Username, "password": given.Password,
	}}
	if err := p.Admin(http.MethodPost, "/api/v1/connections", body, http.StatusCreated, nil); err != nil {
		t.Fatal(err)
	}
}

func (p *Product) useConnection(t *testing.T, synchronization, connection string) {
	t.Helper()
	p.Change(t, "/api/v1/synchronizations/"+synchronization, func(body map[string]any) { body["connection"] = connection })
}

func (p *Product) pause(t *testing.T, synchronization string, paused bool) {
	t.Helper()
	p.Change(t, "/api/v1/synchronizations/"+synchronization, func(body map[string]any) { body["paused"] = paused })
}

// stands is an absence of one day that is in its owner's calendar.
func stands(t *testing.T, p *Product, world *World, who person, date string) leave {
	t.Helper()
	l := oneDay(who, date)
	p.Send(t, l.approved())
	world.WaitEvents(t, who, date, date, who.allDay(date, nextDay(date), true))
	p.WaitStatus(t, l.id, "synced")
	return l
}

// to is the absence on another day; each time a minute later.
func (l leave) to(date string) leave {
	l.start, l.end, l.days = date, date, wholeDays(date)
	l.edits++
	return l
}

// follows checks that the absence stands on its day once and nowhere else in its week.
func follows(t *testing.T, p *Product, world *World, l leave, week int) {
	t.Helper()
	world.WaitEvents(t, l.who, day(week, 0), day(week, 6), l.who.allDay(l.start, nextDay(l.start), true))
	p.WaitStatus(t, l.id, "synced")
	if err := world.Shows(l.who, day(week, 0), day(week, 6), l.who.allDay(l.start, nextDay(l.start), true)); err != nil {
		t.Error(err)
	}
}

// A second service account to the same server: to clear the mailbox by the old
// connection would clear what was just written by the new one.
func twoConnections(t *testing.T, p *Product, world *World) {
	const week = 20
	l := stands(t, p, world, shaped[1], day(week, 0))
	p.connect(t, world, "exchange-again")
	p.useConnection(t, "demo-exchange", "exchange-again")
	l = l.to(day(week, 2))
	p.Send(t, l.edited())
	follows(t, p, world, l, week)
	if got := p.WaitStatus(t, l.id, "synced"); got.Connection != "exchange-again" {
		t.Errorf("it is in %s", got.Connection)
	}
	connectionPutBack(t, p, world)
}

// The connection that the event was written through is removed and, as the guides
// advise, put back.
func connectionPutBack(t *testing.T, p *Product, world *World) {
	const week = 21
	l := stands(t, p, world, shaped[1], day(week, 0))
	p.useConnection(t, "demo-exchange", "demo-exchange")
	if err := p.AdminNow(http.MethodDelete, "/api/v1/connections/exchange-again", nil, http.StatusNoContent); err != nil {
		t.Fatal(err)
	}
	l = l.to(day(week, 2))
	p.Send(t, l.edited())
	if got := p.WaitStatus(t, l.id, "blocked"); got.Trouble.Reason != "unknown-connection" {
		t.Errorf("it is blocked with %+v", got.Trouble)
	}
	world.WaitEvents(t, l.who, day(week, 0), day(week, 6), l.who.allDay(l.start, nextDay(l.start), true))
	p.connect(t, world, "exchange-again")
	follows(t, p, world, l, week)
	l = l.to(day(week, 3))
	p.Send(t, l.edited())
	follows(t, p, world, l, week)
}

// A new address: what is in the old mailbox moves, though nobody touches the absence.
func newAddress(t *testing.T, p *Product, world *World) {
	const week = 28
	l := stands(t, p, world, shaped[2], day(week, 0))
	later := l.who
	later.email = "renamed." + l.who.email
	world.change(t, p, l.who, map[string]any{"email": later.email})
	began := time.Now()
	world.GiveMailbox(t, later.email)
	world.WaitEvents(t, later, day(week, 0), day(week, 6), later.allDay(day(week, 0), day(week, 1), true))
	world.WaitEvents(t, l.who, day(week, 0), day(week, 6))
	t.Logf("it is in the new mailbox alone %v after Lucca told the address", time.Since(began).Round(time.Second))
}

// Somebody leaves the company, and comes back.
func whoLeaves(t *testing.T, p *Product, world *World) {
	const week = 29
	l := stands(t, p, world, cutOff[2], day(week, 0))
	p.Change(t, "/api/v1/synchronizations/demo-google", func(body map[string]any) {
		body["policy"].(map[string]any)["removeLeavers"] = true
	})
	world.change(t, p, l.who, map[string]any{"left": true})
	world.WaitEvents(t, l.who, day(week, 0), day(week, 6))
	if got := p.WaitStatus(t, l.id, "skipped"); got.Trouble.Reason != "employee-left" || !strings.Contains(got.Trouble.What, "left the company") {
		t.Errorf("it is skipped because of %+v", got.Trouble)
	}
	world.change(t, p, l.who, map[string]any{"left": false})
	world.WaitEvents(t, l.who, day(week, 0), day(week, 6), l.who.allDay(day(week, 0), day(week, 1), true))
}

// The legacy API announces nobody who leaves: the comparison notices it.
func whoLeavesUnnoticed(t *testing.T, p *Product, world *World) {
	const week = 31
	there := *google
	there.zone = "Europe/Paris" // of the legal entity
	who := person{"472", "12", "leo.leaver@example.com", &there}
	world.settle(t, who)
	request := map[string]string{"employee": who.id, "startsOn": day(week, 0), "status": "confirmed"}
	world.desk(t, http.MethodPost, "/sandbox/leaves?silent=true", request, http.StatusCreated, nil)
	p.WaitInitialized(t, p.Initialize(t, initialization{Synchronization: "legacy-leavers", Since: day(week-1, 0)}), "completed")
	world.WaitEvents(t, who, day(week, 0), day(week, 6), who.allDay(day(week, 0), day(week, 1), true))
	world.desk(t, http.MethodPatch, "/sandbox/employees/"+who.id+"?silent=true", map[string]any{"left": true}, http.StatusOK, nil)
	p.waitOperation(t, p.beginOperation(t, "reconciliations", map[string]any{"synchronization": "legacy-leavers", "repair": true}), "completed")
	world.WaitEvents(t, who, day(week, 0), day(week, 6))
}

// A new address whose mailbox is made tomorrow: until then the old event is better
// than none.
func newMailboxMissing(t *testing.T, p *Product, world *World) {
	const week = 22
	l := stands(t, p, world, shaped[0], day(week, 0))
	later := l.who
	later.email = "camille.renamed@example.com"
	world.change(t, p, l.who, map[string]any{"email": later.email})
	moved := l.to(day(week, 2))
	eventually(t, "the address is known to be another", func() error {
		p.Send(t, moved.edited())
		moved.edits++
		time.Sleep(time.Second)
		standing, err := p.Absence(l.id, "en")
		if err != nil {
			return err
		}
		if standing.Status != "blocked" || standing.Trouble == nil || standing.Trouble.Reason != "mailbox-missing" {
			return fmt.Errorf("it is %q with %+v", standing.Status, standing.Trouble)
		}
		return nil
	})
	old, err := world.Events(l.who.email, day(week, 0), day(week, 6))
	if err != nil || len(old) != 1 {
		t.Fatalf("the old mailbox shows %+v (%v), want the event until the new one stands", old, err)
	}
	world.GiveMailbox(t, later.email)
	if err := p.Admin(http.MethodPost, "/api/v1/absences/demo/"+l.id+"/resync", map[string]bool{}, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	world.WaitEvents(t, later, day(week, 0), day(week, 6), later.allDay(day(week, 2), day(week, 3), true))
	world.WaitEvents(t, l.who, day(week, 0), day(week, 6))
}

// change changes an employee in Lucca, which announces it; workers hear of it within
// seconds.
func (w *World) change(t *testing.T, p *Product, who person, change map[string]any) {
	t.Helper()
	w.desk(t, http.MethodPatch, "/sandbox/employees/"+who.id, change, http.StatusOK, nil)
	event := object(documentedEvent)
	event["topic"], event["data"] = "employee.updated", map[string]string{"id": who.id, "type": "employee"}
	p.Send(t, encode(event))
}

// A legal entity that no synchronization has: the event goes with the next change, and
// comes once one has it.
func movedToNowhere(t *testing.T, p *Product, world *World) {
	const week = 23
	l := stands(t, p, world, cutOff[0], day(week, 0))
	world.settle(t, person{id: "499", legalEntity: "9"}) // the legal entity
	world.change(t, p, l.who, map[string]any{"legalEntity": "9"})
	eventually(t, "it is skipped", func() error {
		l = l.to(day(week, 2))
		p.Send(t, l.edited())
		time.Sleep(time.Second)
		standing, err := p.Absence(l.id, "en")
		if err == nil && (standing.Status != "skipped" || standing.Trouble.Reason != "no-synchronization") {
			err = fmt.Errorf("it is %q with %+v", standing.Status, standing.Trouble)
		}
		return err
	})
	world.WaitEvents(t, l.who, day(week, 0), day(week, 6))
	p.Change(t, "/api/v1/synchronizations/demo-office365", func(body map[string]any) { body["legalEntities"] = []string{"1", "9"} })
	follows(t, p, world, l, week)
}

// While a synchronization is paused nothing is written or removed, and everybody is
// told why. Resuming carries all of it out.
func pausedAndResumed(t *testing.T, p *Product, world *World) {
	const week = 24
	who := documented[2]
	moved, deleted := stands(t, p, world, who, day(week, 0)), stands(t, p, world, who, day(week, 1))
	p.pause(t, "demo-google", true)
	before, err := world.Events(who.email, day(week, 0), day(week, 6))
	if err != nil {
		t.Fatal(err)
	}
	fresh := oneDay(who, day(week, 3))
	moved = moved.to(day(week, 2))
	p.Send(t, moved.edited())
	p.Send(t, deleted.deleted())
	p.Send(t, fresh.approved())
	for _, l := range []leave{moved, deleted, fresh} {
		if got := p.WaitStatus(t, l.id, "skipped"); got.Trouble.Reason != "synchronization-paused" || !strings.Contains(got.Trouble.What, "paused") {
			t.Errorf("absence %s waits because of %+v", l.id, got.Trouble)
		}
	}
	if err := world.Shows(who, day(week, 0), day(week, 6), before...); err != nil {
		t.Errorf("while it is paused: %v", err)
	}
	p.pause(t, "demo-google", false)
	began := time.Now()
	world.WaitEvents(t, who, day(week, 0), day(week, 6),
		who.allDay(day(week, 2), day(week, 3), true), who.allDay(day(week, 3), day(week, 4), true))
	p.WaitStatus(t, deleted.id, "deleted")
	t.Logf("all is carried out %v after it was resumed", time.Since(began).Round(10*time.Millisecond))
}

// A page of the list is read, then a cancellation comes, then the page is announced.
func pageOlderThanCancellation(t *testing.T, p *Product, world *World) {
	const week = 25
	who := person{"471", "6", "ines.page@example.com", google}
	world.settle(t, who)
	var listed generated
	request := map[string]string{"employee": who.id, "startsOn": day(week, 0)}
	world.desk(t, http.MethodPost, "/sandbox/leaves?silent=true", request, http.StatusCreated, &listed)
	world.desk(t, http.MethodPost, "/sandbox/leaves/"+listed.ID+"/approve?silent=true", nil, http.StatusOK, nil)
	const page = `^GET [^\n]*/api/v3/leaves`
	world.Break(t, fault{Target: "lucca", Match: page, AfterCommit: true, Delay: "4s", Times: forever})
	defer world.Mend(t)
	id := p.Initialize(t, initialization{Synchronization: "legacy", Since: day(week-1, 0)})
	eventually(t, "the page is read", func() error { return world.hit(page) })
	for _, part := range []string{"AM", "PM"} {
		h := halfDay{listed.ID, day(week, 0), part, 471, who.email}
		body := encodeCancelledNow(h)
		err := p.deliver("/webhooks/figgo/legacy", body, func(header http.Header) {
			header.Set("Authorization", world.Credentials().Lucca.HTTPSynchronizationKey)
			header.Set("X-Version", "1.0")
			header.Set("X-Resource-Type", "leave")
			header.Set("X-Event", "deleted")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	done := p.WaitInitialized(t, id, "completed")
	if done.Counts.Total != 1 {
		t.Errorf("the initialization found %+v, want one absence", done.Counts)
	}
	world.WaitEvents(t, who, day(week, 0), day(week, 6))
	var standing Standing
	eventually(t, "it is deleted", func() error {
		if err := p.Admin(http.MethodGet, "/api/v1/absences/legacy/"+listed.ID, nil, http.StatusOK, &standing); err != nil {
			return err
		}
		if standing.Status != "deleted" {
			return fmt.Errorf("it is %q", standing.Status)
		}
		return nil
	})
	if err := world.Shows(who, day(week, 0), day(week, 6)); err != nil {
		t.Errorf("the cancelled absence came back: %v", err)
	}
}

// encodeCancelledNow is a cancelled half-day as Lucca posts it, cancelled a moment ago.
func encodeCancelledNow(h halfDay) []byte {
	var body map[string]any
	if err := json.Unmarshal(h.post("deleted"), &body); err != nil {
		panic(err) // we have just made it
	}
	body["cancellationDate"] = time.Now().Format("2006-01-02T15:04:05.000")
	return encode(body)
}

// The deletion of an absence that figgosync never heard of tells nobody's name, if Lucca
// tells no more than the id. It is blocked, with what to do, and not retried at once.
func namesNobody(t *testing.T, p *Product, _ *World) {
	l := oneDay(jane, day(27, 0))
	event := object(string(l.deleted()))
	event["data"] = map[string]string{"id": l.id, "type": "leave"}
	p.Send(t, encode(event))
	if got := p.WaitStatus(t, l.id, "blocked"); got.Trouble.Reason != "unknown-employee" {
		t.Errorf("it is blocked with %+v", got.Trouble)
	}
}

// /metrics has the numbers of absences and what Temporal's SDK measures.
func measured(t *testing.T, p *Product, world *World) {
	stands(t, p, world, documented[0], day(28, 0))
	wanted := []string{
		`temporal_request_total{`, `temporal_activity_schedule_to_start_latency_seconds_bucket{`, `task_queue="calendar-office365"`,
		`figgosync_absences{status="blocked"}`, "figgosync_absences_stuck 0",
	}
	eventually(t, "the metrics tell of it", func() error {
		response, err := httpClient.Get(p.URL("/metrics"))
		if err != nil {
			return err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		for _, part := range wanted {
			if !strings.Contains(string(text), part) {
				return fmt.Errorf("%s is missing", part)
			}
		}
		return nil
	})
}

// One person is erased by the command: their events go, and Temporal knows nothing of
// their absences any more. The others keep theirs.
func erased(t *testing.T, p *Product, world *World) {
	const week = 26
	who := unanswered[0]
	stays := stands(t, p, world, jane, day(week, 0))
	gone := []leave{stands(t, p, world, who, day(week, 0)), stands(t, p, world, who, day(week, 2))}
	out := runToEnd(t, "erase", "--data-dir", p.DataDir, "--source", "demo", "--employee", who.id, "--yes",
		"--temporal-address", loopback(p.GRPC), "--allow-insecure-endpoints")
	if out.code != 0 {
		t.Fatalf("erase ended with %d:\n%s%s", out.code, out.stdout, out.stderr)
	}
	world.WaitEvents(t, who, day(week, 0), day(week, 6))
	for _, l := range gone {
		eventually(t, "Temporal forgets absence "+l.id, func() error {
			return p.Admin(http.MethodGet, "/api/v1/absences/demo/"+l.id, nil, http.StatusNotFound, nil)
		})
	}
	follows(t, p, world, stays, week)
}
