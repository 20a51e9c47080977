package command_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
)

// A link leads to where figgosync runs, or last ran, with these settings.
func TestSignInLinkLeadsToTheLastAddress(t *testing.T) {
	directory := t.TempDir()
	link := func(want string, args ...string) {
		t.Helper()
		out := good(t, "/sign-in/link#")(figgosync(t, "", append([]string{"sign-in-link", "--data-dir", directory}, args...)...))
		if !strings.HasPrefix(out, want+"/sign-in/link#") {
			t.Errorf("%s, want %s/...", out, want)
		}
	}
	ran := func(address string) {
		t.Helper()
		flags := command.SettingsFlags{DatabaseURL: "sqlite:" + filepath.Join(directory, command.DatabaseName)}
		opened, err := flags.Open(t.Context(), false, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		if address != "" {
			if err := opened.RememberAddress(address); err != nil {
				t.Fatal(err)
			}
		}
	}
	ran("")
	link("http://127.0.0.1:8080")
	ran("http://127.0.0.1:18080")
	link("http://127.0.0.1:18080")
	ran("https://figgosync.example.com/")
	link("https://figgosync.example.com")
	link("https://other.example.com", "--public-url", "https://other.example.com")
	if info, err := os.Stat(filepath.Join(directory, "address")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}
