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
func (r *Room) authenticate(w http.ResponseWriter, req *http.Request, s *session) *account {
	header := req.Header.Get("Authorization")
	if header == "" {
		if s.account == nil {
			r.unauthorized(w)
		}
		return s.account
	}
	scheme, token, _ := strings.Cut(header, " ")
	at := slices.IndexFunc(r.schemes, func(offered string) bool { return strings.EqualFold(offered, scheme) })
	if at < 0 {
		r.unauthorized(w)
		return nil
	}
	if r.schemes[at] == Basic {
		return r.basic(w, req)
	}
	return r.ntlm(w, s, r.schemes[at], strings.TrimSpace(token))
}

// basic checks a name and password, which hold for this request alone.
func (r *Room) basic(w http.ResponseWriter, req *http.Request) *account {
	login, password, _ := req.BasicAuth()
	domain, user, qualified := strings.Cut(login, `\`)
	if !qualified {
		domain, user = "", login
	}
	if a := r.account(domain, user); a != nil && a.Password == password {
		return a
	}
	r.unauthorized(w)
	return nil
}

// ntlm handles one message of a handshake. A new Type 1 forgets whom the
// connection belonged to; a Type 3 without its Type 1 on this very connection is
// refused.
func (r *Room) ntlm(w http.ResponseWriter, s *session, scheme, token string) *account {
	pending, offered := s.pending, s.scheme
	*s = session{}
	message, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		r.unauthorized(w)
		return nil
	}
	if kind, _ := ntlm.MessageType(message); kind == 1 {
		r.challenge(w, s, scheme, message)
		return nil
	}
	if pending == nil || offered != scheme {
		r.unauthorized(w)
		return nil
	}
	who, err := pending.Verify(message, func(who ntlm.Identity) (string, bool) {
		if a := r.account(who.Domain, who.User); a != nil {
			return a.Password, true
		}
		return "", false
	})
	if err != nil {
		r.unauthorized(w)
		return nil
	}
	s.account = r.account(who.Domain, who.User)
	w.Header().Set("Persistent-Auth", "true")
	return s.account
}

func (r *Room) challenge(w http.ResponseWriter, s *session, scheme string, message []byte) {
	handshake, err := r.names.Challenge(message, r.now())
	if err != nil {
		r.unauthorized(w)
		return
	}
	s.pending, s.scheme = handshake, scheme
	w.Header().Add("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(handshake.Message()))
	page(w, http.StatusUnauthorized, "401 - Unauthorized: Access is denied due to invalid credentials.")
}

func (r *Room) unauthorized(w http.ResponseWriter) {
	for _, scheme := range r.schemes {
		if scheme == Basic {
			scheme = fmt.Sprintf("Basic realm=%q", r.names.DNSComputer)
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
