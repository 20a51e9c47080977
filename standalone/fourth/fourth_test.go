// Package fourth_test shows that a calendar system owns itself: one that exists in
// this package only goes through the whole program, which knows nothing of it.
package fourth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/standalone/app"
)

const (
	apiToken = "fourth-system-kq3vTz8mWp2hYb7dRn5xJc9gLf4"
	jane     = "jane.doe@example.com"
)

// file is the settings file, with what the sandbox's Lucca gives.
const file = `sources:
  - name: %[1]s
    host: %[2]s
    tokenUrl: %[3]s
    clientId: %[4]s
    clientSecret: %[5]s
    webhookSecret: %[6]s
    httpSynchronizationKey: %[7]s
connections:
  - name: remembered
    provider: memory
    memory:
      server: https://memory.example.com
      key: a wrong key
synchronizations:
  - {name: remembered, source: %[1]s, connection: remembered, legalEntities: ["1"], zone: Europe/Paris}
`

// product is figgosync in this process, with its database and Temporal server.
type product struct {
	t       *testing.T
	dir     string
	address string
}

func TestAFourthCalendarSystem(t *testing.T) {
	t.Setenv("FIGGOSYNC_API_TOKEN", apiToken)
	p := &product{t: t, dir: filepath.Join(t.TempDir(), "data"), address: freeAddress(t)}
	world, err := command.StartSandbox(freeAddress(t), "http://"+p.address, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	lucca := world.Credentials().Lucca
	text := fmt.Sprintf(file, lucca.Source, lucca.Host, lucca.TokenURL, lucca.ClientID, lucca.ClientSecret, lucca.WebhookSecret, lucca.HTTPSynchronizationKey)
	path := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	p.inTheSettingsFile(path)
	link := p.command("sign-in-link", "--data-dir", p.dir)
	p.up()
	p.inTheAPI()
	p.onThePages(link)
	p.isChecked()
	takesAnAbsence(t, world.URL)
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

// command runs one command and returns what it says.
func (p *product) command(args ...string) string {
	p.t.Helper()
	root := command.Root("figgosync-standalone", app.UpCommand())
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(args)
	if err := root.ExecuteContext(p.t.Context()); err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, &out)
	}
	return out.String()
}

// inTheSettingsFile: it is read, checked by its rules, sealed, and written again.
func (p *product) inTheSettingsFile(path string) {
	p.t.Helper()
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
	database := "sqlite:" + filepath.Join(p.dir, command.DatabaseName)
	said := p.command("settings", "import", "--yes", "--allow-insecure-endpoints", "--database-url", database, path)
	if !strings.Contains(said, "memory.key: [secret]") {
		p.t.Errorf("import: %s", said)
	}
	exported := p.command("settings", "export", "--allow-insecure-endpoints", "--data-dir", p.dir)
	for _, want := range []string{"provider: memory", "memory:", "size: small", "memory.key"} {
		if !strings.Contains(exported, want) || strings.Contains(exported, "a wrong key") {
			p.t.Errorf("export, %s: %s", want, exported)
		}
	}
}

// up starts the product, which ends with the test.
func (p *product) up() {
	p.t.Helper()
	_, port, _ := net.SplitHostPort(freeAddress(p.t))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	root := command.Root("figgosync-standalone", app.UpCommand())
	root.SetOut(io.Discard)
	root.SetArgs([]string{
		"up", "--data-dir", p.dir, "--listen", p.address, "--temporal-port", port, "--temporal-web-ui-port", "0",
		"--allow-insecure-endpoints", "--log-level", "error",
	})
	go func() { ended <- root.ExecuteContext(ctx) }()
	p.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			p.t.Error(err)
		}
	})
	eventually(p.t, "it is ready", func() error {
		answer, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", answer.StatusCode)
		}
		return nil
	})
}

// eventually waits until something is true, for as long as a busy machine may take.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// api makes a call, reads the JSON it answers and returns the version it tells.
func (p *product) api(method, path string, body, answer any, want int) (version string) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+p.address+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPut {
		request.Header.Set("If-Match", p.api(http.MethodGet, path, nil, nil, http.StatusOK))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want {
		p.t.Fatalf("%s %s: %d, %v\n%s", method, path, response.StatusCode, err, got)
	}
	version = response.Header.Get("ETag")
	if answer == nil {
		return version
	}
	if err := json.Unmarshal(got, answer); err != nil {
		p.t.Fatalf("%s %s: %v\n%s", method, path, err, got)
	}
	return version
}

