package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/figgosync/figgosync/workflows"
)

// corpus is where recorded histories are kept, and generation what they are called
// after; a workflows.Behaviour that asks something else of Temporal adds a new one.
const (
	corpus     = "../../workflows/testdata/replay"
	generation = "v4"
)

// TestRecordHistories records one history of each shape an absence's life takes,
// for the replay test beside the workflows.
func TestRecordHistories(t *testing.T) {
	if os.Getenv("FIGGOSYNC_RECORD") != "1" {
		t.Skip("nothing is recorded: set FIGGOSYNC_RECORD=1 to record new histories (make replay)")
	}
	p, world := StartProduct(t, "--plain-payloads")
	ids := map[string]string{}
	for name, live := range map[string]func(*testing.T, *Product, *World) string{
		"whole-life": wholeLife, "cancelled": cancelledLife, "out-of-order": outOfOrder, "blocked-then-healed": blockedThenHealed,
		"half-days": halfDayPosts, "retried": retriedLife, "lookup-retried": lookupRetried, "deleted-before-written": deletedBeforeWritten,
		"skipped": skippedLife, "resync": resyncedLife,
	} {
		t.Run(name, func(t *testing.T) { ids[name] = live(t, p, world) })
	}
	ids["moved"] = movedLife(t, p, world) // restarts the product
	if t.Failed() {
		return
	}
	c, err := client.Dial(client.Options{HostPort: loopback(p.GRPC)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, id := range ids {
		record(t, c, name, "absence/demo/"+id, "")
	}
	record(t, c, "wake", woken(t, c), "")
}

// woken has the absences of a synchronization try again, as saving it does.
func woken(t *testing.T, c client.Client) (workflowID string) {
	request := workflows.WakeRequest{Synchronization: "demo-office365"}
	options := client.StartWorkflowOptions{TaskQueue: workflows.TaskQueue}
	run, err := c.SignalWithStartWorkflow(t.Context(), request.WorkflowID(), workflows.SignalWake.Name, request, options,
		workflows.WakeType, workflows.WakeState{})
	if err == nil {
		err = run.Get(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return request.WorkflowID()
}

func wholeLife(t *testing.T, p *Product, world *World) string {
	l := oneDay(jane, day(1, 0))
	p.Send(t, l.created())
	world.WaitEvents(t, jane, l.start, l.start, jane.allDay(l.start, nextDay(l.start), false))
	p.Send(t, l.approved())
	world.WaitEvents(t, jane, l.start, l.start, jane.allDay(l.start, nextDay(l.start), true))
	p.Send(t, l.deleted())
	p.WaitStatus(t, l.id, "deleted")
	return l.id
}

func cancelledLife(t *testing.T, p *Product, _ *World) string {
	l := oneDay(documented[2], day(1, 1))
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "synced")
	p.Send(t, l.cancelled())
	p.WaitStatus(t, l.id, "deleted")
	return l.id
}

func outOfOrder(t *testing.T, p *Product, _ *World) string {
	l := oneDay(documented[1], day(1, 2))
	for _, body := range [][]byte{l.approved(), l.created(), l.approved(), l.edited()} {
		p.Send(t, body)
		p.WaitStatus(t, l.id, "synced")
	}
	eventually(t, "every change is dealt with", func() error { return heard(p, l.id, 4) })
	return l.id
}

func blockedThenHealed(t *testing.T, p *Product, world *World) string {
	l := oneDay(joiners[1], day(1, 0))
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "blocked")
	world.GiveMailbox(t, l.who.email)
	p.WaitStatus(t, l.id, "synced")
	return l.id
}

func halfDayPosts(t *testing.T, p *Product, world *World) string {
	who, period := documented[2], absenceID()
	for _, event := range []string{"created", "approved", "deleted"} {
		for i := range 4 {
			h := halfDay{period, day(2, i/2), []string{"AM", "PM"}[i%2], 231, who.email}
			p.Post(t, event, h.post(event))
		}
		want := map[string][]View{
			"created":  {who.allDay(day(2, 0), day(2, 2), false)},
			"approved": {who.allDay(day(2, 0), day(2, 2), true)},
		}[event]
		world.WaitEvents(t, who, day(2, 0), day(2, 2), want...)
	}
	p.WaitStatus(t, period, "deleted")
	return period
}

func retriedLife(t *testing.T, p *Product, world *World) string {
	l := oneDay(cutOff[0], day(1, 0))
	world.Break(t, fault{Target: l.who.provider.name, Match: l.marker(), Status: new(http.StatusServiceUnavailable), Times: forever})
	p.Send(t, l.created())
	p.WaitStatus(t, l.id, "retrying")
	p.Send(t, l.approved()) // cancels the write under way
	world.Mend(t)
	p.WaitStatus(t, l.id, "synced")
	return l.id
}

func lookupRetried(t *testing.T, p *Product, world *World) string {
	l := oneDay(unheardOf, day(1, 0))
	world.Break(t, fault{Target: "lucca", Match: "employees.*" + l.who.id, Status: new(http.StatusServiceUnavailable), Times: forever})
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "retrying")
	world.Mend(t)
	p.WaitStatus(t, l.id, "synced")
	return l.id
}

func deletedBeforeWritten(t *testing.T, p *Product, world *World) string {
	l := oneDay(cutOff[2], day(1, 0))
	world.Break(t, fault{Target: l.who.provider.name, Match: l.marker(), Status: new(http.StatusServiceUnavailable), Times: forever})
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "retrying")
	p.Send(t, l.deleted())
	world.Mend(t)
	p.WaitStatus(t, l.id, "deleted")
	return l.id
}

