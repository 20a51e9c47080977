package command_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/internal/settings/stored"
)

// Both keysets are made for their owner alone and open, and nothing is ever replaced.
func TestKeysetsAreMadeOnce(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	settings, payload := filepath.Join(directory, "settings.json"), filepath.Join(directory, "payload.json")
	run := func(args ...string) error {
		root := command.Root("figgosync")
		root.SetArgs(append([]string{"make-keysets"}, args...))
		root.SetOut(new(bytes.Buffer))
		return root.ExecuteContext(t.Context())
	}
	both := []string{"--settings-keyset", settings, "--payload-keyset", payload}
	if err := run(both...); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{settings, payload} {
		if err := database.Private(path); err != nil {
			t.Error(err)
		}
	}
	if _, err := stored.ReplaceSeal(t.Context(), settings, ""); err != nil {
		t.Error(err)
	}
	if _, err := (engine.Keyset{Path: payload}).Open(t.Context()); err != nil {
		t.Error(err)
	}
	before, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(payload); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{both, both[:2], both[2:], {"--settings-keyset", payload, "--payload-keyset", payload}} {
		if err := run(args...); err == nil {
			t.Errorf("%v: made", args)
		}
	}
	after, err := os.ReadFile(settings)
	if _, missing := os.Stat(payload); err != nil || missing == nil || !bytes.Equal(before, after) || !strings.Contains(string(after), "primaryKeyId") {
		t.Errorf("a refusal made or replaced something: %v, %v", err, missing)
	}
}
