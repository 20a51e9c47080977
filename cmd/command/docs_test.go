package command_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/cmd/command"
)

const root = "../.."

// standaloneFlag finds the flags of `up` and `demo` in the source: they are in a
// module of its own, which this one does not require.
var standaloneFlag = regexp.MustCompile(`\w+Var\(&[\w.]+, "([a-z0-9-]+)"`)

// documentedFlag is a flag in the first column of a table, with the letters of the
// commands that have it in the second.
var documentedFlag = regexp.MustCompile("(?m)^\\| `(--[a-z0-9-]+)[^|]*\\| ([A-Z ]+|all|toutes) \\|")

// letters stand for commands. U and D are figgosync-standalone's.
var letters = map[string]string{
	"figgosync api": "A", "figgosync worker": "W", "figgosync sign-in-link": "L", "figgosync check": "C",
	"figgosync start initialization": "I", "figgosync start removal": "R", "figgosync start reconciliation": "K", "figgosync approve removal": "P", "figgosync approve reconciliation": "P", "figgosync approve initialization": "I", "figgosync erase": "E", "figgosync sandbox": "B", "figgosync-standalone": "",
	"figgosync settings check": "S", "figgosync settings export": "S", "figgosync settings import": "S",
	"figgosync make-keysets": "M", "figgosync audit verify": "V", "figgosync audit export": "V",
	"figgosync settings migrate": "S", "figgosync settings rotate-key": "S",
}

// lettersOf are those of commands, without U and D.
func lettersOf(t *testing.T, commands []string) string {
	t.Helper()
	var all []string
	for _, one := range commands {
		letter, known := letters[one]
		if !known {
			t.Errorf("%q has no letter", one)
		}
		all = append(all, letter)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "")
}

// documentedFlags returns each flag of a page with its letters, without U and D.
func documentedFlags(t *testing.T, page string) map[string]string {
	t.Helper()
	all := map[string][]string{}
	for _, match := range documentedFlag.FindAllStringSubmatch(read(t, filepath.Join(root, page)), -1) {
		named := strings.Fields(match[2])
		if match[2] == "all" || match[2] == "toutes" {
			named = strings.Split("AWSLCIRKPBEV", "")
		}
		all[match[1]] = append(all[match[1]], slices.DeleteFunc(named, func(l string) bool { return l == "U" || l == "D" })...)
	}
	joined := map[string]string{}
	for flag, named := range all {
		slices.Sort(named)
		joined[flag] = strings.Join(named, "")
	}
	return joined
}

// flagsOf returns each flag with the commands that have it.
func flagsOf(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != "version" {
				all["--"+f.Name] = append(all["--"+f.Name], c.CommandPath())
			}
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(command.Root("figgosync"))
	files, err := filepath.Glob(filepath.Join(root, "standalone", "app", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources of figgosync-standalone: %v", err)
	}
	for _, file := range files {
		for _, match := range standaloneFlag.FindAllStringSubmatch(read(t, file), -1) {
			all["--"+match[1]] = append(all["--"+match[1]], "figgosync-standalone")
		}
	}
	if len(all["--data-dir"]) == 0 || len(all["--database-url"]) < 5 {
		t.Fatalf("flags were not found where they are: %v", slices.Sorted(maps.Keys(all)))
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The pages about configuration have every flag, and none that does not exist.
func TestEveryFlagIsDocumented(t *testing.T) {
	t.Parallel()
	flags := flagsOf(t)
	for _, page := range []string{"docs/configuration.md", "docs/fr/configuration.md"} {
		documented := documentedFlags(t, page)
		for _, flag := range slices.Sorted(maps.Keys(flags)) {
			if got, ok := documented[flag]; !ok {
				t.Errorf("%s has no row for %s of %s", page, flag, strings.Join(flags[flag], ", "))
			} else if want := lettersOf(t, flags[flag]); got != want {
				t.Errorf("%s says that %s is for %q, it is for %q (%s)", page, flag, got, want, strings.Join(flags[flag], ", "))
			}
		}
		for _, flag := range slices.Sorted(maps.Keys(documented)) {
			if flags[flag] == nil {
				t.Errorf("%s has a row for %s, which no command takes", page, flag)
			}
		}
	}
}

// variable is one of figgosync's environment variables. FIGGOSYNC_RECORD and
// FIGGOSYNC_DOC_... are for tests.
var variable = regexp.MustCompile(`\bFIGGOSYNC_[A-Z0-9_]*[A-Z0-9]\b`)

// notFlags are variables in texts that stand for others.
var notFlags = []string{"FIGGOSYNC_SOME_FLAG", "FIGGOSYNC_UNE_OPTION"}

// A variable that no flag reads would be ignored in silence.
func TestEveryVariableIsAFlag(t *testing.T) {
	t.Parallel()
	flags := flagsOf(t)
	files := []string{"README.md", "LISEZMOI.md", "docker-compose.yml", ".env.example", "figgosync.example.yaml"}
	for _, pattern := range []string{"docs/*.md", "docs/fr/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, file := range found {
			name, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, name)
		}
	}
	for _, file := range files {
		for _, name := range variable.FindAllString(read(t, filepath.Join(root, file)), -1) {
			flag := "--" + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "FIGGOSYNC_"), "_", "-"))
			if flags[flag] == nil && flags[strings.TrimSuffix(flag, "-file")] == nil && !slices.Contains(notFlags, name) {
				t.Errorf("%s speaks of %s, but no command has the flag %s", file, name, flag)
			}
		}
	}
}
