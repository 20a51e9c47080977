package graph

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
)

const eventType = "microsoft.graph.event"

// apply sets the properties of a POST or PATCH body. Names and enumeration
// values are compared with case, as OData does.
func (e *event) apply(body []byte, creating bool) *failure {
	fields, f := object(body, eventType)
	if f != nil {
		return f
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if f := e.set(name, fields[name], creating); f != nil {
			return f
		}
	}
	return nil
}

func (e *event) set(name string, raw json.RawMessage, creating bool) *failure {
	switch set := writable[name]; {
	case slices.Contains(refused, name):
		return failRefused(name)
	case slices.Contains(readOnly, name):
		// Microsoft's page calls them read-only without saying what a write does.
		return fail(http.StatusBadRequest, "ErrorInvalidPropertySet", "Property '%s' is read-only and cannot be set.",
			name)
	case name == "transactionId" && !creating:
		return fail(http.StatusBadRequest, "ErrorInvalidPropertySet",
			"Property 'transactionId' cannot be changed after the event is created.")
	case set == nil:
		return failUnknown(name, eventType)
	default:
		return set(e, raw)
	}
}

// refused are real properties that figgosync must never send: they invite
// people, repeat, or attach.
var refused = []string{
	"attendees", "recurrence", "attachments", "extensions", "instances", "calendar", "exceptionOccurrences",
	"cancelledOccurrences",
	"multiValueExtendedProperties", "isOnlineMeeting", "onlineMeetingProvider", "onlineMeeting", "onlineMeetingUrl",
}

var readOnly = []string{
	"id", "changeKey", "createdDateTime", "lastModifiedDateTime", "bodyPreview", "hasAttachments", "iCalUId",
	"isCancelled", "isDraft",
	"isOrganizer", "organizer", "originalStart", "originalStartTimeZone", "originalEndTimeZone", "responseStatus",
	"seriesMasterId", "type", "webLink",
}

type setter func(*event, json.RawMessage) *failure

// writable are the properties a client may set:
// learn.microsoft.com/graph/api/resources/event.
var writable = map[string]setter{
	"subject":  setText(func(e *event) *string { return &e.subject }),
	"body":     setBody,
	"start":    setMoment(func(e *event) *moment { return &e.start }),
	"end":      setMoment(func(e *event) *moment { return &e.end }),
	"isAllDay": setBool(func(e *event) *bool { return &e.allDay }),
	"showAs": setEnum("microsoft.graph.freeBusyStatus",
		func(e *event) *string { return &e.showAs }, "free", "tentative", "busy", "oof", "workingElsewhere"),
	"sensitivity": setEnum("microsoft.graph.sensitivity",
		func(e *event) *string { return &e.sensitivity }, "normal", "personal", "private", "confidential"),
	"importance": setEnum("microsoft.graph.importance",
		func(e *event) *string { return &e.importance }, "low", "normal", "high"),
	"isReminderOn":                  setBool(func(e *event) *bool { return &e.reminder }),
	"reminderMinutesBeforeStart":    setMinutes,
	"categories":                    setCategories,
	"location":                      setLocation,
	"locations":                     setLocations,
	"responseRequested":             setBool(func(e *event) *bool { return &e.responseRequested }),
	"allowNewTimeProposals":         setBool(func(e *event) *bool { return &e.allowNewTimeProposal }),
	"hideAttendees":                 setBool(func(e *event) *bool { return &e.hideAttendees }),
	"transactionId":                 setText(func(e *event) *string { return &e.transactionID }),
	"singleValueExtendedProperties": setExtended,
}

func failUnknown(name, kind string) *failure {
	return failBody("The property '%s' does not exist on type '%s'. Make sure to only use property names that are defined by the type or mark the type as open type.", name, kind)
}

// object reads a JSON object of an OData type. Of annotations only @odata.type
// with the right name is taken.
func object(raw json.RawMessage, kind string) (map[string]json.RawMessage, *failure) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return nil, failBadRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	if annotation, ok := fields["@odata.type"]; ok {
		var name string
		if json.Unmarshal(annotation, &name) != nil || name != "#"+kind {
			return nil, failBody("A type named '%s' could not be resolved by the model. When a model is available, each type name must resolve to a valid type.", name)
		}
		delete(fields, "@odata.type")
	}
	return fields, nil
}

// members reads a JSON object that may have only these members.
func members(raw json.RawMessage, kind string, names ...string) (map[string]json.RawMessage, *failure) {
	fields, f := object(raw, kind)
	if f != nil {
		return nil, f
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(names, name) {
			return nil, failUnknown(name, kind)
		}
	}
	return fields, nil
}

