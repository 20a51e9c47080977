package google

// otherMethods are the methods of the API that the service does not have:
// www.googleapis.com/discovery/v1/apis/calendar/v3/rest.
var otherMethods = []string{
	"DELETE calendars/{calendarId}/acl/{ruleId}", "GET calendars/{calendarId}/acl/{ruleId}",
	"POST calendars/{calendarId}/acl",
	"GET calendars/{calendarId}/acl", "PATCH calendars/{calendarId}/acl/{ruleId}",
	"PUT calendars/{calendarId}/acl/{ruleId}",
	"POST calendars/{calendarId}/acl/watch",
	"DELETE users/me/calendarList/{calendarId}", "GET users/me/calendarList/{calendarId}", "POST users/me/calendarList",
	"GET users/me/calendarList", "PATCH users/me/calendarList/{calendarId}", "PUT users/me/calendarList/{calendarId}",
	"POST users/me/calendarList/watch",
	"POST calendars/{calendarId}/clear", "DELETE calendars/{calendarId}", "GET calendars/{calendarId}",
	"POST calendars",
	"PATCH calendars/{calendarId}", "POST calendars/{calendarId}/transferOwnership", "PUT calendars/{calendarId}",
	"POST channels/stop", "GET colors",
	"POST calendars/{calendarId}/events/import", "GET calendars/{calendarId}/events/{eventId}/instances",
	"POST calendars/{calendarId}/events/{eventId}/move", "POST calendars/{calendarId}/events/quickAdd",
	"POST calendars/{calendarId}/events/watch", "POST freeBusy",
	"GET users/me/settings/{setting}", "GET users/me/settings", "POST users/me/settings/watch",
}
