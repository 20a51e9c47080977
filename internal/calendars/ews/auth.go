package ews

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"

	"github.com/Azure/go-ntlmssp"

	"github.com/figgosync/figgosync/internal/calendars/transport"
)

const (
	// maxAnswer bounds an answer's body. A page of 250 items with two short
	// properties each is below 300 kB.
	maxAnswer = 8 << 20
	// maxChallenge bounds the body of a 401: an HTML page.
	maxChallenge = 64 << 10
)

// reply is an HTTP answer, read completely.
type reply struct {
	status int
	header http.Header
	body   []byte
	signIn handshake
}

// exchangeAt sends one request over the slot, signing in where needed. signIn, when set,
// is asked before a connection is signed in; its error ends the exchange.
func (c *Calendar) exchangeAt(ctx context.Context, s *slot, signIn func(context.Context) error,
	address, mailbox string, payload []byte) (reply, error) {
	request, err := c.newRequest(ctx, address, mailbox, payload)
	if err != nil {
		return reply{}, err
	}
	shake := &handshake{next: s.open(), signIn: signIn}
	var signed http.RoundTripper = shake
	switch {
	case c.kerberos != nil:
		signed = negotiator{next: shake, kerberos: c.kerberos, slot: s}
	case !c.basic:
		signed = ntlmssp.Negotiator{RoundTripper: shake}
	}
	response, err := signed.RoundTrip(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	if shake.lost != nil {
		return reply{}, shake.lost
	}
	body, err := transport.ReadAll(response.Body, maxAnswer)
	if err != nil {
		return reply{}, err
	}
	return reply{status: response.StatusCode, header: response.Header, body: body, signIn: *shake}, nil
}

// newRequest builds the POST. The body is a bytes.Reader so that it goes with a
// Content-Length (some servers and proxies refuse chunks) and can be sent again
// in each step of the handshake. The Authorization header set here never
// travels with NTLM: the negotiator takes it out and keeps the credentials.
//
// X-AnchorMailbox routes the request to the impersonated mailbox's server;
// without it Exchange 2013 and later answer 500 or 503 at times:
// learn.microsoft.com/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange.
func (c *Calendar) newRequest(ctx context.Context, address, mailbox string, payload []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	request.Header.Set("Accept", "text/xml")
	request.Header.Set("User-Agent", "figgosync")
	if mailbox != "" {
		request.Header.Set("X-AnchorMailbox", mailbox)
	}
	request.SetBasicAuth(c.username, c.password)
	return request, nil
}

// handshake is the connection's side of one sign-in. It exists because the
// negotiator swallows errors of its own steps and shows only the first 401:
// handshake keeps what really happened. It also reads the body of each 401, so
// that the connection is free for the next step and no endless body is drained.
type handshake struct {
	next http.RoundTripper
	// signIn is asked before the first message; nil allows it.
	signIn func(context.Context) error
	// sent is the highest NTLM message that went out: 0, 1 or 3.
	sent uint32
	// offered is whether the server named a way to sign in that it was asked for:
	// Negotiate, or NTLM where that will do.
	offered bool
	// withoutNTLM says that the server named Negotiate only, and met NTLM in it with
	// no challenge, as one does that takes tickets alone.
	withoutNTLM bool
	// cut is whether messages 1 and 3 went over different connections, which
	// can never succeed.
	cut bool
	// lost is the network error of a step after the first.
	lost error

	connection net.Conn
}

// RoundTrip does one step.
func (h *handshake) RoundTrip(request *http.Request) (*http.Response, error) {
	message := ntlmMessage(request.Header.Get("Authorization"))
	if message == 1 && h.signIn != nil {
		if err := h.signIn(request.Context()); err != nil {
			h.lost = err
			return nil, err
		}
	}
	if message == 1 && request.URL.Scheme == "https" {
		request = request.Clone(request.Context()) // the caller's headers are not ours
		request.Header.Set("Authorization", askForTarget(request.Header.Get("Authorization")))
	}
	var connection net.Conn
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { connection = info.Conn }}
	response, err := h.next.RoundTrip(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	if message == 3 && connection != h.connection {
		h.cut = true
	}
	h.connection = connection
	h.sent = max(h.sent, message)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		// The negotiator looks only at how each field begins.
		if list := challenges(response.Header); len(list) > 0 {
			response.Header["Www-Authenticate"] = list
		}
		h.offered = h.offered || offers(response.Header, "negotiate") || offers(response.Header, "ntlm")
		h.withoutNTLM = message == 1 && !offers(response.Header, "ntlm") && !isChallenge(response.Header)
		if binding := channelBinding(response.TLS); binding != nil {
			bindChallenges(response.Header, binding)
		}
		err = detachBody(response)
	}
	if err != nil {
		h.lost = err
		return nil, err
	}
	return response, nil
}

// ntlmMessage returns the type of the NTLM message in an Authorization header,
// 0 for none: [MS-NLMP] 2.2.1, eight bytes of signature and then the type.
func ntlmMessage(authorization string) uint32 {
	_, token, _ := strings.Cut(authorization, " ")
	data, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(data) < 12 || !bytes.HasPrefix(data, []byte("NTLMSSP\x00")) {
		return 0
	}
	return binary.LittleEndian.Uint32(data[8:])
}

// offers tells whether a 401 names a way to sign in, in small letters.
func offers(header http.Header, scheme string) bool {
	return slices.ContainsFunc(challenges(header),
		func(c string) bool { return strings.EqualFold(schemeOf(c), scheme) })
}

// isChallenge tells whether a 401 goes on with NTLM.
func isChallenge(header http.Header) bool {
	return slices.ContainsFunc(challenges(header), func(c string) bool { return ntlmMessage(c) == 2 })
}

// detachBody reads the body away from its connection.
func detachBody(response *http.Response) error {
	body, err := transport.ReadAll(response.Body, maxChallenge)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	return err
}
