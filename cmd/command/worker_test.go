package command_test

import (
	"strings"
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
)

// A build of no deployment would be forgotten: workers would run without versions although
// somebody gave one.
func TestABuildWithoutItsDeploymentIsRefused(t *testing.T) {
	t.Parallel()
	root := command.Root("figgosync")
	root.SetArgs([]string{"worker", "--build-id", "2", "--database-url", "sqlite:/nowhere/at/all"})
	err := root.ExecuteContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "--deployment") {
		t.Errorf("%v, want one that names --deployment", err)
	}
}
