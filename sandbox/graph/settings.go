package graph

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// getCalendar answers the default calendar:
// learn.microsoft.com/graph/api/resources/calendar.
func getCalendar(c *call) (answer, *failure) {
	return c.selected(map[string]any{
		"id":                            "AAMkAGVm" + strings.ReplaceAll(UserID(c.mailbox.Email), "-", ""),
		"name":                          "Calendar",
		"color":                         "auto",
		"hexColor":                      "",
		"isDefaultCalendar":             true,
		"changeKey":                     "AAAAAAAAAAA=",
		"canShare":                      true,
		"canViewPrivateItems":           true,
		"canEdit":                       true,
		"allowedOnlineMeetingProviders": []string{"teamsForBusiness"},
		"defaultOnlineMeetingProvider":  "teamsForBusiness",
		"isTallyingResponses":           true,
		"isRemovable":                   false,
		"owner":                         map[string]any{"name": c.mailbox.Name, "address": c.mailbox.Email},
	}, "calendar/$entity")
}

// getSettings answers the mailbox's settings. The zone has its Windows name
// where it has one; a client must take either kind
// (learn.microsoft.com/graph/api/resources/mailboxsettings).
func getSettings(c *call) (answer, *failure) {
	zone, ok := windowszones.FromIANA(c.mailbox.Zone)
	if !ok {
		zone = c.mailbox.Zone
	}
	var reply mailboxes.Reply
	if f := c.within(func(tx *mailboxes.Tx) *failure { reply = tx.Reply(); return nil }); f != nil {
		return answer{}, f
	}
	return c.selected(map[string]any{
		"timeZone":                              zone,
		"dateFormat":                            "dd/MM/yyyy",
		"timeFormat":                            "HH:mm",
		"userPurpose":                           "user",
		"archiveFolder":                         nil,
		"language":                              map[string]any{"locale": "fr-FR", "displayName": "French (France)"},
		"delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
		"workingHours": map[string]any{
			"daysOfWeek": []string{"monday", "tuesday", "wednesday", "thursday", "friday"},
			"startTime":  "08:00:00.0000000", "endTime": "17:00:00.0000000",
			"timeZone": map[string]any{"name": zone},
		},
		repliesName: c.service.showReply(reply),
	}, "mailboxSettings")
}

// selected answers the fields $select names, or all.
func (c *call) selected(fields map[string]any, context string) (answer, *failure) {
	if c.query.Has("$select") {
		var names []string
		for name := range strings.SplitSeq(c.query.Get("$select"), ",") {
			name = strings.TrimSpace(name)
			if _, ok := fields[name]; !ok {
				return answer{}, fail(http.StatusBadRequest, "RequestBroker--ParseUri",
					"Could not find a property named '%s'.", name)
			}
			names = append(names, name)
		}
		maps.DeleteFunc(fields, func(name string, _ any) bool { return !slices.Contains(names, name) })
	}
	fields["@odata.context"] = c.contextURL(context)
	return answer{status: http.StatusOK, body: fields}, nil
}
