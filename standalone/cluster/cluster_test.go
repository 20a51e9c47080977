package cluster_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/figgosync/figgosync/standalone/cluster"
	"github.com/figgosync/figgosync/workflows"
)

func start(t *testing.T, options cluster.Options) *cluster.Cluster {
	t.Helper()
	options.SearchAttributes = workflows.Attributes()
	c, err := cluster.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func dial(t *testing.T, c *cluster.Cluster) client.Client {
	t.Helper()
	cl, err := client.Dial(client.Options{HostPort: c.Address(), Namespace: cluster.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

func TestWhatWasAcceptedSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := start(t, cluster.Options{DataDir: dir})
	cl := dial(t, c)
	_, err := cl.SignalWithStartWorkflow(ctx, "absence/demo/1", "requested", "x", client.StartWorkflowOptions{TaskQueue: "nobody"}, "AbsenceLifecycle")
	if err != nil {
		t.Fatal(err)
	}
	cl.Close()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}

	c = start(t, cluster.Options{DataDir: dir})
	defer c.Stop()
	cl = dial(t, c)
	defer cl.Close()
	if _, err := cl.DescribeWorkflowExecution(ctx, "absence/demo/1", ""); err != nil {
		t.Errorf("the workflow is gone after a restart: %v", err)
	}
}

func TestADataDirectoryServesOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := cluster.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Lock(dir); err == nil || !strings.Contains(err.Error(), "in use by another figgosync") {
		t.Errorf("second lock: %v, want one sentence about another figgosync", err)
	}
	unlock()
	unlock, err = cluster.Lock(dir)
	if err != nil {
		t.Errorf("lock after unlock: %v", err)
	}
	unlock()
}

func TestADamagedDatabaseIsToldInOneSentence(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "temporal.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := cluster.Start(cluster.Options{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "is damaged") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line saying the database is damaged", err)
	}
}

// The index of workflows has a file of its own, which goes with the other one; a data
// directory that was made with one file for both keeps its index.
func TestTheIndexHasItsOwnFile(t *testing.T) {
	dir := t.TempDir()
	index := filepath.Join(dir, "temporal-visibility.db")
	start(t, cluster.Options{DataDir: dir}).Stop()
	for _, path := range []string{index, filepath.Join(dir, "temporal.db")} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want a file of its owner's alone", path, info, err)
		}
	}
	if err := os.WriteFile(index, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Start(cluster.Options{DataDir: dir}); err == nil || !strings.Contains(err.Error(), index+" is damaged") {
		t.Errorf("error %v, want one that names the damaged index", err)
	}
	for _, path := range []string{index, index + "-wal", index + "-shm"} {
		_ = os.Remove(path)
	}
	start(t, cluster.Options{DataDir: dir}).Stop()
	if _, err := os.Stat(index); err == nil {
		t.Error("an index was made for a directory that has one file for both")
	}
	if err := cluster.RemoveData(dir); err != nil || cluster.HasData(dir) {
		t.Errorf("after RemoveData: %v, HasData %t", err, cluster.HasData(dir))
	}
}

func TestATakenPortIsToldByItsNumber(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	_, err = cluster.Start(cluster.Options{Port: port})
	if err == nil || !strings.Contains(err.Error(), "is taken") {
		t.Errorf("error %v, want one that says the port is taken", err)
	}
}

// A data directory made when workflows were kept for a day keeps them for 30.
func TestEndedWorkflowsAreKeptFor30Days(t *testing.T) {
	dir := t.TempDir()
	retention := func(set time.Duration) time.Duration {
		t.Helper()
		c := start(t, cluster.Options{DataDir: dir})
		defer c.Stop()
		cl := dial(t, c)
		defer cl.Close()
		described, err := cl.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: cluster.Namespace})
		if err != nil {
			t.Fatal(err)
		}
		if set > 0 {
			_, err := cl.WorkflowService().UpdateNamespace(t.Context(), &workflowservice.UpdateNamespaceRequest{
				Namespace: cluster.Namespace, Config: &namespace.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(set)},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	}
	const want = 30 * 24 * time.Hour
	if got := retention(24 * time.Hour); got != want {
		t.Errorf("a new directory keeps them for %v, want %v", got, want)
	}
	if got := retention(0); got != want {
		t.Errorf("a directory that kept them for a day keeps them for %v, want %v", got, want)
	}
}
