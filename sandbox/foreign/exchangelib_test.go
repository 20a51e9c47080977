package foreign_test

import (
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// debianPython is the interpreter Debian's packages are installed for, whatever
// other one the machine has.
const debianPython = "/usr/bin/python3"

// TestExchangelib: Debian's python3-exchangelib works with the sandbox.
func TestExchangelib(t *testing.T) {
	t.Parallel()
	const install = "apt-get install python3-exchangelib"
	python := need(t, debianPython, install)
	if output, err := exec.Command(python, "-c", "import exchangelib").CombinedOutput(); err != nil {
		missing(t, "exchangelib is not at hand: "+install+": "+string(output))
	}
	_, url := startExchange(t)
	got := saw(t, exec.CommandContext(t.Context(), python, "exchange.py", argument(t, map[string]string{
		"username": `EXAMPLE\svc`, "password": "secret", "url": url, "mailbox": alice, "nobody": "nobody@example.com",
	})))
	if diff := cmp.Diff(decoded(t, sawOfExchangelib), got); diff != "" {
		t.Errorf("the client saw (-want +got):\n%s", diff)
	}
}

func argument(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// saw runs a client and returns what it tells.
func saw(t *testing.T, client *exec.Cmd) map[string]any {
	t.Helper()
	output, err := client.Output()
	if failed, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%v: %s", err, failed.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return decoded(t, string(output))
}

// sawOfExchangelib is what exchange.py tells.
const sawOfExchangelib = `{
	"version": "Exchange2016",
	"calendar": ["Calendar", "IPF.Appointment"],
	"found": {
		"same": true, "subject": "Absent", "start": "2026-12-14T09:00:00+01:00", "end": "2026-12-14T11:00:00+01:00", "showAs": "OOF",
		"key": "first", "reminder": false, "organizer": "Organizer"
	},
	"updated": [["Away", "changed"]],
	"conflict": "ErrorIrresolvableConflict",
	"days": [true, "2026-12-15", "2026-12-16"],
	"paged": ["More 3", "More 2", "More 1", "Days"],
	"pagedBySubject": ["More 1", "More 2", "More 3"],
	"from22": 2, "marked": 5,
	"view": ["Days", "More 1"],
	"left": 0, "bin": "Deleted Items",
	"deletedTwice": ["ErrorItemNotFound"],
	"nobody": "ErrorNonExistentMailbox",
	"notImitated": "Sandbox: not imitated: the folder conflicts",
	"reply": ["Scheduled", "Known", "Zurück <bald>", "Away", true, 7]
}`
