package e2e_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The demo is what a newcomer sees first: it plays one absence in each calendar,
// says what to open, and the commands it prints work as they are.
func TestDemo(t *testing.T) {
	t.Parallel()
	running <- struct{}{}
	defer func() { <-running }()
	home, out := t.TempDir(), &buffer{}
	dir := filepath.Join(home, "data")
	api, grpc, webUI, sandbox := freePort(t), freePort(t), freePort(t), freePort(t)
	cmd := exec.Command(binary, "demo", "--data-dir", dir, "--listen", loopback(api), "--temporal-port", strconv.Itoa(grpc),
		"--temporal-web-ui-port", strconv.Itoa(webUI), "--sandbox-listen", loopback(sandbox))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = home, environment(home), out, out
	demo, err := startProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		demo.signal(syscall.SIGKILL)
		<-demo.done
		if t.Failed() {
			t.Logf("the demo printed:\n%s", tail(out.String(), 60))
		}
	})
	eventually(t, "the demo has played", func() error { return played(demo, out.String()) })
	t.Run("three lines", func(t *testing.T) { threeLines(t, out.String()) })
	t.Run("what to open", func(t *testing.T) { everyPageOpens(t, out.String(), webUI, sandbox) })
	t.Run("the printed commands", func(t *testing.T) { printedCommandsWork(t, out.String()) })

	demo.signal(syscall.SIGTERM)
	if !demo.waitEnded(15 * time.Second) {
		t.Fatal("the demo did not end within 15 s of SIGTERM")
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 || demo.leftovers() {
		t.Errorf("exit code %d, something left running: %t", code, demo.leftovers())
	}
	for _, port := range []int{api, grpc, webUI, sandbox} {
		if answers(port) {
			t.Errorf("somebody still listens on port %d", port)
		}
	}
	for _, path := range filesBelow(t, home) {
		if !strings.HasPrefix(path, dir+"/") {
			t.Errorf("it wrote %s, outside of its data directory", path)
		}
	}
	for line := range strings.Lines(out.String()) {
		// That everybody knows its secrets is said on purpose.
		if strings.Contains(line, "level=") && !strings.Contains(line, "the demonstration's secrets") {
			t.Errorf("it logged although all went well: %s", line)
		}
	}
}

func played(demo *process, text string) error {
	switch {
	case demo.ended():
		return fmt.Errorf("it ended: %v", demo.err)
	case !strings.Contains(text, "Now you try") || !strings.HasSuffix(text, "\n\n"):
		return fmt.Errorf("it does not yet say what to try")
	}
	return nil
}

func threeLines(t *testing.T, text string) {
	for _, system := range []string{"Outlook (Office 365)", "Outlook (Exchange)", "Google Calendar"} {
		line := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(system) + `.*  tentative in [\d.]+ s  confirmed in [\d.]+ s  gone in [\d.]+ s$`)
		if !line.MatchString(text) {
			t.Errorf("no line tells that %s showed it tentative, confirmed and gone", system)
		}
	}
}

// codecKey is the key in the printed link that shows what is in the workflows, "" when
// none is printed yet.
func codecKey(printed string) string {
	found := regexp.MustCompile(`/codec/(\w+)`).FindStringSubmatch(printed)
	if found == nil {
		return ""
	}
	return found[1]
}

// everyPageOpens opens the addresses above the play.
func everyPageOpens(t *testing.T, text string, webUI, sandbox int) {
	t.Helper()
	above, _, _ := strings.Cut(text, "Now you try")
	addresses := regexp.MustCompile(`http://[^\s]+`).FindAllString(above, -1)
	if !slices.ContainsFunc(addresses, func(one string) bool {
		return strings.HasPrefix(one, "http://"+loopback(webUI)+"/codec/")
	}) {
		t.Error("it does not print a link that shows what is in the workflows")
	}
	for _, must := range []string{fmt.Sprintf("http://%s/sandbox", loopback(sandbox)), "http://" + loopback(webUI)} {
		if !strings.Contains(strings.Join(addresses, " ")+" ", must+" ") {
			t.Errorf("it does not name %s", must)
		}
	}
	for _, address := range addresses {
		response, err := httpClient.Get(address)
		if err != nil {
			t.Error(err)
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s answers %d, %s: no page", address, response.StatusCode, response.Header.Get("Content-Type"))
		}
	}
}

// printedCommandsWork runs them in their order, with the id of the leave that the
// first one made.
func printedCommandsWork(t *testing.T, text string) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not in PATH")
	}
	lines := regexp.MustCompile(`(?m)^  (curl .*)$`).FindAllStringSubmatch(text, -1)
	if len(lines) != 5 {
		t.Fatalf("%d commands are printed, want 5", len(lines))
	}
	run := func(line, id string) string {
		t.Helper()
		line = regexp.MustCompile(`\bID\b`).ReplaceAllString(line, id)
		out, err := exec.Command("sh", "-c", strings.Replace(line, "curl ", "curl --fail-with-body --max-time 20 ", 1)).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		return string(out)
	}
	request, approve, remove, look, tell := lines[0][1], lines[1][1], lines[2][1], lines[3][1], lines[4][1]
	made := regexp.MustCompile(`"id":"(\d+)"`).FindStringSubmatch(run(request, ""))
	if made == nil {
		t.Fatal("the first command tells no id")
	}
	id := made[1]
	day := regexp.MustCompile(`"startsOn":"([\d-]+)"`).FindStringSubmatch(request)[1]
	shows := func(what, words string, want bool) {
		t.Helper()
		eventually(t, what, func() error {
			if got := run(look, id); strings.Contains(got, words) != want {
				return fmt.Errorf("it shows %s", got)
			}
			return nil
		})
	}
	shows("the calendar shows the request", `"start":"`+day, true)
	run(approve, id)
	eventually(t, "the API tells that it is written", func() error {
		if got := run(tell, id); !strings.Contains(got, `"status":"synced"`) || !strings.Contains(got, `"kind":"approved"`) {
			return fmt.Errorf("it tells %s", got)
		}
		return nil
	})
	run(remove, id)
	shows("the calendar no longer shows it", `"start":"`+day, false)
}
