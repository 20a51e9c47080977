package exchange

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// Exchange's and our names of states and audiences.
var (
	replyStates = map[string]string{
		"Disabled": mailboxes.ReplyOff, "Enabled": mailboxes.ReplyOn, "Scheduled": mailboxes.ReplyScheduled,
	}
	replyAudiences = map[string]string{
		"None": mailboxes.AudienceNobody, "Known": mailboxes.AudienceContacts, "All": mailboxes.AudienceEverybody,
	}
)

// unimitatedReplies are elements of UserOofSettings that came with later versions.
var unimitatedReplies = []string{"DeclineMeetingReply", "DeclineEventsForScheduledOOF",
	"DeclineAllEventsForScheduledOOF", "CreateOOFEvent", "OOFEventSubject", "AutoDeclineFutureRequestsWhenOOF",
	"OOFEventID", "EventsToDeleteIDs"}

// getUserOofSettings answers the automatic reply of the mailbox that the request names:
// learn.microsoft.com/exchange/client-developer/web-service-reference/getuseroofsettings-operation.
func (c *call) getUserOofSettings() (*element, *fault) {
	var reply mailboxes.Reply
	failed := c.ownReply()
	if failed == nil {
		failed = c.within(func(tx *mailboxes.Tx) *itemError { reply = tx.Reply(); return nil })
	}
	answer := el("m:GetUserOofSettingsResponse", message("m:ResponseMessage", failed, nil, nil)).
		with("xmlns:m", schema.Messages).with("xmlns:t", schema.Types)
	if failed == nil {
		answer.add(c.service.oofSettings(reply), text("m:AllowExternalOof", "All"))
	}
	return answer, nil
}

// setUserOofSettings replaces it as a whole:
// learn.microsoft.com/exchange/client-developer/web-service-reference/setuseroofsettings-operation.
func (c *call) setUserOofSettings() (*element, *fault) {
	settings := c.operation.Child("UserOofSettings")
	for _, name := range unimitatedReplies {
		if settings.Child(name) != nil {
			return nil, notImitated("the element " + name + " of UserOofSettings")
		}
	}
	failed := c.ownReply()
	if failed == nil {
		failed = c.within(func(tx *mailboxes.Tx) *itemError {
			reply, failed := c.readReply(settings)
			if failed == nil {
				tx.SetReply(reply)
			}
			return failed
		})
	}
	return el("m:SetUserOofSettingsResponse", message("m:ResponseMessage", failed, nil, nil)).
		with("xmlns:m", schema.Messages).with("xmlns:t", schema.Types), nil
}

// ownReply: the mailbox that the request names is the one the call works on, and its
// replies may be opened.
func (c *call) ownReply() *itemError {
	address := strings.TrimSpace(c.operation.Child("Mailbox").Child("Address").Text)
	box, ok := c.service.store.Lookup(address)
	switch {
	case !ok || box.System != mailboxes.Exchange:
		return &itemError{code: "ErrorNonExistentMailbox",
			message: "The SMTP address has no mailbox associated with it."}
	case box.Email != c.mailbox, c.account.NoAutoReplies:
		return &itemError{code: "ErrorAccessDenied", message: "Access is denied. Check credentials and try again."}
	}
	return nil
}

// readReply reads UserOofSettings. Both replies are required although the schema does
// not say so, and a schedule's times are in UTC, in order and end in the future
// (learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode,
// ErrorInvalidScheduledOofDuration).
func (c *call) readReply(settings *schema.Node) (mailboxes.Reply, *itemError) {
	inside, outside := settings.Child("InternalReply"), settings.Child("ExternalReply")
	if inside == nil || outside == nil {
		return mailboxes.Reply{}, &itemError{code: "ErrorInvalidUserOofSettings",
			message: "The settings for automatic replies are not valid."}
	}
	reply := mailboxes.Reply{
		State:    replyStates[strings.TrimSpace(settings.Child("OofState").Text)],
		Audience: replyAudiences[strings.TrimSpace(settings.Child("ExternalAudience").Text)],
		Inside:   document(inside), Outside: document(outside), Language: language(inside),
	}
	if duration := settings.Child("Duration"); duration != nil {
		from, until := duration.Child("StartTime").Text, duration.Child("EndTime").Text
		reply.From, reply.Until = instant(from, time.UTC), instant(until, time.UTC)
		utc := strings.HasSuffix(strings.TrimSpace(from), "Z") && strings.HasSuffix(strings.TrimSpace(until), "Z")
		if reply.State == mailboxes.ReplyScheduled && !utc {
			return reply, invalidDuration()
		}
	}
	if reply.State == mailboxes.ReplyScheduled &&
		!(reply.From.Before(reply.Until) && reply.Until.After(c.service.now())) {
		return reply, invalidDuration()
	}
	if c.service.refusesDocuments && (isDocument(said(inside)) || isDocument(said(outside))) {
		return reply, &itemError{code: "ErrorInternalServerError",
			message: "An internal server error occurred. The operation failed."}
	}
	return reply, nil
}

func invalidDuration() *itemError {
	return &itemError{code: "ErrorInvalidScheduledOofDuration",
		message: "The scheduled duration for sending automatic replies isn't valid."}
}

// document is what Exchange keeps of a text: HTML, in a document of its own unless it
// is one.
func document(reply *schema.Node) string {
	text := said(reply)
	if text == "" || isDocument(text) {
		return text
	}
	return "<html>\n<body>\n" + text + "\n</body>\n</html>\n"
}

func said(reply *schema.Node) string {
	if message := reply.Child("Message"); message != nil {
		return message.Text
	}
	return ""
}

func isDocument(text string) bool { return strings.Contains(strings.ToLower(text), "<html") }

func language(reply *schema.Node) string {
	for _, attr := range reply.Attrs {
		if attr.Name.Local == "lang" {
			return attr.Value
		}
	}
	return ""
}

// oofSettings is a reply as EWS tells it. Times that nobody chose are those of the day
// that begins with the running hour, whenever they are asked for.
func (s *Service) oofSettings(reply mailboxes.Reply) *element {
	if reply.From.IsZero() || reply.Until.IsZero() {
		reply.From = s.now().UTC().Truncate(time.Hour)
		reply.Until = reply.From.Add(24 * time.Hour)
	}
	body := func(name, content string) *element {
		e := el(name, text("t:Message", content))
		if reply.Language != "" {
			e.with("xml:lang", reply.Language)
		}
		return e
	}
	return el("t:OofSettings",
		text("t:OofState", nameOf(replyStates, reply.State)),
		text("t:ExternalAudience", nameOf(replyAudiences, reply.Audience)),
		el("t:Duration", text("t:StartTime", reply.From.Format(time.RFC3339)),
			text("t:EndTime", reply.Until.Format(time.RFC3339))),
		body("t:InternalReply", reply.Inside), body("t:ExternalReply", reply.Outside))
}

func nameOf(values map[string]string, value string) string {
	for name, other := range values {
		if other == value {
			return name
		}
	}
	return ""
}
