package texts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// ui are the words of the settings pages by key, from the files ui*.go. A text
// may have parameters: "{count} absences" shows the argument "count", and
// "{count|absence|absences}" chooses between the singular and the plural of the
// text's language.
var ui = map[string]Text{}

// pages adds texts of the settings pages, at the program's start:
//
//	var _ = pages(map[string]Text{"sources.title": {"Sources", "Sources"}})
func pages(more map[string]Text) bool {
	for key, text := range more {
		if _, twice := ui[key]; twice {
			panic("two texts for the key " + key)
		}
		ui[key] = typeset(text)
	}
	return true
}

// Keys lists the keys of the settings pages' texts, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(ui)) }

// UI returns the text of a key in every language, with its parameters not filled.
func UI(key string) (Text, bool) {
	text, ok := ui[key]
	return text, ok
}

// Localizer says things in one language. Now is the moment that "3 minutes ago" is
// counted to.
type Localizer struct {
	Lang Lang
	Now  time.Time
}

// T is the text of a key, its parameters filled from name, value pairs: numbers
// and times are written as the language does. An unknown key shows itself, and a
// missing parameter its name, so that tests and people notice.
func (w Localizer) T(key string, pairs ...any) string {
	text, ok := ui[key]
	if !ok {
		return key
	}
	return w.Fill(text, pairs...)
}

// Has tells whether there is a text for a key.
func (w Localizer) Has(key string) bool {
	_, ok := ui[key]
	return ok
}

// First is T for the first of the keys that there is a text for.
func (w Localizer) First(keys ...string) string {
	for _, key := range keys {
		if w.Has(key) {
			return w.T(key)
		}
	}
	return keys[len(keys)-1]
}

// Fill is T for a text that is at hand.
func (w Localizer) Fill(text Text, pairs ...any) string {
	pattern := text.In(w.Lang)
	if !strings.Contains(pattern, "{") {
		return pattern
	}
	values := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			return out.String() + "{" + rest
		}
		value := w.parameter(inside, values)
		if w.Lang != English && elides(before, value) {
			elided := strings.TrimSuffix(out.String(), "e ")
			out.Reset()
			out.WriteString(elided + "’")
		}
		out.WriteString(value)
		pattern = after
	}
}

func (w Localizer) parameter(inside string, values map[string]any) string {
	parts := strings.Split(inside, "|")
	value, ok := values[parts[0]]
	switch {
	case !ok:
		return "{" + inside + "}"
	case len(parts) == 3:
		if w.plural(value) {
			return parts[2]
		}
		return parts[1]
	}
	return w.show(value)
}

// plural follows the rules for cardinal numbers (Unicode CLDR, "Language Plural
// Rules"): French has 0 and 1 in the singular, English 1 only. What is no whole
// number is plural.
func (w Localizer) plural(value any) bool {
	n, ok := integer(value)
	if !ok {
		return true
	}
	of := language.French
	if w.Lang == English {
		of = language.English
	}
	return plural.Cardinal.MatchPlural(of, int(max(n, -n)), 0, 0, 0, 0) != plural.One
}

func (w Localizer) show(value any) string {
	if n, ok := integer(value); ok {
		return w.Number(n)
	}
	switch v := value.(type) {
	case time.Time:
		return w.Moment(v)
	case time.Duration:
		return w.Duration(v)
	case Text:
		return v.In(w.Lang)
	}
	return fmt.Sprint(value)
}

func integer(value any) (int64, bool) {
	switch n := value.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}
