package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// startable is a product that could start: the tests below each spoil one thing.
type startable struct {
	dir, config, listen string
	grpc, webUI         int
	more                []string
}

func (s startable) up() []string {
	return append([]string{
		"up", "--config", s.config, "--data-dir", s.dir, "--listen", s.listen, "--temporal-port", strconv.Itoa(s.grpc),
		"--temporal-web-ui-port", strconv.Itoa(s.webUI), "--allow-insecure-endpoints",
	}, s.more...)
}

func newStartable(t *testing.T, config string) startable {
	t.Helper()
	return startable{
		dir: filepath.Join(t.TempDir(), "data"), config: config, listen: loopback(freePort(t)), grpc: freePort(t), webUI: freePort(t),
	}
}

// What keeps the product from starting is told in one sentence, and nothing is
// left running.
func TestWhatKeepsItFromStarting(t *testing.T) {
	t.Parallel()
	p, _ := StartProduct(t)
	for name, c := range map[string]struct {
		spoil func(*testing.T, *startable)
		say   []string
	}{
		"the API's port is taken": {
			func(t *testing.T, s *startable) { s.listen = loopback(occupied(t)) }, []string{"is taken", "127.0.0.1:", "--listen"},
		},
		"Temporal's port is taken": {
			func(t *testing.T, s *startable) { s.grpc = occupied(t) }, []string{"port", "is taken", "--temporal-port"},
		},
		"the Web UI's port is taken": {
			func(t *testing.T, s *startable) { s.webUI = occupied(t) }, []string{"port", "is taken", "--temporal-web-ui-port"},
		},
		"two parts want one port": {
			func(_ *testing.T, s *startable) { s.webUI = s.grpc }, []string{"port", "twice"},
		},
		"an address that is none": {
			func(_ *testing.T, s *startable) { s.listen = "nowhere" }, []string{"nowhere"},
		},
		"a file where the data directory should be": {
			func(t *testing.T, s *startable) { s.dir = file(t, "data", "not a directory") }, []string{"data directory"},
		},
		"a place where nothing can be made": {
			func(_ *testing.T, s *startable) { s.dir = "/proc/figgosync-data" }, []string{"data directory", "/proc/figgosync-data"},
		},
		"the data directory of one that runs": {
			func(_ *testing.T, s *startable) { s.dir = p.DataDir }, []string{"in use by another figgosync", "--data-dir"},
		},
		"no settings file": {
			func(_ *testing.T, s *startable) { s.config = "missing.yaml" }, []string{"missing.yaml", "--config"},
		},
		"a settings file that is no YAML": {
			func(t *testing.T, s *startable) { s.config = file(t, "bad.yaml", "sources:\n\t- nothing\n") }, []string{"bad.yaml:2"},
		},
		"a settings file with a mistake": {
			func(t *testing.T, s *startable) { s.config = misspelt(t, s.config) }, []string{"wrong.yaml:", "webhookSecrets"},
		},
		"a log level that is none": {
			func(_ *testing.T, s *startable) { s.more = []string{"--log-level", "loud"} }, []string{"--log-level", "loud", "debug"},
		},
		"a log format that is none": {
			func(_ *testing.T, s *startable) { s.more = []string{"--log-format", "xml"} }, []string{"--log-format", "xml", "json"},
		},
		"a flag that is none": {
			func(_ *testing.T, s *startable) { s.more = []string{"--fast"} }, []string{"--fast"},
		},
		"a payload keyset that is none": {
			func(t *testing.T, s *startable) { put(t, s.dir, "payload-keyset.json", []byte("{}")) }, []string{"payload-keyset.json"},
		},
		"a database that is none": {
			func(t *testing.T, s *startable) {
				put(t, s.dir, "temporal.db", bytes.Repeat([]byte("no database "), 1000))
			}, []string{"temporal.db", "is damaged", "backup"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStartable(t, p.Config)
			c.spoil(t, &s)
			checkRefusal(t, runToEnd(t, s.up()...), c.say...)
			for what, port := range map[string]int{"Temporal": s.grpc, "the Web UI": s.webUI} {
				if !strings.Contains(name, "port") && answers(port) {
					t.Errorf("%s still listens", what)
				}
			}
		})
	}
	t.Run("a settings file with many mistakes", func(t *testing.T) {
		s := newStartable(t, p.Config)
		s.more = []string{"--allow-insecure-endpoints=false"}
		everyMistakeIsTold(t, runToEnd(t, s.up()...))
	})
	t.Run("the sandbox's port is taken", func(t *testing.T) {
		s := newStartable(t, "")
		checkRefusal(t, runToEnd(t, "demo", "--data-dir", s.dir, "--listen", s.listen, "--temporal-port", strconv.Itoa(s.grpc),
			"--temporal-web-ui-port", strconv.Itoa(s.webUI), "--sandbox-listen", loopback(occupied(t))), "is taken", "--sandbox-listen")
	})
	t.Run("it runs on untouched", func(t *testing.T) {
		if _, err := p.Absence("nobody", "en"); err == nil || !strings.Contains(err.Error(), "status 404") {
			t.Errorf("asked about an unknown absence: %v, want 404", err)
		}
	})
	p.Stop()
	for _, keep := range []int{0, 100, 4096, 50_000} {
		t.Run(fmt.Sprintf("a database of which %d bytes are left", keep), func(t *testing.T) {
			s := newStartable(t, p.Config)
			whole, err := os.ReadFile(filepath.Join(p.DataDir, "temporal.db"))
			if err != nil {
				t.Fatal(err)
			}
			put(t, s.dir, "temporal.db", whole[:keep])
			checkRefusal(t, runToEnd(t, s.up()...), "temporal.db", "damaged", "backup")
		})
	}
}

