package command_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/database"
)

// runAudit runs a command of the audit log and returns what it printed.
func runAudit(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	root := command.Root("figgosync")
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetIn(strings.NewReader(input))
	root.SetArgs(append([]string{"audit"}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestAuditVerifyAndExport(t *testing.T) {
	dir := t.TempDir()
	address := "sqlite:" + filepath.Join(dir, "figgosync.db")
	link := command.Root("figgosync")
	var out bytes.Buffer
	link.SetOut(&out)
	link.SetArgs([]string{"sign-in-link", "--database-url", address})
	if err := link.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	exported, err := runAudit(t, "", "export", "--database-url", address)
	if err != nil || !strings.Contains(exported, `"sign-in-link"`) || strings.Count(exported, "\n") != 1 {
		t.Fatalf("got %q, %v", exported, err)
	}
	text, err := runAudit(t, "", "verify", "--database-url", address)
	if err != nil || !strings.Contains(text, "2 lines") {
		t.Fatalf("got %q, %v", text, err)
	}
	head := regexp.MustCompile(`2:[0-9a-f]{64}`).FindString(text)
	if text, err := runAudit(t, "", "verify", "--database-url", address, "--head", head); err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := runAudit(t, exported, "verify", "--file", "-"); err != nil {
		t.Error(err)
	}
	file := filepath.Join(dir, "audit.jsonl")
	if err := os.WriteFile(file, []byte(strings.Replace(exported, "configure", "consult", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runAudit(t, "", "verify", "--file", file); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a changed file: %v", err)
	}
	db, err := database.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "UPDATE audit_log SET by_name = 'Mallory' WHERE id = 2"); err != nil {
		t.Fatal(err)
	}
	if _, err := runAudit(t, "", "verify", "--database-url", address); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a changed line: %v", err)
	}
	if _, err := runAudit(t, "", "verify", "--database-url", address, "--head", "2"); err == nil || !strings.Contains(err.Error(), "--head") {
		t.Errorf("half a head: %v", err)
	}
}
