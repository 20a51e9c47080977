package pages

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// secretPrefix begins the names of all inputs that take a secret: what they hold
// is never shown again, on no page.
const secretPrefix = "secret."

// form is what a form shows: what was typed or is stored, and what is wrong with
// it. Its paths are the JSON paths of settings.Problem.Field.
type form struct {
	Values   url.Values
	Problems []settings.Problem
	// Stored names the secrets that are stored, Kept those that were typed before
	// and are kept for a while (see keptSecrets).
	Stored, Kept map[string]bool
	// Version is the record's version the form was made from, 0 for a new one.
	Version settings.Version
	// Key is random in each new form and returns with it: by it the same form sent
	// twice is known.
	Key string
	// Conflict is set when somebody else changed the record meanwhile.
	Conflict *conflict

	files map[string][]*multipart.FileHeader
}

// newForm is an empty form for a version.
func newForm(version settings.Version) *form {
	return &form{Values: url.Values{}, Stored: map[string]bool{}, Version: version, Key: randomKey()}
}

// readForm reads what was posted, files too. Texts are refused that are no
// UTF-8 or hold control characters other than tab and line ends: they become a
// problem at their field.
func readForm(r *http.Request) (*form, error) {
	err := r.ParseMultipartForm(formBody)
	if errors.Is(err, http.ErrNotMultipart) {
		err = r.ParseForm()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadForm, err)
	}
	f := newForm(0)
	f.Values = r.PostForm
	if r.MultipartForm != nil {
		f.files = r.MultipartForm.File
	}
	if version, err := strconv.ParseInt(f.Values.Get("version"), 10, 64); err == nil && version > 0 {
		f.Version = settings.Version(version)
	}
	if key := f.Values.Get("key"); len(key) == keyLength {
		f.Key = key
	}
	for name, values := range f.Values {
		for i, value := range values {
			values[i] = strings.ReplaceAll(value, "\r\n", "\n")
			if !plainText(value) {
				values[i] = ""
				f.Problems = append(f.Problems,
					settings.Problem{Field: strings.TrimPrefix(name, secretPrefix), Code: "bad-text"})
			}
		}
	}
	return f, nil
}

// plainText tells whether a text is UTF-8 without control characters.
func plainText(text string) bool {
	return strings.ToValidUTF8(text, "") == text && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f
	})
}

// Get is the text of a field without spaces around it.
func (f *form) Get(path string) string { return strings.TrimSpace(f.Values.Get(path)) }

// All are the values of a field that may have several.
func (f *form) All(path string) []string { return f.Values[path] }

// Bool tells whether a box is ticked.
func (f *form) Bool(path string) bool { return f.Values.Get(path) != "" }

// Int is the number in a field; what is no number becomes a problem.
func (f *form) Int(path string) int {
	text := f.Get(path)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		f.Problems = append(f.Problems, settings.Problem{Field: path, Code: "not-a-number"})
	}
	return n
}

// Date is the day in a field, the zero date for none; what is no day becomes a
// problem.
func (f *form) Date(path string) absence.Date {
	text := f.Get(path)
	if text == "" {
		return absence.Date{}
	}
	day, err := absence.ParseDate(text)
	if err != nil {
		f.Problems = append(f.Problems, settings.Problem{Field: path, Code: "not-a-date"})
	}
	return day
}

// Set sets a field.
func (f *form) Set(path string, values ...string) { f.Values[path] = values }

// SetBool ticks a box or not.
func (f *form) SetBool(path string, on bool) {
	delete(f.Values, path)
	if on {
		f.Set(path, "on")
	}
}

// Secret is what was typed into a secret's field, see admin.SecretInput.
func (f *form) Secret(path string) admin.SecretInput {
	return admin.SecretInput{
		Value: settings.Secret(strings.TrimSpace(f.Values.Get(secretPrefix + path))),
		Clear: f.Values.Get("clear."+path) != "",
	}
}

// Files are what was uploaded in a field.
func (f *form) Files(path string) []*multipart.FileHeader { return f.files[path] }

// Invalid takes over what is wrong from an *settings.InvalidError and tells
// whether there was one.
func (f *form) Invalid(err error) bool {
	invalid, ok := errors.AsType[*settings.InvalidError](err)
	if ok {
		f.Problems = append(f.Problems, invalid.Problems...)
	}
	return ok
}

// Reveals tells that the form would show sensitive absence types, which somebody must
// confirm.
func (f *form) Reveals() bool {
	return slices.ContainsFunc(f.Problems, func(p settings.Problem) bool { return p.Code == settings.CodeReveals })
}

// Bad tells whether anything is wrong.
func (f *form) Bad() bool { return len(f.Problems) > 0 }

// status is the HTTP status of a page that shows the form.
func (f *form) status() int {
	switch {
	case f.Conflict != nil:
		return http.StatusConflict
	case f.Bad():
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// problemLine is one line of the summary above a form.
type problemLine struct{ ID, Label, Text string }

// summary lists what is wrong, each with the field to go to.
func (f *form) summary(loc texts.Localizer, prefix string) []problemLine {
	var all []problemLine
	for _, problem := range f.Problems {
		line := problemLine{Text: problemText(loc, problem)}
		if problem.Field != "" {
			at := closest(loc, prefix, problem.Field)
			line.ID, line.Label = fieldID(at), loc.T(prefix+"."+at)
		}
		all = append(all, line)
	}
	return all
}

// closest is the path of the field that a problem shows at: that of the closest
// one with a label, so that "legalEntities.2" is named as "legalEntities".
func closest(loc texts.Localizer, prefix, path string) string {
	for at := path; at != ""; {
		if loc.Has(prefix + "." + at) {
			return at
		}
		at = at[:max(strings.LastIndex(at, "."), 0)]
	}
	return path
}
