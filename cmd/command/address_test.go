package command_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
)

// A command that names a data directory reaches the Temporal of that directory's
// process, not another one at the usual port: unless somebody says where Temporal is.
func TestTemporalOfADataDirectory(t *testing.T) {
	t.Setenv("TEMPORAL_ADDRESS", "")
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, command.DatabaseName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	reached := func(flag string) string {
		t.Helper()
		c := command.Common{Temporal: flag, Settings: command.SettingsFlags{DataDir: directory}}
		if err := c.BesideUp(); err != nil {
			t.Fatal(err)
		}
		return c.Temporal
	}
	if got := reached(""); got != "" {
		t.Errorf("of a directory where nothing ran: %q", got)
	}
	if err := command.RememberTemporal(directory, "127.0.0.1:17233"); err != nil {
		t.Fatal(err)
	}
	if got := reached(""); got != "127.0.0.1:17233" {
		t.Errorf("%q", got)
	}
	if got := reached("temporal.example.com:7233"); got != "temporal.example.com:7233" {
		t.Errorf("beside the flag: %q", got)
	}
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:27233")
	if got := reached(""); got != "127.0.0.1:27233" {
		t.Errorf("beside the variable: %q", got)
	}
}
