package databasetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/database"
)

// user is the server's superuser.
const user = "figgosync"

// server is a PostgreSQL of this test binary.
type server struct {
	dir string
	// stdin keeps the server running: it ends with this process, whatever ends
	// that.
	stdin *os.File
}

var errNotInstalled = errors.New("PostgreSQL is not installed: on Debian it is the package postgresql")

var started = sync.OnceValues(startServer)

// start returns the server, started by the first who asks.
func start(t testing.TB) *server {
	t.Helper()
	running, err := started()
	switch {
	case errors.Is(err, errNotInstalled) && os.Getenv("CI") != "true":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return running
}

// script runs the server until its standard input ends, and removes its files.
const script = `
cd "$2" || exit 1
"$1/initdb" -D "$2/data" -U ` + user + ` -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 || exit 1
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c max_connections=200 >>"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$2"
`

func startServer() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// Not below t.TempDir: a socket's path has 107 bytes at most.
	dir, err := os.MkdirTemp("", "figgosync-postgres-")
	if err != nil {
		return nil, err
	}
	end, stdin, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(context.Background(), "/bin/sh", "-c", script, "sh", bin, dir)
	command.Stdin = end
	// Of its own process group: it must outlive an interrupt to clean up.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := asOther(command, dir); err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	_ = end.Close()
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	running := &server{dir: dir, stdin: stdin}
	return running, running.wait(ended)
}

// binaries returns the directory of the newest PostgreSQL's programs, where
// Debian puts them or on the PATH.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		version := func(path string) int {
			n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
			return n
		}
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errNotInstalled
}

// asOther runs the command as an ordinary user: PostgreSQL refuses root.
func asOther(command *exec.Cmd, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	other, err := osuser.Lookup("postgres")
	if err != nil {
		if other, err = osuser.Lookup("nobody"); err != nil {
			return fmt.Errorf("PostgreSQL refuses root, and there is no user postgres or nobody: %w", err)
		}
	}
	uid, err1 := strconv.Atoi(other.Uid)
	gid, err2 := strconv.Atoi(other.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid),
		os.Chmod(dir, 0o755)); err != nil { //nolint:gosec // a socket of tests
		return err
	}
	command.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	command.Env = append(os.Environ(), "HOME="+dir)
	return nil
}

// wait returns once the server answers.
func (s *server) wait(ended <-chan error) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		db, err := database.Open(context.Background(), s.address("postgres"))
		if err == nil {
			return db.Close()
		}
		select {
		case <-ended: //nolint:errcheck // how it ended is in its log
		default:
			if time.Now().Before(deadline) {
				continue
			}
		}
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
	}
}
