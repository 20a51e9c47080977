// Package hosts refuses requests that were made under a name that is not ours. A page
// on another site can make its own name resolve to our address (DNS rebinding); the
// browser then takes us for that site, and only the Host header tells.
package hosts

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// List holds the names under which requests are answered. IP addresses, localhost and
// names below localhost always are: nobody can make those resolve to somewhere else
// (RFC 6761, section 6.3).
type List struct{ names map[string]bool }

// New returns a list of names. Each is a host name such as "figgosync.example.com", with or
// without a port, or a URL, of which the host counts. "" adds nothing.
func New(names ...string) (*List, error) {
	list := &List{names: map[string]bool{}}
	for _, name := range names {
		if name == "" {
			continue
		}
		host, err := hostOf(name)
		if err != nil {
			return nil, err
		}
		list.names[host] = true
	}
	return list, nil
}

func hostOf(name string) (string, error) {
	host := name
	if strings.Contains(name, "://") {
		u, err := url.Parse(name)
		if err != nil {
			return "", fmt.Errorf("%q is no address", name)
		}
		host = u.Host
	}
	host = canonical(host)
	if host == "" || strings.ContainsAny(host, "/ *,") {
		return "", fmt.Errorf("%q is no host name: write one such as figgosync.example.com", name)
	}
	return host, nil
}

// canonical drops the port, brackets and a dot at the end, which names the same host.
func canonical(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// Allows tells whether a Host header names us. One without a Host does not.
func (l *List) Allows(host string) bool {
	name := canonical(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || l.names[name]
}

// Protect answers 421 (Misdirected Request, RFC 9110, section 15.5.20) to requests under other
// names.
func (l *List) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.Allows(r.Host) {
			Refuse(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Refuse is the answer to a request under another name.
func Refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusMisdirectedRequest)
	_, _ = io.WriteString(w, "Ce nom n’est pas celui de figgosync : ajoutez-le par --public-url ou --allowed-hosts.\n\n"+
		"This name is not figgosync's: add it with --public-url or --allowed-hosts.\n")
}
