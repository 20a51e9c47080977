package google

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// described is a part of Google's discovery document.
type described struct {
	Methods map[string]struct {
		HTTPMethod, Path string
	}
	Resources map[string]described
}

func (d described) all() (methods []string) {
	for _, method := range d.Methods {
		methods = append(methods, method.HTTPMethod+" "+method.Path)
	}
	for _, inner := range d.Resources {
		methods = append(methods, inner.all()...)
	}
	return methods
}

// TestEveryMethodIsImitatedOrNamed compares the service's methods with Google's own list.
func TestEveryMethodIsImitatedOrNamed(t *testing.T) {
	t.Parallel()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "calendar", "v3", "calendar-api.json"))
	if err != nil {
		t.Fatal(err)
	}
	var official described
	if err := json.Unmarshal(text, &official); err != nil {
		t.Fatal(err)
	}
	const events, event = "calendars/{calendarId}/events", "calendars/{calendarId}/events/{eventId}"
	known := slices.Concat(otherMethods, []string{"GET " + events, "POST " + events, "GET " + event, "PUT " + event, "PATCH " + event, "DELETE " + event})
	want := official.all()
	slices.Sort(known)
	slices.Sort(want)
	if diff := cmp.Diff(want, known); diff != "" {
		t.Errorf("methods (-Google's +ours):\n%s", diff)
	}
}
