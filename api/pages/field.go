package pages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// option is one choice of a field.
type option struct{ Value, Label, Help string }

// field is one input with its label, help and error, for the template "field".
type field struct {
	Form *form
	// Path is the field's; Name the input's and ID its id in the page.
	Path, Name, ID string
	// Type is "text" when not told, or "url", "email", "number", "date", "time",
	// "secret", "secret-text" (several lines), "textarea", "select", "radio",
	// "checkbox", "checkboxes" or "file".
	Type                           string
	Label, Help, Placeholder       string
	Error                          string
	Value                          string
	Values                         []string
	Options                        []option
	Required, ReadOnly             bool
	Stored, Kept                   bool
	Autocomplete, Accept, List     string
	Min, Max, Step, MaxLength, Row any
	// Removable adds a box that removes the stored secret.
	Removable bool
	// Hide keeps the label for screen readers only; Bare does not call the field
	// optional: that goes without saying.
	Hide, Bare bool
}

// newField makes a field: its label is the text of textOf, its help the one that ends
// in ".help" and its example the one that ends in ".placeholder" where they exist.
// pairs set "type", "options", "required", "readonly", "autocomplete", "accept",
// "list", "min", "max", "step", "maxlength", "rows", "removable", "hide", "bare",
// "label", "help" or "value".
func newField(loc texts.Localizer, f *form, prefix, path string, pairs []any) (*field, error) {
	key := textOf(loc, prefix, path)
	one := &field{
		Form: f, Path: path, Name: path, ID: fieldID(path), Type: "text", Label: loc.T(key),
		Value: f.Values.Get(path), Values: f.Values[path], Stored: f.Stored[path], Kept: f.Kept[path],
		Error: f.errorOf(loc, path),
	}
	if loc.Has(key + ".help") {
		one.Help = loc.T(key + ".help")
	}
	if loc.Has(key + ".placeholder") {
		one.Placeholder = loc.T(key + ".placeholder")
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := one.set(fmt.Sprint(pairs[i]), pairs[i+1]); err != nil {
			return nil, err
		}
	}
	if one.Type == "secret" || one.Type == "secret-text" {
		one.Name, one.Value, one.Values = secretPrefix+path, "", nil
	}
	return one, nil
}

// textOf is the key of a field's texts: "PREFIX.PATH", or that of the longest end of the
// path that has texts, for one that several records have.
func textOf(loc texts.Localizer, prefix, path string) string {
	for end := path; ; {
		if key := prefix + "." + end; loc.Has(key) {
			return key
		}
		_, shorter, found := strings.Cut(end, ".")
		if !found {
			return prefix + "." + path
		}
		end = shorter
	}
}

func (f *field) set(name string, value any) error {
	text := func(to *string) { *to = fmt.Sprint(value) }
	truth := func(to *bool) { *to, _ = value.(bool) }
	switch name {
	case "type":
		text(&f.Type)
	case "label":
		text(&f.Label)
	case "help":
		text(&f.Help)
	case "value":
		text(&f.Value)
	case "autocomplete":
		text(&f.Autocomplete)
	case "accept":
		text(&f.Accept)
	case "list":
		text(&f.List)
	case "required":
		truth(&f.Required)
	case "readonly":
		truth(&f.ReadOnly)
	case "removable":
		truth(&f.Removable)
	case "bare":
		truth(&f.Bare)
	case "hide":
		truth(&f.Hide)
	case "options":
		f.Options, _ = value.([]option)
	case "min":
		f.Min = value
	case "max":
		f.Max = value
	case "step":
		f.Step = value
	case "maxlength":
		f.MaxLength = value
	case "rows":
		f.Row = value
	default:
		return fmt.Errorf("field %s: no such setting %q", f.Path, name)
	}
	return nil
}

// Chosen tells whether a value is chosen.
func (f *field) Chosen(value string) bool { return slices.Contains(f.Values, value) }

// DescribedBy are the ids of the help and the error.
func (f *field) DescribedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Help != "" {
		ids = append(ids, f.ID+"-help")
	}
	return strings.Join(ids, " ")
}

// fieldID is the id of a field's input in the page.
func fieldID(path string) string { return "f-" + strings.ReplaceAll(path, ".", "-") }

// errorOf is what is wrong with a field, or with a part of it such as
// "legalEntities.2".
func (f *form) errorOf(loc texts.Localizer, path string) string {
	var all []string
	for _, problem := range f.Problems {
		if problem.Field == path || strings.HasPrefix(problem.Field, path+".") {
			all = append(all, problemText(loc, problem))
		}
	}
	return strings.Join(slices.Compact(all), " ")
}

// problemText says what is wrong.
func problemText(loc texts.Localizer, problem settings.Problem) string {
	return texts.Problem(loc.Lang, problem.Code, problem.Values)
}
