// Package pages is figgosync in a browser: the settings pages, in French and
// English. Every page works as plain HTML with forms that post and redirect; htmx
// and a little script make it quicker. What is done is in package admin, who may
// do it in package access, what is said in web/texts.
package pages

import (
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/web"
	"github.com/figgosync/figgosync/web/texts"
)

// Config is what the pages need. Admin, Gate and Log are required.
type Config struct {
	Admin *admin.Service
	Gate  Gate
	Log   *slog.Logger
	// PublicURL is where browsers reach figgosync, without a slash at its end;
	// cookies are Secure when it is https.
	PublicURL string
	// Sandbox is the address of the rehearsal's desk, "" where there is none.
	Sandbox string
	// Version is the program's, for the help page.
	Version string
	// Alerts are nil where nobody is told of troubles.
	Alerts *admin.Alerts
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// site answers the pages.
type site struct {
	config    Config
	mux       *http.ServeMux
	templates map[texts.Lang]*template.Template
	once      *once
	kept      *keptSecrets
}

// New returns the handler of all pages and of the static files. It expects
// requests that went through access.Gate's Identify and Protect.
func New(config Config) http.Handler {
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &site{config: config, mux: http.NewServeMux(), once: newOnce(config.Now), kept: newKeptSecrets()}
	s.templates = map[texts.Lang]*template.Template{texts.French: parse(texts.French, config.Now),
		texts.English: parse(texts.English, config.Now)}
	s.routes()
	s.formRoutes()
	return s.recovered(s.mux)
}

func (s *site) routes() {
	s.mux.Handle("GET "+web.StaticPrefix, web.Static())
	s.mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, web.StaticURL("favicon.svg"), http.StatusFound)
	})
	s.open("GET /sign-in", s.signIn)
	s.open("POST /preferences", s.savePreferences)
	s.open("/", s.unknown)
	s.page("GET /signed-in", access.Consult, s.signedIn)
	s.page("GET /{$}", access.Consult, s.overview)
	s.page("GET /overview/live", access.Consult, s.overviewLive)
	s.page("GET /absences", access.Consult, s.absences)
	s.slow("GET /absences/export", access.Consult, s.exportAbsences)
	s.page("GET /absences/resync", access.Consult, s.absencesAgain)
	s.page("POST /absences/resync", access.Configure, s.resyncAll)
	s.page("GET /absences/{source}/{id}", access.Consult, s.absence)
	s.page("GET /absences/{source}/{id}/live", access.Consult, s.absenceLive)
	s.page("POST /absences/{source}/{id}/resync", access.Configure, s.resync)
	s.page("GET /audit-log", access.Consult, s.auditLog)
	s.page("GET /help", access.Consult, s.help)
	s.heldRoutes()
	s.alertRoutes()
	s.tokenRoutes()
	s.sessionRoutes()
}
