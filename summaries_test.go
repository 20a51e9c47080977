package figgosync_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// summarized are the options whose texts Temporal's Web UI shows beside what they are
// for, and the field that holds each text.
var summarized = map[string]string{
	"StartWorkflowOptions":   "StaticSummary",
	"ChildWorkflowOptions":   "StaticSummary",
	"ScheduleWorkflowAction": "StaticSummary",
	"ActivityOptions":        "Summary",
	"LocalActivityOptions":   "Summary",
	"TimerOptions":           "Summary",
}

// unsummarized are the SDK's functions that make a timer which says not what it is for.
var unsummarized = map[string]bool{"Sleep": true, "NewTimer": true, "AwaitWithTimeout": true}

// What Temporal keeps for us is told in its Web UI: every workflow, activity and timer says
// what it is for.
func TestTemporalIsToldWhatThingsAreFor(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	for _, dir := range []string{"workflows", "activities", "starter", "worker", "api", "internal", "cmd"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(node ast.Node) bool {
				kind, missing := withoutSummary(node)
				if kind != "" {
					found[kind]++
				}
				if missing {
					t.Errorf("%s: %s has no summary for Temporal's Web UI", set.Position(node.Pos()), kind)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for kind := range summarized {
		if found[kind] == 0 {
			t.Errorf("no %s was found: does this test look where they are?", kind)
		}
	}
}

// withoutSummary tells what of the SDK a node is, "" for nothing, and whether it lacks its
// summary.
func withoutSummary(node ast.Node) (kind string, missing bool) {
	switch one := node.(type) {
	case *ast.CompositeLit:
		name, ok := one.Type.(*ast.SelectorExpr)
		field, known := "", false
		if ok {
			field, known = summarized[name.Sel.Name]
		}
		if !known {
			return "", false
		}
		for _, element := range one.Elts {
			pair, _ := element.(*ast.KeyValueExpr)
			if pair == nil {
				continue
			}
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == field {
				return name.Sel.Name, false
			}
		}
		return name.Sel.Name, true
	case *ast.SelectorExpr:
		from, ok := one.X.(*ast.Ident)
		if ok && from.Name == "workflow" && unsummarized[one.Sel.Name] {
			return "workflow." + one.Sel.Name, true
		}
	}
	return "", false
}
