package workflows_test

import (
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/tracing"
	"github.com/figgosync/figgosync/workflows"
)

var startOptions = client.StartWorkflowOptions{ID: workflows.AbsenceID("demo", "8750"), TaskQueue: workflows.TaskQueue}

// forever is longer than any test takes on any machine: how busy one is decides nothing.
const forever = time.Hour

// newEnvironment runs workflows with skipped time, and says nothing.
func newEnvironment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	suite.SetContextPropagators([]workflow.ContextPropagator{tracing.Propagator{}})
	environment := suite.NewTestWorkflowEnvironment()
	environment.SetTestTimeout(forever)
	environment.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: forever})
	return environment
}

func converterFor(*workflow.ContinueAsNewError) converter.DataConverter {
	return converter.GetDefaultDataConverter()
}

func contains(text, part string) bool { return strings.Contains(text, part) }
