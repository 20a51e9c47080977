package google

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
)

// mask is a parsed fields parameter: the names to keep and, for each, what to
// keep below it; nil keeps all.
type mask map[string]mask

// selectFields answers with the fields that were asked for, as in partial
// responses (developers.google.com/workspace/calendar/api/guides/performance):
// "items(id,start/date),nextPageToken". It refuses names that do not exist.
func selectFields(body any, fields string) (any, error) {
	if fields == "" {
		return body, nil
	}
	wanted, rest, ok := parseMask(fields)
	if !ok || rest != "" {
		return nil, invalidSelection(fields)
	}
	if err := wanted.check(reflect.TypeOf(body)); err != nil {
		return nil, err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding the answer: %w", err)
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, fmt.Errorf("decoding the answer: %w", err)
	}
	return wanted.cut(whole), nil
}

func invalidSelection(fields string) *refusal {
	return refuse(http.StatusBadRequest, "invalidParameter", "Invalid field selection "+fields).at("parameter",
		"fields")
}

// parseMask reads a list such as a,b(c,d),e/f up to the end or a closing bracket.
func parseMask(text string) (wanted mask, rest string, ok bool) {
	wanted = mask{}
	for {
		end := strings.IndexAny(text, ",()/")
		if end < 0 {
			end = len(text)
		}
		name := text[:end]
		if name == "" {
			return nil, "", false
		}
		var below mask
		text = text[end:]
		switch {
		case strings.HasPrefix(text, "("):
			below, text, ok = parseMask(text[1:])
			if !ok || !strings.HasPrefix(text, ")") {
				return nil, "", false
			}
			text = text[1:]
		case strings.HasPrefix(text, "/"):
			// a/b is a(b) for one name.
			inner := text[1:]
			stop := endOfPath(inner)
			below, rest, ok = parseMask(inner[:stop])
			if !ok || rest != "" {
				return nil, "", false
			}
			text = inner[stop:]
		}
		wanted.add(name, below)
		if !strings.HasPrefix(text, ",") {
			return wanted, text, true
		}
		text = text[1:]
	}
}

// endOfPath is where the path that text begins with ends: at a comma or a closing
// bracket that is not inside brackets of its own.
func endOfPath(text string) int {
	depth := 0
	for i, r := range text {
		switch {
		case r == '(':
			depth++
		case depth == 0 && (r == ',' || r == ')'):
			return i
		case r == ')':
			depth--
		}
	}
	return len(text)
}

// add keeps a name; a name there twice keeps both selections, all when one is all.
func (m mask) add(name string, below mask) {
	old, there := m[name]
	if !there || below == nil {
		m[name] = below
		return
	}
	if old != nil {
		for inner, deeper := range below {
			old.add(inner, deeper)
		}
	}
}

func (m mask) check(t reflect.Type) error {
	for name, below := range m {
		if name == "*" {
			continue
		}
		field, known := fieldType(t, name)
		if !known {
			return invalidSelection(name)
		}
		if err := below.check(field); err != nil {
			return err
		}
	}
	return nil
}

func (m mask) cut(value any) any {
	switch value := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, inner := range value {
			below, wanted := m[name]
			if !wanted {
				below, wanted = m["*"]
			}
			if !wanted {
				continue
			}
			if below != nil {
				inner = below.cut(inner)
			}
			kept[name] = inner
		}
		return kept
	case []any:
		for i := range value {
			value[i] = m.cut(value[i])
		}
	}
	return value
}
