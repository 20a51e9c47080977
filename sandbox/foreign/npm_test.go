package foreign_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// npmPackage returns a directory whose node_modules hold the package. It fetches it
// once for all test runs of this user.
func npmPackage(t *testing.T, name, version string) (directory string) {
	t.Helper()
	directory, err := install(name, version)
	if err != nil {
		missing(t, fmt.Sprintf("this test needs Node.js and the npm package %s@%s: %v", name, version, err))
	}
	return directory
}

// install fetches the package into a directory of its own, which then gets its name
// at once: another test run sees all of it or nothing.
func install(name, version string) (directory string, err error) {
	if _, err := exec.LookPath("node"); err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	directory = filepath.Join(cache, "figgosync-test-npm", strings.ReplaceAll(strings.TrimPrefix(name, "@"), "/", "-")+"-"+version)
	if _, err := os.Stat(directory); err == nil {
		return directory, nil
	}
	if err := os.MkdirAll(filepath.Dir(directory), 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(directory), "install-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := npmInstall(work, name+"@"+version); err != nil {
		return "", err
	}
	if err := os.Rename(work, directory); err != nil {
		if _, there := os.Stat(directory); there != nil {
			return "", err
		}
	}
	return directory, nil
}

// installTime is generous: it only ends what would never end.
const installTime = 10 * time.Minute

func npmInstall(work, what string) error {
	ctx, cancel := context.WithTimeout(context.Background(), installTime)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", work, what)
	npm.Dir = work
	npm.WaitDelay = 5 * time.Second
	if output, err := npm.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return fmt.Errorf("npm install: %w: %s", err, lines[len(lines)-1])
	}
	return nil
}