// decode reads a value of the named type; null and nothing are not values.
func decode(raw json.RawMessage, into any, kind string) *failure {
	if len(raw) == 0 || string(raw) == "null" {
		return failBody("A null value was found where the expected type '%s[Nullable=False]' does not allow it.", kind)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return failBody("Cannot convert the literal '%.64s' to the expected type '%s'.", raw, kind)
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return strings.TrimSpace(string(raw)) == "null" }

func setText(field func(*event) *string) setter {
	return func(e *event, raw json.RawMessage) *failure {
		if isNull(raw) {
			*field(e) = ""
			return nil
		}
		return decode(raw, field(e), "Edm.String")
	}
}

func setBool(field func(*event) *bool) setter {
	return func(e *event, raw json.RawMessage) *failure { return decode(raw, field(e), "Edm.Boolean") }
}

func setEnum(kind string, field func(*event) *string, values ...string) setter {
	return func(e *event, raw json.RawMessage) *failure {
		var value string
		if f := decode(raw, &value, kind); f != nil {
			return f
		}
		if !slices.Contains(values, value) {
			return failBody("Cannot convert the literal '%s' to the expected type '%s'.", value, kind)
		}
		*field(e) = value
		return nil
	}
}

func setMinutes(e *event, raw json.RawMessage) *failure {
	var minutes int64
	if f := decode(raw, &minutes, "Edm.Int32"); f != nil {
		return f
	}
	if minutes < math.MinInt32 || minutes > math.MaxInt32 {
		return failBody("Cannot convert the literal '%d' to the expected type 'Edm.Int32'.", minutes)
	}
	e.reminderMinutes = int32(minutes)
	return nil
}

func setCategories(e *event, raw json.RawMessage) *failure {
	var list []string
	if f := decode(raw, &list, "Collection(Edm.String)"); f != nil {
		return f
	}
	e.categories = list
	return nil
}

func setBody(e *event, raw json.RawMessage) *failure {
	if isNull(raw) {
		e.body = itemBody{contentType: "html"}
		return nil
	}
	fields, f := members(raw, "microsoft.graph.itemBody", "contentType", "content")
	if f != nil {
		return f
	}
	body := itemBody{contentType: "text"}
	if kind, ok := fields["contentType"]; ok {
		if f := decode(kind, &body.contentType, "microsoft.graph.bodyType"); f != nil {
			return f
		}
		// bodyType's members are documented as text and html; samples also
		// show HTML, which Graph takes.
		body.contentType = strings.ToLower(body.contentType)
		if body.contentType != "text" && body.contentType != "html" {
			return failBody("Cannot convert the literal '%s' to the expected type 'microsoft.graph.bodyType'.",
				body.contentType)
		}
	}
	if content, ok := fields["content"]; ok && !isNull(content) {
		if f := decode(content, &body.content, "Edm.String"); f != nil {
			return f
		}
	}
	e.body = body
	return nil
}

func setLocation(e *event, raw json.RawMessage) *failure {
	if isNull(raw) {
		e.location = ""
		return nil
	}
	fields, f := members(raw, "microsoft.graph.location", "displayName", "locationType", "uniqueId", "uniqueIdType",
		"locationUri", "locationEmailAddress", "address", "coordinates")
	if f != nil {
		return f
	}
	e.location = ""
	if name, ok := fields["displayName"]; ok && !isNull(name) {
		return decode(name, &e.location, "Edm.String")
	}
	return nil
}

// setLocations keeps the first one only, as location does.
func setLocations(e *event, raw json.RawMessage) *failure {
	var list []json.RawMessage
	if f := decode(raw, &list, "Collection(microsoft.graph.location)"); f != nil {
		return f
	}
	for _, member := range slices.Backward(list) {
		if f := setLocation(e, member); f != nil {
			return f
		}
	}
	return nil
}

func setMoment(field func(*event) *moment) setter {
	return func(e *event, raw json.RawMessage) *failure {
		fields, f := members(raw, "microsoft.graph.dateTimeTimeZone", "dateTime", "timeZone")
		if f != nil {
			return f
		}
		var text string
		if f := decode(fields["dateTime"], &text, "Edm.String"); f != nil {
			return f
		}
		var m moment
		if f := decode(fields["timeZone"], &m.zone, "Edm.String"); f != nil {
			return f
		}
		var ok bool
		if m.loc, ok = location(m.zone); !ok {
			return failZone(m.zone)
		}
		if m.wall, ok = parseWall(text, m.loc); !ok {
			return failProperty("At least one property failed validation.")
		}
		*field(e) = m
		return nil
	}
}
