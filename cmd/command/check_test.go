package command_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/sandbox"
)

// rehearse starts a sandbox and returns the path of settings for it, with words
// replaced in pairs.
func rehearse(t *testing.T, replace ...string) string {
	t.Helper()
	var world *sandbox.Sandbox
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { world.Handler().ServeHTTP(w, r) }))
	world, err := sandbox.New(sandbox.Config{BaseURL: "http://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.ConnContext = world.ConnContext
	server.Start()
	t.Cleanup(func() { server.Close(); world.Close() })
	path := filepath.Join(t.TempDir(), "figgosync.yaml")
	text := strings.NewReplacer(replace...).Replace(string(command.DemoSettings(world.Credentials())))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run executes a command line and returns its exit code and output.
func run(t *testing.T, args ...string) (code int, output string) {
	t.Helper()
	var out bytes.Buffer
	root := command.Root("figgosync")
	root.SetOut(&out)
	root.SetArgs(args)
	code = command.Execute(root)
	return code, out.String()
}

func TestCheckHere(t *testing.T) {
	settings := rehearse(t)
	for connection, mailbox := range map[string]string{
		"demo-office365": "jane.doe@example.com", "demo-exchange": "lukas.baumann@example.com", "demo-google": "melissa.payet@example.com",
	} {
		check := func(mailbox string, more ...string) (int, string) {
			return run(t, append([]string{"check", connection, "--config", settings, "--allow-insecure-endpoints", "--local", "--mailbox", mailbox}, more...)...)
		}
		code, output := check(mailbox, "--probe", "--lang", "en")
		if code != 0 || strings.Count(output, "✓") != 6 || strings.Contains(output, "✗") {
			t.Errorf("%s: exit %d\n%s", connection, code, output)
		}
		code, output = check("nobody@example.com", "--lang", "fr")
		if code != 2 || strings.Count(output, "✗ Boîte aux lettres") != 1 || !strings.Contains(output, "    → ") {
			t.Errorf("%s: exit %d\n%s", connection, code, output)
		}
		code, output = check("nobody@example.com", "--json", "--lang", "en")
		var report api.CheckReport
		if err := json.Unmarshal([]byte(output), &report); err != nil || code != 2 || report.OK || report.Connection != connection || len(report.Steps) != 7 {
			t.Errorf("%s: exit %d, %v\n%s", connection, code, err, output)
		}
	}
}

func TestCheckTellsAWrongSecret(t *testing.T) {
	settings := rehearse(t, "demo-exchange-password", "wrong-password")
	code, output := run(t, "check", "demo-exchange", "--config", settings, "--allow-insecure-endpoints", "--local", "--mailbox", "lukas.baumann@example.com", "--lang", "en")
	if code != 2 || !strings.Contains(output, "(password-wrong)") || strings.Contains(output, "wrong-password") {
		t.Errorf("exit %d\n%s", code, output)
	}
}

func TestCheckThatCannotBegin(t *testing.T) {
	settings := rehearse(t)
	for name, args := range map[string][]string{
		"no mailbox":         {"demo-google"},
		"no address":         {"demo-google", "--mailbox", "jane"},
		"no connection":      {"--mailbox", "jane.doe@example.com"},
		"unknown connection": {"other", "--mailbox", "jane.doe@example.com"},
		"unknown language":   {"demo-google", "--mailbox", "jane.doe@example.com", "--lang", "de"},
		"no Temporal":        {"demo-google", "--mailbox", "jane.doe@example.com", "--temporal-address", "127.0.0.1:1"},
		"no keyset":          {"demo-google", "--mailbox", "jane.doe@example.com", "--payload-keyset", settings + ".keyset"},
	} {
		if code, output := run(t, append([]string{"check", "--config", settings, "--allow-insecure-endpoints"}, args...)...); code != 1 || output != "" {
			t.Errorf("%s: exit %d\n%s", name, code, output)
		}
	}
	if _, err := os.Stat(settings + ".keyset"); err == nil {
		t.Error("a keyset was made, with which nobody can read the answer")
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"": true, "https://figgosync.example.com": true, "https://example.com/figgosync/": true, "http://localhost:8080": true, "http://127.0.0.1:8080": true,
		"http://figgosync.example.com": false, "figgosync.example.com": false, "https://u:p@example.com": false, "https://example.com/?x": false, "ftp://localhost": false,
	} {
		if err := command.CheckPublicURL(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
