package foreign_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox"
)

const graphClientVersion = "3.0.7"

// TestMicrosoftGraphClient: Microsoft's own JavaScript client works with the
// sandbox. It sends its token over https only.
func TestMicrosoftGraphClient(t *testing.T) {
	t.Parallel()
	directory := npmPackage(t, "@microsoft/microsoft-graph-client", graphClientVersion)
	server := httptest.NewUnstartedServer(nil)
	world, err := sandbox.New(sandbox.Config{BaseURL: "https://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = world.Handler()
	server.StartTLS()
	t.Cleanup(func() { server.Close(); world.Close() })
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(trusted, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	c := world.Credentials().Office365
	argument, err := json.Marshal(map[string]string{
		"tenantId": c.TenantID, "clientId": c.ClientID, "clientSecret": c.ClientSecret, "authorityUrl": c.AuthorityURL,
		"graphUrl": c.GraphURL, "mailbox": "jane.doe@example.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", "graph.mjs", directory, string(argument))
	command.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+trusted)
	if diff := cmp.Diff(decoded(t, sawOfGraphClient), saw(t, command)); diff != "" {
		t.Errorf("the client saw (-want +got):\n%s", diff)
	}
}

// sawOfGraphClient is what graph.mjs tells.
const sawOfGraphClient = `{
	"tokens": ["Bearer"],
	"created": {"subject": "Absent first", "showAs": "oof", "start": {"dateTime": "2026-12-14T09:00:00.0000000", "timeZone": "UTC"}, "properties": null},
	"found": [{"same": true, "properties": [{"id": "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name LeaveKey", "value": "first"}]}],
	"updated": {"subject": "Away", "start": "2026-12-14T09:00:00.0000000"},
	"subjects": ["Away", "Absent more-15", "Absent more-16", "Absent more-17", "Absent more-18"],
	"left": 0,
	"deletedTwice": {"status": 404, "code": "ErrorItemNotFound"},
	"notImitated": {"status": 501, "code": "SandboxNotImitated"},
	"nobody": {"status": 404, "code": "ErrorInvalidUser"}
}`
