package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/standalone/app"
)

// repository is the way from here to its root.
var repository = filepath.Join("..", "..")

// statement is one command of a guide, or a function or variable for those after it.
type statement struct {
	page string
	text string // as the shell's printer writes it, without comments
	node *syntax.Stmt
}

// block is a fenced part of a guide.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// guidePages are the pages a reader takes commands from, those of one language.
func guidePages(t *testing.T, french bool) []string {
	t.Helper()
	patterns := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md"}
	if french {
		patterns = []string{"LISEZMOI.md", "docs/fr/*.md"}
	}
	var pages []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		pages = append(pages, found...)
	}
	return pages
}

func pageText(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func blocksOf(t *testing.T, page string) (blocks []block) {
	t.Helper()
	for _, match := range fence.FindAllStringSubmatch(pageText(t, page), -1) {
		blocks = append(blocks, block{match[1], match[2]})
	}
	return blocks
}

// shellLanguages are the fences whose content a reader pastes into a shell. Those
// without a language show files and output.
var shellLanguages = []string{"sh", "bash", "console"}

// statementsOf parses the shell blocks of a page.
func statementsOf(t *testing.T, page string) (all []statement) {
	t.Helper()
	name, err := filepath.Rel(repository, page)
	if err != nil {
		t.Fatal(err)
	}
	printer := syntax.NewPrinter(syntax.Indent(2))
	for _, b := range blocksOf(t, page) {
		if !slices.Contains(shellLanguages, b.language) {
			continue
		}
		file, err := syntax.NewParser(syntax.KeepComments(false)).Parse(strings.NewReader(b.text), name)
		if err != nil {
			t.Errorf("%s: the shell cannot read this: %v", name, err)
			continue
		}
		for _, node := range file.Stmts {
			var text strings.Builder
			if err := printer.Print(&text, node); err != nil {
				t.Fatal(err)
			}
			all = append(all, statement{name, strings.TrimSpace(text.String()), node})
		}
	}
	return all
}

func statements(t *testing.T, french bool) (all []statement) {
	t.Helper()
	for _, page := range guidePages(t, french) {
		all = append(all, statementsOf(t, page)...)
	}
	if len(all) < 50 {
		t.Fatalf("only %d commands were found", len(all))
	}
	return all
}

// inEnglish turns what stands for a reader's own names in French guides into what
// stands for them in English ones.
var inEnglish = strings.NewReplacer("siege", "headquarters", "RÉPERTOIRE", "DIR", "MOT-DE-PASSE", "PASSWORD", "HÔTE", "HOST",
	"ID-DE-L-ANNUAIRE", "DIRECTORY-ID", "ID-DE-L-APPLICATION", "APPLICATION-ID", "ID-OBJET-ENTREPRISE", "ENTERPRISE-OBJECT-ID",
	"ID-CLIENT", "CLIENT-ID", "Accept-Language: fr", "Accept-Language: en", " --lang fr", "")

// TestBothLanguagesHaveTheSameCommands lets one language's commands be tried for both.
func TestBothLanguagesHaveTheSameCommands(t *testing.T) {
	t.Parallel()
	texts := func(french bool) map[string][]string {
		byPage := map[string][]string{}
		for _, s := range statements(t, french) {
			page := strings.NewReplacer("docs/fr/", "docs/", "LISEZMOI", "README").Replace(s.page)
			byPage[page] = append(byPage[page], inEnglish.Replace(s.text))
		}
		return byPage
	}
	english, french := texts(false), texts(true)
	for _, page := range slices.Sorted(maps.Keys(french)) {
		if diff := cmp.Diff(english[page], french[page]); diff != "" {
			t.Errorf("%s (-English +French):\n%s", page, diff)
		}
	}
	for page := range english {
		_, err := os.Stat(filepath.Join(repository, strings.Replace(page, "docs/", "docs/fr/", 1)))
		if err == nil && page != "CONTRIBUTING.md" && page != "SECURITY.md" && french[page] == nil {
			t.Errorf("%s has commands in English only", page)
		}
	}
}

// trial is what is done with the commands that match a pattern.
type trial struct {
	pattern string
	// check tries the command without running it; nil runs it beside a demonstration.
	check func(t *testing.T, s statement)
	// reason is why it is not run, "" for those that are.
	reason string
}

// trials are looked at in their order; a command that matches none is run.
var trials = []trial{
	{`^(export )?(FIGGOSYNC|TEMPORAL)_\w+=[^ ]*( \w+=[^ ]*)*$`, nil, "variables are compared with the flags by cmd/command's TestEveryVariableIsAFlag"},
	{`^tctl `, tctlIsTemporal, "tctl is no longer released: each of its commands stands beside the same one of temporal"},
	{`^sudo (?:dpkg|systemctl|-u figgosync) `, nil, "packages are installed on no test machine; what is in them is looked at by TestReleaseIsCompleteAndReproducible"},
	{`^sha256sum --check `, nil, "there is no release here; TestReleaseIsCompleteAndReproducible does it to one"},
	{`^docker compose `, composeServices, "there is no Docker here; the file itself is checked by TestComposeFile"},
	{`^temporal workflow (update execute|cancel) --workflow-id removal/`, temporalFlags, "it needs a removal that waits; that one is approved and cancelled is tested by the removal's own tests"},
	{`^make `, makeTargets, "the targets run for minutes, and every continuous integration runs their commands"},
	{`^figgosync start removal `, nil, "the demonstration's synchronizations are in a file: TestRemovalAsksBeforeItRemovesMany runs it on a paused one"},
	{`^temporal workflow update execute --workflow-id initialization/demo/1 --name approve|^curl .*/initializations/ID/approve`, nil, "nothing waits there to be approved: TestAnInitializationWaitsForItsNumbers does the same"},
	{`^temporal workflow .*(removal|reconciliation)/demo/1`, nil, "nothing waits there to be approved: TestRemovalAsksBeforeItRemovesMany and its like do the same"},
	{`^figgosync approve |^curl .*/(removals|reconciliations)/ID|^curl .*/removals `, nil, "nothing waits there to be approved, and a synchronization in a file is not paused: TestOperationsByREST does the same"},
	{`^temporal workflow .* --workflow-id deletions/`, temporalFlags, "it needs deletions that are held: TestManyDeletionsAreHeld does the same"},
	{`^temporal worker deployment `, temporalFlags, "the demonstration's worker has no versions: TestWorkersAreUpgradedUnderLoadAndBack does the same"},
	{`^git clone `, nil, "the repository is here already"},
	{`^(FIGGOSYNC_\w+=\S+ )?(bin/)?figgosync(-standalone)? (up|demo|api|worker|sandbox)\b`, nil, "it runs until it is ended: the other tests here start it; its flags are checked below"},
}

// TestFencesSayWhatTheyHold: a command in a fence that is not a shell's would be tried
// by nobody.
func TestFencesSayWhatTheyHold(t *testing.T) {
	t.Parallel()
	known := slices.Concat(shellLanguages, []string{"", "json", "yaml", "nginx", "powershell"})
	program := regexp.MustCompile(`(?m)^\$ |^(figgosync|figgosync-standalone|curl|temporal|tctl|docker|make|git|go|openssl|kubectl) `)
	for _, french := range []bool{false, true} {
		for _, page := range guidePages(t, french) {
			for _, b := range blocksOf(t, page) {
				if !slices.Contains(known, b.language) {
					t.Errorf("%s: what is a fence of %q?", page, b.language)
				}
				if found := program.FindString(b.text); found != "" && !slices.Contains(shellLanguages, b.language) {
					t.Errorf("%s: %q is in a fence of %q: write sh", page, found, b.language)
				}
			}
		}
	}
}

// TestEveryCommandIsTriedOrSaysWhyNot is about the commands that are not run; those
// that are, TestCommandsOfTheGuides runs.
func TestEveryCommandIsTriedOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	used := map[int]bool{}
	for _, s := range statements(t, false) {
		figgosyncFlags(t, s)
		if at, one := trialOf(s); one.reason != "" {
			used[at] = true
			if one.check != nil {
				one.check(t, s)
			}
		}
	}
	for at, one := range trials {
		if one.reason != "" && !used[at] && !strings.HasPrefix(one.pattern, "^git") {
			t.Errorf("no command is like %s any more", one.pattern)
		}
	}
}

