package exchange

import (
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// propertyKey names an extended property. The property set compares without
// regard to case, the name with.
type propertyKey struct{ guid, set, tag, name, id, kind string }

type extendedProperty struct {
	propertyKey
	values []string
}

// parseKey reads an ExtendedFieldURI. Only two combinations of attributes name
// a property: a tag alone, or one kind of property set with a name or an id
// (learn.microsoft.com/exchange/client-developer/web-service-reference/extendedfielduri).
func parseKey(n *schema.Node) (propertyKey, *itemError) {
	k := propertyKey{
		guid: strings.ToLower(n.Value("PropertySetId")), set: n.Value("DistinguishedPropertySetId"),
		tag: strings.ToLower(n.Value("PropertyTag")), name: n.Value("PropertyName"), id: n.Value("PropertyId"),
		kind: n.Value("PropertyType"),
	}
	tagged := k.tag != "" && k.guid+k.set+k.name+k.id == ""
	named := k.tag == "" && (k.guid == "") != (k.set == "") && (k.name == "") != (k.id == "")
	if !tagged && !named {
		return k, &itemError{code: "ErrorInvalidExtendedProperty",
			message: "The extended property attribute combination is invalid."}
	}
	return k, nil
}

func parseProperty(n *schema.Node) (extendedProperty, *itemError) {
	key, failed := parseKey(n.Child("ExtendedFieldURI"))
	if failed != nil {
		return extendedProperty{}, failed
	}
	p := extendedProperty{propertyKey: key}
	list := n.Child("Values")
	if (list != nil) != strings.HasSuffix(key.kind, "Array") {
		return p, badValue
	}
	if list == nil {
		p.values = []string{n.Child("Value").Text}
	} else {
		for _, value := range list.Children {
			p.values = append(p.values, value.Text)
		}
	}
	if slices.ContainsFunc(p.values, func(v string) bool { return !fits(strings.TrimSuffix(key.kind, "Array"), v) }) {
		return p, badValue
	}
	return p, nil
}

var badValue = &itemError{code: "ErrorInvalidExtendedPropertyValue",
	message: "The value does not fit the extended property's type."}

func fits(kind, value string) bool {
	var err error
	switch kind {
	case "Short":
		_, err = strconv.ParseInt(value, 10, 16)
	case "Integer":
		_, err = strconv.ParseInt(value, 10, 32)
	case "Long":
		_, err = strconv.ParseInt(value, 10, 64)
	case "Boolean":
		_, err = strconv.ParseBool(value)
	case "Float", "Double":
		_, err = strconv.ParseFloat(value, 64)
	case "Null", "Object", "Error":
		return false
	}
	return err == nil
}

// withProperty returns the list with p set, a copy.
func withProperty(list []extendedProperty, p extendedProperty) []extendedProperty {
	return append(withoutProperty(list, p.propertyKey), p)
}

func withoutProperty(list []extendedProperty, key propertyKey) []extendedProperty {
	return slices.DeleteFunc(slices.Clone(list), func(p extendedProperty) bool { return p.propertyKey == key })
}

func (i calendarItem) property(key propertyKey) (extendedProperty, bool) {
	at := slices.IndexFunc(i.extended, func(p extendedProperty) bool { return p.propertyKey == key })
	if at < 0 {
		return extendedProperty{}, false
	}
	return i.extended[at], true
}

// cut returns p with its values shortened.
func (p extendedProperty) cut(short func(string) string) extendedProperty {
	values := slices.Clone(p.values)
	for i := range values {
		values[i] = short(values[i])
	}
	p.values = values
	return p
}

func (p extendedProperty) element() *element {
	uri := el("t:ExtendedFieldURI")
	for _, attr := range [][2]string{{"DistinguishedPropertySetId", p.set}, {"PropertySetId", p.guid},
		{"PropertyTag", p.tag},
		{"PropertyName", p.name}, {"PropertyId", p.id}, {"PropertyType", p.kind}} {
		if attr[1] != "" {
			uri.with(attr[0], attr[1])
		}
	}
	if !strings.HasSuffix(p.kind, "Array") {
		return el("t:ExtendedProperty", uri, text("t:Value", p.values[0]))
	}
	values := el("t:Values")
	for _, value := range p.values {
		values.add(text("t:Value", value))
	}
	return el("t:ExtendedProperty", uri, values)
}
