package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
)

func (s *Server) sessionRoutes() {
	const tag, all = "tokens", "/api/v1/sessions"
	register(s.kept(access.Consult), operation{
		at: "GET " + all, id: "listSessions", tag: tag, summary: "List who is signed in", description: noTokenStore,
		answer: "The open sessions, the newest first.", refuses: []int{409},
	}, s.listSessions)
	register(s.kept(access.Configure), operation{
		at: "DELETE " + all + "/{session}", id: "endSession", tag: tag, summary: "End a session, at once", status: 204,
		answer: "Whoever had it has to sign in again.", refuses: []int{409},
	}, s.endSession)
}

// listSessions answers who is signed in, the newest first.
func (s *Server) listSessions(ctx context.Context, _ *None) (*answer[list[access.Session]], error) {
	all, err := s.gate.Sessions(ctx)
	return listed(all, err, func(one access.Session) access.Session { return one })
}

// endSession ends a session at once, in every process.
func (s *Server) endSession(ctx context.Context, in *struct {
	Session string `path:"session" maxLength:"255" doc:"The session's id."`
}) (*nothing, error) {
	err := fmt.Errorf("no such id: %w", settings.ErrNotFound)
	if tokenID.MatchString(in.Session) {
		err = s.gate.EndSession(ctx, principal(ctx), in.Session)
	}
	if errors.Is(err, settings.ErrNotFound) {
		err = refused(http.StatusNotFound, "unknown-session")
	}
	return nil, err
}
