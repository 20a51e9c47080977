package texts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/web/texts"
)

// Every reason an absence can be stuck for is explained: the constants named Reason...
// of activities and workflows, and those of type Reason of calendars.
func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	found := 0
	for _, dir := range []string{"activities", "workflows", filepath.Join("internal", "calendars")} {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, code := range reasonsIn(file) {
				found++
				if _, ok := texts.Reasons()[code]; !ok {
					t.Errorf("%s: the reason %q has no text", path, code)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d reasons were found", found)
	}
}

func reasonsIn(file *ast.File) (codes []string) {
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		typed, _ := spec.Type.(*ast.Ident)
		for i, name := range spec.Names {
			is := strings.HasPrefix(strings.ToLower(name.Name), "reason") || typed != nil && typed.Name == "Reason"
			if !is || i >= len(spec.Values) {
				continue
			}
			if literal, ok := spec.Values[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				code, _ := strconv.Unquote(literal.Value)
				codes = append(codes, code)
			}
		}
		return true
	})
	return codes
}
