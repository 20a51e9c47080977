package ews

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// operation is one EWS operation as we call it.
type operation struct {
	name string
	// repeatable operations leave the same state when they run twice, so one
	// whose answer was lost is sent again at once.
	repeatable bool
	// zone is the Windows time zone of TimeZoneContext, "" for none. It is what
	// times without an offset mean wherever StartTimeZone is not at hand, as in
	// a SetItemField that holds nothing but Start:
	// learn.microsoft.com/exchange/client-developer/exchange-web-services/time-zones-and-ews-in-exchange.
	zone string
}

var (
	opFind   = operation{name: "FindItem", repeatable: true}
	opGet    = operation{name: "GetItem", repeatable: true}
	opCreate = operation{name: "CreateItem"}
	opUpdate = operation{name: "UpdateItem", repeatable: true}
	opDelete = operation{name: "DeleteItem", repeatable: true}
	opZones  = operation{name: "GetServerTimeZones", repeatable: true}
	opFolder = operation{name: "GetFolder", repeatable: true}
)

func (o operation) in(zone string) operation {
	o.zone = zone
	return o
}

// call sends one operation on one item or page to the mailbox and returns its
// one response message, whose code is NoError. Without a mailbox ("") it acts as
// the service account itself. build gives the operation's body
// as a schema version spells it. All errors are the port's or ctx's.
func (c *Calendar) call(ctx context.Context, mailbox string, op operation, want version,
	build func(version) any) (*responseMessage, error) {
	start := c.versions.highest(mailbox, want)
	for v := start; ; v-- {
		payload, err := encode(envelope{
			Header: newHeader(v, mailbox, op.zone),
			Body:   body{Operation: build(v)},
		})
		if err != nil {
			return nil, invalid(op, "unencodable")
		}
		message, err := c.send(ctx, mailbox, op, payload)
		refused := refusesVersion(err, v)
		if v < start && !refused && isAnswer(err) {
			c.versions.remember(mailbox, v)
		}
		if !refused || v == lowest {
			return message, err
		}
		c.log.DebugContext(ctx, "exchange refused the schema version, trying a lower one",
			slog.String("operation", op.name), slog.String("version", v.String()))
	}
}

// send gives one request a slot and reads its answer.
func (c *Calendar) send(ctx context.Context, mailbox string, op operation, payload []byte) (*responseMessage, error) {
	s, err := c.slots.take(ctx)
	if err != nil {
		return nil, err
	}
	turn, err := c.signIns.begin(ctx, op, c.timeout)
	if err != nil {
		c.slots.give(s)
		return nil, err
	}
	defer func() { turn.end() }()
	started := time.Now()
	message, err := c.sendOver(ctx, s, turn, mailbox, op, payload)
	c.log.DebugContext(ctx, "exchange call", slog.String("operation", op.name),
		slog.String("code", codeOf(err)), slog.Duration("duration", time.Since(started)))
	if wantsFewerConnections(err) {
		c.slots.park(s, parkTime)
	} else {
		c.slots.give(s)
	}
	return message, err
}

// sendOver sends the request, and once more on a fresh connection when the first
// was lost, or refused before a password was tried: each refused try brings the
// account nearer to being locked. A 401 means that nothing was done, so it is safe
// for CreateItem too; a lost answer is not.
func (c *Calendar) sendOver(ctx context.Context, s *slot, turn *turn, mailbox string, op operation,
	payload []byte) (*responseMessage, error) {
	callCtx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		answer, err := c.exchangeAt(callCtx, s, turn.signIn, c.url.String(), mailbox, payload)
		if err == nil && answer.status != http.StatusUnauthorized {
			message, err := readAnswer(op, answer)
			if isAnswer(err) {
				c.signIns.accept(ctx, c.signedIn(answer))
			}
			if err == nil && mailbox != "" && op.name != opAvailability.name { // no proof of a right to write
				c.worked.Store(true)
			}
			return message, c.unclear(err)
		}
		s.drop()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, refused := errors.AsType[*ticketError](err); refused {
			return nil, c.unanswered(ctx, op, err)
		}
		if held, ok := errors.AsType[*calendars.Blocked](err); ok {
			return nil, held // nobody is to sign in now
		}
		again := attempt == 0 && callCtx.Err() == nil
		switch {
		case err == nil && (!again || c.triedToSignIn(answer)):
			return nil, c.refusal(ctx, op, answer)
		case err != nil && (!again || !op.repeatable || !worthRepeating(err)):
			return nil, networkError(op, err)
		}
	}
}

// encode writes the envelope as a document.
func encode(e envelope) ([]byte, error) {
	e.SOAP, e.Types, e.Messages = soapNamespace, typesNamespace, messagesNamespace
	var document bytes.Buffer
	document.WriteString(xml.Header)
	if err := xml.NewEncoder(&document).Encode(e); err != nil {
		return nil, err
	}
	return document.Bytes(), nil
}

// fixed is a body that every schema version spells alike.
func fixed(request any) func(version) any {
	return func(version) any { return request }
}
