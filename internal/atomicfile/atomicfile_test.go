package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/figgosync/figgosync/internal/atomicfile"
)

func TestCreateKeepsAndReplaceReplaces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "keyset.json")
	wantFile := func(content string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q, %v, want %q", got, err, content)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if all, err := os.ReadDir(filepath.Dir(path)); err != nil || len(all) != 1 {
			t.Errorf("beside it: %v, %v", all, err)
		}
	}
	if err := atomicfile.Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	wantFile("first")
	if err := atomicfile.Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created twice: %v", err)
	}
	wantFile("first")
	if err := atomicfile.Replace(path, []byte("third")); err != nil {
		t.Fatal(err)
	}
	wantFile("third")
}
