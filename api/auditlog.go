package api

import (
	"context"

	"github.com/figgosync/figgosync/internal/settings"
)

func (s *Server) auditLogRoutes() {
	see := s.see()
	register(see, operation{
		at: "GET /api/v1/audit-log", id: "listChanges", tag: "audit-log", summary: "Read who changed what",
		answer: "The newest line first; none where the settings come from a file.", refuses: []int{422},
	}, s.listChanges)
	register(see, operation{
		at: "GET /api/v1/settings/export", id: "exportSettings", tag: "audit-log",
		summary: "Export the settings as a file",
		answer:  "The settings file, without secrets. figgosync settings import reads it.", content: "application/yaml",
	}, s.exportSettings)
}

// changePage is one page of the audit log.
type changePage struct {
	Items []settings.Change `json:"items"`
	Next  int64             `json:"next,omitempty" doc:"Ask for the next page with it as before; missing on the last."`
}

// listChanges answers the audit log, the newest line first. next is the "before"
// of the following page.
func (s *Server) listChanges(ctx context.Context, in *struct {
	Before int64         `query:"before" minimum:"1" doc:"Lines older than the one of this id."`
	Limit  int           `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Size of a page."`
	Kind   settings.Kind `query:"kind" doc:"Lines of one kind."`
	Name   string        `query:"name" maxLength:"255" doc:"Lines about one name."`
}) (*answer[changePage], error) {
	changes, err := s.config.Admin.Changes(
		ctx, settings.ChangesQuery{Before: in.Before, Limit: in.Limit, Kind: in.Kind, Name: in.Name},
	)
	page := changePage{Items: append([]settings.Change{}, changes...)}
	if len(changes) == in.Limit {
		page.Next = changes[len(changes)-1].ID
	}
	return answered(page, err)
}

// file is an answer that is a file.
type file struct {
	Kind string `header:"Content-Type" hidden:"true"`
	Name string `header:"Content-Disposition" hidden:"true"`
	Body []byte
}

// exportSettings answers all settings as a settings file, without secrets.
func (s *Server) exportSettings(ctx context.Context, _ *None) (*file, error) {
	text, err := s.config.Admin.Export(ctx, author(ctx))
	return &file{"application/yaml; charset=utf-8", `attachment; filename="figgosync.yaml"`, text}, err
}
