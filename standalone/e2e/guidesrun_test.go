package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// answers are what commands must print besides ending well.
var answersOfCommands = []struct{ command, output string }{
	{`^send `, `^202\n$`},
	{`^half `, `^202\n$`},
	{`echo=hello`, `^hello`},
	{`^figgosync sign-in-link`, `/sign-in/link#`},
	{`^figgosync settings export`, `^$`},
	{`^figgosync check`, `✓`},
	{`--ntlm`, `^200\n$`},
	{`--type state`, `manual-1`},
	{`^temporal workflow count`, `(?i)total`},
	{`/mailboxes/jane\.doe@example\.com/events$`, `^\[`}, {`/events/N -d`, `At home`},
}

// guideWorld is a demonstration in a directory of its own, where commands are run.
type guideWorld struct {
	home, out                 string
	api, grpc, webUI, sandbox int
	codecKey                  string
	names                     *strings.Replacer
}

// TestCommandsOfTheGuides runs every command of the guides beside a demonstration, page
// by page, each page in one shell, as a reader would. What the reader has to fill in
// is filled in.
func TestCommandsOfTheGuides(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl", "openssl", "temporal"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") == "true" {
			t.Fatalf("%s is not in PATH", program)
		} else if err != nil {
			t.Skipf("%s is not in PATH", program)
		}
	}
	w := startGuideWorld(t)
	byPage, pages := map[string][]statement{}, []string(nil)
	for _, s := range statements(t, false) {
		if _, one := trialOf(s); one.reason != "" {
			continue
		}
		if !slices.Contains(pages, s.page) {
			pages = append(pages, s.page)
		}
		byPage[s.page] = append(byPage[s.page], s)
	}
	// What takes events away comes last.
	order := func(page string) int { return slices.Index([]string{"docs/removal.md", "docs/security.md"}, page) }
	slices.SortStableFunc(pages, func(a, b string) int { return order(a) - order(b) })
	for _, page := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) { w.run(t, byPage[page]) })
	}
}

func startGuideWorld(t *testing.T) *guideWorld {
	t.Helper()
	running <- struct{}{}
	t.Cleanup(func() { <-running })
	home, out := t.TempDir(), &buffer{}
	w := &guideWorld{home: home, out: filepath.Join(home, "out"), api: freePort(t), grpc: freePort(t), webUI: freePort(t), sandbox: freePort(t)}
	cmd := exec.Command(binary, "demo", "--no-play", "--data-dir", filepath.Join(home, "figgosync-data"), "--listen", loopback(w.api),
		"--temporal-port", strconv.Itoa(w.grpc), "--temporal-web-ui-port", strconv.Itoa(w.webUI), "--sandbox-listen", loopback(w.sandbox))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = home, environment(home), out, out
	demo, err := startProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		demo.signal(syscall.SIGTERM)
		<-demo.done
		if t.Failed() {
			t.Logf("the demonstration printed:\n%s", tail(out.String(), 40))
		}
	})
	w.furnish(t)
	eventually(t, "the demonstration is ready", func() error {
		if demo.ended() {
			t.Fatalf("it ended: %v", demo.err)
		}
		response, err := httpClient.Get("http://" + loopback(w.api) + "/readyz")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != 200 {
			return fmt.Errorf("/readyz answers %d", response.StatusCode)
		}
		if w.codecKey = codecKey(out.String()); w.codecKey == "" {
			return errors.New("it has not printed the link to the workflows")
		}
		return nil
	})
	w.prepare(t)
	return w
}

// prepare makes what the guides' commands find there: a namespace without search
// attributes, and the settings of a sandbox.
func (w *guideWorld) prepare(t *testing.T) {
	t.Helper()
	temporal := func(args ...string) error {
		cmd := exec.Command("temporal", append(args, "--address", loopback(w.grpc), "--namespace", "guides")...)
		cmd.Env = environment(w.home)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("temporal %v: %w: %s", args, err, out)
		}
		return nil
	}
	if err := temporal("operator", "namespace", "create"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the namespace is known", func() error { return temporal("operator", "search-attribute", "list") })
	file := filepath.Join(w.home, "sandbox.yaml")
	cmd := exec.Command(binary, "sandbox", "--listen", loopback(freePort(t)), "--write-settings", file)
	cmd.Env = environment(w.home)
	sandbox, err := startProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		sandbox.signal(syscall.SIGTERM)
		<-sandbox.done
	}()
	eventually(t, "the sandbox wrote its settings", func() error { _, err := os.Stat(file); return err })
}

// furnish puts the programs and files there that the guides speak of.
func (w *guideWorld) furnish(t *testing.T) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(w.home, "bin"), 0o755))
	must(os.MkdirAll(w.out, 0o755))
	for _, name := range []string{"figgosync", "figgosync-standalone"} {
		must(os.Symlink(binary, filepath.Join(w.home, "bin", name)))
	}
	must(os.MkdirAll(filepath.Join(w.home, "imported"), 0o700))
	must(os.CopyFS(filepath.Join(w.home, "deploy"), os.DirFS(filepath.Join(repository, "deploy"))))
	api := "http://" + loopback(w.api)
	w.names = strings.NewReplacer(
		"http://127.0.0.1:8080", api, "https://figgosync.example.com", api, "https://HOST", api,
		"127.0.0.1:8233", loopback(w.webUI), "127.0.0.1:9090", loopback(w.sandbox),
		"https://mail.acme.example/ews/exchange.asmx", "http://"+loopback(w.sandbox)+"/EWS/Exchange.asmx",
		`'ACME\SynchroFiggoUser'`, `"$EWS_ACCOUNT"`,
		"headquarters", "demo-office365", `"connection":"office"`, `"connection":"demo-office365"`, `"legalEntities":["1","2"]`, `"legalEntities":["1"]`,
		`"source":"acme"`, `"source":"demo"`, "--source acme", "--source demo", `'If-Match: "3"'`, `"If-Match: $VERSION"`,
		"/events/N", "/events/$EVENT", "SOURCE/ID", "demo/$LEAVE", "/leaves/ID", "/leaves/$ID", "/initializations/ID", "/initializations/$ID", "/initializations/$ID", "/initializations/$RUN",
		"sqlite:figgosync-data/", "sqlite:imported/", "sqlite:DIR/", "sqlite:figgosync-data/",
		"search-attribute create", "search-attribute create --namespace guides",
		// Where there is no terminal to ask on, --yes is needed.
		"--employee 416", "--employee 416 --yes", "endpoints sandbox.yaml", "endpoints --yes sandbox.yaml",
	)
}

