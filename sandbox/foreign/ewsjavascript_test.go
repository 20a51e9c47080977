package foreign_test

import (
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ewsJavascriptVersion = "0.15.3"

// TestEWSJavascriptAPI: the npm package ews-javascript-api works with the sandbox.
func TestEWSJavascriptAPI(t *testing.T) {
	t.Parallel()
	directory := npmPackage(t, "ews-javascript-api", ewsJavascriptVersion)
	_, url := startExchange(t)
	got := saw(t, exec.CommandContext(t.Context(), "node", "exchange.mjs", directory, argument(t, map[string]string{
		"username": `EXAMPLE\svc`, "password": "secret", "url": url, "mailbox": alice, "nobody": "nobody@example.com",
	})))
	if diff := cmp.Diff(decoded(t, sawOfEWSJavascript), got); diff != "" {
		t.Errorf("the client saw (-want +got):\n%s", diff)
	}
}

// sawOfEWSJavascript is what exchange.mjs tells.
const sawOfEWSJavascript = `{
	"calendar": ["Calendar", "IPF.Appointment"],
	"found": [{
		"same": true, "subject": "Absent", "start": "2026-12-14T08:00:00.000Z", "end": "2026-12-14T10:00:00.000Z", "showAs": "OOF",
		"key": "first", "reminder": false
	}],
	"updated": ["Away", "2026-12-15T08:00:00.000Z", "first"],
	"pages": ["More 25,More 24", "More 23,More 22", "More 21"], "total": 5,
	"view": ["More 22", "More 23"],
	"left": 0,
	"deletedTwice": "ErrorItemNotFound",
	"nobody": "ErrorNonExistentMailbox",
	"notImitated": "Sandbox: not imitated: the operation FindFolder"
}`
