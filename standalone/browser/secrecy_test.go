package browser_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"github.com/figgosync/figgosync/internal/engine"
)

// tellsNoSecret fails when a text holds one of the run's secrets, as it is or in a
// usual spelling.
func (r *rehearsal) tellsNoSecret(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, what := range r.Secrets.in(text, where == "the log") {
		t.Errorf("%s tells the secret %s", where, what)
	}
}

// in names the secrets that a text holds; those printed on the console by design do
// not count there.
func (s *secrets) in(text []byte, console bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for what, one := range s.all {
		told := slices.ContainsFunc(spellings(one.text), func(spelling string) bool { return bytes.Contains(text, []byte(spelling)) })
		if told && !(console && one.printed) {
			found = append(found, what)
		}
	}
	return found
}

// spellings are ways in which a text may stand in another: as it is, in base64, in
// JSON or HTML.
func spellings(text string) []string {
	quoted, _ := json.Marshal(text)
	all := []string{text, string(quoted[1 : len(quoted)-1]), strings.ReplaceAll(template.HTMLEscapeString(text), "+", "&#43;")}
	for skip := range 3 {
		if len(text) > skip+9 {
			whole := text[skip : skip+(len(text)-skip)/3*3]
			all = append(all, base64.StdEncoding.EncodeToString([]byte(whole)))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// addKey adds the secrets inside a service account's key.
func (s *secrets) addKey(what, keyJSON string) {
	var key struct {
		PrivateKey string `json:"private_key"`
	}
	_ = json.Unmarshal([]byte(keyJSON), &key)
	lines := strings.Split(key.PrivateKey, "\n")
	for _, line := range lines[1:max(1, min(4, len(lines)))] {
		s.add(what+" "+line[:4], line)
	}
}

// searchRunning looks for the run's secrets wherever somebody might come upon one
// while figgosync runs.
func (r *rehearsal) searchRunning(t *testing.T, v *visitor) {
	t.Helper()
	if len(r.Secrets.all) < 12 {
		t.Fatalf("only %d secrets are looked for", len(r.Secrets.all))
	}
	pages, answers, histories := r.searchPages(t, v), r.searchAPI(t), r.searchHistories(t)
	t.Logf("looked for %d secrets in %d pages, %d answers of the API and %d workflow histories", len(r.Secrets.all), pages, answers, histories)
}

// searchStopped stops figgosync and looks through its log and what it left on the
// disk.
func (r *rehearsal) searchStopped(t *testing.T) {
	t.Helper()
	r.up.stop(t)
	if log := r.up.log.String(); !strings.Contains(log, "level=DEBUG") {
		t.Error("the log has no debug lines: this test looks at too little")
	}
	r.tellsNoSecret(t, "the log", []byte(r.up.log.String()))
	t.Logf("and in the log and %d files", r.searchFiles(t))
}

func (r *rehearsal) get(t *testing.T, path string, headers map[string]string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), httpClient.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := httpClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode >= 500 {
		t.Errorf("GET %s answered %s", path, response.Status)
	}
	return body
}

func (r *rehearsal) searchPages(t *testing.T, v *visitor) int {
	t.Helper()
	count := 0
	v.machine().crawl(func(path string, got answer) {
		count++
		r.tellsNoSecret(t, "the page "+path, got.Body)
	})
	if count < 12 {
		t.Errorf("only %d pages were found", count)
	}
	return count
}

// searchAPI asks every GET route of the OpenAPI document for all it has.
func (r *rehearsal) searchAPI(t *testing.T) int {
	t.Helper()
	headers := map[string]string{"Authorization": "Bearer " + apiToken}
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(r.get(t, "/api/v1/openapi.json", headers), &document); err != nil {
		t.Fatal(err)
	}
	count := 0
	for template, methods := range document.Paths {
		if _, ok := methods["get"]; !ok || strings.HasPrefix(template, "/webhooks/") {
			continue
		}
		for _, path := range r.filled(t, template, headers) {
			count++
			r.tellsNoSecret(t, "the API's "+path, r.get(t, path, headers))
		}
	}
	if count < 10 {
		t.Errorf("only %d answers of the API were looked at", count)
	}
	return count
}

// searchHistories looks through every event of every workflow, as it is stored and
// decoded.
func (r *rehearsal) searchHistories(t *testing.T) int {
	t.Helper()
	codec, err := engine.Keyset{Path: filepath.Join(r.DataDir, "payload-keyset.json")}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: loopback(r.GRPC)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	count, decoded := 0, 0
	for page, first := []byte(nil), true; first || len(page) > 0; first = false {
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{NextPageToken: page})
		if err != nil {
			t.Fatal(err)
		}
		for _, execution := range list.GetExecutions() {
			id, run := execution.GetExecution().GetWorkflowId(), execution.GetExecution().GetRunId()
			events := c.GetWorkflowHistory(t.Context(), id, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
			for events.HasNext() {
				event, err := events.Next()
				if err != nil {
					t.Fatal(err)
				}
				decoded += r.searchMessage(t, "the history of "+id, event, codec)
			}
			count++
		}
		page = list.GetNextPageToken()
	}
	if count == 0 || decoded == 0 {
		t.Errorf("%d workflows and %d decoded payloads were looked at", count, decoded)
	}
	return count
}

func (r *rehearsal) searchMessage(t *testing.T, where string, message proto.Message, codec converter.PayloadCodec) int {
	t.Helper()
	raw, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	r.tellsNoSecret(t, where, raw)
	count := 0
	visit := func(_ *proxy.VisitPayloadsContext, payloads []*common.Payload) ([]*common.Payload, error) {
		plain, err := codec.Decode(payloads)
		if err != nil {
			return nil, err
		}
		for _, payload := range plain {
			count++
			r.tellsNoSecret(t, where+", decoded", payload.GetData())
		}
		return payloads, nil
	}
	if err := proxy.VisitPayloads(t.Context(), message, proxy.VisitPayloadsOptions{Visitor: visit, SkipSearchAttributes: true}); err != nil {
		t.Fatal(err)
	}
	return count
}

// searchFiles looks through what the product left on the disk.
func (r *rehearsal) searchFiles(t *testing.T) int {
	t.Helper()
	count := 0
	err := filepath.WalkDir(r.DataDir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		count++
		r.tellsNoSecret(t, "the file "+filepath.Base(path), content)
		return nil
	})
	if err != nil || count < 2 {
		t.Errorf("%d files were looked at: %v", count, err)
	}
	return count
}
