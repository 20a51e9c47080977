package settings

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/figgosync/figgosync/internal/record"
)

// text reads a text. A number or a date without quotes is refused: YAML would
// read some of them as other than what was typed.
func (n node) text() string {
	if !n.present() {
		return ""
	}
	switch {
	case n.yaml.Kind != yaml.ScalarNode:
		n.fail("it is %s: write a text", kindOf(n.yaml))
		return ""
	case n.yaml.ShortTag() != "!!str":
		n.fail("it is %s: put it in quotes to make it a text", kindOf(n.yaml))
		return ""
	}
	return n.yaml.Value
}

// texts reads a list of texts; whole numbers are ids.
func (n node) texts() []string {
	var all []string
	for _, item := range n.items() {
		before := len(n.r.faults)
		text := item.yaml.Value
		if item.yaml.ShortTag() != "!!int" || !idPattern.MatchString(text) {
			text = item.text()
		}
		if text == "" && len(n.r.faults) == before {
			item.fail("it is empty: write it, or leave it out")
		}
		all = append(all, text)
	}
	return all
}

// word reads a text without spaces or control characters, cleaned of invisible ones.
func (n node) word() string {
	s := record.Visible(n.text())
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		n.fail("it has a space or a line break: write it without")
		return ""
	}
	return s
}

// choice reads one of some texts, the first when it is missing.
func choice[T ~string](n node, allowed ...T) T {
	if !n.present() {
		return allowed[0]
	}
	if n.yaml.Kind == yaml.ScalarNode && slices.Contains(allowed, T(n.yaml.Value)) {
		return T(n.yaml.Value)
	}
	texts := make([]string, len(allowed))
	for i, a := range allowed {
		texts[i] = string(a)
	}
	n.fail("it is not known: write %s", either(texts))
	return allowed[0]
}

// boolean reads true or false.
func (n node) boolean(missing bool) bool {
	if !n.present() {
		return missing
	}
	if n.yaml.ShortTag() != "!!bool" {
		n.fail("it is %s: write true or false", kindOf(n.yaml))
		return missing
	}
	return n.yaml.Value == "true" || n.yaml.Value == "True" || n.yaml.Value == "TRUE"
}

// integer reads a whole number from 0 to most, 0 when missing.
func (n node) integer(most int) int {
	if !n.present() {
		return 0
	}
	i, err := strconv.Atoi(n.yaml.Value)
	if n.yaml.ShortTag() != "!!int" || err != nil || i < 0 || i > most {
		n.fail("it is not a whole number from 0 to %d: write one", most)
		return 0
	}
	return i
}

// duration reads a duration in Go's way of writing, such as 90s, 1m or 24h.
func (n node) duration(missing, least, most time.Duration) time.Duration {
	if !n.present() {
		return missing
	}
	d, err := time.ParseDuration(n.yaml.Value)
	if n.yaml.Kind != yaml.ScalarNode || err != nil || d < least || d > most {
		n.fail("it is not a duration from %s to %s: write one such as 90s, 5m or 24h", record.ShortDuration(least),
			record.ShortDuration(most))
		return missing
	}
	return d
}

var (
	namePattern = regexp.MustCompile(NamePattern)
	idPattern   = regexp.MustCompile(`^(0|[1-9][0-9]{0,30})$`)
)

// names are the names of one kind with their lines.
type names struct {
	kind  string
	lines map[string]int
}

// read reads the name of a new thing. Names go into addresses and workflow ids.
func (s *names) read(f fields) string {
	if !f.required("name", nameHint) {
		return ""
	}
	n := f.at("name")
	name := n.text()
	if n.yaml.ShortTag() != "!!str" {
		return ""
	}
	if !namePattern.MatchString(name) {
		n.fail("%s", fileTexts[CodeBadName])
		return ""
	}
	if line, twice := s.lines[name]; twice {
		n.fail("the %s %q is there twice, first on line %d: give it another name", s.kind, name, line)
		return name
	}
	if s.lines == nil {
		s.lines = map[string]int{}
	}
	s.lines[name] = n.line
	return name
}

// refer reads the name of a thing that must be there.
func (s names) refer(f fields, key string) string {
	if !f.required(key, "write the name of a "+s.kind) {
		return ""
	}
	return s.named(f.at(key))
}

// named reads the name of one that must be there.
func (s names) named(n node) string {
	name := n.text()
	if _, ok := s.lines[name]; !ok && name != "" && !n.r.opts.ForImport {
		n.fail("no %s is named %q: %s", s.kind, name, s.near(name))
	}
	return name
}

// near says which name may be meant.
func (s names) near(name string) string {
	if len(s.lines) == 0 {
		return "add one under " + s.kind + "s"
	}
	var known []string
	for k := range s.lines {
		known = append(known, k)
	}
	slices.Sort(known)
	return suggest(name, known)
}

// id reads an id, a text or a whole number.
func (n node) id() string {
	if n.yaml.Kind == yaml.ScalarNode && n.yaml.ShortTag() == "!!int" {
		// YAML reads 010 and 0x10 as other numbers than they look.
		if idPattern.MatchString(n.yaml.Value) {
			return n.yaml.Value
		}
		n.fail("it is a number that can be read in two ways: put it in quotes")
		return ""
	}
	if !n.present() {
		n.fail("it is empty: write an id")
		return ""
	}
	before := len(n.r.faults)
	id := n.word()
	if len(n.r.faults) == before && (id == "" || len(id) > MaxEntity) {
		n.fail("it is not an id: write one of 1 to 128 characters")
		return ""
	}
	return id
}
