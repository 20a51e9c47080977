package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/figgosync/figgosync/standalone/cluster"
	"github.com/figgosync/figgosync/workflows"
)

// deployment is the name that the guide gives to the workers' deployment.
const deployment = "figgosync"

// installation is a Temporal that outlives api and workers, which are processes of their
// own, as an operator runs them.
type installation struct {
	*Product
	t        *testing.T
	temporal *cluster.Cluster
	client   client.Client
}

func newInstallation(t *testing.T) (*installation, *World) {
	t.Helper()
	temporal, err := cluster.Start(cluster.Options{
		DataDir: t.TempDir(), SearchAttributes: workflows.Attributes(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = temporal.Stop() })
	c, err := client.Dial(client.Options{HostPort: temporal.Address(), Namespace: cluster.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p, world := NewProduct(t)
	p.Command = []string{
		"api", "--config", p.Config, "--listen", loopback(p.API), "--allow-insecure-endpoints",
		"--temporal-address", temporal.Address(), "--temporal-namespace", cluster.Namespace,
	}
	p.Start()
	return &installation{p, t, temporal, c}, world
}

// worker starts a worker of a build and returns once Temporal knows its version.
func (i *installation) worker(build string) *process {
	i.t.Helper()
	cmd := exec.Command(binary, "worker", "--config", i.Config, "--listen", loopback(freePort(i.t)), "--allow-insecure-endpoints",
		"--temporal-address", i.temporal.Address(), "--temporal-namespace", cluster.Namespace,
		"--deployment", deployment, "--build-id", build)
	cmd.Dir, cmd.Env = i.home, environment(i.home)
	cmd.Stdout, cmd.Stderr = &i.log, &i.log
	started, err := startProcess(cmd)
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { i.end(started) })
	eventually(i.t, "Temporal knows the build "+build, func() error {
		described, err := i.client.WorkerDeploymentClient().GetHandle(deployment).Describe(i.t.Context(), client.WorkerDeploymentDescribeOptions{})
		if err != nil {
			return err
		}
		for _, version := range described.Info.VersionSummaries {
			if version.Version.BuildID == build {
				return nil
			}
		}
		return fmt.Errorf("it knows %d others", len(described.Info.VersionSummaries))
	})
	return started
}

func (i *installation) end(worker *process) {
	if !worker.ended() {
		worker.signal(syscall.SIGTERM)
		worker.waitEnded(30 * time.Second)
	}
}

// make has a build take what is new, by the command of the guide.
func (i *installation) make(what, build string, more ...string) {
	i.t.Helper()
	arguments := append([]string{
		"worker", "deployment", what, "--deployment-name", deployment, "--build-id", build, "--yes",
		"--address", i.temporal.Address(), "--namespace", cluster.Namespace,
	}, more...)
	eventually(i.t, what+" "+build, func() error { // its pollers may not all be known yet
		output, err := exec.Command("temporal", arguments...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
		return nil
	})
}

// keepSending announces an absence after the other until the context ends, and gives those
// that were accepted.
func (i *installation) keepSending(ctx context.Context) <-chan []leave {
	done := make(chan []leave, 1)
	go func() {
		var sent []leave
		for n := 0; ctx.Err() == nil && n < maxSent; n++ {
			l := oneDay(documented[n%len(documented)], day(2+n/15, n/3%5))
			if err := i.TrySend(l.created()); err != nil {
				i.t.Errorf("an absence was not accepted: %v", err)
				break
			}
			sent = append(sent, l)
			time.Sleep(150 * time.Millisecond)
		}
		done <- sent
	}()
	return done
}

// maxSent bounds the dates, each of which one person has once.
const maxSent = 600

// A new build takes over under load: absences go on with it, a run ends on the build that
// it began on. Back on the old build, all goes on too, and everything was written once.
func TestWorkersAreUpgradedUnderLoadAndBack(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("temporal"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("the temporal command line is not installed")
	}
	i, world := newInstallation(t)
	one := i.worker("1")
	i.make("set-current-version", "1")
	first := oneDay(documented[0], day(1, 0))
	i.Send(t, first.created())
	i.WaitStatus(t, first.id, "synced")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	sending := i.keepSending(ctx)

	world.Break(t, fault{Target: "lucca", Match: "/lucca-api/leaves", Status: new(http.StatusServiceUnavailable), Times: forever})
	run := i.Initialize(t, initialization{Synchronization: "demo-" + documented[0].provider.word, Since: day(100, 0)})
	initialized, err := i.Initialization(run)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the initialization runs on build 1", func() error { return i.runsOn(initialized.Workflow.ID, "1") })

	two := i.worker("2")
	i.make("set-ramping-version", "2", "--percentage", "50")
	i.make("set-current-version", "2")
	i.Send(t, first.approved())
	eventually(t, "the absence goes on with build 2", func() error { return i.runsOn(workflows.AbsenceID("demo", first.id), "2") })
	world.Mend(t)
	i.WaitInitialized(t, run, "completed")
	if err := i.runsOn(initialized.Workflow.ID, "1"); err != nil {
		t.Errorf("the initialization did not end where it began: %v", err)
	}
	i.end(one)

	i.worker("1")
	i.make("set-current-version", "1")
	two.signal(syscall.SIGKILL)
	i.Send(t, first.edited())
	eventually(t, "the absence is back on build 1", func() error { return i.runsOn(workflows.AbsenceID("demo", first.id), "1") })
	stop()
	i.wasWritten(world, append(<-sending, first))
}

// wasWritten waits until each calendar shows its absences, each once.
func (i *installation) wasWritten(world *World, sent []leave) {
	i.t.Helper()
	i.t.Logf("%d absences were sent meanwhile", len(sent)-1)
	for _, who := range documented {
		var want []View
		for _, l := range sent {
			if l.who == who {
				want = append(want, who.allDay(l.start, nextDay(l.start), l.id == sent[len(sent)-1].id))
			}
		}
		slices.SortFunc(want, func(a, b View) int { return strings.Compare(a.Start, b.Start) })
		world.WaitEvents(i.t, who, day(1, 0), day(maxSent/15+2, 4), want...)
	}
}

// runsOn tells whether a workflow's last task was done by a build.
func (i *installation) runsOn(id, build string) error {
	answer, err := i.client.WorkflowService().DescribeWorkflowExecution(i.t.Context(), &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: cluster.Namespace, Execution: &common.WorkflowExecution{WorkflowId: id},
	})
	if err != nil {
		return err
	}
	if got := answer.GetWorkflowExecutionInfo().GetVersioningInfo().GetDeploymentVersion().GetBuildId(); got != build {
		return fmt.Errorf("%s runs on build %q", id, got)
	}
	return nil
}
