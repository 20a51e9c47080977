package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
)

func runSettingsCheck(t *testing.T) error {
	t.Helper()
	root := command.Root("figgosync")
	root.SetArgs([]string{"settings", "check", "--settings-keyset", "keyset.json"})
	root.SetOut(&strings.Builder{})
	return root.ExecuteContext(t.Context())
}

// Secrets come by files, which a list of processes and a description of a container do
// not show.
func TestAVariableMayComeFromAFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	path := filepath.Join(dir, "url")
	if err := os.WriteFile(path, []byte("ftp://nowhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FIGGOSYNC_DATABASE_URL_FILE", path)
	// The address is none, which tells that it was read.
	if err := runSettingsCheck(t); err == nil || !strings.Contains(err.Error(), "sqlite:PATH") {
		t.Errorf("with the address in a file: %v", err)
	}
	t.Setenv("FIGGOSYNC_DATABASE_URL", "sqlite:other.db")
	if err := runSettingsCheck(t); err == nil || !strings.Contains(err.Error(), "set one of them") {
		t.Errorf("with both: %v", err)
	}
	t.Setenv("FIGGOSYNC_DATABASE_URL", "")
	t.Setenv("FIGGOSYNC_DATABASE_URL_FILE", filepath.Join(dir, "missing"))
	if err := runSettingsCheck(t); err == nil || !strings.Contains(err.Error(), "FIGGOSYNC_DATABASE_URL_FILE") {
		t.Errorf("with a file that is missing: %v", err)
	}
}
