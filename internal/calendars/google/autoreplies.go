package google

import (
	"context"
	"errors"
	"strconv"
	"time"

	gmail "google.golang.org/api/gmail/v1"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/replytext"
)

var _ calendars.AutoReplier = (*Calendar)(nil)

// ScopeReplies is the scope for a mailbox's automatic reply, the only one with which it
// can be written. A token for it is asked for by itself, and only when a reply is: where
// nobody granted it the calendar does not notice
// (developers.google.com/workspace/gmail/api/auth/scopes).
const ScopeReplies = gmail.GmailSettingsBasicScope

// me is the mailbox of whoever the token is for.
const me = "me"

// keptReply is a VacationSettings as Gmail tells it
// (developers.google.com/workspace/gmail/api/reference/rest/v1/VacationSettings).
type keptReply struct {
	Enabled      bool   `json:"enabled"`
	Subject      string `json:"subject,omitempty"`
	Plain        string `json:"plain,omitempty"`
	HTML         string `json:"html,omitempty"`
	ContactsOnly bool   `json:"contactsOnly,omitempty"`
	DomainOnly   bool   `json:"domainOnly,omitempty"`
	// Start and End are in milliseconds since 1970, 0 for none.
	Start int64 `json:"start,omitempty"`
	End   int64 `json:"end,omitempty"`
}

// AutoReply implements calendars.AutoReplier.
func (c *Calendar) AutoReply(ctx context.Context, mailbox string) (calendars.AutoReply, error) {
	if err := checkNames(mailbox, calendars.Key{}); err != nil {
		return calendars.AutoReply{}, err
	}
	return c.vacation(ctx, mailbox, func(ctx context.Context, settings *gmail.UsersSettingsService) (
		*gmail.VacationSettings, error) {
		return settings.GetVacation(me).Context(ctx).Do(quotaUser(mailbox))
	})
}

// SetAutoReply implements calendars.AutoReplier. Gmail replaces all settings, and
// answers what it has then. It has one text for everybody: the one for outside where
// anybody outside is answered, as that says less.
func (c *Calendar) SetAutoReply(ctx context.Context, mailbox string,
	reply calendars.AutoReply) (calendars.AutoReply, error) {
	if err := checkNames(mailbox, calendars.Key{}); err != nil {
		return calendars.AutoReply{}, err
	}
	wanted, err := replyToWrite(reply, time.Now())
	if err != nil {
		return calendars.AutoReply{}, err
	}
	leave, err := c.writers.Enter(ctx, mailboxID(mailbox)+" reply")
	if err != nil {
		return calendars.AutoReply{}, err
	}
	defer leave()
	return c.vacation(ctx, mailbox, func(ctx context.Context, settings *gmail.UsersSettingsService) (
		*gmail.VacationSettings, error) {
		return settings.UpdateVacation(me, wanted.encode()).Context(ctx).Do(quotaUser(mailbox))
	})
}

// vacation does one call on the settings and reads what it answers.
func (c *Calendar) vacation(ctx context.Context, mailbox string,
	call func(context.Context, *gmail.UsersSettingsService) (*gmail.VacationSettings, error),
) (calendars.AutoReply, error) {
	var answered *gmail.VacationSettings
	err := c.exchangeAs(ctx, mailbox, func(ctx context.Context, client *client) error {
		settings, err := client.replies()
		if err != nil {
			return err
		}
		answered, err = call(ctx, settings)
		if err == nil && answered == nil {
			err = errUnexpectedAnswer
		}
		return err
	})
	if err != nil {
		return calendars.AutoReply{}, replyError(err)
	}
	return decodeReply(answered)
}