// everyMistakeIsTold checks that all http addresses of the settings and the secrets
// that everybody knows are told at once, each on a line with its place.
func everyMistakeIsTold(t *testing.T, o outcome) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(strings.TrimPrefix(o.stderr, "figgosync-standalone: ")), "\n")
	const addresses, guessable = 8, 2
	if o.code != 1 || len(lines) != addresses+guessable {
		t.Errorf("exit code %d and %d lines, want 1 and %d:\n%s", o.code, len(lines), addresses+guessable, o.stderr)
	}
	said := map[string]int{}
	for _, line := range lines {
		if !strings.HasPrefix(strings.TrimSpace(line), "figgosync.yaml:") {
			t.Errorf("the line %q does not tell its place", line)
		}
		for _, word := range []string{"https", "random characters"} {
			if strings.Contains(line, word) {
				said[word]++
			}
		}
	}
	if said["https"] != addresses || said["random characters"] != guessable {
		t.Errorf("told %v, want https %d times and random characters %d times", said, addresses, guessable)
	}
}

// checkRefusal checks that the product refused with one sentence.
func checkRefusal(t *testing.T, o outcome, say ...string) {
	t.Helper()
	if o.code != 1 {
		t.Errorf("exit code %d, want 1", o.code)
	}
	lines := slices.DeleteFunc(strings.Split(o.stderr, "\n"), func(line string) bool { return line == "" })
	if len(lines) != 1 || !strings.HasPrefix(o.stderr, "figgosync-standalone: ") {
		t.Errorf("stderr has %d lines, want one that begins with figgosync-standalone:", len(lines))
	}
	for _, words := range say {
		if !strings.Contains(o.stderr, words) {
			t.Errorf("it does not say %q", words)
		}
	}
	if strings.Contains(o.stderr, "demo-") {
		t.Error("it tells a secret")
	}
	if o.stdout != "" {
		t.Errorf("it printed %q", o.stdout)
	}
	if t.Failed() {
		t.Logf("after %v, stderr:\n%s", o.took, tail(o.stderr, 30))
	}
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	return put(t, t.TempDir(), name, []byte(content))
}

func put(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// misspelt is the settings file with one key misspelt.
func misspelt(t *testing.T, config string) string {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(text), "webhookSecret:", "webhookSecrets:", 1)
	if wrong == string(text) {
		t.Fatal("the settings have no webhookSecret to misspell")
	}
	return file(t, "wrong.yaml", wrong)
}
