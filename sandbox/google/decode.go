package google

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
)

const maxBody = 1 << 20

// readOnly are accepted and ignored, so that what was read can be sent back.
var readOnly = []string{
	"kind", "etag", "htmlLink", "hangoutLink", "created", "updated", "creator", "organizer", "endTimeUnspecified",
	"locked",
}

// known are fields Google has and this sandbox does not.
var known = []string{
	"anyoneCanAddSelf", "attachments", "attendeesOmitted", "birthdayProperties", "conferenceData", "eventLabelId",
	"eventLabelVersion",
	"focusTimeProperties", "gadget", "originalStartTime", "privateCopy", "recurrence", "recurringEventId",
}

// decode reads the body of a write as a JSON object with names that exist.
func (c *call) decode() (map[string]any, error) {
	media, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, refuse(http.StatusBadRequest, "badContent",
			"Media type '"+media+"' is not supported. Valid media types: [application/json]")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(c.writer, c.request.Body, maxBody))
	var sent map[string]any
	if err := decoder.Decode(&sent); err != nil || sent == nil {
		return nil, refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	if _, there := sent["attendees"]; there {
		return nil, refuse(http.StatusBadRequest, "SandboxRefused",
			"Sandbox: refused: attendees, since figgosync must never invite anyone.")
	}
	for name := range sent {
		if slices.Contains(known, name) {
			return nil, notImitated("the field " + name)
		}
	}
	for _, name := range readOnly {
		delete(sent, name)
	}
	return sent, unknownName(sent, reflect.TypeFor[event](), "")
}

// toEvent gives the object its types.
func toEvent(object map[string]any) (event, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return event{}, err
	}
	var e event
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(text, &e); errors.As(err, &mistyped) {
		return event{}, invalid("Invalid value for field %q: it must not be a %s.", mistyped.Field, mistyped.Value)
	} else if err != nil {
		return event{}, refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	return e, nil
}

// toObject is the event as JSON has it, for merging.
func toObject(e event) (map[string]any, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	return object, json.Unmarshal(text, &object)
}

// merge applies a patch: objects are merged, null removes, anything else replaces
// (RFC 7396; developers.google.com/workspace/calendar/api/guides/performance).
// Merged into nothing, an object is what an insert or update means: the same
// without its nulls.
func merge(into, patch map[string]any) map[string]any {
	if into == nil {
		into = map[string]any{}
	}
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(into, name)
		case map[string]any:
			inner, _ := into[name].(map[string]any)
			into[name] = merge(inner, value)
		default:
			into[name] = value
		}
	}
	return into
}
