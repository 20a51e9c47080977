package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-ntlmssp"
	"golang.org/x/oauth2/google"

	"github.com/figgosync/figgosync/sandbox"
)

// world is a running sandbox.
type world struct {
	*sandbox.Sandbox
	t   *testing.T
	url string
}

func newWorld(t *testing.T, change func(*sandbox.Config)) *world {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	cfg := sandbox.Config{BaseURL: "http://" + server.Listener.Addr().String(), Limits: sandbox.Limits{LuccaPerMinute: -1}}
	if change != nil {
		change(&cfg)
	}
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s.Handler()
	server.Config.ConnContext = s.ConnContext
	server.Start()
	t.Cleanup(func() { s.Close(); server.Close() })
	return &world{Sandbox: s, t: t, url: server.URL}
}

// call sends JSON and decodes the answer into a map, a list or nothing.
func (w *world) call(method, path string, body any) (int, any) {
	w.t.Helper()
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	req, err := http.NewRequest(method, w.url+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, read(w.t, resp)
}

func read(t *testing.T, resp *http.Response) any {
	t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if len(text) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &decoded); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return decoded
}

func (w *world) token(address string, form url.Values) string {
	w.t.Helper()
	resp, err := http.PostForm(address, form)
	if err != nil {
		w.t.Fatal(err)
	}
	body, _ := read(w.t, resp).(map[string]any)
	token, _ := body["access_token"].(string)
	if token == "" {
		w.t.Fatalf("%s: %d %v", address, resp.StatusCode, body)
	}
	return token
}

func (w *world) luccaToken() string {
	c := w.Credentials().Lucca
	return w.token(c.TokenURL, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret}, "scope": {"employees.readonly"},
	})
}

func (w *world) graphToken() string {
	c := w.Credentials().Office365
	return w.token(c.AuthorityURL+"/"+c.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret}, "scope": {w.url + "/.default"},
	})
}

func (w *world) get(address string, headers ...string) (int, any) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, read(w.t, resp)
}

func (w *world) exchange() *http.Client {
	return &http.Client{Transport: ntlmssp.Negotiator{RoundTripper: &http.Transport{}}}
}

func (w *world) getExchange() (*http.Response, error) {
	w.t.Helper()
	c := w.Credentials().Exchange
	req, err := http.NewRequest(http.MethodGet, c.URL, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.SetBasicAuth(c.Username, c.Password)
	return w.exchange().Do(req)
}

func TestEverySystemAnswersItsCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	c := w.Credentials()
	status, body := w.get(c.Lucca.Host+"/lucca-api/employees/416", "Authorization", "Bearer "+w.luccaToken(), "Api-Version", "2024-11-01")
	if status != 200 || body.(map[string]any)["url"] != w.url+"/lucca/lucca-api/employees/416" {
		t.Errorf("Lucca v5: %d %v", status, body)
	}
	if status, _ := w.get(c.Lucca.Host+"/api/v3/users?id=416", "Authorization", "lucca application="+c.Lucca.APIKey); status != 200 {
		t.Errorf("Lucca v3: %d", status)
	}
	if status, body := w.get(c.Office365.GraphURL+"/users/jane.doe@example.com/calendar/events", "Authorization", "Bearer "+w.graphToken()); status != 200 {
		t.Errorf("Graph: %d %v", status, body)
	}
	resp, err := w.getExchange()
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("Exchange by NTLM: %v %v", resp, err)
	}
	resp.Body.Close()
	if status, _ := w.get(w.url + "/ews/exchange.ASMX"); status != 401 {
		t.Errorf("Exchange in another case: %d, want 401", status)
	}
	if status := w.listGoogle(c.Google); status != 200 {
		t.Errorf("Google: %d", status)
	}
}

func (w *world) listGoogle(c sandbox.GoogleCredentials) int {
	w.t.Helper()
	cfg, err := google.JWTConfigFromJSON([]byte(c.KeyJSON), "https://www.googleapis.com/auth/calendar")
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.Subject = "melissa.payet@example.com"
	resp, err := cfg.Client(w.t.Context()).Get(c.CalendarURL + "calendars/primary/events")
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestGoogleKeySurvivesARestart(t *testing.T) {
	t.Parallel()
	first := newWorld(t, nil)
	key := first.Credentials().Google
	second := newWorld(t, func(cfg *sandbox.Config) {
		cfg.GoogleKeyJSON = []byte(strings.ReplaceAll(key.KeyJSON, first.url, cfg.BaseURL))
	})
	if status := second.listGoogle(second.Credentials().Google); status != 200 {
		t.Errorf("with the first one's key: %d", status)
	}
	if _, err := sandbox.New(sandbox.Config{BaseURL: "http://127.0.0.1:9090", GoogleKeyJSON: []byte("{}")}); err == nil {
		t.Error("an empty key file is taken")
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, cfg := range []sandbox.Config{{}, {BaseURL: "127.0.0.1:9090"}, {BaseURL: "http://127.0.0.1:9090/x"}, {BaseURL: "http://x", WebhookBaseURL: "y"}} {
		if _, err := sandbox.New(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}

func TestDemoCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, body := w.call(http.MethodGet, "/sandbox/employees", nil)
	with, without := map[any]int{}, map[any]int{}
	for _, item := range body.([]any) {
		e := item.(map[string]any)
		if e["hasMailbox"] == true {
			with[e["legalEntity"]]++
		} else {
			without[e["legalEntity"]]++
		}
		if e["id"] == "416" && (e["email"] != "jane.doe@example.com" || e["system"] != "office365" || e["zone"] != "Europe/Paris") {
			t.Errorf("416: %v", e)
		}
	}
	for _, entity := range []string{"1", "2", "3"} {
		if with[entity] != 5 || without[entity] != 1 {
			t.Errorf("legal entity %s: %d with a mailbox, %d without; want 5, 1", entity, with[entity], without[entity])
		}
	}
}

func TestWebhooksReachFiggosync(t *testing.T) {
	t.Parallel()
	arrived := make(chan *http.Request, 10)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- r
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(api.Close)
	w := newWorld(t, func(cfg *sandbox.Config) { cfg.WebhookBaseURL = api.URL + "/" })
	for via, want := range map[string]string{"v5": "/webhooks/lucca/demo", "http": "/webhooks/figgo/demo"} {
		if status, body := w.call(http.MethodPost, "/sandbox/leaves", map[string]any{"employee": 416, "startsOn": "2026-10-12", "via": via, "status": "confirmed"}); status != 201 {
			t.Fatalf("%s: %d %v", via, status, body)
		}
		select {
		case r := <-arrived:
			if r.URL.Path != want || via == "http" && r.Header.Get("Authorization") != sandbox.DemoHTTPSynchronizationKey {
				t.Errorf("%s: %s %v", via, r.URL.Path, r.Header)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: no webhook", via)
		}
		if via == "http" {
			<-arrived // the other half-day
		}
	}
}
