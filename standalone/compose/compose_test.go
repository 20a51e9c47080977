// Package compose_test checks the Compose files as docker compose config does, with the
// library that Docker Compose itself reads them by: no Docker is needed.
package compose_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
)

// The files: the company's, what publishes Temporal besides, and what watches it.
const (
	company      = "docker-compose.yml"
	temporalPort = "deploy/docker-compose.temporal-port.yml"
	monitoring   = "deploy/docker-compose.monitoring.yml"
)

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
	for _, test := range []struct {
		files    []string
		services int
	}{{[]string{company}, 8}, {[]string{company, temporalPort}, 8}, {[]string{company, monitoring}, 10}} {
		files, project := test.files, loaded(t, nil, test.files...)
		if names := project.ServiceNames(); len(names) != test.services || !slices.Contains(names, "api") || !slices.Contains(names, "worker") {
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
		{[]string{"BIND=0.0.0.0"}, []string{company, monitoring}, map[string]string{
			"api": "0.0.0.0:8080", "temporal-ui": webUI, "prometheus": "127.0.0.1:9091", "grafana": "127.0.0.1:3000",
		}},
	} {
		if diff := cmp.Diff(test.want, publishedPorts(loaded(t, test.environment, test.files...))); diff != "" {
			t.Errorf("%v %v (-want +got):\n%s", test.environment, test.files, diff)
		}
	}
}

// Each service is bounded, may not gain privileges and cannot write its image; no
// password, token or secret stands in a variable.
func TestComposeServicesAreBounded(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile("PASSWORD|PWD|TOKEN|SECRET|DATABASE_URL")
	for _, service := range loaded(t, nil, company, monitoring).Services {
		if service.MemLimit == 0 || service.CPUS == 0 || service.PidsLimit == 0 || service.Logging == nil {
			t.Errorf("%s has no limit of memory, processors, processes or logs", service.Name)
		}
		if !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may gain privileges", service.Name)
		}
		if !service.ReadOnly {
			t.Errorf("%s writes its image", service.Name)
		}
		for name := range service.Environment {
			if secret.MatchString(name) && !strings.HasSuffix(name, "_FILE") {
				t.Errorf("%s: a secret in the variable %s", service.Name, name)
			}
		}
	}
}

// What the API reads from a file is a secret that it is given.
func TestSecretsThatTheAPIReads(t *testing.T) {
	t.Parallel()
	api := loaded(t, nil, company).Services["api"]
	var given []string
	for _, secret := range api.Secrets {
		given = append(given, "/run/secrets/"+secret.Source)
	}
	for _, name := range []string{"FIGGOSYNC_DATABASE_URL_FILE", "FIGGOSYNC_API_TOKEN_FILE", "FIGGOSYNC_OIDC_CLIENT_SECRET_FILE"} {
		if value := api.Environment[name]; value == nil || !slices.Contains(given, *value) {
			t.Errorf("%s names none of %v", name, given)
		}
	}
}

// images are what a project's services run and are built from; what is built here is not
// among them.
func images(project *types.Project) []string {
	var names []string
	for _, service := range project.Services {
		if service.Build == nil {
			names = append(names, service.Image)
			continue
		}
		for _, argument := range service.Build.Args {
			names = append(names, *argument)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// make images-digests asks the registry for each image's digest and writes it to .env,
// where Compose finds it; what else stands there stays.
func TestImagesByDigest(t *testing.T) {
	t.Parallel()
	before := images(loaded(t, nil, company, monitoring))
	directory, digest := t.TempDir(), "sha256:"+strings.Repeat("0a", 32)
	write := func(name, text string) {
		path := filepath.Join(directory, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{company, monitoring, "deploy/images-digests.sh"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, string(text))
	}
	run := func(docker string) (string, error) {
		write("bin/docker", "#!/bin/sh\n"+docker)
		command := exec.Command(filepath.Join(directory, "deploy", "images-digests.sh"))
		command.Env = append(os.Environ(), "PATH="+filepath.Join(directory, "bin")+":"+os.Getenv("PATH"))
		out, err := command.CombinedOutput()
		return string(out), err
	}
	write(".env", "BIND=127.0.0.1\nPOSTGRESQL_IMAGE=mirror.example.com/postgres:17.6@sha256:old\n")
	if out, err := run("exit 1"); err == nil || !strings.Contains(read(t, directory, ".env"), "sha256:old") {
		t.Fatalf("a registry that does not answer changes .env: %s", out)
	}
	for range 2 {
		if out, err := run("case $* in *@*) exit 1;; esac; echo " + digest); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	var environment []string
	for line := range strings.Lines(read(t, directory, ".env")) {
		environment = append(environment, strings.TrimSpace(line))
	}
	after := images(loaded(t, environment, company, monitoring))
	for i, image := range after {
		want := before[i] + "@" + digest
		if strings.HasPrefix(before[i], "postgres:") {
			continue
		}
		if !slices.Contains(after, want) {
			t.Errorf("%s is not among %v", want, after)
		}
		if !strings.HasSuffix(image, "@"+digest) {
			t.Errorf("%s starts by its tag", image)
		}
	}
	if !slices.Contains(after, "mirror.example.com/postgres:17.6@"+digest) || len(after) != len(before) {
		t.Errorf("the images are %v", after)
	}
	if len(environment) != len(before)+1 || environment[0] != "BIND=127.0.0.1" {
		t.Errorf(".env is %q", environment)
	}
}

// A Dockerfile names no image but those that can be pinned.
func TestDockerfileIsPinnable(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(read(t, "..", "..", "Dockerfile")) {
		if strings.HasPrefix(line, "FROM") && !strings.Contains(line, "$BUILD_IMAGE") && !strings.Contains(line, "$BASE_IMAGE") {
			t.Errorf("%s: an image that nothing pins", line)
		}
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
