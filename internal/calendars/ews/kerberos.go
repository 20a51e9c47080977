package ews

import (
	"context"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/figgosync/figgosync/internal/calendars"
)

// kerberos signs requests in with tickets of the company's directory (SPNEGO, RFC
// 4559) for the service HTTP/HOST. The library asks the directory on its own
// connections, which obey no context: it is given addresses that were looked at, and
// at most a few of them.
type kerberos struct {
	user, realm, password string
	service               string   // such as HTTP/mail.example.com
	kdcs                  []string // HOST or HOST:PORT; none for what DNS tells
	// allowed judges an address before anything is sent there.
	allowed func(netip.Addr) error

	mu     sync.Mutex
	client *client.Client // nil before the first sign-in
}

// ticketError is a sign-in that brought no ticket. Its text holds no name.
type ticketError struct {
	// code is the directory's, such as KDC_ERR_PREAUTH_FAILED, or one of ours.
	code string
	// tried says that the directory judged the password.
	tried bool
}

func (e *ticketError) Error() string { return "kerberos: " + e.code }

// Our own codes of a ticketError.
const (
	codeNoKDC  = "kdc-unreachable"
	codeTicket = "ticket"
)

const (
	kerberosPort = "88"
	// kdcsAtMost bounds how many servers one sign-in tries: each may take five
	// seconds.
	kdcsAtMost = 4
)

func newKerberos(cfg Config, host string) *kerberos {
	user, realm := splitPrincipal(cfg.Username, cfg.Realm)
	k := &kerberos{user: user, realm: realm, password: cfg.Password, service: "HTTP/" + host, kdcs: cfg.KDCs,
		allowed: cfg.Allowed}
	if k.allowed == nil {
		k.allowed = func(netip.Addr) error { return nil }
	}
	return k
}

