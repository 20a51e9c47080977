package graph

import (
	"context"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/replytext"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

var _ calendars.AutoReplier = (*Calendar)(nil)

// keptReply is an automaticRepliesSetting as Graph tells it
// (learn.microsoft.com/graph/api/resources/automaticrepliessetting).
type keptReply struct {
	Status   string    `json:"status"`
	Audience string    `json:"audience"`
	Internal string    `json:"internal"`
	External string    `json:"external"`
	Start    *keptTime `json:"start,omitempty"`
	End      *keptTime `json:"end,omitempty"`
}

// keptTime is a dateTimeTimeZone.
type keptTime struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

// moment reads it, to the second; ok is false for one that is not understood.
func (k *keptTime) moment() (at time.Time, ok bool) {
	if k == nil {
		return time.Time{}, false
	}
	name := k.TimeZone
	if iana, known := windowszones.ToIANA(name); known {
		name = iana
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return time.Time{}, false
	}
	at, err = time.ParseInLocation("2006-01-02T15:04:05", strings.TrimSuffix(k.DateTime, "Z"), location)
	return at.UTC().Truncate(time.Second), err == nil
}

// Graph's names of states and audiences.
var (
	replyStates = map[calendars.AutoReplyState]string{
		calendars.AutoReplyOff: "disabled", calendars.AutoReplyOn: "alwaysEnabled",
		calendars.AutoReplyScheduled: "scheduled",
	}
	replyAudiences = map[calendars.AutoReplyAudience]string{
		calendars.AudienceNobody: "none", calendars.AudienceContacts: "contactsOnly",
		calendars.AudienceEverybody: "all",
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

// AutoReply implements calendars.AutoReplier. Reading asks for the right to write, too:
// one without the other is of no use, and granted together.
func (c *Calendar) AutoReply(ctx context.Context, mailbox string) (calendars.AutoReply, error) {
	if err := checkMailbox(mailbox); err != nil {
		return calendars.AutoReply{}, err
	}
	asked := request{mailbox: mailbox, operation: "auto-reply-read", writes: true, replies: true}
	settings, err := call(ctx, c, asked, func(ctx context.Context) (models.MailboxSettingsable, error) {
		return c.users.ByUserId(mailbox).MailboxSettings().Get(ctx, nil)
	})
	if err != nil {
		return calendars.AutoReply{}, err
	}
	return decodeReply(settings)
}

// SetAutoReply implements calendars.AutoReplier. It changes no other setting of the
// mailbox (learn.microsoft.com/graph/api/user-update-mailboxsettings).
func (c *Calendar) SetAutoReply(ctx context.Context, mailbox string,
	reply calendars.AutoReply) (calendars.AutoReply, error) {
	if err := checkMailbox(mailbox); err != nil {
		return calendars.AutoReply{}, err
	}
	wanted, err := replyToWrite(reply, time.Now())
	if err != nil {
		return calendars.AutoReply{}, err
	}
	body, err := encodeReply(wanted)
	if err != nil {
		return calendars.AutoReply{}, err
	}
	asked := request{mailbox: mailbox, operation: "auto-reply-write", writes: true, replies: true}
	if _, err := call(ctx, c, asked, func(ctx context.Context) (models.MailboxSettingsable, error) {
		return c.users.ByUserId(mailbox).MailboxSettings().Patch(ctx, body, nil)
	}); err != nil {
		return calendars.AutoReply{}, err
	}
	return c.AutoReply(ctx, mailbox)
}

// replyToWrite is what to write for a reply: what was read, or its fields. A schedule
// that is over is refused, whatever the state: it is left out, and one that was in force
// is off.
func replyToWrite(reply calendars.AutoReply, now time.Time) (keptReply, error) {
	var kept keptReply
	if reply.ReadKept(calendars.Office365, &kept) {
		if until, ok := kept.End.moment(); !ok || !until.After(now) {
			kept.Start, kept.End = nil, nil
			if kept.Status == replyStates[calendars.AutoReplyScheduled] {
				kept.Status = replyStates[calendars.AutoReplyOff]
			}
		}
		return kept, nil
	}
	if err := reply.Check(); err != nil {
		return keptReply{}, err
	}
	kept = keptReply{
		Status: replyStates[reply.State], Audience: replyAudiences[reply.Answers()],
		Internal: replytext.HTML(reply.Inside), External: replytext.HTML(reply.Outside),
	}
	if reply.State == calendars.AutoReplyScheduled {
		kept.Start, kept.End = utcTime(reply.From), utcTime(reply.Until)
	}
	return kept, nil
}

func utcTime(at time.Time) *keptTime {
	return &keptTime{DateTime: at.UTC().Format("2006-01-02T15:04:05"), TimeZone: "UTC"}
}

// encodeReply writes all of the setting: what a PATCH does not name stays as it was.
func encodeReply(reply keptReply) (*models.MailboxSettings, error) {
	status, err := models.ParseAutomaticRepliesStatus(reply.Status)
	if err != nil {
		return nil, &calendars.Invalid{Code: calendars.CodeReplyState}
	}
	audience, err := models.ParseExternalAudienceScope(reply.Audience)
	if err != nil {
		return nil, &calendars.Invalid{Code: calendars.CodeReplyAudience}
	}
	setting := models.NewAutomaticRepliesSetting()
	setting.SetStatus(status.(*models.AutomaticRepliesStatus))
	setting.SetExternalAudience(audience.(*models.ExternalAudienceScope))
	setting.SetInternalReplyMessage(&reply.Internal)
	setting.SetExternalReplyMessage(&reply.External)
	if reply.Start != nil && reply.End != nil {
		setting.SetScheduledStartDateTime(reply.Start.encode())
		setting.SetScheduledEndDateTime(reply.End.encode())
	}
	settings := models.NewMailboxSettings()
	settings.SetAutomaticRepliesSetting(setting)
	return settings, nil
}

func (k *keptTime) encode() models.DateTimeTimeZoneable {
	d := models.NewDateTimeTimeZone()
	d.SetDateTime(&k.DateTime)
	d.SetTimeZone(&k.TimeZone)
	return d
}

// decodeReply reads the setting. Settings without one, or with words nobody knows, are
// no answer: they must not look like a mailbox without a reply.
func decodeReply(settings models.MailboxSettingsable) (calendars.AutoReply, error) {
	var none calendars.AutoReply
	if settings == nil || settings.GetAutomaticRepliesSetting() == nil {
		return none, unexpectedAnswer("the settings have no automatic replies")
	}
	setting := settings.GetAutomaticRepliesSetting()
	if setting.GetStatus() == nil || setting.GetExternalAudience() == nil {
		return none, unexpectedAnswer("the automatic replies have no state")
	}
	kept := keptReply{
		Status: setting.GetStatus().String(), Audience: setting.GetExternalAudience().String(),
		Internal: text(setting.GetInternalReplyMessage()), External: text(setting.GetExternalReplyMessage()),
		Start: keptTimeOf(setting.GetScheduledStartDateTime()), End: keptTimeOf(setting.GetScheduledEndDateTime()),
	}
	reply := calendars.AutoReply{
		State: nameOf(replyStates, kept.Status), Audience: nameOf(replyAudiences, kept.Audience),
		Inside: replytext.Text(kept.Internal), Outside: replytext.Text(kept.External),
		Digest: calendars.TextDigest(kept.Internal, kept.External),
	}
	if reply.State == "" || reply.Audience == "" {
		return none, unexpectedAnswer("the automatic replies are in a state that nobody knows")
	}
	if reply.State == calendars.AutoReplyScheduled {
		from, ok := kept.Start.moment()
		until, alsoOK := kept.End.moment()
		if !ok || !alsoOK {
			return none, unexpectedAnswer("the automatic replies have no times")
		}
		reply.From, reply.Until = from, until
	}
	var err error
	reply.Kept, err = calendars.KeepReply(calendars.Office365, kept)
	return reply, err
}

func keptTimeOf(at models.DateTimeTimeZoneable) *keptTime {
	if at == nil || text(at.GetDateTime()) == "" {
		return nil
	}
	return &keptTime{DateTime: text(at.GetDateTime()), TimeZone: text(at.GetTimeZone())}
}
