package absence

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// What may stand in Rule.Template.
const (
	PlaceholderLabel = "{label}" // the policy's label
	PlaceholderType  = "{type}"  // the absence type, the label where it is unknown
	PlaceholderUntil = "{until}" // the last day, in the policy's language
	PlaceholderBack  = "{back}"  // the first day back, in the policy's language
)

// Placeholders lists what may stand in a template.
func Placeholders() []string {
	return []string{PlaceholderLabel, PlaceholderType, PlaceholderUntil, PlaceholderBack}
}

var inBraces = regexp.MustCompile(`\{[^{}]*\}|[{}]`)

// UnknownPlaceholders are what stands in braces in a template and is none of
// Placeholders, lonely braces too.
func UnknownPlaceholders(template string) []string { return unknownIn(template, Placeholders()) }

func unknownIn(template string, known []string) []string {
	return slices.DeleteFunc(inBraces.FindAllString(template, -1), func(found string) bool {
		return slices.Contains(known, found)
	})
}

func holdsPlaceholder(template, placeholder string) bool {
	return strings.Contains(template, placeholder)
}

// Reveals tells whether a template tells the type of an absence.
func Reveals(template string) bool { return holdsPlaceholder(template, PlaceholderType) }

// Revealed is what titles tell people who see the calendar.
type Revealed struct {
	// Type is told by its name, Dates by the last day or the first one back, and Words are
	// a title's own: no other absence has them.
	Type, Dates, Words bool
}

// TitleReveals tells what the titles of a rule's absences tell, once somebody confirmed
// that of sensitive ones. What is never written tells nothing.
func (p Policy) TitleReveals(r Rule) Revealed {
	if r.Write == WriteNever {
		return Revealed{}
	}
	title := p.titleOf(r)
	own := title
	for _, placeholder := range Placeholders() {
		own = strings.ReplaceAll(own, placeholder, "")
	}
	return Revealed{
		Type:  Reveals(title) || title == "", // the place of telework
		Dates: holdsPlaceholder(title, PlaceholderUntil) || holdsPlaceholder(title, PlaceholderBack),
		Words: strings.ContainsFunc(own, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }),
	}
}

// title is what colleagues may read of a run.
func (l look) titleOf(r lookedRun, p Policy) string {
	switch l.title {
	case PlaceholderLabel:
		return p.Label
	case "":
		return cmp.Or(cleanTitle(placeInWords(l.place, p.Language)), p.Label)
	}
	kind := l.typeName
	if kind == "" {
		kind = p.Label
	}
	filled := strings.NewReplacer(
		PlaceholderLabel, p.Label, PlaceholderType, kind, PlaceholderUntil, dayInWords(r.LastDay(), p.Language),
		PlaceholderBack, dayInWords(r.back, p.Language),
	).Replace(l.title)
	if title := cleanTitle(filled); title != "" {
		return title
	}
	return p.Label
}

// placeInWords is the title of telework whose rule says none.
func placeInWords(place string, language Language) string {
	english := language == English
	switch {
	case place == PlaceHome && english:
		return "Working from home"
	case place == PlaceHome:
		return "Télétravail"
	case place == PlaceOffice && english:
		return "At the office"
	case place == PlaceOffice:
		return "Au bureau"
	}
	return place
}

var frenchMonths = [...]string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
	"décembre",
}

// dayInWords writes a day as titles do: "4 décembre", "1er mai", "4 December".
func dayInWords(d Date, language Language) string {
	if language == English {
		return fmt.Sprintf("%d %s", d.Day, d.Month)
	}
	day := strconv.Itoa(d.Day)
	if d.Day == 1 {
		day = "1er"
	}
	return day + " " + frenchMonths[d.Month-time.January]
}
