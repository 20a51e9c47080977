package calendars

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// AutoReplier is a Calendar whose mailboxes can answer mail by themselves. A mailbox
// has one automatic reply, its owner's and ours alike: read it before writing, and
// write only over what nobody else wrote since (AutoReply.Fingerprint).
//
// Both methods keep the promises of Calendar and answer its errors. What they may do
// is a grant of its own, and its lack a reason of its own, AutoReplyNotGranted, which
// says nothing about the calendar.
type AutoReplier interface {
	// AutoReply is what the mailbox has now.
	AutoReply(ctx context.Context, mailbox string) (AutoReply, error)

	// SetAutoReply replaces what the mailbox has, and returns what it has then:
	// servers rewrite texts. A reply that was read from the same calendar system
	// (it has Kept) is given back as it was, whatever its other fields say; one that
	// was scheduled and is over by now is given back turned off, as servers take no
	// schedule of the past. Otherwise it is written from its fields. A reply that
	// cannot be sent is Invalid: see AutoReply.Check.
	SetAutoReply(ctx context.Context, mailbox string, reply AutoReply) (AutoReply, error)
}

// AutoReplyState is whether mail is answered.
type AutoReplyState string

// The states of an automatic reply.
const (
	AutoReplyOff AutoReplyState = "off"
	AutoReplyOn  AutoReplyState = "on"
	// AutoReplyScheduled: within a time only, which may be over.
	AutoReplyScheduled AutoReplyState = "scheduled"
)

// AutoReplyAudience is who outside the organization is answered.
type AutoReplyAudience = absence.ReplyAudience

// The audiences of an automatic reply.
const (
	AudienceNobody = absence.ReplyNobody
	// AudienceContacts: whom the owner has among their contacts. Gmail then answers
	// nobody else inside the organization either.
	AudienceContacts  = absence.ReplyContacts
	AudienceEverybody = absence.ReplyEverybody
)

// AutoReply is the automatic reply of a mailbox. It holds what a person wrote: it is
// printed and logged as its state only.
type AutoReply struct {
	State AutoReplyState `json:"state"`
	// From is inclusive and Until exclusive, in UTC and to the second, of a scheduled
	// reply only. Gmail knows schedules without one of them, which is zero then.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Inside answers those of the organization, and Outside the Audience, in plain
	// text with \n between lines; of a reply that was read, the words of its HTML.
	// Without an Outside nobody outside is answered. Gmail has one text for all: it is
	// Outside where anybody outside is answered.
	Inside   string            `json:"inside,omitempty"`
	Outside  string            `json:"outside,omitempty"`
	Audience AutoReplyAudience `json:"audience"`
	// Digest stands for all that the mailbox tells of the texts, formatting included.
	// "" of a reply that was not read.
	Digest string `json:"digest,omitempty"`
	// Kept is the adapter's own, complete copy of what the mailbox had, opaque to
	// others. nil of a reply that was not read.
	Kept json.RawMessage `json:"kept,omitempty"`
}

// String is the state, and nothing that a person wrote.
func (r AutoReply) String() string { return "automatic reply " + string(r.State) }

// GoString is String, for %#v.
func (r AutoReply) GoString() string { return r.String() }

// Fingerprint is equal for replies that were read and are equal to who gets them:
// whether, when and whom they answer, and their texts with all formatting. It tells
// whether somebody changed the reply since. Dates of a reply that is not scheduled do
// not count: servers make them up.
func (r AutoReply) Fingerprint() string {
	times := ""
	if r.State == AutoReplyScheduled {
		times = Moment(r.From) + " " + Moment(r.Until)
	}
	texts := r.Digest
	if texts == "" {
		texts = TextDigest(r.Inside, r.Outside)
	}
	return TextDigest(string(r.State), times, string(r.Audience), texts)[:32]
}

