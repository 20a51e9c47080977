// Package alerts tells people and programs of troubles: by e-mail and by webhook, once
// when one begins or gets worse, once when it is over, and once a day as a digest. What
// was told is in the database, so that a restart does not repeat it, and one process of
// several tells it. No message names an employee or an absence's type.
package alerts

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// What a trouble can be about, besides figgosync itself.
const (
	AboutSynchronization = "synchronization"
	AboutConnection      = "connection"
	AboutSource          = "source"
	AboutToken           = "token"
)

// Trouble is something that is wrong now.
type Trouble struct {
	Kind settings.TroubleKind `json:"kind"`
	// About is "synchronization", "connection", "source", "token" or "", and Name its
	// id there; Label is how people call it.
	About string `json:"about,omitempty"`
	Name  string `json:"name,omitempty"`
	Label string `json:"label,omitempty"`
	// Detail tells one trouble of the same thing from another, such as the id of an
	// operation.
	Detail string `json:"detail,omitempty"`
	// Count is a number that belongs to it: absences, differences, or days.
	Count int `json:"count,omitempty"`
	// Level is at least 1. A higher one than before is told again.
	Level int `json:"level,omitempty"`
	// Path is the page that shows it, such as "/connections/office".
	Path string `json:"path,omitempty"`
}

// key tells whether a trouble is the one that was there before.
func (t Trouble) key() string {
	return strings.Join([]string{string(t.Kind), t.About, t.Name, t.Detail}, "\n")
}

// Found is what a look at everything found.
type Found struct {
	Troubles []Trouble
	// Unknown are kinds that could not be looked at: those that were open stay open.
	Unknown []settings.TroubleKind
}

// Source looks at everything.
type Source interface {
	Troubles(ctx context.Context) Found
}

// Open is a trouble that was found and is not over.
type Open struct {
	Trouble
	Since time.Time
}

func sorted(all []Open) []Open {
	slices.SortFunc(all, func(a, b Open) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.key(), b.key()))
	})
	return all
}
