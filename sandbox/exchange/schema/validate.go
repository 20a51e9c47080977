package schema

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// Violation says where a request breaks the schema, as the fields LineNumber,
// LinePosition and Violation of a server's MessageXml do.
type Violation struct {
	Line, Column int
	Text         string
}

// Error returns the text alone.
func (v *Violation) Error() string { return v.Text }

func violation(at *Node, format string, values ...any) *Violation {
	return &Violation{Line: at.Line, Column: at.Column, Text: fmt.Sprintf(format, values...)}
}

// Request checks the element inside soap:Body. known is false for an operation of
// Exchange that the tables do not hold, whose request is not checked at all.
func (s Set) Request(n *Node) (known bool, err error) {
	if n.Name.Space != Messages || !s.Operation(n.Name.Local) {
		return true, violation(n, "Could not find schema information for the element '%s'.", qualified(n.Name))
	}
	for _, kind := range []string{n.Name.Local + "Type", n.Name.Local} { // the names of old ones are their types'
		if _, ok := requestTypes[kind]; ok {
			return true, s.check(n, kind, Messages)
		}
	}
	return false, nil
}

// Header checks one element inside soap:Header. RequestServerVersion only has
// its shape checked: which versions exist is the server's affair.
func (s Set) Header(n *Node) error {
	kind, ok := headers[n.Name.Local]
	if n.Name.Space != Types || !ok {
		return violation(n, "Could not find schema information for the element '%s'.", qualified(n.Name))
	}
	bare := *n
	bare.Attrs = slices.DeleteFunc(slices.Clone(n.Attrs), func(a xml.Attr) bool { return a.Name.Space == SOAP })
	return s.check(&bare, kind, Types)
}

// check returns an untyped nil when all is well.
func (s Set) check(n *Node, kind, space string) error {
	m, ok := models()[s][kind]
	if !ok {
		if simple, known := s.simple(kind); known {
			return s.checkSimple(n, simple)
		}
		return nil
	}
	if err := s.checkAttributes(n, m); err != nil {
		return err
	}
	if m.text != "" {
		simple, _ := s.simple(m.text)
		return s.checkSimple(&Node{Name: n.Name, Children: n.Children, Text: n.Text, Line: n.Line, Column: n.Column},
			simple)
	}
	if strings.TrimSpace(n.Text) != "" {
		return violation(n, "The element '%s' cannot contain text.", qualified(n.Name))
	}
	w := walk{set: s, parent: n, space: space}
	next, err := w.match(m.content, 0)
	if err == nil && next < len(n.Children) {
		err = w.unexpected(next, nil)
	}
	if err != nil {
		return err
	}
	return nil
}

func (s Set) checkAttributes(n *Node, m model) error {
	for _, attr := range n.Attrs {
		if attr.Name == (xml.Name{Space: Instance, Local: "schemaLocation"}) {
			continue
		}
		at := slices.IndexFunc(m.attributes, func(a attribute) bool {
			return attr.Name == a.qualified()
		})
		if at < 0 {
			return violation(n, "The '%s' attribute is not declared.", attr.Name.Local)
		}
		if simple, _ := s.simple(m.attributes[at].kind); !simple(attr.Value) {
			return violation(n, "The '%s' attribute is invalid - The value '%s' is invalid according to its datatype '%s:%s'.",
				attr.Name.Local, attr.Value, Types, m.attributes[at].kind)
		}
	}
	for _, a := range m.attributes {
		if _, given := n.Attr(a.name); a.required && !given {
			return violation(n, "The required attribute '%s' is missing.", a.name)
		}
	}
	return nil
}

// qualified is the attribute's name with its namespace, which only XML's own has.
func (a attribute) qualified() xml.Name {
	if a.name == "xml" {
		return xml.Name{Space: "http://www.w3.org/XML/1998/namespace", Local: a.kind}
	}
	return xml.Name{Local: a.name}
}

func (s Set) checkSimple(n *Node, valid func(string) bool) error {
	if len(n.Children) > 0 || len(n.Attrs) > 0 {
		return violation(n, "The element '%s' cannot contain child elements or attributes.", qualified(n.Name))
	}
	if !valid(n.Text) {
		return violation(n, "The '%s' element is invalid - The value '%s' is invalid according to its datatype.",
			qualified(n.Name), n.Text)
	}
	return nil
}

// walk matches the children of one element. XML Schema allows only content that
// can be told apart by its next element, so it never has to go back.
type walk struct {
	set    Set
	parent *Node
	space  string
}

func (w walk) match(p particle, at int) (int, error) {
	for count := 0; p.max < 0 || count < p.max; count++ {
		if !w.begins(p, at) {
			if count < p.min {
				return at, w.unexpected(at, starts(p))
			}
			return at, nil
		}
		var err error
		if at, err = w.once(p, at); err != nil {
			return at, err
		}
	}
	return at, nil
}

func (w walk) once(p particle, at int) (int, error) {
	switch p.group {
	case '(':
		i := slices.IndexFunc(p.inner, func(inner particle) bool { return w.begins(inner, at) })
		return w.match(p.inner[i], at)
	case '[':
		for _, inner := range p.inner {
			var err error
			if at, err = w.match(inner, at); err != nil {
				return at, err
			}
		}
		return at, nil
	}
	return at + 1, w.set.check(w.parent.Children[at], p.kind, Types)
}

// begins tells whether the child at that place can be the first of p. A
// sequence that may be empty begins everywhere.
func (w walk) begins(p particle, at int) bool {
	if p.group == '[' && p.min > 0 && p.max == 1 {
		return true
	}
	if at >= len(w.parent.Children) {
		return false
	}
	child, space := w.parent.Children[at].Name, w.space
	if inTypes[child.Local] {
		space = Types
	}
	return child.Space == space && slices.Contains(starts(p), child.Local)
}

// starts lists the elements p can begin with.
func starts(p particle) []string {
	switch p.group {
	case '(':
		var all []string
		for _, inner := range p.inner {
			all = append(all, starts(inner)...)
		}
		return all
	case '[':
		var all []string
		for _, inner := range p.inner {
			all = append(all, starts(inner)...)
			if inner.min > 0 {
				break
			}
		}
		return all
	}
	return []string{p.name}
}

func (w walk) unexpected(at int, expected []string) error {
	list := ""
	if len(expected) > 0 {
		list = fmt.Sprintf(" List of possible elements expected: '%s' in namespace '%s'.", strings.Join(expected, ", "),
			w.space)
	}
	if at >= len(w.parent.Children) {
		return violation(w.parent, "The element '%s' in namespace '%s' has incomplete content.%s", w.parent.Name.Local,
			w.parent.Name.Space, list)
	}
	child := w.parent.Children[at]
	return violation(child, "The element '%s' in namespace '%s' has invalid child element '%s' in namespace '%s'.%s",
		w.parent.Name.Local, w.parent.Name.Space, child.Name.Local, child.Name.Space, list)
}

func qualified(name xml.Name) string { return name.Space + ":" + name.Local }
