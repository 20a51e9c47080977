package exchange

import (
	"bytes"
	"encoding/xml"
)

// element is XML to be written. Its name carries the prefix: m: messages,
// t: types, e: errors, s: SOAP.
type element struct {
	name  string
	attrs [][2]string
	kids  []*element
	text  string
}

// el makes an element; nil children are left out.
func el(name string, kids ...*element) *element {
	e := &element{name: name}
	return e.add(kids...)
}

func text(name, value string) *element { return &element{name: name, text: value} }

func (e *element) with(attr, value string) *element {
	e.attrs = append(e.attrs, [2]string{attr, value})
	return e
}

func (e *element) add(kids ...*element) *element {
	for _, kid := range kids {
		if kid != nil {
			e.kids = append(e.kids, kid)
		}
	}
	return e
}

func (e *element) write(out *bytes.Buffer) {
	out.WriteString("<" + e.name)
	for _, attr := range e.attrs {
		out.WriteString(" " + attr[0] + `="`)
		_ = xml.EscapeText(out, []byte(attr[1]))
		out.WriteString(`"`)
	}
	if len(e.kids) == 0 && e.text == "" {
		out.WriteString("/>")
		return
	}
	out.WriteString(">")
	_ = xml.EscapeText(out, []byte(e.text))
	for _, kid := range e.kids {
		kid.write(out)
	}
	out.WriteString("</" + e.name + ">")
}
