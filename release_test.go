package figgosync_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// compilerOfNames writes into the binary what it was to build, instead of building it.
const compilerOfNames = `#!/bin/sh
if [ "$1" = run ]; then echo '{"bomFormat":"CycloneDX"}' >"$(echo "$*" | sed 's/.*-output \([^ ]*\).*/\1/')"; exit; fi
for argument; do [ "$last" = -o ] && out=$argument; last=$argument; done
mkdir -p "$(dirname "$out")"
echo "$GOOS $GOARCH $CGO_ENABLED $*" | sed "s,$out,OUT,; s,$PWD,HERE," >"$out"
`

// releaser is a repository with the script and what it packs, and a compiler that
// takes no time.
type releaser struct {
	*testing.T
	dir, bin string
}

func newReleaser(t *testing.T) *releaser {
	t.Helper()
	for _, program := range []string{"git", "zip", "dpkg-deb", "sha256sum"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") == "true" {
			t.Fatalf("%s is not in PATH", program)
		} else if err != nil {
			t.Skipf("%s is not in PATH", program)
		}
	}
	r := &releaser{t, t.TempDir(), t.TempDir()}
	r.must(os.CopyFS(filepath.Join(r.dir, "deploy"), os.DirFS("deploy")))
	for _, name := range []string{"LICENSE", "README.md", "LISEZMOI.md", "CHANGELOG.md", "figgosync.example.yaml", ".gitignore"} {
		text, err := os.ReadFile(name)
		r.must(errors.Join(err, os.WriteFile(filepath.Join(r.dir, name), text, 0o644)))
	}
	for _, name := range []string{"release.sh", "debian/package.sh"} { // copies are not executable
		r.must(os.Chmod(filepath.Join(r.dir, "deploy", name), 0o755))
	}
	r.must(os.MkdirAll(filepath.Join(r.dir, "standalone"), 0o755))
	r.program("go", compilerOfNames)
	r.git("init", "-q")
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "all")
	return r
}

func (r *releaser) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *releaser) program(name, text string) {
	r.Helper()
	r.must(os.WriteFile(filepath.Join(r.bin, name), []byte(text), 0o755))
}

func (r *releaser) git(arguments ...string) {
	r.Helper()
	command := exec.Command("git", append([]string{"-C", r.dir, "-c", "user.name=x", "-c", "user.email=x@example.com"}, arguments...)...)
	if out, err := command.CombinedOutput(); err != nil {
		r.Fatalf("git %v: %v\n%s", arguments, err, out)
	}
}

// run makes a release in a directory of its own.
func (r *releaser) run(more ...string) (dist, out string, err error) {
	r.Helper()
	dist = filepath.Join(r.TempDir(), "dist")
	command := exec.Command(filepath.Join(r.dir, "deploy", "release.sh"))
	command.Env = append(append(os.Environ(), "PATH="+r.bin+":"+os.Getenv("PATH"), "DIST="+dist), more...)
	text, err := command.CombinedOutput()
	return dist, string(text), err
}

// what one program prints.
func (r *releaser) says(name string, arguments ...string) string {
	r.Helper()
	out, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		r.Fatalf("%s %v: %v\n%s", name, arguments, err, out)
	}
	return string(out)
}

