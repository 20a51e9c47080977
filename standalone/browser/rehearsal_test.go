package browser_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// apiToken opens the API of the products under test to machines.
const apiToken = "browser-tests-kq3vTz8mWp2hYb7dRn5xJc9g"

// rehearsal is one figgosync on an empty data directory, and a sandbox outside of
// it.
type rehearsal struct {
	t       *testing.T
	URL     string // of figgosync
	Sandbox string // of the sandbox
	DataDir string
	GRPC    int
	Secrets *secrets

	up      *process
	sandbox *process
	given   credentials
}

// running bounds how many there are at once: each is a whole Temporal server.
var running = make(chan struct{}, 2)

// newRehearsal starts both. more are further arguments of `up`; without any it is
// told that the sandbox may be reached by plain HTTP.
func newRehearsal(t *testing.T, more ...string) *rehearsal {
	t.Helper()
	running <- struct{}{}
	t.Cleanup(func() { <-running })
	if more == nil {
		more = []string{"--allow-insecure-endpoints"}
	}
	api, desk, home := freePort(t), freePort(t), t.TempDir()
	r := &rehearsal{
		t: t, URL: "http://" + loopback(api), Sandbox: "http://" + loopback(desk), GRPC: freePort(t),
		DataDir: filepath.Join(t.TempDir(), "data"), Secrets: &secrets{},
	}
	r.Secrets.add("fixed API token", apiToken)
	r.startSandbox(home, desk)
	r.startProduct(home, api, more...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the product's log ends with:\n%s", tail(r.up.log.String(), 40))
		}
	})
	return r
}

func (r *rehearsal) startSandbox(home string, port int) {
	r.t.Helper()
	file := filepath.Join(home, "sandbox.yaml")
	r.sandbox = start(r.t, home, nil, "sandbox", "--listen", loopback(port), "--webhooks", r.URL, "--write-settings", file)
	r.waitFor(r.sandbox, r.Sandbox+"/sandbox/employees")
	text, err := os.ReadFile(file)
	for range 100 { // it is written a moment after the sandbox answers
		if err == nil && len(text) > 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
		text, err = os.ReadFile(file)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &r.given); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rehearsal) startProduct(home string, port int, more ...string) {
	r.t.Helper()
	args := []string{
		"up", "--data-dir", r.DataDir, "--listen", loopback(port), "--temporal-port", strconv.Itoa(r.GRPC), "--temporal-web-ui-port", "0",
		"--log-level", "debug", "--public-url", r.URL,
	}
	r.up = start(r.t, home, []string{"FIGGOSYNC_API_TOKEN=" + apiToken}, append(args, more...)...)
	r.waitFor(r.up, r.URL+"/readyz")
}

// waitFor waits until an address answers that all is well.
func (r *rehearsal) waitFor(p *process, address string) {
	r.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if p.ended() {
			r.t.Fatalf("it ended at its start: %v\n%s", p.err, tail(p.log.String(), 30))
		}
		response, err := httpClient.Get(address)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	r.t.Fatalf("%s did not become ready:\n%s", address, tail(p.log.String(), 30))
}

var linkPattern = regexp.MustCompile(`https?://\S+/sign-in/link#\S+`)

// link is the sign-in link that `up` printed at its first start.
func (r *rehearsal) link() string {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if link := linkPattern.FindString(r.up.log.String()); link != "" {
			_, token, _ := strings.Cut(link, "#")
			r.Secrets.add("sign-in link", token, printed)
			return link
		}
	}
	r.t.Fatalf("no sign-in link was printed:\n%s", tail(r.up.log.String(), 30))
	return ""
}

// credentials are those of the sandbox's systems, as its settings file has them.
type credentials struct {
	Sources []struct {
		Host          string `yaml:"host"`
		TokenURL      string `yaml:"tokenUrl"`
		ClientID      string `yaml:"clientId"`
		ClientSecret  string `yaml:"clientSecret"`
		WebhookSecret string `yaml:"webhookSecret"`
		HTTPKey       string `yaml:"httpSynchronizationKey"`
	} `yaml:"sources"`
	Connections []struct {
		Office365 struct {
			TenantID     string `yaml:"tenantId"`
			ClientID     string `yaml:"clientId"`
			ClientSecret string `yaml:"clientSecret"`
			AuthorityURL string `yaml:"authorityUrl"`
			GraphURL     string `yaml:"graphUrl"`
		} `yaml:"office365"`
		Exchange struct {
			URL      string `yaml:"url"`
			Username string `yaml:"username"`
			Password string `yaml:"password"`
		} `yaml:"exchange"`
		Google struct {
			Key         string `yaml:"key"`
			CalendarURL string `yaml:"calendarUrl"`
			TokenURL    string `yaml:"tokenUrl"`
		} `yaml:"google"`
	} `yaml:"connections"`
}

// secrets are the secret texts of a run, by what they are.
type secrets struct {
	mu  sync.Mutex
	all map[string]secret
}

type secret struct {
	text string
	// printed is true for what is printed on the console by design.
	printed bool
}

const printed = true

func (s *secrets) add(what, text string, printed ...bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]secret{}
	}
	s.all[what] = secret{text, len(printed) > 0 && printed[0]}
}
