package ews_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is made of it

	"github.com/figgosync/figgosync/internal/calendars/ews"
)

// ntlmServer is an EWS endpoint behind Windows sign-in, as IIS does it: NTLMv2,
// [MS-NLMP], per TCP connection. A signed-in connection serves every further
// request as that account, with or without credentials.
type ntlmServer struct {
	url       string
	passwords map[string]string // by DOMAIN\login or UPN
	// serve answers a request that runs as account.
	serve func(account string, r request) answer
	// onType1 and onType3 may spoil a step; n counts such steps from 1.
	onType1, onType3 func(n int64, w http.ResponseWriter) (handled bool)
	// flags are added to the challenge.
	flags uint32
	// closeAfter may end the connection after the nth answer.
	closeAfter func(n int64) bool

	// offer are the fields in the place of the usual challenges.
	offer []string
	// poisonFirst makes the first connection refuse every proof.
	poisonFirst bool

	type1, type3, served, refused, sockets atomic.Int64
	sawBasic                               atomic.Bool
}

type socket struct {
	mu        sync.Mutex
	challenge []byte
	account   string
	poisoned  bool
}

type socketKey struct{}

func newNTLMServer(t testing.TB, s *ntlmServer) *ntlmServer {
	t.Helper()
	server := httptest.NewUnstartedServer(s)
	server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, socketKey{}, &socket{poisoned: s.sockets.Add(1) == 1 && s.poisonFirst})
	}
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *ntlmServer) calendar(t testing.TB, username, password string, slots int) *ews.Calendar {
	t.Helper()
	c, err := ews.New(ews.Config{URL: s.url + "/ews/exchange.asmx", Username: username, Password: password, MaxConcurrent: slots, AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func (s *ntlmServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn := r.Context().Value(socketKey{}).(*socket)
	conn.mu.Lock()
	defer conn.mu.Unlock()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	message, _ := base64.StdEncoding.DecodeString(token)
	switch {
	case scheme == "Basic":
		s.sawBasic.Store(true)
		s.refuse(w, "")
	case scheme == "" && conn.account != "":
		s.answer(w, conn.account, data, r)
	case len(message) >= 12 && message[8] == 1:
		conn.account, conn.challenge = "", make([]byte, 8)
		_, _ = rand.Read(conn.challenge)
		if n := s.type1.Add(1); s.onType1 != nil && s.onType1(n, w) {
			return
		}
		s.refuse(w, " "+base64.StdEncoding.EncodeToString(s.challenge(conn.challenge)))
	case len(message) >= 64 && message[8] == 3:
		if n := s.type3.Add(1); s.onType3 != nil && s.onType3(n, w) {
			return
		}
		conn.account = s.verify(conn.challenge, message)
		conn.challenge = nil
		if conn.account == "" || conn.poisoned {
			conn.account = ""
			s.refuse(w, "")
			return
		}
		s.answer(w, conn.account, data, r)
	default:
		s.refuse(w, "")
	}
}

func (s *ntlmServer) refuse(w http.ResponseWriter, token string) {
	s.refused.Add(1)
	if token == "" {
		w.Header()["WWW-Authenticate"] = []string{"Negotiate", "NTLM", `Basic realm="mail.example.com"`}
		if len(s.offer) > 0 {
			w.Header()["WWW-Authenticate"] = s.offer
		}
	} else {
		w.Header().Set("WWW-Authenticate", "NTLM"+token)
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, "<html>"+strings.Repeat("You do not have permission to view this page. ", 40)+"</html>")
}

func (s *ntlmServer) answer(w http.ResponseWriter, account string, data []byte, r *http.Request) {
	got := readRequest(data)
	got.header, got.proto = r.Header, r.Proto
	a := s.serve(account, got)
	if n := s.served.Add(1); s.closeAfter != nil && s.closeAfter(n) {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// challenge is a CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2) with a target of one
// domain name and a timestamp.
func (s *ntlmServer) challenge(nonce []byte) []byte {
	pair := func(id uint16, value []byte) []byte {
		head := binary.LittleEndian.AppendUint16(nil, id)
		return append(binary.LittleEndian.AppendUint16(head, uint16(len(value))), value...)
	}
	target := pair(2, utf16le("EX"))
	target = append(target, pair(7, []byte{1, 2, 3, 4, 5, 6, 0xDA, 1})...)
	target = append(target, 0, 0, 0, 0)
	name := utf16le("EX")
	message := append([]byte("NTLMSSP\x00"), 2, 0, 0, 0)
	message = appendField(message, len(name), 48)
	message = binary.LittleEndian.AppendUint32(message, 1|1<<2|1<<9|1<<15|1<<16|1<<19|1<<23|s.flags)
	message = append(message, nonce...)
	message = append(message, make([]byte, 8)...)
	message = appendField(message, len(target), 48+len(name))
	return append(append(message, name...), target...)
}

func appendField(message []byte, length, offset int) []byte {
	message = binary.LittleEndian.AppendUint16(message, uint16(length))
	message = binary.LittleEndian.AppendUint16(message, uint16(length))
	return binary.LittleEndian.AppendUint32(message, uint32(offset))
}

// verify returns the account an AUTHENTICATE_MESSAGE proves ([MS-NLMP] 3.3.2),
// "" for none.
func (s *ntlmServer) verify(nonce, message []byte) string {
	if nonce == nil {
		return "" // no challenge was given on this connection
	}
	proof, domain, user := readField(message, 20), readField(message, 28), readField(message, 36)
	account := fromUTF16(user)
	if len(domain) > 0 {
		account = fromUTF16(domain) + `\` + account
	}
	password, ok := s.passwords[account]
	if !ok || len(proof) < 16 {
		return ""
	}
	hash := md4.New()
	_, _ = hash.Write(utf16le(password))
	v2 := mac(hash.Sum(nil), append(utf16le(strings.ToUpper(fromUTF16(user))), domain...))
	if !hmac.Equal(mac(v2, append(append([]byte{}, nonce...), proof[16:]...)), proof[:16]) {
		return ""
	}
	return account
}

func readField(message []byte, at int) []byte {
	length, offset := int(binary.LittleEndian.Uint16(message[at:])), int(binary.LittleEndian.Uint32(message[at+4:]))
	if offset+length > len(message) {
		return nil
	}
	return message[offset : offset+length]
}

func mac(key, data []byte) []byte {
	h := hmac.New(md5.New, key)
	_, _ = h.Write(data)
	return h.Sum(nil)
}

func utf16le(s string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

func fromUTF16(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}
