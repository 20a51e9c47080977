package graph

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const (
	settingsType = "microsoft.graph.mailboxSettings"
	repliesType  = "microsoft.graph.automaticRepliesSetting"
	repliesName  = "automaticRepliesSetting"
)

// Properties of mailbox settings that Graph would change and the service does not, and
// those that nobody changes: learn.microsoft.com/graph/api/user-update-mailboxsettings.
var (
	otherSettings = []string{"timeZone", "dateFormat", "timeFormat", "language", "workingHours",
		"delegateMeetingMessageDeliveryOptions"}
	fixedSettings = []string{"archiveFolder", "userPurpose"}
)

// Graph's and our names of states and audiences.
var (
	replyStates = map[string]string{
		"disabled": mailboxes.ReplyOff, "alwaysEnabled": mailboxes.ReplyOn, "scheduled": mailboxes.ReplyScheduled,
	}
	replyAudiences = map[string]string{
		"none": mailboxes.AudienceNobody, "contactsOnly": mailboxes.AudienceContacts,
		"all": mailboxes.AudienceEverybody,
	}
)

// updateSettings changes the automatic replies of a mailbox, the only settings that can
// be changed here. What the body does not name stays as it is.
func updateSettings(c *call) (answer, *failure) {
	body, f := readJSON(c.request)
	if f != nil {
		return answer{}, f
	}
	fields, f := object(body, settingsType)
	if f != nil {
		return answer{}, f
	}
	var setting json.RawMessage
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch {
		case name == repliesName:
			setting = fields[name]
		case slices.Contains(otherSettings, name):
			return answer{}, failNotImitated("changing the setting " + name)
		case slices.Contains(fixedSettings, name):
			return answer{}, fail(http.StatusBadRequest, "ErrorInvalidPropertySet",
				"Property '%s' is read-only and cannot be set.", name)
		default:
			return answer{}, failUnknown(name, settingsType)
		}
	}
	if setting == nil {
		return answer{}, fail(http.StatusBadRequest, "InvalidArguments", "There is nothing to update.")
	}
	var reply mailboxes.Reply
	if f := c.within(func(tx *mailboxes.Tx) (f *failure) {
		if reply, f = c.changedReply(tx.Reply(), setting); f == nil {
			tx.SetReply(reply)
		}
		return f
	}); f != nil {
		return answer{}, f
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"@odata.context": c.contextURL("mailboxSettings"), repliesName: c.service.showReply(reply),
	}}, nil
}

// changedReply is a reply after the changes in an automaticRepliesSetting.
func (c *call) changedReply(reply mailboxes.Reply, setting json.RawMessage) (mailboxes.Reply, *failure) {
	fields, f := object(setting, repliesType)
	if f != nil {
		return reply, f
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		raw := fields[name]
		switch name {
		case "status":
			reply.State, f = named(raw, "microsoft.graph.automaticRepliesStatus", replyStates)
		case "externalAudience":
			reply.Audience, f = named(raw, "microsoft.graph.externalAudienceScope", replyAudiences)
		case "internalReplyMessage":
			reply.Inside, f = document(raw)
		case "externalReplyMessage":
			reply.Outside, f = document(raw)
		case "scheduledStartDateTime":
			reply.From, f = settingTime(raw)
		case "scheduledEndDateTime":
			reply.Until, f = settingTime(raw)
		default:
			f = failUnknown(name, repliesType)
		}
		if f != nil {
			return reply, f
		}
	}
	return reply, c.checkSchedule(reply)
}

// checkSchedule: a schedule ends after it begins, and in the future
// (learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode,
// ErrorInvalidScheduledOofDuration: the same store).
func (c *call) checkSchedule(reply mailboxes.Reply) *failure {
	if reply.State != mailboxes.ReplyScheduled ||
		!reply.From.IsZero() && reply.From.Before(reply.Until) && reply.Until.After(c.service.cfg.Now()) {
		return nil
	}
	return fail(http.StatusBadRequest, "ErrorInvalidTimeSettings",
		"The scheduled duration for sending automatic replies isn't valid.")
}

// named reads an enumeration's value by its Graph name, with its case.
func named(raw json.RawMessage, kind string, values map[string]string) (string, *failure) {
	var name string
	if f := decode(raw, &name, kind); f != nil {
		return "", f
	}
	value, ok := values[name]
	if !ok {
		return "", failBody("Requested value '%s' was not found.", name)
	}
	return value, nil
}

// document is what Exchange keeps of a text: HTML, in a document of its own unless it
// is one.
func document(raw json.RawMessage) (string, *failure) {
	var text string
	if f := decode(raw, &text, "Edm.String"); f != nil {
		return "", f
	}
	if text == "" || strings.Contains(strings.ToLower(text), "<html") {
		return text, nil
	}
	return "<html>\n<body>\n" + text + "\n</body>\n</html>\n", nil
}

// settingTime reads a dateTimeTimeZone. Its zone is required here.
func settingTime(raw json.RawMessage) (time.Time, *failure) {
	var dateTime, timeZone string
	parts, f := members(raw, "microsoft.graph.dateTimeTimeZone", "dateTime", "timeZone")
	if f == nil {
		f = decode(parts["dateTime"], &dateTime, "Edm.String")
	}
	if f == nil {
		f = decode(parts["timeZone"], &timeZone, "Edm.String")
	}
	if f != nil {
		return time.Time{}, f
	}
	loc, ok := location(timeZone)
	if !ok {
		return time.Time{}, fail(http.StatusBadRequest, "InvalidTimeZone",
			"The time zone value '%s' is not valid.", timeZone)
	}
	wall, ok := parseWall(dateTime, loc)
	if !ok {
		return time.Time{}, failBody("Cannot convert the literal '%s' to the expected type 'Edm.DateTimeOffset'.",
			dateTime)
	}
	return inZone(wall, loc).UTC(), nil
}

// showReply is an automaticRepliesSetting. Times that nobody chose are those of the
// day that begins with the running hour, whenever they are asked for.
func (s *Service) showReply(reply mailboxes.Reply) map[string]any {
	if reply.From.IsZero() || reply.Until.IsZero() {
		reply.From = s.cfg.Now().UTC().Truncate(time.Hour)
		reply.Until = reply.From.Add(24 * time.Hour)
	}
	moment := func(t time.Time) map[string]any {
		return map[string]any{"dateTime": t.UTC().Format(dateTimeAnswer), "timeZone": "UTC"}
	}
	return map[string]any{
		"status": nameOf(replyStates, reply.State), "externalAudience": nameOf(replyAudiences, reply.Audience),
		"internalReplyMessage": reply.Inside, "externalReplyMessage": reply.Outside,
		"scheduledStartDateTime": moment(reply.From), "scheduledEndDateTime": moment(reply.Until),
	}
}

func nameOf(values map[string]string, value string) string {
	for name, other := range values {
		if other == value {
			return name
		}
	}
	return ""
}
