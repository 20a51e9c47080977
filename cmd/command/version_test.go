package command_test

import (
	"bytes"
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
)

// The command version and the flag --version say the same.
func TestVersion(t *testing.T) {
	t.Parallel()
	printed := func(args ...string) string {
		var out bytes.Buffer
		root := command.Root("figgosync")
		root.SetArgs(args)
		root.SetOut(&out)
		if code := command.Execute(root); code != 0 {
			t.Fatalf("%v: exit code %d", args, code)
		}
		return out.String()
	}
	if command, flag := printed("version"), printed("--version"); command != flag || command == "" {
		t.Errorf("version prints %q, --version %q", command, flag)
	}
}