func trialOf(s statement) (int, trial) {
	for at, one := range trials {
		if regexp.MustCompile(one.pattern).MatchString(s.text) {
			return at, one
		}
	}
	return -1, trial{}
}

// figgosyncFlags parses every call of figgosync in a statement, wherever it stands, as
// the command line does: the command exists, and so do its flags and arguments.
func figgosyncFlags(t *testing.T, s statement) {
	t.Helper()
	syntax.Walk(s.node, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok {
			return true
		}
		var words []string
		for _, word := range call.Args {
			words = append(words, wordText(word))
		}
		at := 0 // or behind docker exec, by its path
		if len(words) > 0 && words[0] == "docker" {
			at = slices.Index(words, "/usr/local/bin/figgosync")
		}
		if at < 0 || len(words) == 0 || !slices.Contains([]string{"figgosync", "figgosync-standalone"}, filepath.Base(words[at])) {
			return true
		}
		if err := parseFlags(filepath.Base(words[at]), words[at+1:], true); err != nil {
			t.Errorf("%s: %s: %v", s.page, s.text, err)
		}
		return true
	})
}

// wordText is a word of a command without its quotes.
func wordText(word *syntax.Word) string {
	var text strings.Builder
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			text.WriteString(strings.ReplaceAll(part.Value, `\`, ""))
		case *syntax.SglQuoted:
			text.WriteString(part.Value)
		default:
			_ = syntax.NewPrinter().Print(&text, part)
		}
	}
	return text.String()
}

// parseFlags reads a command line as the binary of that name does.
func parseFlags(binary string, args []string, whole bool) error {
	root := command.Root(binary)
	if binary == "figgosync-standalone" {
		root = command.Root(binary, app.UpCommand(), app.DemoCommand())
	}
	found, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if found == root && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return fmt.Errorf("there is no command %s", args[0])
	}
	found.InitDefaultHelpFlag()
	found.InitDefaultVersionFlag()
	if err := found.ParseFlags(rest); err != nil || !whole {
		return err
	}
	return found.ValidateArgs(found.Flags().Args())
}

// TestCommandsInTheText: what the guides call in the middle of a sentence exists too.
func TestCommandsInTheText(t *testing.T) {
	t.Parallel()
	span := regexp.MustCompile("`(?:bin/)?(figgosync(?:-standalone)?)((?: [^`]+)?)`")
	count := 0
	for _, french := range []bool{false, true} {
		for _, page := range guidePages(t, french) {
			for _, match := range span.FindAllStringSubmatch(fence.ReplaceAllString(pageText(t, page), ""), -1) {
				count++
				args := strings.Fields(strings.NewReplacer("…", "", "...", "", "[", "", "]", "", "|", " ").Replace(match[2]))
				if err := parseFlags(match[1], complete(args), false); err != nil {
					t.Errorf("%s: %s: %v", page, match[0], err)
				}
			}
		}
	}
	if count < 30 {
		t.Errorf("only %d were found", count)
	}
}

// complete gives a flag at the end of a mention, whose value the sentence leaves out,
// one that every type takes.
func complete(args []string) []string {
	if len(args) > 0 && strings.HasPrefix(args[len(args)-1], "--") && !strings.Contains(args[len(args)-1], "=") {
		return args[:len(args)-1]
	}
	return args
}

func makeTargets(t *testing.T, s statement) {
	t.Helper()
	if out, err := exec.Command("make", append([]string{"--directory", repository, "--dry-run"}, strings.Fields(s.text)[1:]...)...).CombinedOutput(); err != nil {
		t.Errorf("%s: %s: %v\n%s", s.page, s.text, err, out)
	}
}

// temporalFlags looks for the flags of a command in what temporal says of it.
func temporalFlags(t *testing.T, s statement) {
	t.Helper()
	temporal, err := exec.LookPath("temporal")
	if err != nil {
		return // TestCommandsOfTheGuides asks for it
	}
	words := strings.Fields(s.text)
	to := slices.IndexFunc(words, func(word string) bool { return strings.HasPrefix(word, "--") })
	help, err := exec.Command(temporal, append(words[1:to:to], "--help")...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %s: %v\n%s", s.page, s.text, err, help)
	}
	for _, word := range words[to:] {
		if flag, _, _ := strings.Cut(word, "="); strings.HasPrefix(flag, "--") && !strings.Contains(string(help), flag+" ") {
			t.Errorf("%s: %s: there is no flag %s", s.page, s.text, flag)
		}
	}
}

// tctlIsTemporal finds the inputs of a command for tctl in those for temporal.
func tctlIsTemporal(t *testing.T, s statement) {
	t.Helper()
	page := filepath.Join(repository, filepath.FromSlash(s.page))
	for _, other := range statementsOf(t, page) {
		for _, text := range regexp.MustCompile(`'[^']+'`).FindAllString(s.text, -1) {
			if strings.HasPrefix(other.text, "temporal ") && strings.Contains(other.text, text) {
				return
			}
		}
	}
	if !strings.Contains(s.text, "query") {
		t.Errorf("%s: %s has no counterpart for temporal", s.page, s.text)
	}
}

// composeServices: the services a command names are in the file.
func composeServices(t *testing.T, s statement) {
	t.Helper()
	file := pageText(t, filepath.Join(repository, "docker-compose.yml"))
	for _, match := range regexp.MustCompile(`(?:exec|run)(?: -T| --rm)* (\w+)|cp (\w+):`).FindAllStringSubmatch(s.text, -1) {
		if service := match[1] + match[2]; !regexp.MustCompile(`(?m)^  ` + service + `:$`).MatchString(file) {
			t.Errorf("%s: %s: docker-compose.yml has no service %s", s.page, s.text, service)
		}
	}
}

// cmdlets are what the guides call in PowerShell, which is not run here: Exchange's and
// Exchange Online's own tools need a server and a tenant
// (learn.microsoft.com/powershell/module/exchangepowershell).
var cmdlets = []string{
	"Connect-ExchangeOnline", "Format-List", "Get-ManagementRoleAssignment", "Get-WebServicesVirtualDirectory", "New-ApplicationAccessPolicy",
	"New-ManagementRoleAssignment", "New-ManagementScope", "New-ServicePrincipal", "Test-ApplicationAccessPolicy", "Test-ServicePrincipalAuthorization",
}

// TestPowerShellIsNotRun: each of its commands is known not to be, and both languages
// have the same.
func TestPowerShellIsNotRun(t *testing.T) {
	t.Parallel()
	code := func(french bool) (lines []string) {
		for _, page := range guidePages(t, french) {
			for _, b := range blocksOf(t, page) {
				if b.language != "powershell" {
					continue
				}
				for line := range strings.Lines(b.text) {
					if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
						lines = append(lines, inEnglish.Replace(line))
					}
				}
			}
		}
		return lines
	}
	english := code(false)
	if diff := cmp.Diff(english, code(true)); diff != "" {
		t.Errorf("PowerShell (-English +French):\n%s", diff)
	}
	found := map[string]bool{}
	for _, line := range english {
		for _, name := range regexp.MustCompile(`\b[A-Z][a-z]+-[A-Z]\w+`).FindAllString(line, -1) {
			found[name] = true
		}
	}
	if diff := cmp.Diff(cmdlets, slices.Sorted(maps.Keys(found))); diff != "" {
		t.Errorf("cmdlets (-listed +in the guides):\n%s", diff)
	}
}
