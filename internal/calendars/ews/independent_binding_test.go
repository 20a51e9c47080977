//go:build linux

package ews_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	sandbox "github.com/figgosync/figgosync/sandbox/exchange"
)

const acceptorPackages = "apt-get install -y --no-install-recommends python3-gssapi gss-ntlmssp"

// acceptor is testdata/accept.py: an HTTPS server with Extended Protection, whose
// sign-in is GSSAPI's.
type acceptor struct {
	*daemon
	ca  authority
	url string
}

// startAcceptor starts one; honest says that it wants the binding of the certificate
// it shows, as without a device in between that ends TLS.
func startAcceptor(t testing.TB, mechanism string, honest bool, environment ...string) *acceptor {
	t.Helper()
	python := needs(t, acceptorPackages, "/usr/bin/python3", "/usr/lib/python3/dist-packages/gssapi")[0]
	dir := scratch(t)
	ca := newAuthority(t)
	local := []net.IP{net.IPv4(127, 0, 0, 1)}
	names := []string{"localhost"}
	shown := ca.issue(t, time.Now().Add(time.Hour), names, local)
	bound := shown
	if !honest {
		bound = newAuthority(t).issue(t, time.Now().Add(time.Hour), names, local)
	}
	write(t, dir+"/certificate", certificateText(shown))
	write(t, dir+"/bound", certificateText(bound))
	key, err := x509.MarshalPKCS8PrivateKey(shown.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	write(t, dir+"/answer", fmt.Sprintf(envelopeOf, noEvents))
	a := &acceptor{ca: ca}
	a.daemon = launch(t, append(os.Environ(), environment...), python, "testdata/accept.py", mechanism,
		dir+"/certificate", dir+"/key", dir+"/bound", dir+"/answer")
	if !a.await(func() bool { return strings.HasPrefix(a.said(), "port ") && strings.Contains(a.said(), "\n") }) {
		t.Fatalf("the server did not start: %s", a.said())
	}
	first, _, _ := strings.Cut(a.said(), "\n")
	a.url = "https://localhost:" + strings.TrimPrefix(first, "port ") + sandbox.Path
	return a
}

// judges wants what the server itself says of the sign-ins; it arrives later than its
// answers do.
func (a *acceptor) judges(t testing.TB, honest bool, in string) {
	t.Helper()
	want, never := in, "refused"
	if !honest {
		want, never = never, want
	}
	if !a.await(func() bool { return strings.Contains(a.said(), want) }) || strings.Contains(a.said(), never) {
		t.Errorf("honest %t: %s", honest, a.said())
	}
}

func certificateText(certificate tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}))
}

// Somebody else's NTLM finds the binding in our answer and takes it, and refuses that
// of another certificate, the password being right.
func TestExtendedProtectionByNTLM(t *testing.T) {
	t.Parallel()
	needs(t, acceptorPackages, "/etc/gss/mech.d/mech.ntlmssp.conf")
	accounts := scratch(t) + "/accounts"
	write(t, accounts, "EX:alice:pâssword 1\n")
	for _, honest := range []bool{true, false} {
		server := startAcceptor(t, "ntlm", honest, "NTLM_USER_FILE="+accounts, "NETBIOS_COMPUTER_NAME=EX", "NETBIOS_DOMAIN_NAME=EX", "LC_ALL=C.UTF-8")
		c, err := ews.New(ews.Config{URL: server.url, Username: alice, Password: "pâssword 1", CAPEM: server.ca.pem, MaxConcurrent: 1})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, err = c.Find(t.Context(), mailbox, key)
			refused, _ := errors.AsType[*calendars.Blocked](err)
			if honest != (err == nil) || !honest && (refused == nil || refused.Reason != calendars.CredentialsRejected) {
				t.Errorf("honest %t: %v\n%s", honest, err, server.said())
			}
		}
		c.Close()
		server.judges(t, honest, "in EX\\alice")
	}
}
