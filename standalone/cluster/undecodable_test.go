package cluster_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/standalone/cluster"
)

// greet answers its input and one signal.
func greet(ctx workflow.Context, input string) (string, error) {
	var signalled string
	channel := workflow.GetSignalChannel(ctx, "name")
	for !channel.ReceiveAsync(&signalled) {
		if err := workflow.Await(ctx, func() bool { return channel.Len() > 0 }); err != nil {
			return "", err
		}
	}
	return input + " " + signalled, nil
}

// twoKeysets writes a keyset, and one with a promoted key more, into files.
func twoKeysets(t *testing.T) (older, newer string) {
	t.Helper()
	dir := t.TempDir()
	older, newer = filepath.Join(dir, "older.json"), filepath.Join(dir, "newer.json")
	content, err := engine.WriteKeyset(older)
	if err != nil {
		t.Fatal(err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content)))
	if err != nil {
		t.Fatal(err)
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	if err := manager.SetPrimary(id); err != nil {
		t.Fatal(err)
	}
	if handle, err = manager.Handle(); err != nil {
		t.Fatal(err)
	}
	var buffer bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buffer)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(newer, buffer.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return older, newer
}

func dialWith(t *testing.T, c *cluster.Cluster, path string) client.Client {
	t.Helper()
	codec, err := engine.Keyset{Path: path}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	connected, err := engine.Dial(t.Context(), engine.Options{Address: c.Address(), Namespace: cluster.Namespace, Codec: codec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connected.Close)
	return connected
}

// blockedOn waits until a workflow task has failed because something could not be
// decrypted, and sees that nothing worse has happened.
func blockedOn(ctx context.Context, t *testing.T, c client.Client, id string) {
	t.Helper()
	for ctx.Err() == nil {
		for events := c.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
			event, err := events.Next()
			if err != nil {
				t.Fatal(err)
			}
			switch event.GetEventType() {
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
				t.Fatalf("%s has ended: %v", id, event.GetEventType())
			case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("no workflow task of %s failed", id)
}

// A worker that lacks a key that was promoted blocks the workflow task, be it for an
// input or a signal, and goes on once it has the key: nothing accepted is lost.
func TestWhatCannotBeDecryptedWaits(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := start(t, cluster.Options{})
	defer c.Stop()
	older, newer := twoKeysets(t)
	behind, ahead := dialWith(t, c, older), dialWith(t, c, newer)
	work := worker.New(behind, "greetings", worker.Options{})
	work.RegisterWorkflow(greet)
	if err := work.Start(); err != nil {
		t.Fatal(err)
	}
	defer work.Stop()
	begin := func(by client.Client, id string) client.WorkflowRun {
		t.Helper()
		run, err := by.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: "greetings"}, greet, "hello")
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	input, signal := begin(ahead, "input"), begin(behind, "signal")
	for _, id := range []string{"input", "signal"} {
		if err := ahead.SignalWorkflow(ctx, id, "", "name", "you"); err != nil {
			t.Fatal(err)
		}
	}
	blockedOn(ctx, t, ahead, "input")
	blockedOn(ctx, t, ahead, "signal")

	// The newer file arrives: no restart is needed.
	content, err := os.ReadFile(newer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(older, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, run := range []client.WorkflowRun{input, signal} {
		var got string
		if err := run.Get(ctx, &got); err != nil || got != "hello you" {
			t.Errorf("%s answers %q, %v; want hello you", run.GetID(), got, err)
		}
	}
}

// A parent's payloads for its child, and a signal to another workflow, are bound to
// the one that reads them.
func TestBoundPayloadsReachChildrenAndOthers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := start(t, cluster.Options{})
	defer c.Stop()
	older, _ := twoKeysets(t)
	cl := dialWith(t, c, older)
	work := worker.New(cl, "families", worker.Options{})
	work.RegisterWorkflow(greet)
	parent := func(ctx workflow.Context, again bool) (string, error) {
		if err := workflow.SetQueryHandler(ctx, "told", func() (string, error) { return "asked", nil }); err != nil {
			return "", err
		}
		if again {
			return "", workflow.NewContinueAsNewError(ctx, "parent", false)
		}
		child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "child"}), greet, "hello")
		if err := child.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return "", err
		}
		if err := workflow.SignalExternalWorkflow(ctx, "child", "", "name", "child").Get(ctx, nil); err != nil {
			return "", err
		}
		var answer, shouted string
		if err := child.Get(ctx, &answer); err != nil {
			return "", err
		}
		local := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		err := workflow.ExecuteActivity(local, "shout", answer).Get(ctx, &shouted)
		return shouted, err
	}
	work.RegisterWorkflowWithOptions(parent, workflow.RegisterOptions{Name: "parent"})
	work.RegisterActivityWithOptions(func(_ context.Context, text string) (string, error) { return strings.ToUpper(text), nil },
		activity.RegisterOptions{Name: "shout"})
	if err := work.Start(); err != nil {
		t.Fatal(err)
	}
	defer work.Stop()
	run, err := cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "parent", TaskQueue: "families"}, "parent", true)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := run.Get(ctx, &got); err != nil || got != "HELLO CHILD" {
		t.Errorf("the parent answers %q, %v", got, err)
	}
	answer, err := cl.QueryWorkflow(ctx, "parent", "", "told")
	if err == nil {
		err = answer.Get(&got)
	}
	if err != nil || got != "asked" {
		t.Errorf("its query answers %q, %v", got, err)
	}
	bound := 0
	for events := cl.GetWorkflowHistory(ctx, "child", "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		bound += strings.Count(fmt.Sprint(event), "bound-to")
	}
	if bound < 3 {
		t.Errorf("%d payloads of the child are bound to it, want its input, its signal and its result", bound)
	}
}
