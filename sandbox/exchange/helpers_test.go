package exchange_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const (
	alice = "alice@example.com"
	paris = `<t:TimeZoneContext><t:TimeZoneDefinition Id="Romance Standard Time"/></t:TimeZoneContext>`
)

var serviceAccount = exchange.Account{Domain: "DEMO", Username: "svc", Password: "secret", UPN: "svc@demo.example.com", Impersonate: true}

// server is a service that is running, with mailboxes in three zones.
type server struct {
	*exchange.Service
	store *mailboxes.Store
	url   string
}

func start(t *testing.T, cfg exchange.Config) *server {
	t.Helper()
	store := mailboxes.New()
	for email, zone := range map[string]string{alice: "Europe/Paris", "bob@example.com": "Europe/Zurich", "rene@example.com": "Indian/Reunion", "sofia@example.com": "America/Santiago", "u@example.test": "Europe/Paris"} {
		store.Add(mailboxes.Mailbox{Email: email, Name: strings.ToUpper(email[:1]) + email[1:3], System: mailboxes.Exchange, Zone: zone})
	}
	store.Add(mailboxes.Mailbox{Email: "cloud@example.com", System: mailboxes.Graph, Zone: "Europe/Paris"})
	if cfg.Accounts == nil {
		cfg.Accounts = []exchange.Account{serviceAccount}
	}
	service := exchange.New(store, cfg)
	web := httptest.NewUnstartedServer(service.Handler())
	web.Config.ConnContext = exchange.ConnContext
	web.Start()
	t.Cleanup(web.Close)
	return &server{service, store, web.URL + "/EWS/Exchange.asmx"}
}

func startBasic(t *testing.T) *server {
	t.Helper()
	return start(t, exchange.Config{Schemes: []string{exchange.Basic}})
}

// request is one EWS request; its zero fields have the usual values.
type request struct {
	version  string // "-" for none
	as       string // the impersonated address, "-" for none
	anchor   string // "-" for none
	context  string // further headers
	body     string
	envelope string // replaces all of the above
	login    string
	password string
}

func (r request) text() string {
	if r.envelope != "" {
		return r.envelope
	}
	head := ""
	if r.version != "-" {
		head = `<t:RequestServerVersion Version="` + or(r.version, "Exchange2010_SP2") + `"/>`
	}
	if r.as != "-" {
		head += `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>` + or(r.as, alice) + `</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`
	}
	return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">` +
		`<soap:Header>` + head + r.context + `</soap:Header><soap:Body>` + r.body + `</soap:Body></soap:Envelope>`
}

func or(value, usual string) string {
	if value == "" {
		return usual
	}
	return value
}

// send sends the request with Basic authentication.
func (s *server) send(t *testing.T, r request) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(r.text()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	if r.anchor != "-" && r.as != "-" {
		req.Header.Set("X-AnchorMailbox", or(r.anchor, or(r.as, alice)))
	}
	req.SetBasicAuth(or(r.login, `DEMO\svc`), or(r.password, "secret"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, resp)
}

// answer is what came back; soap is nil when it is not XML.
type answer struct {
	status int
	header http.Header
	text   string
	soap   *schema.Node
}

func read(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(body)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/xml") {
		if a.soap, err = schema.Parse(bytes.NewReader(body)); err != nil {
			t.Fatalf("the answer is not XML: %v\n%s", err, body)
		}
		keep(t, body)
	}
	return a
}

// all returns the elements of that name, in order.
func (a answer) all(name string) []*schema.Node {
	var list []*schema.Node
	var visit func(*schema.Node)
	visit = func(n *schema.Node) {
		if n.Name.Local == name {
			list = append(list, n)
		}
		for _, child := range n.Children {
			visit(child)
		}
	}
	if a.soap != nil {
		visit(a.soap)
	}
	return list
}

// one returns the text of the first element of that name, "" for none.
func (a answer) one(name string) string {
	if list := a.all(name); len(list) > 0 {
		return list[0].Text
	}
	return ""
}

// id returns the first ItemId.
func (a answer) id(t *testing.T) (id, key string) {
	t.Helper()
	list := a.all("ItemId")
	if a.status != http.StatusOK || len(list) == 0 {
		t.Fatalf("no ItemId in: %d %s", a.status, a.text)
	}
	return list[0].Value("Id"), list[0].Value("ChangeKey")
}

// item is the content of a CalendarItem with the usual values.
func item(subject, inner string) string {
	return `<t:Subject>` + subject + `</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>` + inner
}

const wholeDays = `<t:Start>2026-07-01T00:00:00</t:Start><t:End>2026-07-03T00:00:00</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>` +
	`<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:StartTimeZone Id="Romance Standard Time"/><t:EndTimeZone Id="Romance Standard Time"/>`

func marker(value string) string {
	return `<t:ExtendedProperty>` + markerURI + `<t:Value>` + value + `</t:Value></t:ExtendedProperty>`
}

const markerURI = `<t:ExtendedFieldURI PropertySetId="7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21" PropertyName="figgosyncKey" PropertyType="String"/>`

func createBody(items ...string) string {
	body := `<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId><t:DistinguishedFolderId Id="calendar"/></m:SavedItemFolderId><m:Items>`
	for _, content := range items {
		body += `<t:CalendarItem>` + content + `</t:CalendarItem>`
	}
	return body + `</m:Items></m:CreateItem>`
}