// preamble is what a page's shell knows before its first command: the reader's token
// and names, an absence that is written, and curl, which fails when it is refused and
// ends what would go on.
func (w *guideWorld) preamble() string {
	return `set -u
export FIGGOSYNC_ALLOW_INSECURE_ENDPOINTS=true TOKEN=demo-admin-token TEMPORAL_ADDRESS=` + loopback(w.grpc) + ` PATH="` + filepath.Join(w.home, "bin") + `:$PATH"
API=http://` + loopback(w.api) + ` SANDBOX=http://` + loopback(w.sandbox) + `/sandbox KEY=` + w.codecKey + ` ID= VERSION= EWS_ACCOUNT='EXAMPLE\svc-figgosync:demo-exchange-password'
curl() {
  local status=0
  case " $* " in
    *" -N "*) command curl --fail-with-body --max-time 3 "$@" || status=$?; [ $status = 28 ] || return $status ;; # a stream is cut
    *) command curl --fail-with-body --max-time 30 "$@" ;;
  esac
}
note() { # what the next command may need of the last one's output
  local found
  found=$(grep -o '"id":"[^"]*"' "$1" | head -n 1 | cut -d '"' -f 4)
  [ -z "$found" ] || ID=$found
  found=$(grep -i '^etag:' "$1" | cut -d ' ' -f 2 | tr -d '\r')
  [ -z "$found" ] || VERSION=$found
}
`
}

// absence asks for an absence, waits until it is written, and starts an initialization.
const absence = `command curl -s -o /dev/null -X POST -H "Authorization: Bearer $TOKEN" $API/api/v1/synchronizations/demo-office365/resume # a page before may have paused it
RUN=$(curl -s -H "Authorization: Bearer $TOKEN" $API/api/v1/initializations -d '{"synchronization":"demo-office365","since":"2026-10-01","dryRun":true}' |
  grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)
LEAVE=$(curl -s $SANDBOX/leaves -d '{"employee":"416","startsOn":"2026-11-02"}' | grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)
for _ in $(seq 300); do
  curl -s -H "Authorization: Bearer $TOKEN" "$API/api/v1/absences/demo/$LEAVE" | grep -q '"status":"synced"' && break
  sleep 0.2
done
EVENT=$(curl -s $SANDBOX/mailboxes/jane.doe@example.com/events | grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)
`

// before is what a page tells its reader to do on the settings page before its commands.
var before = map[string]string{
	"docs/removal.md": `curl -s -o /dev/null -X POST -H "Authorization: Bearer $TOKEN" $API/api/v1/synchronizations/demo-office365/pause
`,
}

var marker = regexp.MustCompile(`(?m)^@@@ (\d+) (\d+)$`)

// run runs a page's commands in one shell and looks at how each ended.
func (w *guideWorld) run(t *testing.T, page []statement) {
	var script strings.Builder
	script.WriteString(w.preamble() + absence + before[page[0].page])
	dir, err := os.MkdirTemp(w.out, "page-")
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range page {
		text := w.names.Replace(s.text)
		if isDefinition(s.node) {
			script.WriteString(text + "\n")
			continue
		}
		file := filepath.Join(dir, strconv.Itoa(i))
		fmt.Fprintf(&script, "{\n%s\n} >%s 2>%s.err <<<y\necho \"@@@ %d $?\"\nnote %s\n", text, file, file, i, file)
	}
	cmd := exec.CommandContext(t.Context(), "bash")
	cmd.Dir, cmd.Env, cmd.Stdin = w.home, environment(w.home), strings.NewReader(script.String())
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("the shell: %v\n%s", err, printed)
	}
	ended := map[string]string{}
	for _, match := range marker.FindAllStringSubmatch(string(printed), -1) {
		ended[match[1]] = match[2]
	}
	for i, s := range page {
		if isDefinition(s.node) {
			continue
		}
		out, _ := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)))
		errors, _ := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)+".err"))
		if ended[strconv.Itoa(i)] != "0" {
			t.Errorf("%s ended with %q:\n%s%s", s.text, ended[strconv.Itoa(i)], out, errors)
		}
		for _, want := range answersOfCommands {
			if regexp.MustCompile(want.command).MatchString(s.text) && !regexp.MustCompile(want.output).Match(out) {
				t.Errorf("%s printed %q, want %s", s.text, out, want.output)
			}
		}
	}
}

// isDefinition is true of functions and variables, which the shell keeps.
func isDefinition(node *syntax.Stmt) bool {
	switch command := node.Cmd.(type) {
	case *syntax.FuncDecl:
		return true
	case *syntax.CallExpr:
		return len(command.Args) == 0
	}
	return false
}
