package foreign_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const alice = "alice@example.com"

// need returns the path of a program, or ends the test: in continuous integration
// all must be there.
func need(t *testing.T, program, install string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	missing(t, program+" is not at hand: "+install)
	return ""
}

// missing ends the test: it fails in continuous integration, and is skipped
// elsewhere.
func missing(t *testing.T, message string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
}

// startExchange runs an Exchange server with one mailbox.
func startExchange(t *testing.T) (store *mailboxes.Store, url string) {
	t.Helper()
	store = mailboxes.New()
	store.Add(mailboxes.Mailbox{Email: alice, Name: "Alice Martin", System: mailboxes.Exchange, Zone: "Europe/Paris"})
	service := exchange.New(store, exchange.Config{Accounts: []exchange.Account{{Domain: "EXAMPLE", Username: "svc", Password: "secret", Impersonate: true}}})
	server := httptest.NewUnstartedServer(service.Handler())
	server.Config.ConnContext = exchange.ConnContext
	server.Start()
	t.Cleanup(server.Close)
	return store, server.URL + exchange.Path
}

// curl is curl with NTLM, which offers no Unicode.
type curl struct {
	t         *testing.T
	path, url string
}

func (c curl) ask(operation string) string {
	c.t.Helper()
	envelope := `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">` +
		`<soap:Header><t:RequestServerVersion Version="Exchange2010_SP2"/><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>` + alice +
		`</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></soap:Header><soap:Body>` + operation + `</soap:Body></soap:Envelope>`
	command := exec.CommandContext(c.t.Context(), c.path, "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--ntlm", "--user", `EXAMPLE\svc:secret`,
		"--header", "Content-Type: text/xml; charset=utf-8", "--data-binary", "@-", c.url)
	command.Stdin = strings.NewReader(envelope)
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "<m:ResponseCode>NoError</m:ResponseCode>") {
		c.t.Fatalf("curl: %v: %s", err, out)
	}
	return string(out)
}

var itemID = regexp.MustCompile(`<t:ItemId Id="([^"]+)" ChangeKey="([^"]+)"`)

const property = `<t:ExtendedFieldURI PropertySetId="7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21" PropertyName="key" PropertyType="String"/>`

func (c curl) create(day int) {
	c.t.Helper()
	c.ask(fmt.Sprintf(`<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem><t:Subject>Day %d</t:Subject><t:ExtendedProperty>`+property+
		`<t:Value>k</t:Value></t:ExtendedProperty><t:Start>2026-07-%02dT08:00:00Z</t:Start><t:End>2026-07-%02dT09:00:00Z</t:End></t:CalendarItem></m:Items></m:CreateItem>`, day, day, day))
}

func (c curl) find(offset int) string {
	c.t.Helper()
	return c.ask(fmt.Sprintf(`<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>`+
		`<m:IndexedPageItemView MaxEntriesReturned="2" Offset="%d" BasePoint="Beginning"/><m:Restriction><t:IsEqualTo>`+property+
		`<t:FieldURIOrConstant><t:Constant Value="k"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>`+
		`<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>`, offset))
}

func TestCurlWithNTLM(t *testing.T) {
	t.Parallel()
	store, url := startExchange(t)
	c := curl{t, need(t, "curl", "apt-get install curl"), url}
	for day := 1; day <= 3; day++ {
		c.create(day)
	}
	first, second := itemID.FindAllStringSubmatch(c.find(0), -1), itemID.FindAllStringSubmatch(c.find(2), -1)
	if len(first) != 2 || len(second) != 1 {
		t.Fatalf("pages of %d and %d items", len(first), len(second))
	}
	c.ask(fmt.Sprintf(`<m:UpdateItem ConflictResolution="AutoResolve" SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>`+
		`<t:ItemId Id=%q ChangeKey=%q/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:CalendarItem><t:Subject>Changed</t:Subject></t:CalendarItem>`+
		`</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`, first[0][1], first[0][2]))
	c.ask(fmt.Sprintf(`<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToNone"><m:ItemIds><t:ItemId Id=%q/></m:ItemIds></m:DeleteItem>`, second[0][1]))
	seen, err := store.Views(alice)
	if err != nil || len(seen) != 2 || seen[0].Subject != "Changed" {
		t.Errorf("%v: %+v", err, seen)
	}
}