func updateBody(id, key string, changes ...string) string {
	return fmt.Sprintf(`<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>`+
		`<t:ItemId Id=%q ChangeKey=%q/><t:Updates>%s</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`, id, key, strings.Join(changes, ""))
}

func set(uri, content string) string {
	return `<t:SetItemField><t:FieldURI FieldURI="` + uri + `"/><t:CalendarItem>` + content + `</t:CalendarItem></t:SetItemField>`
}

func getBody(id, extra string) string {
	return `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>` + extra + `</m:ItemShape><m:ItemIds><t:ItemId Id="` + id + `"/></m:ItemIds></m:GetItem>`
}

func deleteBody(id, how string) string {
	return `<m:DeleteItem DeleteType="` + how + `" SendMeetingCancellations="SendToNone"><m:ItemIds><t:ItemId Id="` + id + `"/></m:ItemIds></m:DeleteItem>`
}

func findBody(folder, view, restriction string) string {
	return `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/>` + markerURI +
		`</t:AdditionalProperties></m:ItemShape>` + view + restriction + `<m:ParentFolderIds><t:DistinguishedFolderId Id="` + folder + `"/></m:ParentFolderIds></m:FindItem>`
}

// ordered is a search of the calendar in that order.
func ordered(path, direction string) string {
	order := `<m:SortOrder><t:FieldOrder Order="` + direction + `">` + path + `</t:FieldOrder></m:SortOrder>`
	return strings.Replace(findBody("calendar", "", ""), "<m:ParentFolderIds>", order+"<m:ParentFolderIds>", 1)
}

func convertBody(to string, ids ...string) string {
	return `<m:ConvertId DestinationFormat="` + to + `"><m:SourceIds>` + strings.Join(ids, "") + `</m:SourceIds></m:ConvertId>`
}

func equals(uri, value string) string {
	return `<t:IsEqualTo>` + uri + `<t:FieldURIOrConstant><t:Constant Value="` + value + `"/></t:FieldURIOrConstant></t:IsEqualTo>`
}

func where(expression string) string { return `<m:Restriction>` + expression + `</m:Restriction>` }

// must sends a request that has to succeed in every item.
func (s *server) must(t *testing.T, r request) answer {
	t.Helper()
	a := s.send(t, r)
	for _, code := range a.all("ResponseCode") {
		if code.Text != "NoError" {
			t.Fatalf("%s: %s", code.Text, a.text)
		}
	}
	if a.status != http.StatusOK || len(a.all("ResponseCode")) == 0 {
		t.Fatalf("HTTP %d: %s", a.status, a.text)
	}
	return a
}

func (s *server) views(t *testing.T, email string) []mailboxes.View {
	t.Helper()
	views, err := s.store.Views(email)
	if err != nil {
		t.Fatal(err)
	}
	return views
}

// schemas finds Microsoft's schema files, which are not part of this repository:
// a directory shared/schemas next to it.
func schemas(t *testing.T) string {
	t.Helper()
	at, _ := os.Getwd()
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			break
		}
	}
	found := filepath.Join(at, "..", "shared", "schemas", "ews")
	if _, err := os.Stat(found); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the EWS schema files are missing: ../shared/schemas/ews beside the repository")
		}
		return ""
	}
	return found
}

// folders are where the answers of running tests wait for xmllint, by the tests' names.
var (
	folders   = map[string]string{}
	foldersMu sync.Mutex
)

// keep has an answer checked by xmllint when the test ends, where it can.
// TestAnswersAreChecked tells when it cannot.
func keep(t *testing.T, body []byte) {
	dir := schemas(t)
	if _, err := exec.LookPath("xmllint"); err != nil || dir == "" {
		return
	}
	foldersMu.Lock()
	defer foldersMu.Unlock()
	files, known := folders[t.Name()]
	if !known {
		files = t.TempDir()
		folders[t.Name()] = files
		t.Cleanup(func() {
			lint(t, dir, files)
			foldersMu.Lock()
			defer foldersMu.Unlock()
			delete(folders, t.Name()) // another run of the test has a folder of its own
		})
	}
	name := filepath.Join(files, fmt.Sprintf("%d.xml", len(must(os.ReadDir(files)))))
	if err := os.WriteFile(name, body, 0o600); err != nil {
		t.Error(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func lint(t *testing.T, dir, files string) {
	list := must(filepath.Glob(filepath.Join(files, "*.xml")))
	args := append([]string{"--noout", "--nonet", "--schema", filepath.Join(dir, "extra", "ews-all.xsd")}, list...)
	out, err := exec.Command("xmllint", args...).CombinedOutput()
	if err != nil {
		t.Errorf("answers break the schema: %v\n%.3000s", err, out)
	}
}

func TestAnswersAreChecked(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("xmllint is missing (package libxml2-utils)")
		}
		t.Skip("skipped: answers are not checked by the schema, xmllint (package libxml2-utils) is missing")
	}
	if schemas(t) == "" {
		t.Skip("skipped: answers are not checked, the EWS schema files are not at hand (../shared/schemas/ews beside the repository)")
	}
}
