package pages

import (
	"net/http"
	"net/url"

	"github.com/figgosync/figgosync/internal/access"
)

// formRoutes are the pages that change settings: sources, connections,
// synchronizations, initializations,
// reconciliations and removals.
func (s *site) formRoutes() {
	s.sourceRoutes()
	s.connectionRoutes()
	s.synchronizationRoutes()
	s.initializationRoutes()
	s.operationRoutes()
	s.reloads("sources", "webhook", "webhook-secret", "http-key")
	s.reloads("connections", "check")
	s.reloads("synchronizations", "pause")
}

// reloads leads from an address that takes forms to the page the form is on: a
// browser that reloads an answer asks for that address.
func (s *site) reloads(kind string, parts ...string) {
	for _, part := range parts {
		s.page("GET /"+kind+"/{name}/"+part, access.Consult, func(w http.ResponseWriter, r *http.Request) error {
			return s.redirect(w, r, "/"+kind+"/"+url.PathEscape(r.PathValue("name")), "")
		})
	}
}
