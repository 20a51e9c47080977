// Package alertstest has the two ends that alerts reach, for tests: a strict mail server,
// and a receiver of signed webhooks.
package alertstest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Login are the user and the password of a mail server, as an address has them.
const Login = "relay%40example.com:pass%20word"

const user, password = "relay@example.com", "pass word"

// SMTP is a strict mail server (RFC 5321, RFC 3207, RFC 4954): without encryption it takes
// neither a login nor mail, unless Plain.
type SMTP struct {
	// Plain offers no STARTTLS and takes what comes in clear; Implicit encrypts from the
	// beginning of a connection.
	Plain, Implicit bool
	// Client is for those who trust its certificate.
	Client *tls.Config

	t        *testing.T
	listener net.Listener
	tls      *tls.Config

	mu       sync.Mutex
	open     []net.Conn
	received []Mail
	refuse   int
}

// Mail is one as it arrived, decoded.
type Mail struct {
	From, To, Subject, Text, ID string
	Header                      mail.Header
}

// StartSMTP starts a mail server on 127.0.0.1, as change wants it, until the test ends.
func StartSMTP(t *testing.T, change func(*SMTP)) *SMTP {
	t.Helper()
	s := &SMTP{t: t}
	s.tls, s.Client = certificates(t)
	change(s)
	var err error
	if s.listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(func() {
		_ = s.listener.Close()
		s.mu.Lock()
		for _, conn := range s.open {
			_ = conn.Close()
		}
		s.mu.Unlock()
		group.Wait()
	})
	group.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, conn)
			s.mu.Unlock()
			group.Go(func() { s.serve(conn) })
		}
	})
	return s
}

// Address is its host and port.
func (s *SMTP) Address() string { return s.listener.Addr().String() }

// Mails are all that arrived, in their order.
func (s *SMTP) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received)
}

// Refuse answers the next count mails that they may come later.
func (s *SMTP) Refuse(count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = count
}

// session is one connection.
type session struct {
	*SMTP
	conn      net.Conn
	text      *textproto.Conn
	encrypted bool
	signedIn  bool
	from      string
	to        []string
}

func (s *SMTP) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if s.Implicit {
		conn = tls.Server(conn, s.tls)
	}
	one := &session{SMTP: s, conn: conn, text: textproto.NewConn(conn), encrypted: s.Implicit}
	one.say("220 mail.example.com ESMTP")
	for {
		line, err := one.text.ReadLine()
		if err != nil || !one.command(line) {
			return
		}
	}
}

func (s *session) say(line string) { _ = s.text.PrintfLine("%s", line) }

func (s *session) command(line string) (goOn bool) {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		s.say("250-mail.example.com")
		s.say("250-8BITMIME")
		if !s.encrypted && !s.Plain {
			s.say("250 STARTTLS")
		} else {
			s.say("250 AUTH PLAIN")
		}
	case "STARTTLS":
		s.say("220 go on")
		secure := tls.Server(s.conn, s.tls)
		if err := secure.HandshakeContext(s.t.Context()); err != nil {
			return false
		}
		s.conn, s.text, s.encrypted = secure, textproto.NewConn(secure), true
	case "AUTH":
		return s.auth(rest)
	case "MAIL":
		if !s.encrypted && !s.Plain || !s.signedIn {
			s.say("530 5.7.0 Must issue a STARTTLS command first, and sign in")
			return true
		}
		s.from = between(rest, "<", ">")
		s.say("250 ok")
	case "RCPT":
		s.to = append(s.to, between(rest, "<", ">"))
		s.say("250 ok")
	case "DATA":
		return s.data()
	case "RSET", "NOOP":
		s.from, s.to = "", nil
		s.say("250 ok")
	case "QUIT":
		s.say("221 bye")
		return false
	default:
		s.t.Errorf("the mail server does not know %q", verb)
		s.say("500 unknown")
	}
	return true
}

func (s *session) auth(rest string) bool {
	mechanism, encoded, _ := strings.Cut(rest, " ")
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || mechanism != "PLAIN" || string(plain) != "\x00"+user+"\x00"+password ||
		!s.encrypted && !s.Plain {
		s.say("535 no")
		return true
	}
	s.signedIn = true
	s.say("235 welcome")
	return true
}

func (s *session) data() bool {
	s.say("354 go on")
	message, err := io.ReadAll(s.text.DotReader())
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse > 0 {
		s.refuse--
		s.say("451 4.3.0 later, jane.doe@example.com")
		return true
	}
	one, err := parse(string(message))
	if err != nil {
		s.t.Errorf("a mail cannot be read: %v\n%s", err, message)
	}
	one.From, one.To = s.from, strings.Join(s.to, ",")
	s.received = append(s.received, one)
	s.from, s.to = "", nil
	s.say("250 taken")
	return true
}

func between(text, begin, end string) string {
	_, text, _ = strings.Cut(text, begin)
	text, _, _ = strings.Cut(text, end)
	return text
}

func parse(message string) (Mail, error) {
	m, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(message)))
	if err != nil {
		return Mail{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return Mail{}, err
	}
	var body io.Reader = m.Body
	switch m.Header.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	return Mail{
		Subject: subject, Text: strings.ReplaceAll(string(text), "\r\n", "\n"), ID: m.Header.Get("Message-Id"),
		Header: m.Header,
	}, err
}

// certificates are those of a server at 127.0.0.1, and of a client that trusts it.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return &tls.Config{Certificates: []tls.Certificate{own}}, &tls.Config{RootCAs: pool}
}
