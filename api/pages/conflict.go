package pages

import (
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// conflict says that somebody else changed the record a form was made from. The
// form keeps what was typed; sent again, it replaces the other's change, which
// the person has seen now.
type conflict struct {
	At          time.Time
	By          settings.Author
	Differences []difference
}

// difference is a field that the two do not agree on.
type difference struct{ Label, Theirs, Yours string }

// Changed turns a form that came too late into one that may be sent again:
// stored is a form made of the record as it is now. Secrets are not compared.
// prefix is that of the labels.
func (f *form) Changed(loc texts.Localizer, prefix string, stored *form, at time.Time, by settings.Author) {
	f.Conflict = &conflict{At: at, By: by, Differences: f.differences(loc, prefix, stored)}
	f.Version, f.Stored = stored.Version, stored.Stored
}

func (f *form) differences(loc texts.Localizer, prefix string, stored *form) []difference {
	paths := map[string]bool{}
	for path := range f.Values {
		paths[path] = true
	}
	for path := range stored.Values {
		paths[path] = true
	}
	var all []difference
	for path := range paths {
		if strings.HasPrefix(path, secretPrefix) || !loc.Has(prefix+"."+path) {
			continue
		}
		theirs, yours := sorted(stored.Values[path]), sorted(f.Values[path])
		if theirs != yours {
			all = append(all, difference{Label: loc.T(prefix + "." + path), Theirs: theirs, Yours: yours})
		}
	}
	slices.SortFunc(all, func(a, b difference) int { return strings.Compare(a.Label, b.Label) })
	return all
}

func sorted(values []string) string {
	values = slices.Clone(values)
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	slices.Sort(values)
	return strings.Join(values, ", ")
}
