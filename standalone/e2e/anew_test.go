package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// A demo that was ended and started again remembers no absence, because the calendars
// of its sandbox are gone; and neither takes the other's data directory.
func TestADemoStartsAnew(t *testing.T) {
	t.Parallel()
	running <- struct{}{}
	defer func() { <-running }()
	home := t.TempDir()
	dir := filepath.Join(home, "data")
	api, grpc, sandbox := freePort(t), freePort(t), freePort(t)
	demo := func(what func()) {
		t.Helper()
		out := &buffer{}
		cmd := exec.Command(binary, "demo", "--data-dir", dir, "--listen", loopback(api), "--temporal-port", strconv.Itoa(grpc),
			"--temporal-web-ui-port", "0", "--sandbox-listen", loopback(sandbox), "--no-play")
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = home, environment(home), out, out
		started, err := startProcess(cmd)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			started.signal(syscall.SIGKILL) // as hard an end as there is
			<-started.done
		}()
		eventually(t, "the demo is up", func() error { return played(started, out.String()) })
		what()
	}
	demo(func() {
		leave := bytes.NewReader([]byte(`{"employee":"416","startsOn":"2030-03-04"}`))
		response, err := httpClient.Post("http://"+loopback(sandbox)+"/sandbox/leaves", "application/json", leave)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode >= http.StatusMultipleChoices {
			t.Fatalf("the desk answers %d", response.StatusCode)
		}
		eventually(t, "Temporal knows the absence", func() error {
			if got := workflowCount(t, grpc); got != 1 {
				return fmt.Errorf("it knows %d", got)
			}
			return nil
		})
	})
	demo(func() {
		if got := workflowCount(t, grpc); got != 0 {
			t.Errorf("the new rehearsal remembers %d absences", got)
		}
	})
	s := newStartable(t, file(t, "figgosync.yaml", ""))
	s.dir = dir
	if o := runToEnd(t, s.up()...); o.code != 1 || !strings.Contains(o.stderr, "rehearsal") {
		t.Errorf("up on a rehearsal's directory: code %d, %s", o.code, o.stderr)
	}
}

func TestADemoLeavesARealDirectoryAlone(t *testing.T) {
	t.Parallel()
	p, _ := StartProduct(t)
	p.Stop()
	o := runToEnd(t, "demo", "--data-dir", p.DataDir, "--listen", loopback(freePort(t)), "--temporal-port", strconv.Itoa(freePort(t)),
		"--temporal-web-ui-port", "0", "--sandbox-listen", loopback(freePort(t)))
	checkRefusal(t, o, p.DataDir, "not a rehearsal's", "--data-dir")
}

func workflowCount(t *testing.T, grpc int) int64 {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: loopback(grpc)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	counted, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowType = 'AbsenceLifecycle'"})
	if err != nil {
		t.Fatal(err)
	}
	return counted.GetCount()
}
