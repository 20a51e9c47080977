package command_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/engine"
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

// A configuration of Temporal's that cannot be read is told at once: no waiting mends it.
func TestAnUnreadableConfigurationIsNotWaitedFor(t *testing.T) {
	directory := t.TempDir()
	broken := filepath.Join(directory, "temporal.toml")
	if err := os.WriteFile(broken, []byte("[profile"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEMPORAL_CONFIG_FILE", broken)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, name := range []string{"worker", "api"} {
		root := command.Root("figgosync")
		root.SetArgs([]string{name, "--listen", "127.0.0.1:0", "--database-url", "sqlite:" + filepath.Join(directory, "figgosync.db")})
		if err := root.ExecuteContext(ctx); !errors.Is(err, engine.ErrConfiguration) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
