package pages

import (
	"maps"
	"net/http"
	"slices"

	"github.com/figgosync/figgosync/web/texts"
)

// helpPage is what the help page explains.
type helpPage struct {
	Steps, Terms, Statuses []string
	// Reasons are why an absence may wait, by code.
	Reasons []string
	Version string
}

// help is GET /help: the way in four steps, the words used, and what each reason
// means.
func (s *site) help(w http.ResponseWriter, r *http.Request) error {
	shown := helpPage{
		Steps:   []string{"source", "connection", "synchronization", "initialization"},
		Terms:   []string{"source", "legal-entity", "connection", "synchronization", "initialization", "absence"},
		Reasons: slices.Sorted(maps.Keys(texts.Reasons())), Version: s.config.Version,
	}
	for _, status := range shownStatuses {
		shown.Statuses = append(shown.Statuses, string(status))
	}
	return s.show(w, r, page{Template: "help.html", Title: s.loc(r).T("nav.help"), Nav: "help", Data: shown})
}
