// Package replytext puts the texts of automatic replies into HTML and takes their words
// out of it. Exchange and Office 365 keep nothing but HTML, and rewrite it.
package replytext

import (
	"html"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTML is plain text as a piece of an HTML document, "" for "". It is no document of
// its own: servers put it into one, and some refuse what is one already.
func HTML(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return "<div>" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\n") + "</div>"
}

// Body is what a document has inside of its body: such a piece again. Text that is no
// document is returned as it is.
func Body(document string) string {
	if !IsDocument(document) {
		return document
	}
	root, err := nethtml.Parse(strings.NewReader(document))
	if err != nil {
		return document
	}
	body := find(root, atom.Body)
	if body == nil {
		return document
	}
	var inner strings.Builder
	for child := range body.ChildNodes() {
		if err := nethtml.Render(&inner, child); err != nil {
			return document
		}
	}
	return strings.TrimSpace(inner.String())
}

// IsDocument tells a document from a piece of one.
func IsDocument(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "<html") || strings.Contains(text, "<body")
}

func find(node *nethtml.Node, name atom.Atom) *nethtml.Node {
	for child := range node.Descendants() {
		if child.Type == nethtml.ElementNode && child.DataAtom == name {
			return child
		}
	}
	return nil
}

// Text is the words of HTML, with \n where a reader sees another line begin. Text
// without elements is returned as a reader would see it.
func Text(document string) string {
	root, err := nethtml.Parse(strings.NewReader(document))
	if err != nil {
		return ""
	}
	var lines reader
	lines.read(root)
	return lines.text()
}

// unread are elements whose text nobody reads.
var unread = map[atom.Atom]bool{atom.Head: true, atom.Script: true, atom.Style: true, atom.Template: true}

// blocks are elements that stand on lines of their own.
var blocks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Tr: true, atom.Table: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true,
	atom.Pre: true, atom.Hr: true,
}

// reader collects lines; the last one is being read.
type reader struct{ lines []string }

func (r *reader) read(node *nethtml.Node) {
	switch {
	case node.Type == nethtml.TextNode:
		r.word(node.Data)
	case unread[node.DataAtom]:
		return
	case node.DataAtom == atom.Br:
		r.lines = append(r.lines, "")
	}
	block := blocks[node.DataAtom]
	if block {
		r.begin()
	}
	for child := range node.ChildNodes() {
		r.read(child)
	}
	if block {
		r.begin()
	}
}

// begin begins another line unless one was just begun.
func (r *reader) begin() {
	if len(r.lines) > 0 && strings.TrimSpace(r.lines[len(r.lines)-1]) != "" {
		r.lines = append(r.lines, "")
	}
}

// word adds text, in which any white space is one space.
func (r *reader) word(text string) {
	if len(r.lines) == 0 {
		r.lines = []string{""}
	}
	last := &r.lines[len(r.lines)-1]
	for _, letter := range text {
		space := strings.ContainsRune(" \t\r\n\f", letter)
		switch {
		case !space:
			*last += string(letter)
		case *last != "" && !strings.HasSuffix(*last, " "):
			*last += " "
		}
	}
}

func (r *reader) text() string {
	for i, line := range r.lines {
		r.lines[i] = strings.TrimRight(strings.ReplaceAll(line, "\u00a0", " "), " ")
	}
	return strings.Trim(strings.Join(r.lines, "\n"), "\n")
}
