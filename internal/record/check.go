package record

import (
	"cmp"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Checked is a record with rules that tags cannot say.
type Checked interface {
	// Check reports what is wrong beyond the tags. Paths are those of the record
	// itself; Checker puts the ones around it before them.
	Check(c *Checker)
}

// Check returns all that is wrong with the record that is pointed to and the
// records in it, nil when they are good, in the order of the fields. Paths of problems begin with prefix.
func Check(prefix string, record any, rules Rules) []Problem {
	c := &Checker{Rules: rules, prefix: prefix}
	c.record(reflect.ValueOf(record).Elem())
	order := map[string]int{}
	for i, f := range Fields(prefix, record) {
		order[f.Path] = i + 1
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Compare(placeOf(a.Field, order), placeOf(b.Field, order))
	})
	return c.problems
}

// placeOf is the place of a field, or of the closest one around it; those of no
// field come first.
func placeOf(path string, order map[string]int) int {
	for path != "" {
		if place := order[path]; place > 0 {
			return place
		}
		path = path[:max(strings.LastIndex(path, "."), 0)]
	}
	return 0
}

// record checks the fields of a struct, then what it says of itself, then the
// records in it.
func (c *Checker) record(of reflect.Value) {
	var parts []member
	each(of, func(m member) {
		if m.isRecord {
			parts = append(parts, m)
			return
		}
		c.field(newField(m.name, m))
	})
	if checked, ok := of.Addr().Interface().(Checked); ok {
		checked.Check(c)
	}
	for _, m := range parts {
		records := m.records()
		if most := readRule(m.tag.Get("rule")).items; most > 0 && len(records) > most {
			c.Add(m.name, CodeTooManyItems, "limit", strconv.Itoa(most))
			continue
		}
		for _, one := range records {
			part := &Checker{Rules: c.Rules, prefix: Join(c.prefix, one.name)}
			part.record(one.value)
			c.problems = append(c.problems, part.problems...)
		}
	}
}

// Checker gathers the problems of one record.
type Checker struct {
	Rules    Rules
	prefix   string
	problems []Problem
}

// Problems are those found so far.
func (c *Checker) Problems() []Problem { return c.problems }

// mostTold is how many characters of a value a problem tells: who wrote it knows the rest.
const mostTold = 300

// Add reports a problem; values are pairs of a name and a text, which is cut where it is
// very long.
func (c *Checker) Add(path, code string, values ...string) {
	if c.prefix != "" {
		path = strings.TrimSuffix(Join(c.prefix, path), ".")
	}
	p := Problem{Field: path, Code: code}
	for i := 0; i+1 < len(values); i += 2 {
		if p.Values == nil {
			p.Values = map[string]string{}
		}
		p.Values[values[i]] = beginning(values[i+1])
	}
	c.problems = append(c.problems, p)
}

func beginning(text string) string {
	if runes := []rune(text); len(runes) > mostTold {
		return string(runes[:mostTold]) + "…"
	}
	return text
}

// Good tells whether nothing is wrong so far with the field.
func (c *Checker) Good(path string) bool {
	whole := Join(c.prefix, path)
	return !slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Field == whole })
}

// field checks one field by its tags.
func (c *Checker) field(f Field) {
	switch f.value.Kind() {
	case reflect.Int:
		if !isText(f.value) && f.rule.max > 0 {
			c.Number(f.Path, int(f.value.Int()), f.rule.max)
		}
	case reflect.String:
		c.textField(f, f.value.String())
	}
}

func (c *Checker) textField(f Field, text string) {
	switch {
	case f.rule.required && strings.TrimSpace(text) == "":
		c.Add(f.Path, CodeRequired)
	case len(f.Choices) > 0 && text == "" && f.Optional:
	case len(f.Choices) > 0:
		c.Choice(f.Path, text, f.Choices...)
	case f.rule.kind == "address":
		c.address(f.Path, text, f.rule.http || c.Rules.AllowInsecureEndpoints)
	case f.rule.kind == "word":
		c.Word(f.Path, text, cmp.Or(f.rule.max, MaxText))
	case f.rule.kind == "file":
		c.fileField(f.Path, text, cmp.Or(f.rule.max, MaxFile))
	case f.Secret() != nil:
		c.Text(f.Path, text, cmp.Or(f.rule.max, MaxSecret))
	default:
		c.Text(f.Path, text, cmp.Or(f.rule.max, MaxText))
	}
}

// Filled reports a text that is missing.
func (c *Checker) Filled(path, text string) bool {
	if strings.TrimSpace(text) == "" {
		c.Add(path, CodeRequired)
		return false
	}
	return true
}

// Text checks a text of one line and tells whether it is good and not empty.
// limit is in characters.
func (c *Checker) Text(path, text string, limit int) bool {
	return c.lines(path, text, limit, unicode.IsControl)
}

// File checks a text as files hold it, of MaxFile characters at most.
func (c *Checker) File(path, text string) bool { return c.fileField(path, text, MaxFile) }

func (c *Checker) fileField(path, text string, limit int) bool {
	return c.lines(path, text, limit, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t", r)
	})
}

// lines checks a text of several lines; control are characters it may not have.
func (c *Checker) lines(path, text string, limit int, control func(rune) bool) bool {
	switch {
	case !utf8.ValidString(text):
		c.Add(path, CodeNotUTF8)
	case strings.ContainsFunc(text, control):
		c.Add(path, CodeControl)
	case utf8.RuneCountInString(text) > limit:
		c.Add(path, CodeTooLong, "limit", strconv.Itoa(limit))
	default:
		return text != ""
	}
	return false
}

// Word checks a text without spaces.
func (c *Checker) Word(path, text string, limit int) bool {
	if !c.Text(path, text, limit) {
		return false
	}
	if strings.ContainsFunc(text, unicode.IsSpace) {
		c.Add(path, CodeSpace)
		return false
	}
	return true
}

// Address checks the address of an outside system; "" is good.
func (c *Checker) Address(path, text string) { c.address(path, text, c.Rules.AllowInsecureEndpoints) }

func (c *Checker) address(path, text string, allowHTTP bool) {
	if !c.Word(path, text, MaxAddress) {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		c.Add(path, CodeNotAddress)
	case u.Scheme == "http" && !allowHTTP:
		c.Add(path, CodeNotHTTPS)
	case u.Scheme != "https" && u.Scheme != "http":
		c.Add(path, CodeNotWeb)
	case u.User != nil:
		c.Add(path, CodeHasLogin)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		c.Add(path, CodeHasQuery)
	}
}

// Choice checks that a text is one of those allowed.
func (c *Checker) Choice(path, text string, allowed ...string) {
	switch {
	case slices.Contains(allowed, text):
	case text == "":
		c.Add(path, CodeRequired)
	default:
		c.Add(path, CodeBadChoice, "allowed", strings.Join(allowed, ", "))
	}
}

// Number checks a whole number from 0 to most.
func (c *Checker) Number(path string, value, most int) {
	if value < 0 || value > most {
		c.Add(path, CodeBadNumber, "least", "0", "most", strconv.Itoa(most))
	}
}

// Replace reports a problem in the place of others of the same field.
func (c *Checker) Replace(path, code string, values ...string) {
	whole := Join(c.prefix, path)
	c.problems = slices.DeleteFunc(c.problems, func(p Problem) bool { return p.Field == whole })
	c.Add(path, code, values...)
}