// AnswersBetween tells whether the reply is on at some time from from, inclusive, until
// until, exclusive.
func (r AutoReply) AnswersBetween(from, until time.Time) bool {
	switch r.State {
	case AutoReplyOn:
		return true
	case AutoReplyScheduled:
		return r.From.Before(until) && (r.Until.IsZero() || r.Until.After(from))
	}
	return false
}

// Says tells whether a reply that was read is one that was written: servers rewrite texts,
// and one system has one text only. No person has the very times and words of another.
func (r AutoReply) Says(written AutoReply) bool {
	lines := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	inside, outside := lines(written.Inside), lines(written.Outside)
	return r.State == written.State && r.From.Equal(written.From) && r.Until.Equal(written.Until) &&
		(lines(r.Inside) == inside || outside != "" && (lines(r.Inside) == outside || lines(r.Outside) == outside))
}

// TextDigest stands for texts in their order, for AutoReply.Digest.
func TextDigest(texts ...string) string {
	var all []byte
	for _, text := range texts {
		all = append(append(strconv.AppendInt(all, int64(len(text)), 10), ':'), text...)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])
}

// Codes of replies that cannot be written.
const (
	CodeReplyState    = "auto-reply-state"
	CodeReplyAudience = "auto-reply-audience"
	CodeReplyTimes    = "auto-reply-times"
	CodeReplyEmpty    = "auto-reply-empty"
	CodeReplyTooLong  = "auto-reply-too-long"
)

// maxReplyText bounds each text, in bytes, far below what the systems take; maxKept
// bounds Kept, which goes through workflows.
const (
	maxReplyText = 32 << 10
	maxKept      = 512 << 10
)

// Check is Invalid for a reply that cannot be written from its fields: an unknown state
// or audience, a schedule that does not begin before its end, nothing to say, or too
// much.
func (r AutoReply) Check() error {
	code := ""
	switch {
	case r.State != AutoReplyOff && r.State != AutoReplyOn && r.State != AutoReplyScheduled:
		code = CodeReplyState
	case r.Audience != AudienceNobody && r.Audience != AudienceContacts && r.Audience != AudienceEverybody:
		code = CodeReplyAudience
	case r.State == AutoReplyScheduled && !r.From.Before(r.Until):
		code = CodeReplyTimes
	case r.State != AutoReplyOff && strings.TrimSpace(r.Inside+r.Outside) == "":
		code = CodeReplyEmpty
	case len(r.Inside) > maxReplyText || len(r.Outside) > maxReplyText:
		code = CodeReplyTooLong
	default:
		return nil
	}
	return &Invalid{Code: code}
}

// keptReply is the form of Kept: whose it is, and its content.
type keptReply struct {
	System  Provider        `json:"system"`
	Content json.RawMessage `json:"content"`
}

// KeepReply makes Kept of content, which is written as JSON. One that is too long to be
// kept is Invalid: such a reply must not be replaced.
func KeepReply(system Provider, content any) (json.RawMessage, error) {
	inner, err := json.Marshal(content)
	if err != nil {
		return nil, &Invalid{Code: CodeReplyTooLong}
	}
	kept, err := json.Marshal(keptReply{system, inner})
	if err != nil || len(kept) > maxKept {
		return nil, &Invalid{Code: CodeReplyTooLong}
	}
	return kept, nil
}

// ReadKept reads what KeepReply wrote for the same system into content. ok is false for
// a reply that was not read there, whose fields count.
func (r AutoReply) ReadKept(system Provider, content any) (ok bool) {
	var kept keptReply
	return json.Unmarshal(r.Kept, &kept) == nil && kept.System == system && json.Unmarshal(kept.Content, content) == nil
}

// IsOver tells whether a schedule has ended.
func (r AutoReply) IsOver(now time.Time) bool {
	return r.State == AutoReplyScheduled && !r.Until.IsZero() && !r.Until.After(now)
}

// Answers is the audience that is answered in fact: nobody without a text for it.
func (r AutoReply) Answers() AutoReplyAudience {
	if strings.TrimSpace(r.Outside) == "" {
		return AudienceNobody
	}
	return r.Audience
}
