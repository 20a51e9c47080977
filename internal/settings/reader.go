package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxReported is how many faults are told at a time.
const maxReported = 100

// FieldError is one fault of a settings file.
type FieldError struct {
	File string
	// Line counts from 1; 0 when the fault has no line.
	Line int
	// Field is the path of the field, such as sources[0].host; "" for the file
	// as a whole.
	Field string
	// Problem says what is wrong and what to write.
	Problem string
}

// Error is file:line: field: problem.
func (e *FieldError) Error() string {
	place := e.File
	if e.Line > 0 {
		place += ":" + strconv.Itoa(e.Line)
	}
	if e.Field != "" {
		place += ": " + e.Field
	}
	return place + ": " + e.Problem
}

// reader reads one settings file and gathers its faults.
type reader struct {
	file          string
	opts          LoadOptions
	faults        []*FieldError
	warnings      []string
	inlineSecrets bool
}

func (r *reader) rules() Rules { return Rules{AllowInsecureEndpoints: r.opts.AllowInsecureEndpoints} }

// err joins the faults by line.
func (r *reader) err() error {
	slices.SortStableFunc(r.faults, func(a, b *FieldError) int { return cmp.Compare(a.Line, b.Line) })
	var all []error
	for i, fault := range r.faults {
		if i == maxReported {
			all = append(all, fmt.Errorf("%s: and %d more", r.file, len(r.faults)-i))
			break
		}
		all = append(all, fault)
	}
	return errors.Join(all...)
}

// node is one value of the file with its path. Where a key is missing yaml is
// nil and line is the line of the mapping it is missing from.
type node struct {
	r    *reader
	path string
	line int
	yaml *yaml.Node
}

func (n node) fail(format string, args ...any) {
	n.r.faults = append(n.r.faults, &FieldError{n.r.file, n.line, n.path, fmt.Sprintf(format, args...)})
}

func (n node) warn(problem string) {
	n.r.warnings = append(n.r.warnings, (&FieldError{n.r.file, n.line, n.path, problem}).Error())
}

// present is false for a key that is missing or has nothing behind it.
func (n node) present() bool { return n.yaml != nil && n.yaml.ShortTag() != "!!null" }

// document reads the file's one YAML document.
func (r *reader) document(data []byte) (node, bool) {
	whole := node{r: r}
	if len(data) > maxFile {
		whole.fail("it is longer than 4 MiB: settings are short, is this the right file?")
		return whole, false
	}
	var doc yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	if err := decoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		r.syntax(data, err)
		return whole, false
	}
	if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
		whole.fail("it is empty: write sources, connections and synchronizations, as in figgosync.example.yaml")
		return whole, false
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		node{r: r, line: second.Line}.fail("a second document begins here (---): write all settings in one")
		return whole, false
	} else if !errors.Is(err, io.EOF) {
		r.syntax(data, err)
		return whole, false
	}
	if !r.plain(doc.Content[0]) {
		return whole, false
	}
	return node{r: r, line: doc.Content[0].Line, yaml: doc.Content[0]}, true
}

var (
	yamlLine      = regexp.MustCompile(`line (\d+): (.*)`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
	// lineBefore are the problems that go.yaml.in/yaml tells with a line that
	// counts from 0: those of its parser, not those of its scanner.
	lineBefore = regexp.MustCompile(`^did not find expected (<document start>|node content|'-' indicator|key|',' or .*)$|^found undefined tag handle$`)
)

// syntax reports what the YAML parser says. An alias to nothing is mostly a
// password that begins with *, so its text is not repeated.
func (r *reader) syntax(data []byte, err error) {
	n, text := node{r: r, line: 1}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := unknownAnchor.FindStringSubmatch(text); m != nil {
		if at := strings.Index(string(data), "*"+m[1]); at >= 0 {
			n.line += strings.Count(string(data[:at]), "\n")
		}
		n.fail("it is not YAML: a text that begins with * must be in quotes")
		return
	}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		n.line, _ = strconv.Atoi(m[1])
		if text = m[2]; lineBefore.MatchString(text) {
			n.line++
		}
	}
	// The line is where the thing begins in which the parser got lost.
	n.fail("it is not YAML from here on: %s", text)
}