// splitPrincipal makes of DOMAIN\login or login@domain a login and its realm: the one
// that is told, or what stands behind the @, in capitals as realms are.
func splitPrincipal(username, realm string) (user, itsRealm string) {
	if _, login, ok := strings.Cut(username, `\`); ok {
		username = login
	}
	user, domain, _ := strings.Cut(username, "@")
	if realm == "" {
		realm = domain
	}
	return user, strings.ToUpper(realm)
}

// header is the Authorization of one request over a connection with that channel
// binding, nil for none. The errors are *ticketError, *egress.RefusedError and ctx's.
func (k *kerberos) header(ctx context.Context, binding []byte) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if k.client == nil {
		signedIn, err := k.signIn(ctx)
		if err != nil {
			return "", err
		}
		k.client = signedIn
	}
	ticket, key, err := k.client.GetServiceTicket(k.service)
	if err != nil {
		k.forget() // what comes next begins anew, with servers that answer
		return "", ticketErrorOf(err)
	}
	token, err := negotiateToken(k.client, ticket, key, binding)
	if err != nil {
		return "", &ticketError{code: codeTicket}
	}
	return "Negotiate " + base64.StdEncoding.EncodeToString(token), nil
}

func (k *kerberos) signIn(ctx context.Context) (*client.Client, error) {
	servers, err := k.servers(ctx)
	if err != nil {
		return nil, err
	}
	settings := config.New()
	settings.LibDefaults.DefaultRealm = k.realm
	settings.LibDefaults.UDPPreferenceLimit = 1 // TCP: an answer with group memberships is too long for UDP
	strong := []int32{
		etypeID.AES256_CTS_HMAC_SHA1_96, etypeID.AES128_CTS_HMAC_SHA1_96, etypeID.AES256_CTS_HMAC_SHA384_192,
		etypeID.AES128_CTS_HMAC_SHA256_128,
	}
	settings.LibDefaults.DefaultTktEnctypeIDs = strong
	settings.LibDefaults.DefaultTGSEnctypeIDs = strong
	settings.LibDefaults.PermittedEnctypeIDs = strong
	settings.Realms = []config.Realm{{Realm: k.realm, KDC: servers}}
	// Active Directory does not speak FAST unless told to (github.com/jcmturner/gokrb5, "Active Directory KDC and FAST
	// negotiation").
	fresh := client.NewWithPassword(k.user, k.realm, k.password, settings, client.DisablePAFXFAST(true))
	if err := fresh.Login(); err != nil {
		fresh.Destroy()
		return nil, ticketErrorOf(err)
	}
	return fresh, nil
}

// servers are the addresses of the directory's servers, IP:PORT.
func (k *kerberos) servers(ctx context.Context) ([]string, error) {
	var all []string
	var refused error
	for _, server := range k.named(ctx) {
		host, port, err := net.SplitHostPort(server)
		if err != nil {
			host, port = strings.Trim(server, "[]"), kerberosPort
		}
		addresses, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		for _, address := range addresses {
			if err := k.allowed(address); err != nil {
				refused = err
				continue
			}
			all = append(all, net.JoinHostPort(address.Unmap().String(), port))
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(all) == 0 && refused != nil:
		return nil, refused
	case len(all) == 0:
		return nil, &ticketError{code: codeNoKDC}
	}
	return all[:min(len(all), kdcsAtMost)], nil
}

// named are the servers that are told, or those that DNS tells (RFC 4120 7.2.3.2).
func (k *kerberos) named(ctx context.Context) []string {
	if len(k.kdcs) > 0 {
		return k.kdcs
	}
	_, records, _ := net.DefaultResolver.LookupSRV(ctx, "kerberos", "tcp", k.realm)
	var all []string
	for _, record := range records {
		all = append(all, net.JoinHostPort(strings.TrimSuffix(record.Target, "."), strconv.Itoa(int(record.Port))))
	}
	return all
}

// forget makes the next request sign in anew. The caller holds the lock.
func (k *kerberos) forget() {
	if k.client != nil {
		k.client.Destroy()
		k.client = nil
	}
}

// close ends what the library does on its own.
func (k *kerberos) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forget()
}

var (
	oidKerberos = asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2}
	oidSPNEGO   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 2}
)

// The flags of a GSSAPI context (RFC 4121 4.1.1.1).
const (
	flagConfidential = 1 << 4
	flagIntegrity    = 1 << 5
)

// negotiateToken is the SPNEGO token with a ticket (RFC 4178 4.2.1). The library's own
// holds no channel binding.
func negotiateToken(signedIn *client.Client, ticket messages.Ticket, key types.EncryptionKey,
	binding []byte) ([]byte, error) {
	authenticator, err := types.NewAuthenticator(signedIn.Credentials.Domain(), signedIn.Credentials.CName())
	if err != nil {
		return nil, err
	}
	checksum := make([]byte, 24) // RFC 4121 4.1.1
	binary.LittleEndian.PutUint32(checksum, 16)
	copy(checksum[4:20], binding)
	binary.LittleEndian.PutUint32(checksum[20:], flagConfidential|flagIntegrity)
	authenticator.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: checksum}
	request, err := messages.NewAPReq(ticket, key, authenticator)
	if err != nil {
		return nil, err
	}
	inner, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	mechanism, err := gssToken(oidKerberos, append([]byte{1, 0}, inner...)) // an AP-REQ
	if err != nil {
		return nil, err
	}
	negotiation, err := asn1.MarshalWithParams(struct {
		Mechanisms []asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
		Token      []byte                  `asn1:"explicit,tag:2"`
	}{[]asn1.ObjectIdentifier{oidKerberos}, mechanism}, "explicit,tag:0")
	if err != nil {
		return nil, err
	}
	return gssToken(oidSPNEGO, negotiation)
}

// gssToken names the mechanism before its token (RFC 2743 3.1).
func gssToken(mechanism asn1.ObjectIdentifier, token []byte) ([]byte, error) {
	name, err := asn1.Marshal(mechanism)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, Tag: 0, IsCompound: true,
		Bytes: append(name, token...)})
}

// directoryCode finds the directory's own code in a text of the library, which keeps
// it nowhere else.
var directoryCode = regexp.MustCompile(`\b(?:KDC_ERR|KRB_AP_ERR|KRB_ERR)_[A-Z0-9_]+`)

// judged are the codes that speak of the account: they count towards its lock, or say
// that it is locked.
var judged = []string{"KDC_ERR_PREAUTH_FAILED", "KDC_ERR_CLIENT_REVOKED", "KDC_ERR_KEY_EXPIRED",
	"KDC_ERR_C_PRINCIPAL_UNKNOWN"}

func ticketErrorOf(err error) *ticketError {
	// "KRB Error: (24) KDC_ERR_PREAUTH_FAILED Pre-authentication information was invalid"
	if code := directoryCode.FindString(err.Error()); code != "" && code != "KDC_ERR_PREAUTH_REQUIRED" {
		return &ticketError{code: code, tried: slices.Contains(judged, code)}
	}
	if strings.Contains(err.Error(), "decrypting") { // with a key made of a wrong password
		return &ticketError{code: "KDC_ERR_PREAUTH_FAILED", tried: true}
	}
	return &ticketError{code: codeNoKDC}
}

// negotiator signs requests in over a slot. The first one with TLS goes without a
// ticket: only its answer tells to which certificate tickets must be bound.
type negotiator struct {
	next     http.RoundTripper
	kerberos *kerberos
	slot     *slot
}

// RoundTrip implements http.RoundTripper.
func (n negotiator) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme == "https" && !n.slot.bound {
		answer, err := n.send(request, "")
		if err != nil || answer.StatusCode != http.StatusUnauthorized || !offers(answer.Header, "negotiate") {
			return answer, err
		}
		n.slot.bound, n.slot.binding = true, channelBinding(answer.TLS)
	}
	authorization, err := n.kerberos.header(request.Context(), n.slot.binding)
	if err != nil {
		return nil, err
	}
	return n.send(request, authorization)
}

func (n negotiator) send(request *http.Request, authorization string) (*http.Response, error) {
	body, err := request.GetBody()
	if err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.Body = body
	request.Header.Del("Authorization")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	return n.next.RoundTrip(request)
}

// errorOfTicket is what it means that the directory gave no ticket. It does not ask
// again for a while after it judged the password.
func (c *Calendar) errorOfTicket(ctx context.Context, op operation, err *ticketError) error {
	code := "kerberos-" + err.code
	switch {
	case err.code == codeNoKDC, err.code == "KDC_ERR_SVC_UNAVAILABLE":
		return temporary(op, code)
	case err.tried:
		return c.signIns.reject(ctx, op, code)
	}
	return blocked(op, code, calendars.CredentialsRejected, calendars.ScopeConnection)
}
