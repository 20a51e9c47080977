package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/web/texts"
)

// secrets are all texts that may stand nowhere in clear, by what they are.
func secrets(t *testing.T, world *World) map[string]string {
	t.Helper()
	given := world.Credentials()
	var key struct {
		PrivateKey   string `json:"private_key"`
		PrivateKeyID string `json:"private_key_id"`
	}
	if err := json.Unmarshal([]byte(given.Google.KeyJSON), &key); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"API token": apiToken, "Lucca client secret": given.Lucca.ClientSecret, "Lucca API key": given.Lucca.APIKey,
		"webhook secret": given.Lucca.WebhookSecret, "HTTP synchronization key": strings.TrimPrefix(given.Lucca.HTTPSynchronizationKey, "Basic "),
		"Entra secret": given.Office365.ClientSecret, "Exchange password": given.Exchange.Password,
		"Google key": strings.Split(key.PrivateKey, "\n")[1], "health detail": healthDetail, "comment": comment,
		"absence type of a half-day": "Paid leave",
	}
	for _, account := range world.Lucca().Accounts() {
		texts["absence type "+account.Name] = account.Name
	}
	for _, employee := range world.Lucca().Employees() {
		texts["e-mail of "+employee.Name()] = employee.Email
		texts["name of "+employee.Name()] = employee.Name()
		texts["family name of "+employee.Name()] = employee.FamilyName
	}
	for what, text := range texts {
		if text == "" {
			t.Fatalf("there is no %s to look for", what)
		}
	}
	return texts
}

// find is where the word stands in the text with no letter or digit next to it, as
// short names are parts of other words; -1 when nowhere.
func find(text, word string) int {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return -1
		}
		at += from
		end := at + len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !partOfWord(before) && !partOfWord(after) && !byChance(text, at, end) {
			return at
		}
		from = end
	}
}

func partOfWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// byChance is true if the word from at until end may be made of random bytes:
// megabytes of ciphertext hold every word of three letters, but not in the middle of
// readable text, which every encoding of ours (JSON, URLs, log lines) puts around it.
func byChance(text string, at, end int) bool {
	const (
		short    = 5
		readable = 12
	)
	if end-at >= short {
		return false
	}
	for at > 0 && isReadable(text[at-1]) && end-at < readable {
		at--
	}
	for end < len(text) && isReadable(text[end]) && end-at < readable {
		end++
	}
	return end-at < readable
}

func isReadable(b byte) bool { return b >= ' ' && b <= '~' }

func checkSecrets(t *testing.T, world *World, where, text string) {
	t.Helper()
	for what, secret := range secrets(t, world) {
		if at := find(text, secret); at >= 0 {
			t.Errorf("%s tells the %s: …%q…", where, what, text[max(0, at-120):min(len(text), at+len(secret)+40)])
		}
	}
}

func logsTellNoSecret(t *testing.T, p *Product, world *World) {
	text := p.log.String()
	for _, must := range []string{"level=DEBUG", "absence=8750"} {
		if !strings.Contains(text, must) {
			t.Errorf("the log has no %q: this test looks at too little", must)
		}
	}
	checkSecrets(t, world, "the log", text)
}

// databaseTellsNoSecret reads what the stopped product left on the disk.
func databaseTellsNoSecret(t *testing.T, p *Product, world *World) {
	var text strings.Builder
	for _, path := range filesBelow(t, p.DataDir) {
		if !strings.HasPrefix(filepath.Base(path), "temporal") {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(content)
	}
	if !strings.Contains(text.String(), "absence/demo/8750") {
		t.Fatal("the database has no workflow of ours: this test looks in the wrong place")
	}
	checkSecrets(t, world, "the database", text.String())
}

// Ids and statuses, and nothing else, may be seen of a workflow without the key.
var (
	workflowID = regexp.MustCompile(`^(absence/demo/(\d+|manual-1)|deletions/demo)$`)
	indexed    = map[string]*regexp.Regexp{
		"FiggoSource": regexp.MustCompile(`^demo$`), "FiggoLegalEntity": regexp.MustCompile(`^\d+$`), "FiggoEmployee": regexp.MustCompile(`^\d+$`),
		"FiggoStatus":          regexp.MustCompile(`^(pending|synced|retrying|blocked|skipped|deleted)$`),
		"FiggoSynchronization": regexp.MustCompile(`^demo-(office365|exchange|google)$`), "FiggoReason": anyReason(),
		"BuildIds": regexp.MustCompile(`^[\w.:,-]*$`), "TemporalChangeVersion": regexp.MustCompile(`^[\w.-]+$`),
	}
)

// anyReason matches the words of reasons that people are told, and nothing.
func anyReason() *regexp.Regexp {
	var words []string
	for word := range texts.Reasons() {
		words = append(words, regexp.QuoteMeta(word))
	}
	return regexp.MustCompile("^(|" + strings.Join(words, "|") + ")$")
}

func workflowsTellOnlyIDs(t *testing.T, p *Product, world *World) {
	c, err := client.Dial(client.Options{HostPort: loopback(p.GRPC)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	count := 0
	for page := []byte(nil); count == 0 || len(page) > 0; {
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{NextPageToken: page})
		if err != nil {
			t.Fatal(err)
		}
		for _, execution := range list.GetExecutions() {
			checkExecution(t, execution)
			count++
		}
		if page = list.GetNextPageToken(); count == 0 {
			t.Fatal("there are no workflows: this test looks in the wrong place")
		}
		checkSecrets(t, world, "a list of workflows", list.String())
	}
	t.Logf("%d workflows looked at", count)
}

func checkExecution(t *testing.T, execution *workflow.WorkflowExecutionInfo) {
	t.Helper()
	if id := execution.GetExecution().GetWorkflowId(); !workflowID.MatchString(id) {
		t.Errorf("workflow id %q, want absence/demo/ and the absence's id, or the source's deletions", id)
	}
	if len(execution.GetMemo().GetFields()) > 0 {
		t.Errorf("workflow %s has a memo", execution.GetExecution().GetWorkflowId())
	}
	for name, payload := range execution.GetSearchAttributes().GetIndexedFields() {
		var values []string
		var single string
		if err := converter.GetDefaultDataConverter().FromPayload(payload, &values); err != nil {
			if err := converter.GetDefaultDataConverter().FromPayload(payload, &single); err != nil {
				t.Errorf("search attribute %s: %v", name, err)
			}
			values = []string{single}
		}
		for _, value := range values {
			if pattern := indexed[name]; pattern == nil || !pattern.MatchString(value) {
				t.Errorf("search attribute %s is %q", name, value)
			}
		}
	}
}