// plain refuses anchors and aliases: a few lines of them can stand for more
// text than there is memory.
func (r *reader) plain(y *yaml.Node) bool {
	if y.Kind == yaml.AliasNode || y.Anchor != "" {
		node{r: r, line: y.Line}.fail("anchors (&) and aliases (*) are not read: write the value out, texts that begin with them in quotes")
		return false
	}
	for _, child := range y.Content {
		if !r.plain(child) {
			return false
		}
	}
	return true
}

// fields are the values of one mapping by key.
type fields struct {
	of     node
	values map[string]node
}

// mapping reads a mapping that may have the known keys, each once.
func (n node) mapping(known ...string) fields {
	f := fields{of: n, values: map[string]node{}}
	if n.yaml == nil {
		return f
	}
	if n.yaml.Kind != yaml.MappingNode {
		n.fail("it is %s: write keys with values, of %s", kindOf(n.yaml), strings.Join(known, ", "))
		return f
	}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		key, value := n.yaml.Content[i], n.yaml.Content[i+1]
		child := node{r: n.r, path: join(n.path, keyText(key)), line: key.Line, yaml: value}
		if !slices.Contains(known, key.Value) {
			child.fail("unknown key: %s", suggest(key.Value, known))
			continue
		}
		if first, twice := f.values[key.Value]; twice {
			child.fail("the key stands there twice, first on line %d: keep one", first.line)
			continue
		}
		f.values[key.Value] = child
	}
	return f
}

// keyText is a key as an error may show it.
func keyText(key *yaml.Node) string {
	if key.Kind != yaml.ScalarNode || len(key.Value) > 40 ||
		strings.ContainsFunc(key.Value, func(r rune) bool { return r < ' ' }) {
		return "(key)"
	}
	return key.Value
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// at returns the value of a key.
func (f fields) at(key string) node {
	if n, ok := f.values[key]; ok {
		return n
	}
	return node{r: f.of.r, path: join(f.of.path, key), line: f.of.line}
}

// required reports a key that is missing or empty, with what to write. It
// answers false then, and also where the mapping itself could not be read.
func (f fields) required(key, hint string) bool {
	n := f.at(key)
	switch {
	case n.present():
		return true
	case n.yaml != nil:
		n.fail("it is empty: %s", hint)
	case f.of.yaml != nil && f.of.yaml.Kind == yaml.MappingNode:
		n.fail("it is missing: %s", hint)
	}
	return false
}

// items reads a list.
func (n node) items() []node {
	if !n.present() {
		return nil
	}
	if n.yaml.Kind != yaml.SequenceNode {
		n.fail("it is %s: write a list, each element behind a dash", kindOf(n.yaml))
		return nil
	}
	var items []node
	for i, y := range n.yaml.Content {
		items = append(items, node{r: n.r, path: n.path + "[" + strconv.Itoa(i) + "]", line: y.Line, yaml: y})
	}
	return items
}

// entries reads texts by keys of their own, each key once.
func (n node) entries() map[string]string {
	if !n.present() {
		return nil
	}
	if !n.isMapping() {
		n.fail("it is %s: write keys with values", kindOf(n.yaml))
		return nil
	}
	if len(n.yaml.Content) == 0 {
		return nil
	}
	entries := map[string]string{}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		key, value := n.yaml.Content[i], n.yaml.Content[i+1]
		child := node{r: n.r, path: join(n.path, keyText(key)), line: key.Line, yaml: value}
		if _, twice := entries[key.Value]; twice {
			child.fail("the key stands there twice: keep one")
			continue
		}
		entries[key.Value] = child.word()
	}
	return entries
}

// items reads the list of a required key, which must not be empty.
func (f fields) items(key, hint string) []node {
	if !f.required(key, hint) {
		return nil
	}
	n, before := f.at(key), len(f.of.r.faults)
	items := n.items()
	if len(items) == 0 && len(f.of.r.faults) == before {
		n.fail("it is empty: %s", hint)
	}
	return items
}

// kindOf names what a value is.
func kindOf(y *yaml.Node) string {
	switch {
	case y.Kind == yaml.MappingNode:
		return "a mapping"
	case y.Kind == yaml.SequenceNode:
		return "a list"
	}
	switch y.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "empty"
	case "!!timestamp":
		return "a date"
	case "!!str":
		return "a text"
	}
	return "of another type"
}

func (n node) isMapping() bool { return n.yaml != nil && n.yaml.Kind == yaml.MappingNode }
