package worker

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/egress"
	"github.com/figgosync/figgosync/internal/settings"
)

// Outside says which addresses of outside systems may be used. Its zero value, for
// hosted installations, allows https to public addresses.
type Outside struct {
	// AllowInsecure permits http, for rehearsals. It implies AllowPrivate.
	AllowInsecure bool
	// AllowPrivate permits private addresses, this machine, and local names.
	AllowPrivate bool
	// SignIns shares what processes learn of credentials; nil where there is but one.
	SignIns SignIns
}

// SignIns is what processes learn of the credentials of connections, such as a
// *signins.Book.
type SignIns interface {
	Of(connection settings.Connection) calendars.SignIns
}

// signIns is nil where nothing is shared.
func (o Outside) signIns(connection settings.Connection) calendars.SignIns {
	if o.SignIns == nil {
		return nil
	}
	return o.SignIns.Of(connection)
}

// Policy is what every connection to an outside system obeys.
func (o Outside) Policy() egress.Policy {
	return egress.Policy{AllowPrivate: o.AllowPrivate || o.AllowInsecure}
}

// transport is the way out, through the proxy of the settings where they have one.
func (o Outside) transport(system calendars.Settings) (func(*http.Transport) *http.Transport, error) {
	proxied, ok := system.(calendars.Proxied)
	if !ok {
		return o.Policy().Transport, nil
	}
	proxy, err := proxied.ProxyURL()
	if proxy == nil || err != nil {
		return o.Policy().Transport, err
	}
	return o.Policy().Through(proxy), nil
}

// Open is Outside.Open without AllowPrivate, but where insecure implies it.
func Open(connection settings.Connection, insecure bool, log *slog.Logger) (calendars.Adapter, error) {
	return Outside{AllowInsecure: insecure}.Open(connection, log)
}

// Open makes the adapter of a connection; it talks to nobody yet. What cannot work
// as it is configured is a calendars.Blocked for the whole connection. An address
// that may not be used shows with the first call.
func (o Outside) Open(connection settings.Connection, log *slog.Logger) (calendars.Adapter, error) {
	if connection.System == nil {
		return nil, calendars.CannotWork(fmt.Errorf("connection %q has no credentials", connection.Name))
	}
	transport, err := o.transport(connection.System)
	if err != nil {
		return nil, calendars.CannotWork(err)
	}
	return connection.System.Open(calendars.Environment{
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: o.AllowInsecure, Transport: transport,
		Allowed: o.Policy().CheckAddr, SignIns: o.signIns(connection),
		Logger: log.With("connection", connection.Name),
	})
}
