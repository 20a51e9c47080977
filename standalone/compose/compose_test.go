// Package compose_test checks the Compose files as docker compose config does, with the
// library that Docker Compose itself reads them by: no Docker is needed.
package compose_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
)

// The files: the company's, and what publishes Temporal besides.
const company, temporalPort = "docker-compose.yml", "deploy/docker-compose.temporal-port.yml"

// load copies what the files refer to, makes the secrets, and reads the files with the
// values of .env.example below those of environment. change may alter the company's
// file; nil leaves it.
func load(t *testing.T, environment []string, change func(string) string, files ...string) (*types.Project, error) {
	t.Helper()
	root, directory := filepath.Join("..", ".."), t.TempDir()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.CopyFS(filepath.Join(directory, "deploy"), os.DirFS(filepath.Join(root, "deploy"))))
	for _, name := range []string{company, "Dockerfile", ".env.example"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		must(err)
		if name == company && change != nil {
			changed := change(string(text))
			if changed == string(text) {
				t.Fatal("the change changes nothing")
			}
			text = []byte(changed)
		}
		must(os.WriteFile(filepath.Join(directory, name), text, 0o600))
	}
	if out, err := exec.Command("sh", filepath.Join(directory, "deploy", "make-secrets.sh")).CombinedOutput(); err != nil {
		t.Fatalf("make-secrets.sh: %v\n%s", err, out)
	}
	var paths []string
	for _, file := range files {
		paths = append(paths, filepath.Join(directory, file))
	}
	options, err := cli.NewProjectOptions(paths, cli.WithWorkingDirectory(directory), cli.WithEnv(environment),
		cli.WithEnvFiles(filepath.Join(directory, ".env.example")), cli.WithDotEnv, cli.WithInterpolation(true), cli.WithConsistency(true))
	must(err)
	return options.LoadProject(context.Background())
}

func loaded(t *testing.T, environment []string, files ...string) *types.Project {
	t.Helper()
	project, err := load(t, environment, nil, files...)
	if err != nil {
		t.Fatalf("%v: %v", files, err)
	}
	return project
}

// docker compose config accepts the files, alone and together, and what they mount and
// read is there.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	for _, files := range [][]string{{company}, {company, temporalPort}} {
		project := loaded(t, nil, files...)
		if names := project.ServiceNames(); len(names) != 8 || !slices.Contains(names, "api") || !slices.Contains(names, "worker") {
			t.Errorf("%v: the services are %v", files, names)
		}
		for name, secret := range project.Secrets {
			if _, err := os.Stat(secret.File); err != nil {
				t.Errorf("make-secrets.sh does not make %s: %v", name, err)
			}
		}
		for _, service := range project.Services {
			for _, volume := range service.Volumes {
				if _, err := os.Stat(volume.Source); volume.Type == types.VolumeTypeBind && err != nil {
					t.Errorf("%s mounts %v", service.Name, err)
				}
			}
		}
	}
}

// What docker compose config refuses, this test does too.
func TestMistakesInTheComposeFile(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, new, 1) }
	}
	for name, change := range map[string]func(string) string{
		"an unknown key":      replace("restart: unless-stopped", "restart_when: unless-stopped"),
		"a wrong type":        replace("pids_limit: 300", "pids_limit: many"),
		"an unknown network":  replace("networks: [data]", "networks: [dato]"),
		"an unknown secret":   replace("secrets: [postgres_password]", "secrets: [postgres_pasword]"),
		"an unknown service":  replace("postgresql: {condition", "postgres: {condition"),
		"an unknown volume":   replace("- keyset:", "- keysets:"),
		"a circle of waiting": replace("  postgresql:\n", "  postgresql:\n    depends_on: [worker]\n"),
		"no YAML":             replace("services:", "services"),
	} {
		if _, err := load(t, nil, change, company); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// publishedPorts are the addresses a project publishes, by service.
func publishedPorts(project *types.Project) map[string]string {
	published := map[string]string{}
	for _, service := range project.Services {
		for _, port := range service.Ports {
			published[service.Name] += port.HostIP + ":" + port.Published
		}
	}
	return published
}

// Only the API and the Web UI are published, on this machine; BIND moves the API alone,
// and Temporal is published where somebody asks for it.
func TestWhatComposePublishes(t *testing.T) {
	t.Parallel()
	const api, webUI = "127.0.0.1:8080", "127.0.0.1:8233"
	for _, test := range []struct {
		environment, files []string
		want               map[string]string
	}{
		{nil, []string{company}, map[string]string{"api": api, "temporal-ui": webUI}},
		{[]string{"BIND=0.0.0.0"}, []string{company}, map[string]string{"api": "0.0.0.0:8080", "temporal-ui": webUI}},
		{[]string{"BIND=0.0.0.0"}, []string{company, temporalPort}, map[string]string{"api": "0.0.0.0:8080", "temporal-ui": webUI, "temporal": "127.0.0.1:7233"}},
	} {
		if diff := cmp.Diff(test.want, publishedPorts(loaded(t, test.environment, test.files...))); diff != "" {
			t.Errorf("%v %v (-want +got):\n%s", test.environment, test.files, diff)
		}
	}
}

// Each service is bounded and may not gain privileges; what is ours and the tools cannot
// write their image; no password stands in a variable.
func TestComposeServicesAreBounded(t *testing.T) {
	t.Parallel()
	for _, service := range loaded(t, nil, company).Services {
		if service.MemLimit == 0 || service.CPUS == 0 || service.PidsLimit == 0 || service.Logging == nil {
			t.Errorf("%s has no limit of memory, processors, processes or logs", service.Name)
		}
		if !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may gain privileges", service.Name)
		}
		if slices.Contains([]string{"api", "worker", "databases", "postgresql"}, service.Name) && !service.ReadOnly {
			t.Errorf("%s writes its image", service.Name)
		}
		for name, value := range service.Environment {
			if value != nil && *value != "" && strings.Contains(name, "PASSWORD") && !strings.HasSuffix(name, "_FILE") {
				t.Errorf("%s: a password in the variable %s", service.Name, name)
			}
		}
	}
}
