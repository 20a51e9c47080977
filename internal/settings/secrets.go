package settings

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/figgosync/figgosync/internal/record"
)

// maxSecret bounds a secret file. Keys and certificates have a few KiB.
const maxSecret = 1 << 20

const secretHint = "write it here, or {file: PATH}, or {env: NAME}"

// secret reads a secret: inline, {file: PATH} or {env: NAME}. Line breaks at the
// end are not part of it: editors add them to files. Nothing of it, nor of the
// path or the variable's name, is in an error: people write secrets in the wrong
// place.
func (n node) secret() Secret { return Secret(n.kept(true)) }

// kept reads what secret does; guarded warns of files that others can read.
func (n node) kept(guarded bool) string {
	if !n.present() {
		return ""
	}
	text, ok := "", true
	if n.yaml.Kind == yaml.MappingNode {
		text, ok = n.elsewhere(guarded)
	} else {
		before := len(n.r.faults)
		text = n.text()
		ok = len(n.r.faults) == before
		n.r.inlineSecrets = n.r.inlineSecrets || guarded
	}
	text = strings.TrimRight(text, "\r\n")
	if ok && strings.TrimSpace(text) == "" {
		n.fail("it is empty: %s", secretHint)
	}
	return text
}

// elsewhere reads {file: PATH} or {env: NAME}.
func (n node) elsewhere(guarded bool) (string, bool) {
	before := len(n.r.faults)
	f := n.mapping("file", "env")
	file, env := f.at("file"), f.at("env")
	path, name := file.text(), env.text()
	switch {
	case len(n.r.faults) > before:
		return "", false
	case (path == "") == (name == ""):
		n.fail("it must say one thing where the value is: write {file: PATH} or {env: NAME}")
		return "", false
	case name != "":
		value, set := n.r.opts.LookupEnv(name)
		if !set {
			env.fail("the environment variable is not set: set it, or write another name")
		}
		return value, set
	}
	return file.contents(path, guarded)
}

// contents reads a secret file.
func (n node) contents(path string, guarded bool) (string, bool) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(n.r.opts.Dir, path)
	}
	data, info, err := readBounded(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		n.fail("there is no such file: write its path, relative to the directory of the settings")
	case errors.Is(err, fs.ErrPermission):
		n.fail("the file may not be read: give it to the user that figgosync runs as")
	case errors.Is(err, errNotRegular):
		n.fail("it is not a file: write the path of a file")
	case err != nil:
		n.fail("the file cannot be read: check the disk it is on")
	case len(data) > maxSecret:
		n.fail("the file is longer than 1 MiB: no secret is, write the path of another file")
	default:
		if guarded && readableByOthers(info) && !mounted(path) {
			n.warn("others than its owner can read the file: make it chmod 600")
		}
		if guarded {
			return record.SecretText(data), true
		}
		return string(data), true
	}
	return "", false
}

var errNotRegular = errors.New("not a regular file")

func readBounded(path string) ([]byte, fs.FileInfo, error) {
	// Before opening: opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errNotRegular
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	return data, info, err
}

func readableByOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o044 != 0 }

// mounted tells whether path is where container engines mount secrets, readable
// by all inside the container.
func mounted(path string) bool {
	return strings.HasPrefix(path, "/run/secrets/") || strings.HasPrefix(path, "/var/run/secrets/")
}
