package ews

import (
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// networkError is an exchange that brought no complete answer.
func networkError(op operation, err error) error { return transport.Classify(err, op.err()) }

// worthRepeating tells whether a fresh connection may help at once: not when
// the server was slow, talkative or refused by TLS, or its address by us.
func worthRepeating(err error) bool {
	if _, refused := calendars.AddressRefused(err); refused {
		return false
	}
	switch transport.Code(err) {
	case "timeout", "answer-too-big", "name-not-resolved", "connection-refused",
		string(calendars.ProxyUnreachable), string(calendars.ProxyRefuses):
		return false
	}
	return transport.TLSCode(err) == ""
}
