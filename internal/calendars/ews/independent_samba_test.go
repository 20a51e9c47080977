//go:build linux

package ews_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	sandbox "github.com/figgosync/figgosync/sandbox/exchange"
)

const sambaPackages = "apt-get install -y --no-install-recommends winbind samba-common-bin libnss-wrapper libuid-wrapper"

// sambaConfig is a server of its own that knows no domain: winbindd answers for
// the accounts of the password database. Nothing listens on the network.
const sambaConfig = `[global]
	netbios name = EX
	workgroup = EXAMPLE
	server role = standalone server
	passdb backend = tdbsam:DIR/private/passdb.tdb
	private dir = DIR/private
	state directory = DIR/state
	lock directory = DIR/lock
	cache directory = DIR/cache
	pid directory = DIR/pid
	ncalrpc dir = DIR/ncalrpc
	winbindd socket directory = DIR/socket
	logging = file
	log file = DIR/log/log
	disable netbios = yes
	rpc start on demand helpers = no
	pam password change = no
	unix password sync = no
`

// samba is a winbindd of the test's own with the accounts alice and bob, and
// the ntlm_auth that asks it.
type samba struct {
	ntlmAuth, config string
	environment      []string
}

// startSamba uses the two wrapper libraries that Samba's own tests use: its
// accounts must be accounts of the system too, and it insists on being root.
func startSamba(t testing.TB, passwords map[string]string) *samba {
	t.Helper()
	paths := needs(t, sambaPackages, "winbindd", "smbpasswd", "ntlm_auth",
		"/usr/lib/*/libnss_wrapper.so", "/usr/lib/*/libuid_wrapper.so")
	dir := scratch(t, "private", "state", "lock", "cache", "pid", "ncalrpc", "log")
	s := &samba{ntlmAuth: paths[2], config: filepath.Join(dir, "smb.conf")}
	write(t, s.config, strings.ReplaceAll(sambaConfig, "DIR", dir))
	write(t, filepath.Join(dir, "passwd"), "root:x:0:0::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"+
		"alice:x:7001:7001::/:/bin/false\nbob:x:7002:7001::/:/bin/false\n")
	write(t, filepath.Join(dir, "group"), "root:x:0:\nnogroup:x:65534:\npeople:x:7001:\n")
	s.environment = append(os.Environ(), "LC_ALL=C.UTF-8",
		"LD_PRELOAD="+paths[3]+":"+paths[4], "UID_WRAPPER=1", "UID_WRAPPER_ROOT=1",
		"NSS_WRAPPER_PASSWD="+dir+"/passwd", "NSS_WRAPPER_GROUP="+dir+"/group",
		"SELFTEST_WINBINDD_SOCKET_DIR="+dir+"/socket")
	for login, password := range passwords {
		_, name, _ := strings.Cut(login, `\`)
		add := s.command(t.Context(), paths[1], "-c", s.config, "-L", "-s", "-a", name)
		add.Stdin = strings.NewReader(password + "\n" + password + "\n")
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("smbpasswd: %v\n%s", err, out)
		}
	}
	winbindd := launch(t, s.environment, paths[0], "-F", "--no-process-group", "-s", s.config, "-l", dir+"/log")
	if !winbindd.await(func() bool { return s.knowsAccounts(t.Context()) }) {
		t.Fatalf("winbindd is not ready:\n%s", winbindd.said())
	}
	return s
}

func (s *samba) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = s.environment
	return command
}

// knowsAccounts tells whether a wrong password is already refused as such.
func (s *samba) knowsAccounts(ctx context.Context) bool {
	out, _ := s.command(ctx, s.ntlmAuth, "--configfile="+s.config, "--domain=EX", "--username=alice", "--password=not hers").CombinedOutput()
	return strings.Contains(string(out), "NT_STATUS_WRONG_PASSWORD")
}

// helper is an ntlm_auth process; it serves one connection.
type helper struct {
	input  io.WriteCloser
	output *bufio.Reader
	ended  chan struct{}
}

func (s *samba) helper(ctx context.Context) (*helper, error) {
	command := s.command(ctx, s.ntlmAuth, "--configfile="+s.config, "--helper-protocol=squid-2.5-ntlmssp")
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	h := &helper{input: input, output: bufio.NewReader(output), ended: make(chan struct{})}
	go func() { defer close(h.ended); _ = command.Wait() }()
	return h, nil
}

// ask speaks Squid's helper protocol: YR with message 1 gets TT with the
// challenge, KK with message 3 gets AF with the account, or NA and why not.
func (h *helper) ask(verb, token string) (code, argument string, err error) {
	if _, err := fmt.Fprintf(h.input, "%s %s\n", verb, token); err != nil {
		return "", "", err
	}
	line, err := h.output.ReadString('\n')
	code, argument, _ = strings.Cut(strings.TrimSpace(line), " ")
	return code, argument, err
}

// sambaServer is an HTTP server that lets Samba sign in its connections and
// hands their requests to the sandbox.
type sambaServer struct {
	t       testing.TB
	samba   *samba
	service *signedInExchange

	connections sync.Map // net.Conn to *sambaConnection
	signIns     atomic.Int64
	refused     atomic.Int64
}

type sambaConnection struct {
	helper  *helper
	account string
}

type sambaConnectionKey struct{}

func newSambaServer(t testing.TB, s *samba, service *signedInExchange) (*sambaServer, string) {
	t.Helper()
	server := &sambaServer{t: t, samba: s, service: service}
	listening := httptest.NewUnstartedServer(server)
	listening.Config.ConnContext = server.connect
	listening.Config.ConnState = server.disconnect
	listening.Start()
	t.Cleanup(listening.Close)
	return server, listening.URL + sandbox.Path
}

func (s *sambaServer) connect(ctx context.Context, c net.Conn) context.Context {
	connection := &sambaConnection{}
	s.connections.Store(c, connection)
	return sandbox.ConnContext(context.WithValue(ctx, sambaConnectionKey{}, connection), c)
}

// disconnect ends the connection's helper, which ends with its input.
func (s *sambaServer) disconnect(c net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	if connection, ok := s.connections.LoadAndDelete(c); ok {
		if h := connection.(*sambaConnection).helper; h != nil {
			_ = h.input.Close()
			<-h.ended
		}
	}
}

// ServeHTTP knows no account by itself: who a connection belongs to is only
// what ntlm_auth said.
func (s *sambaServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	connection := r.Context().Value(sambaConnectionKey{}).(*sambaConnection)
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case scheme == "" && connection.account != "":
		s.service.serve(w, r, connection.account)
	case scheme == "NTLM":
		s.signIn(w, r, connection, token)
	default:
		s.refuse(w, "NTLM")
	}
}

func (s *sambaServer) signIn(w http.ResponseWriter, r *http.Request, connection *sambaConnection, token string) {
	verb := map[uint32]string{1: "YR", 3: "KK"}[messageType(token)]
	connection.account = ""
	if connection.helper == nil {
		h, err := s.samba.helper(context.Background())
		if err != nil {
			s.t.Errorf("ntlm_auth: %v", err)
			return
		}
		connection.helper = h
	}
	code, argument, err := connection.helper.ask(verb, token)
	switch {
	case err != nil:
		s.t.Errorf("ntlm_auth: %v", err)
	case verb == "YR" && code == "TT":
		s.refuse(w, "NTLM "+argument)
		return
	case verb == "KK" && code == "AF":
		s.signIns.Add(1)
		connection.account = argument
		s.service.serve(w, r, argument)
		return
	case code != "NA":
		s.t.Errorf("ntlm_auth answers %s to %s", code, verb)
	}
	s.refused.Add(1)
	s.refuse(w, "NTLM")
}

// messageType returns which of the three messages of [MS-NLMP] 2.2.1 it is.
func messageType(token string) uint32 {
	message, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(message) < 12 {
		return 0
	}
	return binary.LittleEndian.Uint32(message[8:])
}

func (s *sambaServer) refuse(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	http.Error(w, "You do not have permission to view this page.", http.StatusUnauthorized)
}
