package workflows_test

import (
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

var startOptions = client.StartWorkflowOptions{ID: workflows.AbsenceID("demo", "8750"), TaskQueue: workflows.TaskQueue}

func converterFor(*workflow.ContinueAsNewError) converter.DataConverter {
	return converter.GetDefaultDataConverter()
}

func contains(text, part string) bool { return strings.Contains(text, part) }
