package lucca_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

// account is a running account with a client's view of it.
type account struct {
	t       *testing.T
	service *lucca.Service
	url     string
	token   string
}

const everyScope = "leaves.readonly leave-requests.readonly employees.readonly employments.readonly job-positions.readonly " +
	"business-establishments.readonly legal-entities.readonly webhook-endpoints.readwrite webhook-deliveries.readwrite events.readonly"

func newAccount(t *testing.T, change func(*lucca.Config)) *account {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	host := "http://" + server.Listener.Addr().String()
	cfg := lucca.Config{
		ClientID: "client", ClientSecret: "secret", APIKey: "the-key", Host: host, AllowHTTP: true, RequestsPerMinute: -1,
		Delivery: lucca.Delivery{Delays: []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond}},
	}
	if change != nil {
		change(&cfg)
	}
	service := lucca.New(cfg)
	service.AddLegalEntity(lucca.LegalEntity{ID: 1, Name: "Paris", Zone: "Europe/Paris", Country: "FRA"})
	service.AddLegalEntity(lucca.LegalEntity{ID: 2, Name: "Zürich", Zone: "Europe/Zurich", Country: "CHE"})
	for _, e := range []lucca.Employee{
		{ID: 416, GivenName: "Jane", FamilyName: "Doe", Email: "jane.doe@example.com", LegalEntity: 1},
		{ID: 417, GivenName: "Max", FamilyName: "Ammann", Email: "max.ammann@example.com", LegalEntity: 2},
	} {
		if err := service.AddEmployee(e); err != nil {
			t.Fatal(err)
		}
	}
	server.Config.Handler = service.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); service.Close() })
	a := &account{t: t, service: service, url: host}
	a.token = a.getToken(everyScope)
	return a
}

func (a *account) getToken(scope string) string {
	a.t.Helper()
	status, body := a.postToken(url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}, "scope": {scope}})
	if status != http.StatusOK || body["token_type"] != "Bearer" || body["expires_in"] != 1800.0 {
		a.t.Fatalf("token: %d %v", status, body)
	}
	return body["access_token"].(string)
}

func (a *account) postToken(form url.Values) (int, map[string]any) {
	a.t.Helper()
	resp, err := http.PostForm(a.url+"/connect/token", form)
	if err != nil {
		a.t.Fatal(err)
	}
	return decode(a.t, resp)
}

func decode(t *testing.T, resp *http.Response) (int, map[string]any) {
	t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			t.Fatalf("%d %s: %v", resp.StatusCode, text, err)
		}
	}
	return resp.StatusCode, body
}

// call sends a v5 request; headers are name, value pairs that replace the usual ones.
func (a *account) call(method, path, body string, headers ...string) (*http.Response, map[string]any) {
	a.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = a.url + path
	}
	req, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Api-Version", "2024-11-01")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	_, decoded := decode(a.t, resp)
	return resp, decoded
}

func (a *account) get(path string) map[string]any {
	a.t.Helper()
	resp, body := a.call(http.MethodGet, path, "")
	if resp.StatusCode != http.StatusOK {
		a.t.Fatalf("GET %s: %d %v", path, resp.StatusCode, body)
	}
	return body
}

func (a *account) legacy(path string) (int, map[string]any) {
	a.t.Helper()
	resp, body := a.call(http.MethodGet, path, "", "Authorization", "lucca application=the-key")
	return resp.StatusCode, body
}

func (a *account) request(req lucca.LeaveRequest) lucca.Leave {
	a.t.Helper()
	if req.Employee == 0 {
		req.Employee = 416
	}
	leave, err := a.service.Request(req)
	if err != nil {
		a.t.Fatal(err)
	}
	return leave
}

// ids are the ids of a list's items.
func ids(body map[string]any) []string {
	list := []string{}
	for _, item := range body["items"].([]any) {
		list = append(list, item.(map[string]any)["id"].(string))
	}
	return list
}
