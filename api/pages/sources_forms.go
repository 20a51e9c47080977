package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// onceKey names one sending of one form by one person. What was typed belongs to
// it: somebody who goes back and changes the same form means something new.
func onceKey(r *http.Request, f *form) string {
	sum := sha256.Sum256([]byte(f.Values.Encode()))
	return principal(r).ID + " " + r.URL.Path + " " + f.Key + " " + hex.EncodeToString(sum[:])
}

// refused turns what the settings say about a form into problems at its fields.
// It tells whether there were any.
func (f *form) refused(err error) bool {
	if errors.Is(err, settings.ErrExists) {
		f.Problems = append(f.Problems, settings.Problem{Field: "name", Code: "taken"})
		return true
	}
	return f.Invalid(err)
}

// late tells whether a form was made from another version than the stored one. A
// form without a version would make a record that is there already.
func late(err error) bool {
	return errors.Is(err, settings.ErrChanged) || errors.Is(err, settings.ErrExists)
}

// reserved refuses a name that is a part of our own addresses.
func reserved(name string, ours ...string) error {
	if !slices.Contains(ours, name) {
		return nil
	}
	return &settings.InvalidError{Problems: []settings.Problem{{Field: "name", Code: "reserved"}}}
}

// Wrong tells whether anything is wrong with one of the fields, so that the part
// of the form they are in is opened.
func (f *form) Wrong(paths ...string) bool {
	return slices.ContainsFunc(f.Problems, func(p settings.Problem) bool {
		return slices.ContainsFunc(paths,
			func(path string) bool { return p.Field == path || strings.HasPrefix(p.Field, path+".") })
	})
}

// maxUpload bounds an uploaded key or certificate: those have a few KiB.
const maxUpload = 1 << 18

// uploaded is what a file field holds, else the pasted text of path, without the mark
// some editors put before UTF-8. textOf makes text of what was uploaded; what is none
// even then becomes a problem at the path.
func (f *form) uploaded(fileField, pasted, path string, textOf func([]byte) string) string {
	files := f.Files(fileField)
	if len(files) == 0 || files[0].Size == 0 {
		return pasted
	}
	problem := func(code string) string {
		f.Problems = append(f.Problems, settings.Problem{Field: path, Code: code,
			Values: map[string]string{"limit": strconv.Itoa(maxUpload)}})
		return ""
	}
	if files[0].Size > maxUpload {
		return problem(settings.CodeTooLong)
	}
	opened, err := files[0].Open()
	if err != nil {
		return problem("bad-file")
	}
	defer opened.Close()
	content, err := io.ReadAll(io.LimitReader(opened, maxUpload))
	if err != nil {
		return problem("bad-file")
	}
	text := strings.ReplaceAll(strings.TrimPrefix(textOf(content), "\uFEFF"), "\r\n", "\n")
	if !plainText(text) {
		return problem("bad-file")
	}
	return text
}

// secretFile is the secret of a path, from an uploaded file where there is one.
func (f *form) secretFile(fileField, path string) admin.SecretInput {
	secret := f.Secret(path)
	secret.Value = settings.Secret(f.uploaded(fileField, secret.Value.Reveal(), path, record.SecretText))
	f.Set(secretPrefix+path, secret.Value.Reveal())
	return secret
}

// notThere tells whether a record does not exist (any more).
func notThere(err error) bool { return errors.Is(err, settings.ErrNotFound) }
