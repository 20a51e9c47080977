package ews

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/replytext"
)

var _ calendars.AutoReplier = (*Calendar)(nil)

// Both leave the same state when they are sent twice.
var (
	opGetReply = operation{name: "GetUserOofSettings", repeatable: true}
	opSetReply = operation{name: "SetUserOofSettings", repeatable: true}
)

// getUserOofSettings names the mailbox although the call is made in its owner's name:
// learn.microsoft.com/exchange/client-developer/web-service-reference/getuseroofsettings-operation.
type getUserOofSettings struct {
	XMLName xml.Name `xml:"m:GetUserOofSettingsRequest"`
	Address string   `xml:"t:Mailbox>t:Address"`
}

type setUserOofSettings struct {
	XMLName  xml.Name    `xml:"m:SetUserOofSettingsRequest"`
	Address  string      `xml:"t:Mailbox>t:Address"`
	Settings oofSettings `xml:"t:UserOofSettings"`
}

// oofSettings are written in the order of the schema. Both replies are required although
// the schema does not say so (ErrorInvalidUserOofSettings), and times are in UTC.
type oofSettings struct {
	State    string       `xml:"t:OofState"`
	Audience string       `xml:"t:ExternalAudience"`
	Duration *oofDuration `xml:"t:Duration"`
	Inside   oofBody      `xml:"t:InternalReply"`
	Outside  oofBody      `xml:"t:ExternalReply"`
}

type oofDuration struct {
	From  string `xml:"t:StartTime"`
	Until string `xml:"t:EndTime"`
}

type oofBody struct {
	Language string `xml:"xml:lang,attr,omitempty"`
	Text     string `xml:"t:Message"`
}

// answeredReply is what GetUserOofSettings tells. Servers of 2016 and later have more of
// it for requests of their own version; they keep that when a request of an earlier one
// does not name it.
type answeredReply struct {
	State    string `xml:"OofState"`
	Audience string `xml:"ExternalAudience"`
	Duration *struct {
		From  string `xml:"StartTime"`
		Until string `xml:"EndTime"`
	} `xml:"Duration"`
	Inside  answeredBody `xml:"InternalReply"`
	Outside answeredBody `xml:"ExternalReply"`
}

type answeredBody struct {
	Language string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Text     string `xml:"Message"`
}