// inTheAPI: its document describes it, and its connection is read.
func (p *product) inTheAPI() {
	p.t.Helper()
	var document any
	p.api(http.MethodGet, "/openapi.json", nil, &document, http.StatusOK)
	text, err := json.Marshal(document)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, want := range []string{`"memory"`, "What opens it.", "How much it holds.", `"hasKey"`} {
		if !bytes.Contains(text, []byte(want)) {
			p.t.Errorf("the document does not say %s", want)
		}
	}
	var connection struct {
		Provider string         `json:"provider"`
		Memory   map[string]any `json:"memory"`
	}
	p.api(http.MethodGet, "/connections/remembered", nil, &connection, http.StatusOK)
	want := map[string]any{"server": "https://memory.example.com", "size": "small", "hasKey": true, "hasProxyCredentials": false}
	if diff := cmp.Diff(want, connection.Memory); connection.Provider != "memory" || diff != "" {
		p.t.Errorf("%s (-want +got)\n%s", connection.Provider, diff)
	}
}

// onThePages: it can be chosen, and its form has its fields.
func (p *product) onThePages(link string) {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	_, token, _ := strings.Cut(strings.TrimSpace(link), "#")
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.address+"/sign-in/link", strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", "http://"+p.address)
	answer, err := browser.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = answer.Body.Close()
	page := func(path string) string {
		answer, err := browser.Get("http://" + p.address + path)
		if err != nil {
			p.t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			p.t.Fatalf("%s: %d, %v", path, answer.StatusCode, err)
		}
		return string(text)
	}
	if all := page("/connections/new"); !strings.Contains(all, "provider=memory") {
		p.t.Error("it cannot be chosen")
	}
	for _, path := range []string{"/connections/new?provider=memory", "/connections/remembered"} {
		form := page(path)
		for _, name := range []string{"memory.server", "secret.memory.key", "memory.size", "memory.proxy", "secret.memory.proxyCredentials"} {
			if !regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `"`).MatchString(form) {
				p.t.Errorf("%s: the form has no %s", path, name)
			}
		}
		if other := regexp.MustCompile(`.*(name="(secret\.)?(google|exchange|office365)\.|a wrong key|[Gg]oogle).*`).FindString(form); other != "" {
			p.t.Errorf("%s: the form has another's fields or words, or the secret: %s", path, other)
		}
	}
}

// isChecked: by a worker, with its own findings, before and after its key is mended.
func (p *product) isChecked() {
	p.t.Helper()
	check := func() (ok bool, finding string) {
		var report struct {
			OK    bool `json:"ok"`
			Steps []struct {
				Finding string `json:"finding"`
			} `json:"steps"`
		}
		p.api(http.MethodPost, "/connections/remembered/check", map[string]any{"mailbox": jane}, &report, http.StatusOK)
		for _, step := range report.Steps {
			finding += step.Finding
		}
		return report.OK, finding
	}
	if ok, finding := check(); ok || finding != "credentials-refused" {
		p.t.Errorf("with a wrong key: %t, %s", ok, finding)
	}
	p.api(http.MethodPut, "/connections/remembered", map[string]any{"provider": "memory", "memory": map[string]any{"key": rightKey}}, nil, http.StatusOK)
	eventually(p.t, "the mended key counts", func() error {
		if ok, finding := check(); !ok {
			return fmt.Errorf("%s", finding)
		}
		return nil
	})
}

// takesAnAbsence: requested, approved and deleted in Figgo.
func takesAnAbsence(t *testing.T, world string) {
	t.Helper()
	var leave struct {
		ID string `json:"id"`
	}
	desk := func(method, path string, body string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, world+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode >= http.StatusMultipleChoices {
			t.Fatalf("%s %s: %d, %v\n%s", method, path, answer.StatusCode, err, text)
		}
		if leave.ID == "" {
			if err := json.Unmarshal(text, &leave); err != nil {
				t.Fatal(err)
			}
		}
	}
	shows := func(showAs ...string) {
		t.Helper()
		eventually(t, fmt.Sprintf("the calendar shows %v", showAs), func() error {
			var want []calendartest.View
			for _, word := range showAs {
				want = append(want, calendartest.View{
					Title: "Absent", Start: "2030-03-04", End: "2030-03-05", AllDay: true, Zone: "Europe/Paris", ShowAs: word, Marked: true,
					Status: map[string]string{"tentative": "tentative", "out-of-office": "confirmed"}[word],
				})
			}
			if diff := cmp.Diff(want, mailboxes.Views(jane)); diff != "" {
				return fmt.Errorf("(-want +got)\n%s", diff)
			}
			return nil
		})
	}
	desk(http.MethodPost, "/sandbox/leaves", `{"employee":"416","startsOn":"2030-03-04","endsOn":"2030-03-04"}`)
	shows("tentative")
	desk(http.MethodPost, "/sandbox/leaves/"+leave.ID+"/approve", "")
	shows("out-of-office")
	desk(http.MethodDelete, "/sandbox/leaves/"+leave.ID, "")
	shows()
}
