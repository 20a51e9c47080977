package figgosync_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A compiler that has 120 packages to compile, or fails; the script is told apart from
// it by its last argument.
const pretendedGo = `#!/bin/sh
if [ "$1" = list ]; then yes x | head -n 120; exit; fi
[ -z "${GO_FAILS:-}" ] || { echo "# example.com/broken"; echo "./broken.go:1:1: syntax error"; exit 1; }
seq 120 | sed 's/^/example.com\/p/'
`

// TestTheBuildTellsHowFarItIs: the script behind make demo works with every awk there is
// on this machine, since distributions differ in theirs, and hands on the compiler's
// errors.
func TestTheBuildTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, awk := range []string{"awk", "mawk", "gawk", "original-awk", "busybox"} {
		path, err := exec.LookPath(awk)
		if err != nil {
			continue
		}
		tried++
		bin := t.TempDir()
		if err := os.WriteFile(filepath.Join(bin, "go"), []byte(pretendedGo), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, "awk")); err != nil {
			t.Fatal(err)
		}
		build := func(more ...string) (string, error) {
			command := exec.Command("deploy/build-standalone.sh", filepath.Join(bin, "out"))
			command.Env = append(append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH")), more...)
			out, err := command.CombinedOutput()
			return string(out), err
		}
		if out, err := build(); err != nil || !strings.Contains(out, "100 of 120 packages compiled\n") || !strings.Contains(out, "120 of 120 packages compiled, linking") {
			t.Errorf("%s: %v\n%s", awk, err, out)
		}
		if out, err := build("GO_FAILS=1"); err == nil || !strings.Contains(out, "broken.go:1:1: syntax error") {
			t.Errorf("%s, a compiler that fails: %v\n%s", awk, err, out)
		}
	}
	if tried == 0 {
		t.Fatal("there is no awk: the build needs one")
	}
}
