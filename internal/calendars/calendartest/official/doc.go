// Package official holds requests against the vendors' own schemas, for tests: Microsoft's
// OpenAPI description of Graph, Exchange's schema files by xmllint, and the discovery
// document inside google.golang.org/api.
//
// Microsoft's files are not part of this repository: they are in a directory shared/schemas
// beside it. Where one is missing, Missing skips a test, and fails it when CI is "true".
package official

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Missing ends a test that cannot do without what is not at hand.
func Missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skipf("skipped, requests are not checked: %v", err)
}

// Schemas finds a file or directory of shared/schemas beside the repository.
func Schemas(parts ...string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	path := filepath.Join(append([]string{"shared", "schemas"}, parts...)...)
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		module, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil || !strings.HasPrefix(string(module), "module github.com/figgosync/figgosync\n") {
			continue
		}
		found := filepath.Join(filepath.Dir(dir), path)
		if _, err := os.Stat(found); err != nil {
			return "", fmt.Errorf("the vendor's schemas are not beside the repository: %w", err)
		}
		return found, nil
	}
	return "", fmt.Errorf("no repository of figgosync is around the working directory, and so no %s beside it", path)
}