// A release has each binary for each system, whose checksums are the same whenever it is
// made.
func TestReleaseIsCompleteAndReproducible(t *testing.T) {
	t.Parallel()
	r := newReleaser(t)
	dist, out, err := r.run()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := []string{"SHA256SUMS"}
	for _, binary := range []string{"figgosync", "figgosync-standalone"} {
		want = append(want, binary+"_0.0.0-dev.cdx.json")
		for _, arch := range []string{"amd64", "arm64"} {
			name := binary + "_0.0.0-dev_%s_" + arch + "%s"
			want = append(want, fmt.Sprintf(name, "linux", ".tar.gz"), fmt.Sprintf(name, "darwin", ".tar.gz"),
				fmt.Sprintf(name, "windows", ".zip"), binary+"_0.0.0~dev_"+arch+".deb")
		}
	}
	var made []string
	entries, err := os.ReadDir(dist)
	r.must(err)
	for _, entry := range entries {
		made = append(made, entry.Name())
	}
	slices.Sort(want)
	slices.Sort(made)
	if !slices.Equal(made, want) {
		t.Errorf("made %v, want %v", made, want)
	}
	sums := r.says("sh", "-c", "cd "+dist+" && sha256sum --check --strict SHA256SUMS && wc -l <SHA256SUMS")
	if !strings.HasSuffix(strings.TrimSpace(sums), fmt.Sprint(len(want)-1)) {
		t.Errorf("the checksums are not of all: %s", sums)
	}
	again, out, err := r.run("BINARIES=figgosync", "TARGETS=linux/arm64 windows/amd64")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	first := r.says("cat", dist+"/SHA256SUMS")
	for line := range strings.Lines(r.says("cat", again+"/SHA256SUMS")) {
		if !strings.Contains(first, line) {
			t.Errorf("a second time gives another file: %s%s", line, first)
		}
	}
	text := r.says("tar", "-xOzf", dist+"/figgosync_0.0.0-dev_darwin_arm64.tar.gz", "figgosync_0.0.0-dev_darwin_arm64/figgosync")
	if !strings.HasPrefix(text, "darwin arm64 0 build -trimpath") || !strings.Contains(text, "command.released=0.0.0-dev (") {
		t.Errorf("built with %s", text)
	}
	list := r.says("dpkg-deb", "--contents", dist+"/figgosync_0.0.0~dev_arm64.deb")
	for _, path := range []string{"-rwxr-xr-x root/root", "./usr/bin/figgosync\n", "figgosync-api.service", "figgosync-worker.service", "./etc/figgosync/figgosync.env"} {
		if !strings.Contains(list, path) {
			t.Errorf("the package has no %s:\n%s", path, list)
		}
	}
	if strings.Contains(list, "drwx------") {
		t.Errorf("the package closes a directory of the machine:\n%s", list)
	}
	if script := r.says("dpkg-deb", "--info", dist+"/figgosync-standalone_0.0.0~dev_amd64.deb", "prerm"); !strings.Contains(script, "disable --now figgosync-standalone ||") {
		t.Errorf("prerm: %s", script)
	}
}

// A release is of a tagged commit as it stands, with what it brings told, and signed.
func TestReleaseRefuses(t *testing.T) {
	t.Parallel()
	r := newReleaser(t)
	refuses := func(want string, more ...string) {
		t.Helper()
		if _, out, err := r.run(append(more, "RELEASE=1")...); err == nil || !strings.Contains(out, want) {
			t.Errorf("%v, want %q:\n%s", err, want, out)
		}
	}
	refuses("no tag")
	r.git("tag", "v9.9.9")
	refuses("no section [9.9.9]")
	r.git("tag", "-d", "v9.9.9")
	r.git("tag", "v0.1.0")
	refuses("MINISIGN_KEY")
	r.must(os.WriteFile(filepath.Join(r.dir, "new"), nil, 0o644))
	refuses("not committed")
	r.must(os.Remove(filepath.Join(r.dir, "new")))
	r.program("minisign", "#!/bin/sh\necho \"$@\"\ntouch \"$5.minisig\"\n")
	dist, out, err := r.run("RELEASE=1", "MINISIGN_KEY="+filepath.Join(r.dir, "LICENSE"), "BINARIES=figgosync", "TARGETS=linux/amd64")
	if _, missing := os.Stat(dist + "/SHA256SUMS.minisig"); err != nil || missing != nil || !strings.Contains(out, "figgosync_0.1.0_linux_amd64.tar.gz") {
		t.Errorf("%v %v\n%s", err, missing, out)
	}
}

// The services reach nothing of the machine that they do not need: systemd's own tool
// gives them at most 2 of 10, where 10 is a service without any bound.
func TestUnitsAreHardened(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil && os.Getenv("CI") == "true" {
		t.Fatal("systemd-analyze is not in PATH")
	} else if err != nil {
		t.Skip("systemd-analyze is not in PATH")
	}
	units, err := filepath.Glob("deploy/systemd/*.service")
	if err != nil || len(units) != 3 {
		t.Fatalf("%v %v", units, err)
	}
	for _, unit := range units {
		out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", unit, err, out)
		}
		text, err := os.ReadFile(unit)
		if err != nil || !strings.Contains(string(text), "\nUser=figgosync\n") {
			t.Errorf("%s runs as somebody else, or: %v", unit, err)
		}
	}
}
