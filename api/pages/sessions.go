package pages

import (
	"net/http"
	"slices"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// sessionsPage lists who is signed in.
type sessionsPage struct{ Sessions []sessionLine }

type sessionLine struct {
	access.Session
	Mine bool
	End  confirmation
}

func (s *site) sessionRoutes() {
	s.page("GET /sessions", access.Consult, s.sessions)
	s.page("GET /sessions/{id}/end", access.Configure, s.askEndSession)
	s.page("POST /sessions/{id}/end", access.Configure, s.endSession)
}

func (s *site) sessions(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Gate.Sessions(r.Context())
	if err != nil {
		return err
	}
	shown := sessionsPage{}
	for _, one := range all {
		shown.Sessions = append(shown.Sessions,
			sessionLine{Session: one, Mine: one.Person.ID == principal(r).ID, End: s.ending(r, one)})
	}
	return s.show(w, r, page{Template: "sessions.html", Title: s.loc(r).T("sessions.title"), Nav: "tokens",
		Data: shown})
}

func (s *site) ending(r *http.Request, one access.Session) confirmation {
	loc := s.loc(r)
	return confirmation{
		ID: "end-" + one.ID, Link: "/sessions/" + one.ID + "/end", Action: "/sessions/" + one.ID + "/end",
		Back:  "/sessions",
		Title: loc.T("session.end.title", "name", authorName(loc, one.Person)), Text: loc.T("session.end.text"),
		Button: loc.T("session.end"), Opener: loc.T("session.end"), Icon: "remove", Danger: true,
	}
}

func (s *site) askEndSession(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Gate.Sessions(r.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(one access.Session) bool { return one.ID == r.PathValue("id") })
	if at < 0 {
		return errNotFound
	}
	return s.confirmPage(w, r, "tokens", s.ending(r, all[at]))
}

func (s *site) endSession(w http.ResponseWriter, r *http.Request) error {
	err := s.config.Gate.EndSession(r.Context(), principal(r), r.PathValue("id"))
	if err != nil && failureIs(err, "not-found") {
		err = nil // it has ended already: what was wanted holds
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/sessions", "session-ended")
}

// refusedField says why somebody was refused, in words.
func refusedField(loc texts.Localizer, kind settings.Kind, field auditField) auditField {
	if key := "audit.refused." + field.To; kind == settings.KindDoor && loc.Has(key) {
		field.To = loc.T(key)
	}
	return field
}
