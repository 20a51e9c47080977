package foreign_test

import (
	"encoding/json"
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox"
)

// googleapisVersion is the last version that runs on Node.js 18.
const googleapisVersion = "173.0.0"

// TestGoogleapis: Google's own Node.js client works with the sandbox.
func TestGoogleapis(t *testing.T) {
	t.Parallel()
	directory := npmPackage(t, "googleapis", googleapisVersion)
	server := httptest.NewUnstartedServer(nil)
	world, err := sandbox.New(sandbox.Config{BaseURL: "http://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = world.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); world.Close() })
	credentials := world.Credentials().Google
	argument, err := json.Marshal(map[string]any{
		"key": json.RawMessage(credentials.KeyJSON), "subject": "melissa.payet@example.com",
		"tokenUrl": credentials.TokenURL, "calendarUrl": credentials.CalendarURL,
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", "google.mjs", directory, string(argument))
	if diff := cmp.Diff(decoded(t, sawOfGoogleapis), saw(t, command)); diff != "" {
		t.Errorf("the client saw (-want +got):\n%s", diff)
	}
}

func decoded(t *testing.T, text string) (object map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// sawOfGoogleapis is what google.mjs tells. The library sends no kid.
const sawOfGoogleapis = `{
	"assertionHeaders": [{"alg": "RS256"}, {"alg": "RS256"}],
	"inserted": {
		"kind": "calendar#event", "summary": "Absent", "location": "Brest", "status": "confirmed", "reminders": {"useDefault": false},
		"start": {"date": "2026-12-14"}, "end": {"date": "2026-12-15"}, "properties": {"foreign": "googleapis", "number": "1"}
	},
	"found": [true],
	"updated": {
		"summary": "Away", "location": "Brest", "status": "confirmed", "start": {"date": "2026-12-15"}, "end": {"date": "2026-12-16"},
		"properties": {"foreign": "googleapis", "number": "1"}
	},
	"patched": {
		"summary": "Away", "description": "Notes", "status": "confirmed",
		"start": {"dateTime": "2026-12-15T09:00:00+04:00", "timeZone": "Indian/Reunion"},
		"end": {"dateTime": "2026-12-15T12:00:00+04:00", "timeZone": "Indian/Reunion"},
		"properties": {"foreign": "googleapis", "number": "1", "more": "kept"}
	},
	"pages": ["1,2", "3,4", "5"],
	"deleted": 204, "tombstone": "cancelled", "left": 4,
	"deletedTwice": {"status": 410, "reason": "deleted", "domain": "global"},
	"emptyRange": {"status": 400, "reason": "timeRangeEmpty", "domain": "calendar"},
	"syncToken": {"status": 501, "reason": "SandboxNotImitated", "domain": "global"},
	"unknownPerson": {"status": 400, "reason": "invalid_grant"}
}`