// replyError: a scope that is not delegated, or the API that is off, are the replies'
// own; a mailbox that has no mail (400 failedPrecondition) is its owner's. What is not
// found is the mailbox.
func replyError(err error) error {
	if e, ok := asAPI(err); ok && e.has("failedPrecondition", "FAILED_PRECONDITION") {
		return ruled(ruleMailboxMissing, e.code(), e)
	}
	err = mailboxError(err)
	refused, ok := errors.AsType[*calendars.Blocked](err)
	if !ok || refused.Reason != calendars.ConsentMissing {
		return err
	}
	missing := *refused
	missing.Reason = calendars.AutoReplyNotGranted
	return &missing
}

// replyToWrite is what to write for a reply: what was read, or its fields. A schedule
// that is over is off.
func replyToWrite(reply calendars.AutoReply, now time.Time) (keptReply, error) {
	var kept keptReply
	if reply.ReadKept(calendars.Google, &kept) {
		if kept.End != 0 && !time.UnixMilli(kept.End).After(now) {
			kept.Enabled = false
		}
		return kept, nil
	}
	if err := reply.Check(); err != nil {
		return keptReply{}, err
	}
	kept = keptReply{
		Enabled: reply.State != calendars.AutoReplyOff, Plain: reply.Outside,
		ContactsOnly: reply.Answers() == calendars.AudienceContacts,
	}
	if kept.DomainOnly = reply.Answers() == calendars.AudienceNobody; kept.DomainOnly {
		kept.Plain = reply.Inside
	}
	if kept.Enabled && kept.Plain == "" {
		return keptReply{}, &calendars.Invalid{Code: calendars.CodeReplyEmpty}
	}
	if reply.State == calendars.AutoReplyScheduled {
		kept.Start, kept.End = reply.From.UnixMilli(), reply.Until.UnixMilli()
	}
	return kept, nil
}

// encode names every flag: those left out of a PUT are reset, which is what off means,
// but a reader of the request should not have to know.
func (k keptReply) encode() *gmail.VacationSettings {
	return &gmail.VacationSettings{
		EnableAutoReply: k.Enabled, ResponseSubject: k.Subject,
		ResponseBodyPlainText: k.Plain, ResponseBodyHtml: k.HTML,
		RestrictToContacts: k.ContactsOnly, RestrictToDomain: k.DomainOnly, StartTime: k.Start, EndTime: k.End,
		ForceSendFields: []string{"EnableAutoReply", "RestrictToContacts", "RestrictToDomain"},
	}
}

func decodeReply(settings *gmail.VacationSettings) (calendars.AutoReply, error) {
	kept := keptReply{
		Enabled: settings.EnableAutoReply, Subject: settings.ResponseSubject, Plain: settings.ResponseBodyPlainText,
		HTML: settings.ResponseBodyHtml, ContactsOnly: settings.RestrictToContacts,
		DomainOnly: settings.RestrictToDomain, Start: settings.StartTime, End: settings.EndTime,
	}
	reply := calendars.AutoReply{
		State: calendars.AutoReplyOff, Audience: calendars.AudienceEverybody, Inside: kept.Plain,
		Digest: calendars.TextDigest(kept.Subject, kept.Plain, kept.HTML, strconv.FormatBool(kept.ContactsOnly)),
	}
	if kept.HTML != "" {
		reply.Inside = replytext.Text(kept.HTML)
	}
	switch {
	case kept.DomainOnly:
		reply.Audience = calendars.AudienceNobody
	case kept.ContactsOnly:
		reply.Audience = calendars.AudienceContacts
	}
	if reply.Audience != calendars.AudienceNobody {
		reply.Outside = reply.Inside
	}
	switch {
	case kept.Enabled && kept.Start == 0 && kept.End == 0:
		reply.State = calendars.AutoReplyOn
	case kept.Enabled:
		reply.State = calendars.AutoReplyScheduled
		reply.From, reply.Until = millisecond(kept.Start), millisecond(kept.End)
	}
	var err error
	reply.Kept, err = calendars.KeepReply(calendars.Google, kept)
	return reply, err
}

// millisecond is a moment of Gmail's, to the second; zero for none.
func millisecond(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC().Truncate(time.Second)
}
