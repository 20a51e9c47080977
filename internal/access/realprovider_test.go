package access_test

import (
	"bufio"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/access"
)

// oidcProviderVersion is the npm package that the tests sign in with: a
// certified OpenID provider.
const oidcProviderVersion = "8.8.1"

const (
	clientID     = "figgosync"
	clientSecret = "a client secret: with % and +"
)

// realProvider is a running provider.
type realProvider struct {
	issuer string
	output *safeBuffer
}

// providerSettings are what oidc-server.mjs takes.
type providerSettings struct {
	Issuer              string                    `json:"issuer"`
	ClientID            string                    `json:"clientID"`
	ClientSecret        string                    `json:"clientSecret"`
	AuthMethod          string                    `json:"authMethod"`
	Redirect            string                    `json:"redirect"`
	PostLogout          string                    `json:"postLogout"`
	RolesInUserinfoOnly bool                      `json:"rolesInUserinfoOnly"`
	Accounts            map[string]map[string]any `json:"accounts"`
}

// startProvider starts a provider for a house at the address public, until the
// test ends.
func startProvider(t *testing.T, public string, change func(*providerSettings)) *realProvider {
	t.Helper()
	node, entry := oidcProvider(t)
	p := &realProvider{issuer: "http://" + freeAddress(t), output: &safeBuffer{}}
	config := providerSettings{
		Issuer: p.issuer, ClientID: clientID, ClientSecret: clientSecret, AuthMethod: "client_secret_basic",
		Redirect: public + "/sign-in/oidc/callback", PostLogout: public + "/sign-in",
		Accounts: map[string]map[string]any{
			"subject-alice": {"name": "Alice Atkins", "email": "alice@example.com", "roles": []string{"other", "figgosync.configure"}},
			"subject-bob":   {"name": "Bob Brown", "email": "bob@example.com", "roles": "figgosync.consult"},
			"subject-carol": {"name": "Carol Clark", "email": "carol@example.com", "roles": []string{"other"}},
		},
	}
	if change != nil {
		change(&config)
	}
	argument, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(node, filepath.Join("testdata", "oidc-server.mjs"), entry, string(argument))
	command.Stderr = p.output
	stdin, err := command.StdinPipe() // its end tells the provider to stop, even if this process is killed
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	ready := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		ready <- line
	}()
	select {
	case line := <-ready:
		if line != "ready\n" {
			t.Fatalf("the OpenID provider did not start: %s", p.output)
		}
	case <-time.After(time.Minute):
		t.Fatalf("the OpenID provider did not start within a minute: %s", p.output)
	}
	return p
}

// freeAddress is a local address that nobody listens on, below the ports that outgoing
// connections get: another test's may take one of those meanwhile.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(10000+rand.IntN(2000)))
		if err == nil {
			_ = listener.Close()
			return listener.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// installed is what oidcProvider found, once for all tests.
var installed = sync.OnceValues(func() (node string, missing error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(providerEntry()); err == nil {
		return node, nil
	}
	return node, install()
})

// oidcProvider returns node and the package's entry file. Tests are skipped where
// there is no Node.js or the package cannot be fetched; they fail where the
// environment variable CI is true.
func oidcProvider(t *testing.T) (node, entry string) {
	t.Helper()
	node, err := installed()
	if err != nil {
		message := "this test signs in at a real OpenID provider, which needs Node.js 18 or later and the npm package oidc-provider@" + oidcProviderVersion + ": " + err.Error()
		if os.Getenv("CI") == "true" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	return node, providerEntry()
}

func providerDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "figgosync-test-npm", "oidc-provider-"+oidcProviderVersion)
}

func providerEntry() string {
	return filepath.Join(providerDir(), "node_modules", "oidc-provider", "lib", "index.js")
}

// install fetches the package into a directory of its own, which then gets its
// name at once: another test run sees all of it or nothing.
func install() error {
	parent := filepath.Dir(providerDir())
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, "install-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", work, "oidc-provider@"+oidcProviderVersion)
	npm.Dir = work
	npm.WaitDelay = 5 * time.Second
	if output, err := npm.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return &installError{lines[len(lines)-1], err}
	}
	if err := os.Rename(work, providerDir()); err != nil {
		if _, there := os.Stat(providerEntry()); there == nil {
			return nil // another run was first
		}
		return err
	}
	return nil
}

type installError struct {
	line string
	err  error
}

func (e *installError) Error() string { return "npm install: " + e.err.Error() + ": " + e.line }

// real starts a house and a provider that know each other.
func real(t *testing.T, h func(change func(*access.Config)) *house, change func(*providerSettings)) (*house, *realProvider) {
	t.Helper()
	var p *realProvider
	opened := h(func(c *access.Config) {
		p = startProvider(t, c.PublicURL, change)
		c.OIDC = &access.OIDC{
			Issuer: p.issuer, ClientID: clientID, ClientSecret: clientSecret, AllowInsecure: true, Name: "Example",
			ConfigureValues: []string{"figgosync.configure"}, ConsultValues: []string{"figgosync.consult"},
		}
	})
	opened.secret(clientSecret)
	return opened, p
}