func skippedLife(t *testing.T, p *Product, world *World) string {
	who := person{id: "451", legalEntity: "9"}
	world.settle(t, who)
	l := oneDay(who, day(1, 0))
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "skipped")
	return l.id
}

func resyncedLife(t *testing.T, p *Product, _ *World) string {
	l := oneDay(shaped[2], day(1, 0))
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "synced")
	request, err := http.NewRequest(http.MethodPost, p.URL("/api/v1/absences/demo/"+l.id+"/resync"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	if err := call(request, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is written again", func() error { return written(p, l.id, 2) })
	return l.id
}

// written tells whether an absence's story tells of so many writes.
func written(p *Product, id string, want int) error {
	standing, err := p.Absence(id, "en")
	if err != nil {
		return err
	}
	count := 0
	for _, entry := range standing.Story {
		if entry.Event == "written" {
			count++
		}
	}
	if count < want {
		return fmt.Errorf("its story has %d writes, want %d", count, want)
	}
	return nil
}

func movedLife(t *testing.T, p *Product, world *World) string {
	l := oneDay(shaped[1], day(1, 0))
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "synced")
	p.Stop()
	moved := move(t, world, l.who)
	p.Start()
	p.Send(t, l.edited())
	world.WaitEvents(t, moved, l.start, l.start, moved.allDay(l.start, nextDay(l.start), true))
	p.WaitStatus(t, l.id, "synced")
	return l.id
}

// record writes the history as `temporal workflow show --output json` does.
// The run is the latest where none is named.
func record(t *testing.T, c client.Client, name, workflowID, runID string) {
	t.Helper()
	whole := &history.History{}
	iterator := c.GetWorkflowHistory(t.Context(), workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iterator.HasNext() {
		event, err := iterator.Next()
		if err != nil {
			t.Fatal(err)
		}
		whole.Events = append(whole.Events, event)
	}
	text, err := protojson.Marshal(whole)
	if err == nil {
		text, err = anonymous(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(corpus, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(corpus, name+"."+generation+".json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d events", path, len(whole.Events))
}

// anonymous takes out which machine and which binary recorded a history.
func anonymous(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var events map[string]any
	if err := decoder.Decode(&events); err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, errors.New("the history is empty")
	}
	scrub(events)
	plain, err := json.MarshalIndent(events, "", " ")
	return append(plain, '\n'), err
}

func scrub(value any) {
	switch value := value.(type) {
	case map[string]any:
		if value["kind"] == "TASK_QUEUE_KIND_STICKY" {
			value["name"] = "sticky" // it is called after the machine
		}
		for key, inner := range value {
			if slices.Contains([]string{"identity", "binaryChecksum", "buildId", "workerVersion"}, key) {
				delete(value, key)
				continue
			}
			scrub(inner)
		}
	case []any:
		for _, inner := range value {
			scrub(inner)
		}
	}
}
