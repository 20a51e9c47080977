//go:build linux

package ews_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/egress"
)

const kerberosPackages = "apt-get install -y --no-install-recommends krb5-kdc krb5-admin-server"

// directory is a Kerberos realm of the test's own, by MIT's server.
type directory struct {
	kdc, conf, keytab string
	environment       []string
	admin             string
}

const (
	realmConfig = `[libdefaults]
	default_realm = EXAMPLE.COM
	dns_lookup_kdc = false
	dns_canonicalize_hostname = false
	rdns = false
[realms]
	EXAMPLE.COM = {
		kdc = ADDRESS
	}
`
	kdcConfig = `[kdcdefaults]
	kdc_listen = ADDRESS
	kdc_tcp_listen = ADDRESS
[realms]
	EXAMPLE.COM = {
		database_name = DIR/principal
		key_stash_file = DIR/stash
		acl_file = DIR/acl
		max_life = 1h
	}
[logging]
	kdc = STDERR
`
)

func startDirectory(t testing.TB, passwords map[string]string) *directory {
	t.Helper()
	paths := needs(t, kerberosPackages, "krb5kdc", "kadmin.local", "kdb5_util")
	dir := scratch(t)
	d := &directory{kdc: freeAddress(t), conf: dir + "/krb5.conf", keytab: dir + "/keytab", admin: paths[1]}
	fill := strings.NewReplacer("ADDRESS", d.kdc, "DIR", dir)
	write(t, d.conf, fill.Replace(realmConfig))
	write(t, dir+"/kdc.conf", fill.Replace(kdcConfig))
	d.environment = append(os.Environ(), "KRB5_CONFIG="+d.conf, "KRB5_KDC_PROFILE="+dir+"/kdc.conf", "LC_ALL=C.UTF-8")
	d.run(t, paths[2], "create", "-s", "-r", "EXAMPLE.COM", "-P", "a master's password")
	for login, password := range passwords {
		_, name, _ := strings.Cut(login, `\`)
		d.run(t, d.admin, "addprinc", "+requires_preauth", "-pw", password, name)
	}
	d.run(t, d.admin, "addprinc", "-randkey", "HTTP/localhost")
	d.run(t, d.admin, "ktadd", "-k", d.keytab, "HTTP/localhost")
	if err := os.Chmod(d.keytab, 0o644); err != nil { // Apache reads it
		t.Fatal(err)
	}
	kdc := launch(t, d.environment, paths[0], "-n", "-r", "EXAMPLE.COM")
	if !kdc.await(func() bool { return accepts(d.kdc) }) {
		t.Fatalf("the directory did not start: %s", kdc.said())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the directory: %s", kdc.said())
		}
	})
	return d
}

func (d *directory) run(t testing.TB, program string, args ...string) {
	t.Helper()
	command := exec.Command(program, args...)
	command.Env = d.environment
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, args[0], err, out)
	}
}

// open makes a Calendar that signs in by Kerberos.
func (d *directory) open(t testing.TB, url, login, password string, change ...func(*ews.Config)) *ews.Calendar {
	t.Helper()
	_, name, _ := strings.Cut(login, `\`)
	cfg := ews.Config{
		URL: url, Username: name + "@example.com", Password: password, Auth: ews.AuthKerberos, KDCs: []string{d.kdc},
		MaxConcurrent: 8, AllowInsecure: true,
	}
	for _, c := range change {
		c(&cfg)
	}
	c, err := ews.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Apache asks MIT's Kerberos, and the sandbox who may do what.
func TestApacheTakesTickets(t *testing.T) {
	t.Parallel()
	passwords := independentAccounts()
	d := startDirectory(t, passwords)
	service := newSignedInExchange(passwords)
	server := startApache(t, apacheSignIn{
		directives: "GssapiAllowedMech krb5\n\tGssapiCredStore keytab:" + d.keytab, proof: "Negotiate YII", environment: d.environment,
	}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := strings.Cut(r.Header.Get("X-Account"), "@")
		service.serve(w, r, `EX\`+name)
	}))
	url := strings.Replace(server.url, "127.0.0.1", "localhost", 1)
	reached := map[string]*ews.Calendar{}
	for login, password := range passwords {
		reached[login] = d.open(t, url, login, password)
	}
	for i := range 20 {
		if err := runCycle(t, reached[owner(ownedMailbox(i))], ownedMailbox(i)); err != nil {
			t.Errorf("mailbox %d: %v", i, err)
		}
	}
	for _, entry := range service.seen() {
		if entry.account != owner(entry.mailbox) {
			t.Errorf("as the wrong account: %+v", entry)
		}
	}
	for _, step := range d.open(t, url, alice, passwords[alice]).Check(t.Context(), ownedMailbox(0), true) {
		if step.Outcome == calendars.StepFailed || step.Name == calendars.StepCredentials && !strings.HasPrefix(step.Detail, "Kerberos") {
			t.Errorf("check: %+v", step)
		}
	}
	d.refusals(t, url, passwords)
	// NTLM at a server that takes tickets only.
	byNTLM := openAt(t, url, alice, passwords[alice], 1)
	if _, err := byNTLM.Find(t.Context(), ownedMailbox(0), key); !strings.Contains(fmt.Sprint(err), "401-kerberos-only") {
		t.Errorf("NTLM: %v", err)
	}
	if got := byNTLM.Check(t.Context(), ownedMailbox(0), false)[2].Finding; got != calendars.KerberosOnly {
		t.Errorf("NTLM: %s", got)
	}
}

// refusals are what the directory says of wrong credentials, each with its meaning.
func (d *directory) refusals(t *testing.T, url string, passwords map[string]string) {
	t.Helper()
	d.run(t, d.admin, "addprinc", "+requires_preauth", "-pw", "secret", "-pwexpire", "2020-01-01", "old")
	for name, c := range map[string]struct {
		login, password string
		change          func(*ews.Config)
		code            string
		finding         calendars.Finding
	}{
		"a wrong password": {alice, "wrong", nil, "kerberos-KDC_ERR_PREAUTH_FAILED", calendars.PasswordWrong},
		"nobody":           {`EX\carol`, "wrong", nil, "kerberos-KDC_ERR_C_PRINCIPAL_UNKNOWN", calendars.PasswordWrong},
		"an old password":  {`EX\old`, "secret", nil, "kerberos-KDC_ERR_KEY_EXPIRED", calendars.PasswordExpired},
		"another name of the server": {alice, passwords[alice], func(c *ews.Config) { c.URL = strings.Replace(c.URL, "localhost", "127.0.0.1", 1) },
			"kerberos-KDC_ERR_S_PRINCIPAL_UNKNOWN", calendars.KerberosServiceUnknown},
	} {
		change := []func(*ews.Config){}
		if c.change != nil {
			change = append(change, c.change)
		}
		cal := d.open(t, url, c.login, c.password, change...)
		_, err := cal.Find(t.Context(), ownedMailbox(0), key)
		refused, ok := errors.AsType[*calendars.Blocked](err)
		if !ok || refused.Reason != calendars.CredentialsRejected || refused.Scope != calendars.ScopeConnection || refused.Code != c.code || strings.Contains(err.Error(), "example") {
			t.Errorf("%s: %v", name, err)
		}
		if step := d.open(t, url, c.login, c.password, change...).Check(t.Context(), ownedMailbox(0), false)[2]; step.Finding != c.finding {
			t.Errorf("%s: %+v", name, step)
		}
	}
	away := d.open(t, url, alice, passwords[alice], func(c *ews.Config) { c.KDCs = []string{freeAddress(t)} })
	if _, err := away.Find(t.Context(), ownedMailbox(0), key); !strings.Contains(fmt.Sprint(err), "temporary (kerberos-kdc-unreachable)") {
		t.Errorf("no directory: %v", err)
	}
	if got := away.Check(t.Context(), ownedMailbox(0), false)[2].Finding; got != calendars.DirectoryUnreachable {
		t.Errorf("no directory: %s", got)
	}
	hosted := d.open(t, url, alice, passwords[alice], func(c *ews.Config) {
		c.Allowed = func(address netip.Addr) error { return egress.Policy{}.CheckAddr(address) }
	})
	_, err := hosted.Find(t.Context(), ownedMailbox(0), key)
	if refused, ok := errors.AsType[*calendars.Blocked](err); !ok || refused.Code != egress.Code {
		t.Errorf("a directory of this machine, hosted: %v", err)
	}
}

// A ticket is bound to the certificate that we see.
func TestExtendedProtectionByKerberos(t *testing.T) {
	t.Parallel()
	passwords := independentAccounts()
	d := startDirectory(t, passwords)
	for _, honest := range []bool{true, false} {
		server := startAcceptor(t, "negotiate", honest, "KRB5_CONFIG="+d.conf, "KRB5_KTNAME="+d.keytab)
		c := d.open(t, server.url, alice, passwords[alice], func(c *ews.Config) { c.CAPEM, c.MaxConcurrent = server.ca.pem, 1 })
		for range 2 {
			_, err := c.Find(t.Context(), mailbox, key)
			refused, _ := errors.AsType[*calendars.Blocked](err)
			if honest != (err == nil) || !honest && (refused == nil || refused.Code != "401-kerberos") {
				t.Errorf("honest %t: %v\n%s", honest, err, server.said())
			}
		}
		server.judges(t, honest, "in alice@EXAMPLE.COM")
		if got := c.Check(t.Context(), mailbox, false)[2].Finding; !honest && got != calendars.KerberosRefused {
			t.Errorf("%s", got)
		}
	}
}
