package graph_test

import (
	"net/http"
	"net/url"
	"testing"
)

// TestNotImitated are requests that Graph would serve and the sandbox does not imitate:
// nothing calls them invalid.
func TestNotImitated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.create(anna, timed()).id()
	query := func(name, value string) string { return events(anna) + "?" + name + "=" + url.QueryEscape(value) }
	search := "singleValueExtendedProperties/Any(ep: ep/id eq '" + keyID + "' and ep/value eq 'v')"
	for path, what := range map[string]string{
		"/users":                            "/users",
		"/groups/1/events":                  "/groups",
		"/$metadata":                        "/$metadata",
		"/users/" + anna + "/calendars":     "/users/{id}/calendars/...",
		"/users/" + anna + "/calendars/1/x": "/users/{id}/calendars/...",
		"/users/" + anna + "/calendar/calendarPermissions":                                                  "/users/{id}/calendar/calendarPermissions/...",
		"/users/" + anna + "/calendarView/delta":                                                            "/users/{id}/calendarView/...",
		"/users/" + anna + "/events/delta":                                                                  "/users/{id}/events/delta",
		"/users/" + anna + "/events/$count":                                                                 "/users/{id}/events/$count",
		events(anna) + "/" + id + "/attachments":                                                            "/users/{id}/calendar/events/{id}/attachments",
		"/users/" + anna + "/events/" + id + "/instances":                                                   "/users/{id}/events/{id}/instances",
		query("$filter", "subject eq 'x'"):                                                                  "$filter by subject",
		query("$filter", "startswith(subject,'it''s') or not (isAllDay eq true)"):                           "$filter by isAllDay, subject",
		query("$filter", "start/dateTime ge '2026-01-01T00:00' and end/dateTime lt '2027-01-01'"):           "$filter by end, start",
		query("$filter", "lastModifiedDateTime ge 2026-01-01T00:00:00Z"):                                    "$filter by lastModifiedDateTime",
		query("$filter", "categories/any(c:c eq 'x') and importance in ('low','high')"):                     "$filter by categories, importance",
		query("$filter", search+" and isCancelled eq false"):                                                "$filter by isCancelled, singleValueExtendedProperties",
		query("$orderby", "isAllDay"):                                                                       "$orderby by isAllDay",
		query("$select", "start/dateTime"):                                                                  "$select of start/dateTime",
		query("$select", "*"):                                                                               "$select of *",
		query("$expand", "attachments"):                                                                     "$expand of attachments",
		query("$expand", "singleValueExtendedProperties($filter=id eq '"+keyID+"'),extensions($select=id)"): "$expand of extensions",
		query("$search", "x"):                                                                               "the query parameter $search",
		query("$format", "json"):                                                                            "the query parameter $format",
		query("top", "5"):                                                                                   "the query parameter top",
	} {
		a := w.do("GET", path, nil)
		if a.status != http.StatusNotImplemented || a.code() != "SandboxNotImitated" || a.header.Get("X-Sandbox-Not-Imitated") != what {
			t.Errorf("%s: %d %s %q, want %q", path, a.status, a.code(), a.header.Get("X-Sandbox-Not-Imitated"), what)
		}
	}
	settings := settingsWorld(t, nil)
	if a := settings.do("PATCH", "/users/"+anna+"/mailboxSettings", map[string]any{"timeZone": "UTC"}); a.status != http.StatusNotImplemented {
		t.Errorf("PATCH: %d", a.status)
	}
}

// TestWrongRequests are told so, with the documented error.
func TestWrongRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.create(anna, timed()).id()
	for path, code := range map[string]string{
		"/userz/" + anna + "/events":                            "BadRequest",
		"/me/events":                                            "BadRequest",
		"/users/" + anna + "/happenings":                        "BadRequest",
		"/users/" + anna + "/getSchedule":                       "BadRequest",
		"/users/" + anna + "/calendar/mailboxSettings":          "BadRequest",
		events(anna) + "/" + id + "/participants":               "BadRequest",
		events(anna) + "/" + id + "?$filter=subject":            "BadRequest",
		events(anna) + "/" + id + "?$top=1":                     "BadRequest",
		events(anna) + "?$colour=red":                           "BadRequest",
		events(anna) + "?colour=red":                            "BadRequest",
		events(anna) + "?$orderby=colour":                       "RequestBroker--ParseUri",
		events(anna) + "?$orderby=subject%20up":                 "BadRequest",
		events(anna) + "?$expand=colour":                        "RequestBroker--ParseUri",
		events(anna) + "?$expand=subject":                       "BadRequest",
		events(anna) + "?$expand=singleValueExtendedProperties": "ErrorInvalidUrlQuery",
	} {
		if a := w.do("GET", path, nil); a.status != http.StatusBadRequest || a.code() != code {
			t.Errorf("%s: %d %s, want %s", path, a.status, a.code(), code)
		}
	}
	if a := w.do("GET", events(anna)+"?$orderby=showAs,subject%20desc", nil); a.status != http.StatusNotImplemented {
		t.Errorf("two orders: %d", a.status)
	}
	if a := w.do("GET", events(anna)+"?$orderby=start/dateTime,subject%20desc", nil); a.status != http.StatusOK {
		t.Errorf("two orders: %d", a.status)
	}
}
