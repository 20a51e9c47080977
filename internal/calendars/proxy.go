package calendars

import (
	"errors"
	"net/url"
	"strings"

	"github.com/figgosync/figgosync/internal/record"
)

// ProxySettings are the HTTP proxy of one connection, in the place of the
// environment's. Settings that embed them are Proxied.
type ProxySettings struct {
	// Proxy is its address, with http or https; "" is the environment's.
	Proxy string `json:"proxy,omitempty" rule:"address http" end:"-" hint:"write the proxy's address, such as http://proxy.example.com:3128" doc:"HTTP proxy of this connection, with http or https, in the place of the environment's."`
	// ProxyCredentials are USER:PASSWORD, sent to the proxy as Basic.
	ProxyCredentials record.Secret `json:"proxyCredentials,omitempty" to:"proxy" hint:"write USER:PASSWORD" doc:"USER:PASSWORD for the proxy."`
}

// Proxied is implemented by settings of systems that may be reached through an HTTP
// proxy of their own.
type Proxied interface {
	// ProxyURL is the proxy's address with its credentials, nil for none. The error
	// names the field and never its value.
	ProxyURL() (*url.URL, error)
}

var errProxy = errors.New("proxy: not an address such as http://proxy.example.com:3128")

// ProxyURL implements Proxied.
func (p *ProxySettings) ProxyURL() (*url.URL, error) {
	if p.Proxy == "" {
		return nil, nil
	}
	proxy, err := url.Parse(p.Proxy)
	if err != nil || proxy.Host == "" || proxy.User != nil || proxy.Scheme != "http" && proxy.Scheme != "https" {
		return nil, errProxy
	}
	if user, password, _ := strings.Cut(p.ProxyCredentials.Reveal(), ":"); user != "" {
		proxy.User = url.UserPassword(user, password)
	}
	return proxy, nil
}
