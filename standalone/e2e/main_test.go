// Package e2e_test runs the product as its users do: the real binary with the
// real Temporal server in it, webhooks in by HTTP, calendars out. What is outside
// of it, Lucca and the calendar systems, is a sandbox in this process, so that the
// mailboxes outlive whatever happens to the product.
//
// FIGGOSYNC_BINARY names a binary to test instead of building one.
package e2e_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the product, built for this run.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if err := parallelByDefault(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "figgosync-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binary, err = product(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// parallelByDefault lets many tests wait at once, which is most of what they do;
// how many products run at once is bounded elsewhere. There must be more than there are
// tests and subtests that wait for a product: a test that has one has parallel parts,
// and waited for ever behind those that waited for its product.
func parallelByDefault() error {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if set {
		return nil
	}
	return flag.Set("test.parallel", "1000")
}

// product builds the product as the Makefile does.
func product(dir string) (string, error) {
	if given := os.Getenv("FIGGOSYNC_BINARY"); given != "" {
		return filepath.Abs(given)
	}
	path := filepath.Join(dir, "figgosync-standalone")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the product: %w\n%s", err, out)
	}
	return path, nil
}
