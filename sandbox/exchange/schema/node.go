package schema

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The namespaces of EWS. SOAP's is http, not https as in Microsoft's
// documentation since its links were edited in bulk.
const (
	SOAP     = "http://schemas.xmlsoap.org/soap/envelope/"
	Messages = "http://schemas.microsoft.com/exchange/services/2006/messages"
	Types    = "http://schemas.microsoft.com/exchange/services/2006/types"
	Errors   = "http://schemas.microsoft.com/exchange/services/2006/errors"

	Instance = "http://www.w3.org/2001/XMLSchema-instance"
)

// maxDepth bounds how deep elements nest.
const maxDepth = 64

// Node is an element with all it holds.
type Node struct {
	Name     xml.Name
	Attrs    []xml.Attr
	Children []*Node
	// Text is all character data directly inside, joined.
	Text string
	// Line and Column say where the element's name begins, both from 1.
	Line, Column int
}

// Parse reads one document. It refuses what a SOAP endpoint refuses before any
// schema: text that is not well-formed, a document type, another encoding than
// UTF-8.
func Parse(r io.Reader) (*Node, error) {
	text := bufio.NewReader(r)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" {
		_, _ = text.Discard(3)
	}
	d := xml.NewDecoder(text)
	top := &Node{}
	open := []*Node{top}
	for {
		line, column := d.InputPos()
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 1 && len(top.Children) == 1 {
			return top.Children[0], nil
		}
		if err != nil {
			return nil, fmt.Errorf("not well-formed: %w", err)
		}
		parent := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			node := &Node{Name: token.Name, Line: line, Column: column + 1}
			if node.Attrs, err = attributes(token); err != nil {
				return nil, err
			}
			parent.Children = append(parent.Children, node)
			open = append(open, node)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			parent.Text += string(token)
		case xml.Directive:
			return nil, errors.New("a document type is not allowed in SOAP")
		}
		if len(open) > maxDepth || len(top.Children) > 1 || strings.TrimSpace(top.Text) != "" {
			return nil, errors.New("not one document of reasonable depth")
		}
	}
}

// attributes leaves out namespace declarations. encoding/xml does not notice an
// attribute given twice, so this does.
func attributes(start xml.StartElement) ([]xml.Attr, error) {
	var kept []xml.Attr
	seen := map[xml.Name]bool{}
	for _, attr := range start.Attr {
		if seen[attr.Name] {
			return nil, fmt.Errorf("attribute %s is given twice", attr.Name.Local)
		}
		seen[attr.Name] = true
		if attr.Name.Space != "xmlns" && attr.Name != (xml.Name{Local: "xmlns"}) {
			kept = append(kept, attr)
		}
	}
	return kept, nil
}

// Child returns the first child of that local name, nil when there is none.
func (n *Node) Child(local string) *Node {
	if n == nil {
		return nil
	}
	for _, child := range n.Children {
		if child.Name.Local == local {
			return child
		}
	}
	return nil
}

// All returns the children, none of nil.
func (n *Node) All() []*Node {
	if n == nil {
		return nil
	}
	return n.Children
}

// Attr returns an attribute without namespace.
func (n *Node) Attr(local string) (value string, ok bool) {
	if n == nil {
		return "", false
	}
	for _, attr := range n.Attrs {
		if attr.Name == (xml.Name{Local: local}) {
			return attr.Value, true
		}
	}
	return "", false
}

// Value returns an attribute or "".
func (n *Node) Value(local string) string {
	value, _ := n.Attr(local)
	return value
}
