package graph

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// extendedProperty is a single-value extended property, a MAPI named property:
// learn.microsoft.com/graph/api/resources/extended-properties-overview.
type extendedProperty struct {
	id    extendedID
	value string
}

// extendedID is the id in the form to compare: GUID in lower case, all else as
// it was. The three forms of one property are three ids ("access that property
// by only that format").
type extendedID struct {
	kind, guid string // guid is "" for the {type} {proptag} form
	by         string // "Name", "Id" or "" for the proptag form
	name       string // the name, the id or the proptag
}

func (id extendedID) String() string {
	if id.guid == "" {
		return id.kind + " " + id.name
	}
	return id.kind + " {" + id.guid + "} " + id.by + " " + id.name
}

const extendedKinds = `ApplicationTime|Binary|Boolean|CLSID|Currency|Double|Error|Float|Integer|Long|Null|Object|Short|String|SystemTime`

// Braces around the GUID and single spaces are part of the form.
var (
	namedForm = regexp.MustCompile(`^(` + extendedKinds +
		`) \{([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})\} (?:(Name) ([^ ].*)|(Id) (0x[0-9A-Fa-f]{1,8}))$`)
	tagForm = regexp.MustCompile(`^(` + extendedKinds + `) (0x[0-9A-Fa-f]{1,8})$`)
)

func parseExtendedID(text string) (extendedID, *failure) {
	if m := namedForm.FindStringSubmatch(text); m != nil {
		return extendedID{kind: m[1], guid: strings.ToLower(m[2]), by: m[3] + m[5], name: m[4] + m[6]}, nil
	}
	if m := tagForm.FindStringSubmatch(text); m != nil {
		return extendedID{kind: m[1], name: m[2]}, nil
	}
	return extendedID{}, fail(http.StatusBadRequest, "ErrorInvalidExtendedProperty",
		"The extended property attribute combination is invalid.")
}

// setExtended merges the properties into the event: those not named stay.
func setExtended(e *event, raw json.RawMessage) *failure {
	var list []json.RawMessage
	if f := decode(raw, &list, "Collection(microsoft.graph.singleValueLegacyExtendedProperty)"); f != nil {
		return f
	}
	for _, member := range list {
		fields, f := members(member, "microsoft.graph.singleValueLegacyExtendedProperty", "id", "value")
		if f != nil {
			return f
		}
		var text, value string
		if f := decode(fields["id"], &text, "Edm.String"); f != nil {
			return f
		}
		if f := decode(fields["value"], &value, "Edm.String"); f != nil {
			return f
		}
		id, f := parseExtendedID(text)
		if f != nil {
			return f
		}
		e.setProperty(extendedProperty{id, value})
	}
	return nil
}

func (e *event) setProperty(p extendedProperty) {
	for i, old := range e.extended {
		if old.id == p.id {
			e.extended[i] = p
			return
		}
	}
	e.extended = append(e.extended, p)
}

func (e *event) property(id extendedID) (string, bool) {
	for _, p := range e.extended {
		if p.id == id {
			return p.value, true
		}
	}
	return "", false
}
