package command_test

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
)

const importFile = `
sources:
  - {name: acme, host: "https://acme.ilucca.net", clientId: id, clientSecret: hunter2-client}
connections:
  - {name: factory, provider: exchange, exchange: {url: "https://mail.acme.example/ews", username: sync, password: hunter2-exchange}}
synchronizations:
  - {name: main, source: acme, connection: factory, legalEntities: [1], zone: Europe/Paris}
`

// figgosync runs the command with arguments and no terminal.
func figgosync(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	root := command.Root("figgosync")
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	if text := out.String(); strings.Contains(text, "hunter2") || err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret is shown: %s %v", text, err)
	}
	return out.String(), err
}

// good fails for an error, and where the output lacks a part.
func good(t *testing.T, parts ...string) func(string, error) string {
	t.Helper()
	return func(out string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(out, part) {
				t.Errorf("%q is not in\n%s", part, out)
			}
		}
		return out
	}
}

func bad(t *testing.T, part string) func(string, error) {
	t.Helper()
	return func(out string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v and\n%s", err, out)
		}
	}
}

func TestSettingsInADatabase(t *testing.T) {
	t.Chdir(t.TempDir())
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		dir := t.TempDir()
		flags := []string{"--database-url", address, "--settings-keyset", filepath.Join(dir, "keyset.json")}
		do := func(stdin string, args ...string) (string, error) {
			return figgosync(t, stdin, append(append([]string{"settings"}, args...), flags...)...)
		}
		bad(t, "migrations behind: run figgosync settings migrate")(do("", "check"))
		good(t, " migrations applied.")(do("", "migrate"))
		good(t, ": 0 migrations applied.")(do("", "migrate"))
		good(t, "is good: 0 synchronizations.")(do("", "check"))

		path := filepath.Join(dir, "figgosync.yaml")
		if err := os.WriteFile(path, []byte(importFile), 0o600); err != nil {
			t.Fatal(err)
		}
		bad(t, "add --yes")(do("y\n", "import", path))
		good(t, "+ source acme\n", "    clientSecret: [secret]\n", "Done: 3.")(do("", "import", path, "--yes"))
		good(t, "Nothing to change.")(do("", "import", path))
		good(t, "is good: 1 synchronizations.")(do("", "check"))

		text := good(t, "host: https://acme.ilucca.net", "left out: clientSecret")(do("", "export"))
		changed := strings.Replace(text, "label: Absent", "label: Away", 1)
		good(t, "~ synchronization main\n    policy.label: Absent -> Away\nDone: 1.")(do(changed, "import", "-", "--yes"))
		bad(t, "synchronization main: source: There is no source “other”.")(do(strings.Replace(text, "source: acme", "source: other", 1), "import", "-", "--yes"))
		good(t, "- synchronization main")(do("timings: {}", "import", "-", "--yes", "--prune"))
		good(t, "Done: 3.")(do(importFile, "import", "-", "--yes"))

		good(t, "A new key was added: 2 secrets")(do("", "rotate-key"))
		good(t, "Old keys were removed: 2 secrets")(do("", "rotate-key", "--drop-old"))
		good(t, "nothing was removed")(do("", "rotate-key", "--discard-unreadable"))
		if err := os.Remove(filepath.Join(dir, "keyset.json")); err != nil {
			t.Fatal(err)
		}
		bad(t, "restore the keyset file from a backup; where it is lost, run figgosync settings rotate-key --discard-unreadable and fill in anew the secrets of: connection factory, source acme")(do("", "check"))
		good(t, "Fill in anew the secrets of: connection factory, source acme")(do("", "rotate-key", "--discard-unreadable"))
		bad(t, "source acme: clientSecret: This field is required.")(do("", "check"))
		good(t, "clientSecret: [secret]", "exchange.password: [secret]")(do(importFile, "import", "-", "--yes"))
		good(t, "is good: 1 synchronizations.")(do("", "check"))
	})
}

func TestSettingsInAFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	bad(t, "there are no settings: name a database with --database-url")(figgosync(t, "", "settings", "check"))
	bad(t, "there is no settings file other.yaml")(figgosync(t, "", "settings", "check", "--config", "other.yaml"))
	if err := os.WriteFile("figgosync.yaml", []byte(importFile), 0o600); err != nil {
		t.Fatal(err)
	}
	good(t, "figgosync.yaml is good: 1 synchronizations.")(figgosync(t, "", "settings", "check"))
	good(t, "left out: exchange.password")(figgosync(t, "", "settings", "export"))
	for _, args := range [][]string{{"import", "figgosync.yaml"}, {"migrate"}, {"rotate-key"}, {"rotate-key", "--discard-unreadable"}} {
		bad(t, "the settings are in a file: name a database")(figgosync(t, "", append([]string{"settings"}, args...)...))
	}
	bad(t, "settings are in one place")(figgosync(t, "", "settings", "check", "--config", "figgosync.yaml", "--database-url", "sqlite:x.db"))
	bad(t, "--settings-keyset is missing")(figgosync(t, "", "settings", "check", "--database-url", "postgres://127.0.0.1:1/x"))
}

func TestSettingsFlags(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	log := slog.New(slog.DiscardHandler)
	open := func(flags *command.SettingsFlags, args ...string) *command.Opened {
		t.Helper()
		set := pflag.NewFlagSet("x", pflag.ContinueOnError)
		flags.Bind(set)
		if err := set.Parse(args); err != nil {
			t.Fatal(err)
		}
		opened, err := flags.Open(t.Context(), false, log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(opened.Close)
		return opened
	}
	opened := open(&command.SettingsFlags{DefaultURL: "sqlite:data/figgosync.db"})
	if opened.Editor == nil || opened.DB == nil {
		t.Fatal("the default database was not opened")
	}
	if _, err := opened.Editor.PutSource(t.Context(), settings.Author{ID: "command"}, settings.Source{Name: "acme", Host: "https://x", ClientID: "a", ClientSecret: "b"}, 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"figgosync.db", "settings-keyset.json"} {
		info, err := os.Stat(filepath.Join(dir, "data", name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := os.WriteFile("figgosync.yaml", []byte(importFile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"--config", "figgosync.yaml"}} {
		if opened := open(&command.SettingsFlags{DefaultURL: "sqlite:data/figgosync.db"}, args...); opened.Editor != nil || opened.DB != nil {
			t.Errorf("%v: the file was not read", args)
		}
	}
	if opened := open(&command.SettingsFlags{}, "--database-url", "sqlite:data/figgosync.db"); opened.Editor == nil {
		t.Error("the database was not opened")
	}
}
