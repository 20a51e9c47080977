package graph

import (
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

var tags = regexp.MustCompile(`(?s)<[^>]*>`)

// text is what a person reads of the body.
func (b itemBody) text() string {
	if b.contentType == "html" {
		return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(b.content, " ")))
	}
	return b.content
}

func (b itemBody) preview() string {
	runes := []rune(strings.Join(strings.Fields(b.text()), " "))
	return string(runes[:min(len(runes), 255)])
}

// dateTime writes a moment in the zone the client prefers, UTC by default. An
// all-day event is midnight to midnight whatever the zone, by design
// (github.com/microsoftgraph/microsoft-graph-docs/issues/1802).
func (c *call) dateTime(m moment, allDay bool) map[string]any {
	name, loc := "UTC", time.UTC
	if c.prefer.zone != "" {
		name = c.prefer.zone
		loc, _ = location(name)
	}
	wall := m.wall
	if !allDay {
		wall = m.instant().In(loc)
	}
	return map[string]any{"dateTime": wall.Format(dateTimeAnswer), "timeZone": name}
}

// full is the event with every property Graph answers. Extended properties are
// not among them.
func (c *call) full(e *event) map[string]any {
	fields := map[string]any{
		"@odata.etag":                e.etag(),
		"id":                         e.id(c.prefer.immutable),
		"createdDateTime":            timestamp(e.created),
		"lastModifiedDateTime":       timestamp(e.modified),
		"changeKey":                  e.changeKey(),
		"categories":                 e.categories,
		"originalStartTimeZone":      e.start.zone,
		"originalEndTimeZone":        e.end.zone,
		"iCalUId":                    e.iCalUID,
		"reminderMinutesBeforeStart": e.reminderMinutes,
		"isReminderOn":               e.reminder,
		"subject":                    e.subject,
		"bodyPreview":                e.body.preview(),
		"importance":                 e.importance,
		"sensitivity":                e.sensitivity,
		"isAllDay":                   e.allDay,
		"responseRequested":          e.responseRequested,
		"showAs":                     e.showAs,
		"webLink": "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(e.classicID) +
			"&exvsurl=1&path=/calendar/item",
		"allowNewTimeProposals": e.allowNewTimeProposal,
		"hideAttendees":         e.hideAttendees,
		"body":                  map[string]any{"contentType": e.body.contentType, "content": e.body.content},
		"start":                 c.dateTime(e.start, e.allDay),
		"end":                   c.dateTime(e.end, e.allDay),
		"location": map[string]any{"displayName": e.location, "locationType": "default",
			"uniqueIdType": "unknown", "address": map[string]any{}, "coordinates": map[string]any{}},
		"organizer": map[string]any{"emailAddress": map[string]any{"name": c.mailbox.Name,
			"address": c.mailbox.Email}},
	}
	if e.transactionID != "" {
		fields["transactionId"] = e.transactionID
	}
	maps.Copy(fields, constant)
	fields["hasAttachments"], fields["attendees"] = len(e.attachments) > 0, attendees(e.attendees)
	return fields
}

func attendees(addresses []string) []any {
	list := []any{}
	for _, address := range addresses {
		list = append(list, map[string]any{
			"type": "required", "status": map[string]any{"response": "none", "time": "0001-01-01T00:00:00Z"},
			"emailAddress": map[string]any{"name": address, "address": address},
		})
	}
	return list
}

// constant are the properties that never differ here: no recurrence, no online
// meeting.
var constant = map[string]any{
	"isCancelled":           false,
	"isDraft":               false,
	"isOrganizer":           true,
	"isOnlineMeeting":       false,
	"onlineMeetingProvider": "unknown",
	"onlineMeetingUrl":      nil,
	"onlineMeeting":         nil,
	"seriesMasterId":        nil,
	"recurrence":            nil,
	"type":                  "singleInstance",
	"locations":             []any{},
	"responseStatus":        map[string]any{"response": "organizer", "time": "0001-01-01T00:00:00Z"},
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// shape is what $select and $expand ask for.
type shape struct {
	selected []string // nil for all
	expanded []extendedID
}

// known are the names $select takes.
var known = slices.Concat(readOnly, refused, slices.Collect(maps.Keys(writable)))

func (c *call) shape() (shape, *failure) {
	var s shape
	if c.query.Has("$select") {
		s.selected = []string{}
		for name := range strings.SplitSeq(c.query.Get("$select"), ",") {
			name = strings.TrimSpace(name)
			root, inside, _ := strings.Cut(name, "/")
			switch {
			case !slices.Contains(known, root) && name != "*":
				return s, failNoProperty(name)
			case inside != "" || name == "*":
				return s, failNotImitated("$select of " + name)
			}
			s.selected = append(s.selected, name)
		}
	}
	if c.query.Has("$expand") {
		expanded, f := parseExpand(c.query.Get("$expand"))
		if f != nil {
			return s, f
		}
		s.expanded = expanded
	}
	return s, nil
}

// render is the event in that shape. The id and the etag always come along.
func (c *call) render(e *event, s shape) map[string]any {
	fields := c.full(e)
	if s.selected != nil {
		maps.DeleteFunc(fields, func(name string, _ any) bool {
			return name != "id" && name != "@odata.etag" && !slices.Contains(s.selected, name)
		})
	}
	var properties []map[string]any
	for _, p := range e.extended {
		if slices.Contains(s.expanded, p.id) {
			properties = append(properties, map[string]any{"id": p.id.String(), "value": p.value})
		}
	}
	if len(properties) > 0 {
		fields["singleValueExtendedProperties"] = properties
	}
	return fields
}

func (c *call) contextURL(suffix string) string {
	return c.base + "/$metadata#users('" + url.PathEscape(c.route.user) + "')/" + suffix
}
