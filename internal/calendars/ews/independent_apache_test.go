//go:build linux

package ews_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sandbox "github.com/figgosync/figgosync/sandbox/exchange"
)

const apachePackages = "apt-get install -y --no-install-recommends apache2-bin libapache2-mod-auth-gssapi gss-ntlmssp"

// apacheConfig makes Apache sign in each connection and tell the sandbox
// behind it who that is. It ends connections often, so that there are many
// handshakes, but by the number of their requests only: a child that Apache finds to be
// too many would end others in the middle of a handshake, which is a refusal. The log is
// what Apache itself believes.
const apacheConfig = `ServerRoot DIR
ServerName 127.0.0.1
Listen 127.0.0.1:PORT
PidFile DIR/pid
DefaultRuntimeDir DIR
ErrorLog DIR/error.log
LoadModule mpm_event_module MODULES/mod_mpm_event.so
LoadModule setenvif_module MODULES/mod_setenvif.so
LoadModule authn_core_module MODULES/mod_authn_core.so
LoadModule authz_core_module MODULES/mod_authz_core.so
LoadModule authz_user_module MODULES/mod_authz_user.so
LoadModule auth_gssapi_module MODULES/mod_auth_gssapi.so
LoadModule headers_module MODULES/mod_headers.so
LoadModule proxy_module MODULES/mod_proxy.so
LoadModule proxy_http_module MODULES/mod_proxy_http.so
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
MinSpareThreads 1
MaxSpareThreads 64
SetEnvIf Authorization "^PROOF" message=proof
LogFormat "%>s %u %{X-AnchorMailbox}i %{message}e" who
CustomLog DIR/access.log who
KeepAlive On
KeepAliveTimeout 30
MaxKeepAliveRequests 20
<Location />
	AuthType GSSAPI
	AuthName EX
	SIGNIN
	Require valid-user
	RequestHeader unset Authorization
	RequestHeader set X-Account "expr=%{REMOTE_USER}"
	ProxyPass BACKEND/
</Location>
`

// apache is an Apache of the test's own before the sandbox.
type apache struct {
	url       string
	accessLog string
}

// byNTLM is Apache's side of NTLM, by gss-ntlmssp. TlRMTVNTUAAD begins each message 3
// ([MS-NLMP] 2.2.1.3).
func byNTLM(t testing.TB, passwords map[string]string) apacheSignIn {
	t.Helper()
	needs(t, apachePackages, "/etc/gss/mech.d/mech.ntlmssp.conf", "/usr/lib/*/gssntlmssp/gssntlmssp.so")
	file := scratch(t) + "/accounts"
	var accounts strings.Builder
	for login, password := range passwords {
		domain, name, _ := strings.Cut(login, `\`)
		fmt.Fprintf(&accounts, "%s:%s:%s\n", domain, name, password)
	}
	write(t, file, accounts.String())
	return apacheSignIn{
		directives: "GssapiAllowedMech ntlmssp\n\tGssapiConnectionBound On", proof: "NTLM TlRMTVNTUAAD",
		environment: []string{"NTLM_USER_FILE=" + file, "NETBIOS_COMPUTER_NAME=EX", "NETBIOS_DOMAIN_NAME=EX", "LC_ALL=C.UTF-8"},
	}
}

// apacheSignIn is one way to sign in to Apache.
type apacheSignIn struct {
	directives string
	// proof begins the Authorization of a good sign-in.
	proof       string
	environment []string
}

func startApache(t testing.TB, by apacheSignIn, service http.Handler) *apache {
	t.Helper()
	paths := needs(t, apachePackages, "apache2", "/usr/lib/apache2/modules/mod_auth_gssapi.so")
	backend := httptest.NewUnstartedServer(service)
	backend.Config.ConnContext = sandbox.ConnContext
	backend.Start()
	t.Cleanup(backend.Close)

	dir := scratch(t)
	config := strings.NewReplacer("DIR", dir, "MODULES", filepath.Dir(paths[1]), "BACKEND", backend.URL,
		"SIGNIN", by.directives, "PROOF", by.proof).Replace(apacheConfig)
	if os.Geteuid() == 0 { // Apache serves nothing as root
		nobody, err := user.Lookup("www-data")
		if err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("User #%s\nGroup #%s\n", nobody.Uid, nobody.Gid)
	}
	environment := append(os.Environ(), by.environment...)
	for range 3 { // somebody else may take the port first
		address := freeAddress(t)
		write(t, dir+"/apache.conf", strings.Replace(config, "127.0.0.1:PORT", address, 1))
		httpd := launch(t, environment, paths[0], "-f", dir+"/apache.conf", "-DFOREGROUND")
		if httpd.await(func() bool { return accepts(address) }) {
			t.Cleanup(func() { showOnFailure(t, dir+"/error.log") })
			return &apache{url: "http://" + address + sandbox.Path, accessLog: dir + "/access.log"}
		}
		t.Logf("Apache did not start: %s", httpd.said())
	}
	showOnFailure(t, dir+"/error.log")
	t.Fatal("Apache did not start")
	return nil
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func accepts(address string) bool {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

func showOnFailure(t testing.TB, path string) {
	if text, err := os.ReadFile(path); err == nil && t.Failed() {
		t.Logf("%s:\n%s", path, text)
	}
}

// record is what Apache's own log tells.
type record struct {
	in []served // which account ran each request, and for which mailbox
	// proofs are the good sign-ins, refused the bad ones.
	proofs, refused int
	odd             []string
}

// settled waits until the log, which is written after the answer, tells of so
// many requests and bad sign-ins.
func (a *apache) settled(t testing.TB, in, refused int) record {
	t.Helper()
	got := a.record(t)
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline) && (len(got.in) < in || got.refused < refused); got = a.record(t) {
		time.Sleep(20 * time.Millisecond)
	}
	return got
}

func (a *apache) record(t testing.TB) record {
	t.Helper()
	text, err := os.ReadFile(a.accessLog)
	if err != nil {
		t.Fatal(err)
	}
	var r record
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 4 || !strings.HasSuffix(line, "\n") {
			continue // still being written
		}
		proof := fields[3] == "proof"
		switch fields[0] {
		case "200":
			// Apache writes a backslash twice.
			r.in = append(r.in, served{account: strings.ReplaceAll(fields[1], `\\`, `\`), mailbox: fields[2]})
			if proof {
				r.proofs++
			}
		case "401":
			if proof {
				r.refused++
			}
		default:
			r.odd = append(r.odd, strings.TrimSpace(line))
		}
	}
	return r
}