// keptReply is a reply as Exchange tells it, but for its times, which are moments here.
type keptReply struct {
	State    string    `json:"state"`
	Audience string    `json:"audience"`
	From     time.Time `json:"from,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	Inside   keptBody  `json:"inside"`
	Outside  keptBody  `json:"outside"`
}

type keptBody struct {
	Language string `json:"language,omitempty"`
	Text     string `json:"text"`
}

// Exchange's names of states and audiences.
var (
	replyStates = map[calendars.AutoReplyState]string{
		calendars.AutoReplyOff: "Disabled", calendars.AutoReplyOn: "Enabled", calendars.AutoReplyScheduled: "Scheduled",
	}
	replyAudiences = map[calendars.AutoReplyAudience]string{
		calendars.AudienceNobody: "None", calendars.AudienceContacts: "Known", calendars.AudienceEverybody: "All",
	}
)

// nameOf is the key of a value, "" for none.
func nameOf[K ~string](values map[K]string, value string) K {
	for name, other := range values {
		if other == value {
			return name
		}
	}
	return ""
}

// AutoReply implements calendars.AutoReplier.
func (c *Calendar) AutoReply(ctx context.Context, mailbox string) (calendars.AutoReply, error) {
	if err := checkTarget(opGetReply, mailbox, calendars.Key{}); err != nil {
		return calendars.AutoReply{}, err
	}
	message, err := c.call(ctx, mailbox, opGetReply, exchange2010SP2, fixed(getUserOofSettings{Address: mailbox}))
	if err != nil {
		return calendars.AutoReply{}, replyError(err)
	}
	return message.reply.read()
}

// SetAutoReply implements calendars.AutoReplier. Some servers refuse the whole document
// that they answered before as an error of their own; they are given what is inside of
// it, which they put into a document again.
func (c *Calendar) SetAutoReply(ctx context.Context, mailbox string,
	reply calendars.AutoReply) (calendars.AutoReply, error) {
	if err := checkTarget(opSetReply, mailbox, calendars.Key{}); err != nil {
		return calendars.AutoReply{}, err
	}
	wanted, err := replyToWrite(reply, time.Now())
	if err != nil {
		return calendars.AutoReply{}, err
	}
	err = c.writeReply(ctx, mailbox, wanted)
	if codeOf(err) == "ErrorInternalServerError" && wanted.hasDocument() {
		wanted.Inside.Text = replytext.Body(wanted.Inside.Text)
		wanted.Outside.Text = replytext.Body(wanted.Outside.Text)
		err = c.writeReply(ctx, mailbox, wanted)
	}
	if err != nil {
		return calendars.AutoReply{}, replyError(err)
	}
	return c.AutoReply(ctx, mailbox)
}

func (c *Calendar) writeReply(ctx context.Context, mailbox string, reply keptReply) error {
	request := setUserOofSettings{Address: mailbox, Settings: reply.encode()}
	_, err := c.call(ctx, mailbox, opSetReply, exchange2010SP2, fixed(request))
	return err
}

func (k keptReply) hasDocument() bool {
	return replytext.IsDocument(k.Inside.Text) || replytext.IsDocument(k.Outside.Text)
}

// replyError: who may act for the mailbox and is denied its reply lacks that right, here
// or for everybody.
func replyError(err error) error {
	refused, ok := errors.AsType[*calendars.Blocked](err)
	if !ok || refused.Reason != calendars.AccessDenied || refused.Code != "ErrorAccessDenied" {
		return err
	}
	denied := *refused
	denied.Reason, denied.Scope = calendars.AutoReplyNotGranted, calendars.ScopeUnclear
	return &denied
}

// replyToWrite is what to write for a reply: what was read, or its fields. The server
// refuses a schedule that is over (ErrorInvalidScheduledOofDuration); it is off.
func replyToWrite(reply calendars.AutoReply, now time.Time) (keptReply, error) {
	var kept keptReply
	if reply.ReadKept(calendars.Exchange, &kept) {
		if !kept.Until.After(now) || !kept.From.Before(kept.Until) {
			kept.From, kept.Until = time.Time{}, time.Time{}
			if kept.State == replyStates[calendars.AutoReplyScheduled] {
				kept.State = replyStates[calendars.AutoReplyOff]
			}
		}
		return kept, nil
	}
	if err := reply.Check(); err != nil {
		return keptReply{}, err
	}
	kept = keptReply{
		State: replyStates[reply.State], Audience: replyAudiences[reply.Answers()],
		Inside: keptBody{Text: replytext.HTML(reply.Inside)}, Outside: keptBody{Text: replytext.HTML(reply.Outside)},
	}
	if reply.State == calendars.AutoReplyScheduled {
		kept.From, kept.Until = reply.From.UTC(), reply.Until.UTC()
	}
	return kept, nil
}

func (k keptReply) encode() oofSettings {
	settings := oofSettings{
		State: k.State, Audience: k.Audience, Inside: oofBody(k.Inside), Outside: oofBody(k.Outside),
	}
	if !k.From.IsZero() {
		settings.Duration = &oofDuration{calendars.Moment(k.From), calendars.Moment(k.Until)}
	}
	return settings
}

// read is a reply that was answered. One that is missing, or has words nobody knows, is
// no answer: it must not look like a mailbox without a reply.
func (a *answeredReply) read() (calendars.AutoReply, error) {
	if a == nil {
		return calendars.AutoReply{}, temporary(opGetReply, codeUnreadable)
	}
	kept := keptReply{
		State: strings.TrimSpace(a.State), Audience: strings.TrimSpace(a.Audience),
		Inside: keptBody(a.Inside), Outside: keptBody(a.Outside),
	}
	reply := calendars.AutoReply{
		State: nameOf(replyStates, kept.State), Audience: nameOf(replyAudiences, kept.Audience),
		Inside: replytext.Text(kept.Inside.Text), Outside: replytext.Text(kept.Outside.Text),
		Digest: calendars.TextDigest(kept.Inside.Text, kept.Outside.Text),
	}
	timesErr := kept.readTimes(a)
	if reply.State == "" || reply.Audience == "" ||
		reply.State == calendars.AutoReplyScheduled && (timesErr != nil || kept.From.IsZero()) {
		return calendars.AutoReply{}, temporary(opGetReply, codeUnreadable)
	}
	if reply.State == calendars.AutoReplyScheduled {
		reply.From, reply.Until = kept.From, kept.Until
	}
	var err error
	reply.Kept, err = calendars.KeepReply(calendars.Exchange, kept)
	return reply, err
}

func (k *keptReply) readTimes(a *answeredReply) error {
	if a.Duration == nil {
		return nil
	}
	from, fromErr := replyTime(a.Duration.From)
	until, untilErr := replyTime(a.Duration.Until)
	if err := cmp.Or(fromErr, untilErr); err != nil {
		return err
	}
	k.From, k.Until = from, until
	return nil
}

// replyTime reads a time, to the second. It is in UTC, with or without saying so.
func replyTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC().Truncate(time.Second), nil
	}
	at, err := time.Parse("2006-01-02T15:04:05", text)
	return at.Truncate(time.Second), err
}
