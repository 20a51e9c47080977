package figgosync_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// What the look for vulnerabilities cannot do, or not read, or finds and nobody bears, ends
// the build; nothing of it is skipped.
func TestVulnerabilitiesEndTheBuild(t *testing.T) {
	t.Parallel()
	const (
		ofTheToolchain = "=== Module Results ===\n\nVulnerability #1: GO-2026-0001\n    Text\n  Standard library\n    Found in: stdlib@go1.26.8\n"
		ofAModule      = "=== Module Results ===\n\nVulnerability #1: GO-2026-0002\n    Text\n  Module: example.com/m\n    Found in: example.com/m@v1.0.0\n"
	)
	for name, test := range map[string]struct {
		output string
		status int
		good   bool
	}{
		"nothing found":                {"No vulnerabilities found.\n", 0, true},
		"of the toolchain only":        {ofTheToolchain, 3, true},
		"of a module":                  {ofAModule, 3, false},
		"of a module, borne":           {ofAModule, 3, true},
		"found, in words nobody read":  {"2 vulnerabilities\n", 3, false},
		"the database does not answer": {"govulncheck: fetching vulnerabilities: 503\n", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := "# none\n"
			if name == "of a module, borne" {
				known = "GO-2026-0002 example.com/m: why\n"
			}
			root := t.TempDir()
			script, err := os.ReadFile(filepath.Join("deploy", "vulnerabilities.sh"))
			if err != nil {
				t.Fatal(err)
			}
			write := func(path, text string) {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			write("deploy/vulnerabilities.sh", string(script))
			write("deploy/known-vulnerabilities", known)
			write("standalone/go.mod", "module x\n")
			write("found", test.output)
			// A go that installs a checker which says what the test wants.
			write("bin/go", "#!/bin/sh\nprintf '#!/bin/sh\\ncat \""+root+"/found\"; exit "+strconv.Itoa(test.status)+
				"\\n' >\"$GOBIN/govulncheck\" && chmod +x \"$GOBIN/govulncheck\"\n")
			command := exec.Command("bash", filepath.Join(root, "deploy", "vulnerabilities.sh"))
			command.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"), "VULNDB=file:///nowhere")
			output, err := command.CombinedOutput()
			if good := err == nil; good != test.good {
				t.Errorf("good is %t, want %t: %v\n%s", good, test.good, err, output)
			}
		})
	}
}
