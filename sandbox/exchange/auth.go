package exchange

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/ntlm"
)

// session is the NTLM state of one TCP connection: who it belongs to, or the
// challenge that waits for its answer.
type session struct {
	account *account
	pending *ntlm.Handshake
	scheme  string
}

// authenticate returns the account of a request. When it returns nil it has
// already answered 401.
func (s *Service) authenticate(w http.ResponseWriter, req *http.Request, conn *session) *account {
	header := req.Header.Get("Authorization")
	if header == "" {
		if conn.account == nil {
			s.unauthorized(w)
		}
		return conn.account
	}
	scheme, token, _ := strings.Cut(header, " ")
	at := slices.IndexFunc(s.schemes, func(offered string) bool { return strings.EqualFold(offered, scheme) })
	if at < 0 {
		s.unauthorized(w)
		return nil
	}
	if s.schemes[at] == Basic {
		return s.basic(w, req)
	}
	return s.ntlm(w, conn, s.schemes[at], strings.TrimSpace(token))
}

// basic checks a name and password, which hold for this request alone.
func (s *Service) basic(w http.ResponseWriter, req *http.Request) *account {
	login, password, _ := req.BasicAuth()
	domain, user, qualified := strings.Cut(login, `\`)
	if !qualified {
		domain, user = "", login
	}
	if a := s.account(domain, user); a != nil && a.Password == password {
		return a
	}
	s.unauthorized(w)
	return nil
}

// ntlm handles one message of a handshake. A new Type 1 forgets whom the
// connection belonged to; a Type 3 without its Type 1 on this very connection is
// refused.
func (s *Service) ntlm(w http.ResponseWriter, conn *session, scheme, token string) *account {
	pending, offered := conn.pending, conn.scheme
	*conn = session{}
	message, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		s.unauthorized(w)
		return nil
	}
	if kind, _ := ntlm.MessageType(message); kind == 1 {
		s.challenge(w, conn, scheme, message)
		return nil
	}
	if pending == nil || offered != scheme {
		s.unauthorized(w)
		return nil
	}
	who, err := pending.Verify(message, func(who ntlm.Identity) (string, bool) {
		if a := s.account(who.Domain, who.User); a != nil {
			return a.Password, true
		}
		return "", false
	})
	if err != nil {
		s.unauthorized(w)
		return nil
	}
	conn.account = s.account(who.Domain, who.User)
	w.Header().Set("Persistent-Auth", "true")
	return conn.account
}

func (s *Service) challenge(w http.ResponseWriter, conn *session, scheme string, message []byte) {
	handshake, err := s.names.Challenge(message, s.now())
	if err != nil {
		s.unauthorized(w)
		return
	}
	conn.pending, conn.scheme = handshake, scheme
	w.Header().Add("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(handshake.Message()))
	page(w, http.StatusUnauthorized, "401 - Unauthorized: Access is denied due to invalid credentials.")
}

func (s *Service) unauthorized(w http.ResponseWriter) {
	for _, scheme := range s.schemes {
		if scheme == Basic {
			scheme = fmt.Sprintf("Basic realm=%q", s.names.DNSComputer)
		}
		w.Header().Add("WWW-Authenticate", scheme)
	}
	page(w, http.StatusUnauthorized, "401 - Unauthorized: Access is denied due to invalid credentials.")
}

// page answers with HTML, as IIS does when EWS itself is not reached. A client
// has to read it before the connection is free again.
func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n"+
		"<html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n<head><title>%s</title></head>\r\n"+
		"<body><div id=\"header\"><h1>Server Error</h1></div><div id=\"content\"><h2>%s</h2></div></body>\r\n</html>\r\n", title, title)
}
