package figgosync_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/figgosync/figgosync"

// layers are the areas of the module from the top down: a package and those below it. An
// area may use areas of lower layers and its own packages, never its own layer or above.
var layers = [][]string{
	{"cmd", "standalone"},
	{"worker", "api"},
	{"admin"},
	{"starter", "activities", "access", "delays", "alerts"},
	{"workflows", "figgo", "settings", "engine", "web", "reconcile"},
	{"calendars", "database", "egress", "hosts", "sse"},
	{"absence", "record", "problem", "atomicfile", "tracing"},
}

// also are imports within one layer that are meant.
var also = map[string][]string{
	"sandbox":          {"sandbox", "calendars/windowszones"},
	"calendars/graph":  {"calendars", "calendars/mailboxzone", "calendars/windowszones", "calendars/reach", "calendars/replytext", "calendars/transport"},
	"calendars/ews":    {"calendars", "calendars/windowszones", "calendars/mailboxzone", "calendars/reach", "calendars/replytext", "calendars/transport"},
	"calendars/google": {"calendars", "calendars/reach", "calendars/replytext", "calendars/transport"},
	"calendars/all":    {"calendars", "calendars/graph", "calendars/ews", "calendars/google"},
	"cmd":              {"cmd", "sandbox"},
	"standalone":       {"standalone", "cmd", "sandbox"},
	"api":              {"api"},
	"web":              {"web"},
	"calendars":        {"calendars", "egress"},
	"settings":         {"settings"},
	"database":         {"database"},
	"figgo":            {"figgo"},
	"access":           {"access"},
}

// never are imports from outside that an area must not have.
var never = map[string][]string{
	"absence":   {"net", "net/http", "os", "go.temporal.io/", "time/tzdata"},
	"workflows": {"net", "net/http", "os", "math/rand"},
	"calendars": {"go.temporal.io/"},
	"figgo":     {"go.temporal.io/"},
	"settings":  {"go.temporal.io/"},
	"sandbox":   {"go.temporal.io/"},
}

func TestImportsRunDownOnly(t *testing.T) {
	count := 0
	for file, imports := range importsOf(t, ".") {
		from := inside(filepath.ToSlash(filepath.Dir(file)))
		for _, path := range imports {
			if path == module || strings.HasPrefix(path, module+"/") {
				to := inside(strings.TrimPrefix(strings.TrimPrefix(path, module), "/"))
				if to != from && !allowed(from, to) {
					t.Errorf("%s imports %s: imports run down only", file, to)
				}
				count++
				continue
			}
			for _, forbidden := range never[area(from)] {
				if path == forbidden || strings.HasSuffix(forbidden, "/") && strings.HasPrefix(path, forbidden) {
					t.Errorf("%s imports %s, which %s must not", file, path, area(from))
				}
			}
		}
	}
	if count == 0 {
		t.Fatal("no import of ours was found: this test looks in the wrong place")
	}
}

// What is for tests is never part of a program.
func TestNoProgramHoldsWhatIsForTests(t *testing.T) {
	const helpers = module + "/internal/calendars/calendartest"
	const within = "internal/calendars/calendartest"
	count := 0
	for file, imports := range importsOf(t, ".") {
		for _, path := range imports {
			if path != helpers && !strings.HasPrefix(path, helpers+"/") {
				continue
			}
			if !strings.HasPrefix(filepath.ToSlash(file), within+"/") {
				t.Errorf("%s imports %s, which is for tests", file, path)
			}
		}
		if strings.HasPrefix(filepath.ToSlash(file), within+"/") {
			count++
		}
	}
	if count == 0 {
		t.Fatal("no helper of tests was found: this test looks in the wrong place")
	}
}

// importsOf returns the imports of every Go file that is not a test, by path.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && path != "." || entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			all[path] = append(all[path], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// inside is the name of a package without "internal/", which hides packages from
// other modules and says nothing of their layer.
func inside(path string) string { return strings.TrimPrefix(path, "internal/") }

func area(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// within tells whether path is area or below it.
func within(path, area string) bool { return path == area || strings.HasPrefix(path, area+"/") }

func allowed(from, to string) bool {
	// The closest rule about the area decides.
	for name := from; name != "."; name = filepath.ToSlash(filepath.Dir(name)) {
		rule, ok := also[name]
		if !ok {
			continue
		}
		for _, target := range rule {
			if to == target || within(to, target) && !strings.Contains(target, "/") && name == area(from) {
				return true
			}
		}
		if strings.Contains(name, "/") && layer(to) == layer(from) {
			return false
		}
	}
	return layer(to) > layer(from) && layer(from) >= 0
}

func layer(path string) int {
	for i, areas := range layers {
		for _, name := range areas {
			if within(path, name) {
				return i
			}
		}
	}
	return -1
}

// Production binaries stay lean: the main module never requires the server.
func TestTheMainModuleDoesNotRequireTheServer(t *testing.T) {
	for file, imports := range importsOf(t, ".") {
		if strings.HasPrefix(filepath.ToSlash(file), "standalone/") {
			continue
		}
		for _, path := range imports {
			if strings.HasPrefix(path, "go.temporal.io/server") || strings.HasPrefix(path, "github.com/temporalio/ui-server") {
				t.Errorf("%s imports %s: only standalone may", file, path)
			}
			if path == "github.com/microsoftgraph/msgraph-sdk-go" {
				t.Errorf("%s imports the root of msgraph-sdk-go, which pulls in 80 packages more than it needs", file)
			}
		}
	}
}

// Every package says what it is for.
func TestEveryPackageHasADocComment(t *testing.T) {
	documented := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && path != "." || entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		documented[dir] = documented[dir] || file.Doc != nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", dir)
		}
	}
}
