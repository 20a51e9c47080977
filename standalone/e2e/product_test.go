package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
)

// apiToken opens the admin API of the products under test.
const apiToken = "end-to-end-kq3vTz8mWp2hYb7dRn5xJc9gLf4"

// running bounds how many products there are at once: each is a whole Temporal
// server.
var running = make(chan struct{}, 2)

// Product is one figgosync with a data directory of its own, connected to a World.
type Product struct {
	t       *testing.T
	DataDir string
	Config  string
	API     int // ports
	GRPC    int
	// Command is what is run instead of `up`.
	Command []string
	// More are further arguments of `up`.
	More []string
	// Stored says that the settings are in the database of the data directory.
	Stored bool

	home    string
	log     buffer
	process *process
	posting chan struct{} // one for each delivery under way
}

// NewProduct prepares a product and the world it lives in; nothing runs yet but
// the world. It waits for its turn.
func NewProduct(t *testing.T, more ...string) (*Product, *World) {
	t.Helper()
	running <- struct{}{}
	t.Cleanup(func() { <-running })
	p := &Product{
		t: t, DataDir: filepath.Join(t.TempDir(), "data"), API: freePort(t), GRPC: freePort(t), More: more,
		home: t.TempDir(), posting: make(chan struct{}, atOnce),
	}
	world := NewWorld(t, fmt.Sprintf("http://%s", loopback(p.API)))
	p.Config = filepath.Join(t.TempDir(), "figgosync.yaml")
	if err := os.WriteFile(p.Config, command.DemoSettings(world.Credentials()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.cleanup)
	return p, world
}

// StartProduct is NewProduct, started and ready.
func StartProduct(t *testing.T, more ...string) (*Product, *World) {
	t.Helper()
	p, world := NewProduct(t, more...)
	p.Start()
	return p, world
}

// Arguments are the Command, or those of `up`.
func (p *Product) Arguments() []string {
	if p.Command != nil {
		return p.Command
	}
	arguments := append([]string{
		"up", "--data-dir", p.DataDir, "--listen", loopback(p.API),
		"--temporal-port", strconv.Itoa(p.GRPC), "--temporal-web-ui-port", "0", "--allow-insecure-endpoints",
	}, p.More...)
	if p.Stored {
		return arguments
	}
	return append(arguments, "--config", p.Config)
}

// Start starts the product and returns once it is ready.
func (p *Product) Start() {
	p.t.Helper()
	p.begin()
	p.waitReady()
}

// begin starts the product and does not wait.
func (p *Product) begin() {
	p.t.Helper()
	cmd := exec.Command(binary, p.Arguments()...)
	cmd.Dir, cmd.Env = p.home, environment(p.home, "FIGGOSYNC_API_TOKEN="+apiToken)
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	started, err := startProcess(cmd)
	if err != nil {
		p.t.Fatal(err)
	}
	p.process = started
}

func (p *Product) waitReady() {
	p.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(25 * time.Millisecond) {
		if p.process.ended() {
			p.t.Fatalf("the product ended at its start: %v", p.process.err)
		}
		response, err := httpClient.Get(p.URL("/readyz"))
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	p.t.Fatal("the product did not become ready")
}

// Kill ends the product without a warning.
func (p *Product) Kill() {
	p.t.Helper()
	p.process.signal(syscall.SIGKILL)
	if !p.process.waitEnded(10 * time.Second) {
		p.t.Fatal("the killed product still runs")
	}
}

// Stop asks the product to end and checks that it does so cleanly: in time, with
// exit code 0, and with nothing left behind.
func (p *Product) Stop() {
	p.t.Helper()
	start := time.Now()
	p.process.signal(syscall.SIGTERM)
	if !p.process.waitEnded(15 * time.Second) {
		p.t.Error("the product did not end within 15 s of SIGTERM")
		p.Kill()
		return
	}
	p.t.Logf("the product ended %v after SIGTERM", time.Since(start).Round(time.Millisecond))
	if code := p.process.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("exit code %d after SIGTERM, want 0 (%v)", code, p.process.err)
	}
	if p.process.leftovers() {
		p.t.Error("the product left a process behind")
	}
	for _, port := range []int{p.API, p.GRPC} {
		if answers(port) {
			p.t.Errorf("somebody still listens on port %d", port)
		}
	}
}

func (p *Product) cleanup() {
	if p.process != nil && !p.process.ended() {
		p.process.signal(syscall.SIGTERM)
		if !p.process.waitEnded(15 * time.Second) {
			p.t.Error("the product did not end within 15 s of SIGTERM")
			p.process.signal(syscall.SIGKILL)
			<-p.process.done
		}
	}
	if written := filesBelow(p.t, p.home); len(written) > 0 {
		p.t.Errorf("the product wrote outside of its data directory: %v", written)
	}
	if p.t.Failed() {
		p.t.Logf("the product's log:\n%s", tail(p.log.String(), 80))
	}
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return all
}

// URL is an address of the product's API.
func (p *Product) URL(path string) string { return "http://" + loopback(p.API) + path }

// Standing is what the API says of an absence.
type Standing struct {
	Status      string `json:"status"`
	Employee    string `json:"employee"`
	LegalEntity string `json:"legalEntity"`
	Connection  string `json:"connection"`
	Attempt     int32  `json:"attempt"`
	Events      []struct {
		ID string `json:"id"`
	} `json:"events"`
	Trouble *struct {
		Reason string `json:"reason"`
		What   string `json:"what"`
		Do     string `json:"do"`
		Scope  string `json:"scope"`
	} `json:"trouble"`
	NextTry time.Time `json:"nextTry"`
	Story   []struct {
		Event string `json:"event"`
		Kind  string `json:"kind"`
		Text  string `json:"text"`
	} `json:"story"`
	Workflow struct {
		ID      string `json:"id"`
		Running bool   `json:"running"`
	} `json:"workflow"`
}

// Absence asks the API about an absence, in a language.
func (p *Product) Absence(id, language string) (Standing, error) {
	request, err := http.NewRequest(http.MethodGet, p.URL("/api/v1/absences/demo/"+id), nil)
	if err != nil {
		return Standing{}, err
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	request.Header.Set("Accept-Language", language)
	var standing Standing
	return standing, call(request, http.StatusOK, &standing)
}

// WaitStatus waits until the API says that an absence is in a status.
func (p *Product) WaitStatus(t *testing.T, id, status string) Standing {
	t.Helper()
	var standing Standing
	eventually(t, "absence "+id+" is "+status, func() (err error) {
		if standing, err = p.Absence(id, "en"); err != nil {
			return err
		}
		if standing.Status != status {
			return fmt.Errorf("its status is %q, trouble %+v", standing.Status, standing.Trouble)
		}
		return nil
	})
	return standing
}

var httpClient = &http.Client{Timeout: 20 * time.Second}

// call makes a request and reads its JSON answer, which may be nil for none.
func call(request *http.Request, want int, answer any) error {
	response, err := httpClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != want {
		return &statusError{response.StatusCode, fmt.Sprintf("%s %s, want %d: %s", request.Method, request.URL.Path, want, bytes.TrimSpace(body))}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(body, answer)
}

// statusError is an answer with another status than was wanted.
type statusError struct {
	status int
	what   string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.what) }

// timeout is how long a test waits for what must come: long, because the
// machine may be busy and a killed process's work is only taken up again after
// its heartbeat has been missed.
const timeout = 90 * time.Second

// eventually waits until check finds no fault.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	eventuallyWithin(t, timeout, what, check)
}

// eventuallyWithin is for what takes long on a busy machine.
func eventuallyWithin(t *testing.T, atMost time.Duration, what string, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(atMost); time.Now().Before(deadline); time.Sleep(40 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("waited in vain until %s: %v", what, err)
}
