package pages

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web"
	"github.com/figgosync/figgosync/web/texts"
)

// parse reads the templates for one language: their functions speak it.
func parse(lang texts.Lang, now func() time.Time) *template.Template {
	loc := func() texts.Localizer { return texts.Localizer{Lang: lang, Now: now()} }
	return template.Must(template.New("").Funcs(plainFuncs).Funcs(wordFuncs(loc)).ParseFS(web.Templates(), "*.html"))
}

// wordFuncs are the functions of templates that say something.
func wordFuncs(loc func() texts.Localizer) template.FuncMap {
	return template.FuncMap{
		"t":        func(key string, pairs ...any) string { return loc().T(key, pairs...) },
		"tk":       func(prefix string, code any) string { return loc().T(prefix + "." + fmt.Sprint(code)) },
		"number":   func(n int) string { return loc().Number(int64(n)) },
		"duration": func(d time.Duration) string { return loc().Duration(d) },
		"day":      func(d absence.Date) string { return civilDay(loc(), d) },
		"date":     func(t time.Time) string { return loc().Date(t) },
		"moment":   func(t time.Time) string { return loc().Moment(t) },
		"ago":      func(t time.Time) string { return loc().Ago(t) },
		"what":     func(reason string) string { return texts.ReasonFor(reason).What.In(loc().Lang) },
		"todo":     func(reason string) string { return texts.ReasonFor(reason).Do.In(loc().Lang) },
		"provider": func(code any) string { return texts.Provider(loc().Lang, fmt.Sprint(code)) },
		"author":   func(by settings.Author) string { return authorName(loc(), by) },
		"field": func(f *form, prefix, path string, pairs ...any) (*field, error) {
			return newField(loc(), f, prefix, path, pairs)
		},
		"summary": func(f *form, prefix string) []problemLine { return f.summary(loc(), prefix) },
	}
}

// plainFuncs are those that say nothing.
var plainFuncs = template.FuncMap{
	"static": web.StaticURL,
	"icon":   icon,
	"dict":   dict,
	"list":   func(values ...any) []any { return values },
	"boost":  func() template.HTMLAttr { return boosted },
	"query":  query,
	"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}

// boosted are the attributes of a form (or link) that htmx sends: the answer's
// page takes the place of this one, also when the browser was redirected, and
// its buttons rest while it is under way. Without script it is a plain form.
const boosted template.HTMLAttr = `hx-boost="true" hx-target="#page" hx-select="#page" hx-swap="outerHTML" hx-disabled-elt="find button[type=submit]"`

// icon is a sign from the sprite; it says nothing to a screen reader.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` +
		//nolint:gosec // escaped
		template.HTMLEscapeString(web.StaticURL("icons.svg")+"#"+name) + `"></use></svg>`)
}

// dict makes a map of name, value pairs, for templates that take several values.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a value is missing")
	}
	values := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		values[name] = pairs[i+1]
	}
	return values, nil
}

// query is an address with parameters from name, value pairs; empty ones are
// left out.
func query(path string, pairs ...any) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if text := fmt.Sprint(pairs[i+1]); text != "" {
			values.Set(fmt.Sprint(pairs[i]), text)
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// authorName is how people read who did something.
func authorName(loc texts.Localizer, by settings.Author) string {
	switch {
	case strings.HasPrefix(by.ID, "person:link:"):
		return loc.T("author.link")
	case by.Name != "":
		return by.Name
	case by.ID == "command" || by.ID == "figgosync" || by.ID == "":
		return loc.T("author." + map[bool]string{true: "command", false: "figgosync"}[by.ID == "command"])
	}
	return by.ID
}
