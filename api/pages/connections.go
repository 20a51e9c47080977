package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

func (s *site) connectionRoutes() {
	s.page("GET /connections", access.Consult, s.connections)
	s.page("GET /connections/new", access.Configure, s.newConnection)
	s.page("GET /connections/script", access.Consult, s.connectionScript)
	s.page("POST /connections", access.Configure, s.createConnection)
	s.page("GET /connections/{name}", access.Consult, s.connection)
	s.page("POST /connections/{name}", access.Configure, s.saveConnection)
	s.slow("POST /connections/{name}/check", access.Configure, s.checkConnection)
	s.page("GET /connections/{name}/remove", access.Configure, s.askRemoveConnection)
	s.page("POST /connections/{name}/remove", access.Configure, s.removeConnection)
}

// connectionsPage is the list, with the last check of each by name.
type connectionsPage struct {
	Connections []admin.ConnectionView
	Checks      map[string]lastCheck
	// Last are the last live changes written, Expiries the ends of certificates.
	Last     map[string]time.Time
	Expiries map[string]*expiry
}

// lastCheck is how the last check of a connection or a source ended, in words.
type lastCheck struct {
	At     time.Time
	Good   bool
	Result string
}

// lastChecks finds those of some records.
func (s *site) lastChecks(r *http.Request, kind settings.Kind, names []string) map[string]lastCheck {
	checks := map[string]lastCheck{}
	loc := s.loc(r)
	for _, name := range names {
		last, known, err := s.config.Admin.LastCheckOf(r.Context(), kind, name)
		if err != nil {
			s.config.Log.Warn("the last checks cannot be told", "error", err)
			return checks
		}
		if known {
			checks[name] = lastCheck{
				At: last.At, Good: last.Good(), Result: auditValue(loc, kind, "result", last.Result),
			}
		}
	}
	return checks
}

func (s *site) connections(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Admin.Connections(r.Context())
	if err != nil {
		return err
	}
	shown := connectionsPage{Connections: all, Last: s.lastLive(r, byConnection), Expiries: map[string]*expiry{}}
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
		shown.Expiries[one.Name] = s.expiryOf(one)
	}
	shown.Checks = s.lastChecks(r, settings.KindConnection, names)
	return s.show(w, r, page{Template: "connections.html", Title: s.loc(r).T("connection.list.title"),
		Nav: "connections", Data: shown})
}

func byConnection(one admin.SynchronizationView) string { return one.Connection }

// connectionPage is one connection, or a new one.
type connectionPage struct {
	Connection admin.ConnectionView
	New        bool
	Provider   calendars.Provider
	Form       *form
	// Providers are to be chosen from before anything else.
	Providers                    []calendars.Provider
	Credentials, Auths, TLSs     []option
	Check                        *connectionCheck
	Script                       *scriptPage
	RedirectURI, DelegationScope string
	// Fields make the form of a calendar system without a template of its own.
	Fields []*field
	// CanConsent says that an administrator gives consent on a page of the provider's.
	CanConsent bool
	// Last is when the last live change was written, Expiry the certificate's end, nil
	// where there is none.
	Last   time.Time
	Expiry *expiry
	// HasSource decides whether a synchronization can be the next step.
	HasSource bool
	Remove    confirmation
}

// delegationScope is what the admin console shall grant: the narrowest scope that
// serves (https://developers.google.com/identity/protocols/oauth2/scopes#calendar).
const delegationScope = "https://www.googleapis.com/auth/calendar.events.owned"

// consentCallback is where Microsoft sends browsers back to.
const consentCallback = "/connections/consent/callback"

func (s *site) newConnection(w http.ResponseWriter, r *http.Request) error {
	provider := calendars.Provider(r.URL.Query().Get("provider"))
	if !slices.Contains(calendars.Providers(), provider) {
		return s.show(w, r, page{
			Template: "connection-new.html", Title: s.loc(r).T("connection.new.title"), Nav: "connections",
			Data: connectionPage{Providers: calendars.Providers()},
		})
	}
	f := newForm(0)
	if like := r.URL.Query().Get("like"); like != "" {
		view, err := s.config.Admin.Connection(r.Context(), like)
		if err != nil {
			return err
		}
		f = likeConnection(s.loc(r), view)
		return s.showConnection(w, r, connectionPage{New: true, Provider: view.Provider, Form: f})
	}
	f.chooseAlternative(provider)
	for _, one := range record.Fields(string(provider), calendars.SettingsOf(provider)) {
		if one.Kind() == record.KindChoice {
			f.Set(one.Path, one.Default())
		}
	}
	return s.showConnection(w, r, connectionPage{New: true, Provider: provider, Form: f})
}

// likeConnection is the form of a new connection like another one. Its secrets are
// not copied: nobody sees them.
func likeConnection(loc texts.Localizer, view admin.ConnectionView) *form {
	f := connectionForm(view)
	f.Version, f.Stored = 0, map[string]bool{}
	f.Set("name", "")
	f.Set("title", loc.T("forms.copy-of", "name", view.Label()))
	return f
}

func (s *site) connection(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Admin.Connection(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	check := s.askedCheck(w, r)
	f := connectionForm(view)
	f.Set("mailbox", check.Form.Get("mailbox"))
	return s.showConnection(w, r, connectionPage{Connection: view, Form: f, Check: check})
}

// showConnection shows the page of p.Connection, or the one for a new connection.
func (s *site) showConnection(w http.ResponseWriter, r *http.Request, p connectionPage) error {
	loc := s.loc(r)
	title := loc.T("connection.new.of", "calendar", texts.Provider(loc.Lang, string(p.Provider)))
	if !p.New {
		p.Provider = p.Connection.Provider
		title = loc.T("connection.title.of", "name", p.Connection.Label())
		p.Remove = removeConnectionOf(loc, p.Connection)
		if p.Check == nil {
			p.Check = newConnectionCheck()
		}
		p.Last, p.Expiry = s.lastLive(r, byConnection)[p.Connection.Name], s.expiryOf(p.Connection)
		p.Check.Last = s.lastChecks(r, settings.KindConnection, []string{p.Connection.Name})[p.Connection.Name]
		p.Check.Name, p.Check.Used = p.Connection.Name, len(p.Connection.UsedBy) > 0
		for _, problem := range p.Form.Problems { // its field is the check's
			if problem.Field == "mailbox" {
				p.Check.Form.Problems = append(p.Check.Form.Problems, problem)
			}
		}
	}
	_, p.CanConsent = p.Connection.System.(calendars.Consenting)
	var err error
	if p.Fields, err = systemFields(loc, p.Form, p.Provider); err != nil {
		return err
	}
	p.RedirectURI, p.DelegationScope = "", delegationScope
	if s.config.PublicURL != "" {
		p.RedirectURI = strings.TrimRight(s.config.PublicURL, "/") + consentCallback
	}
	if names := alternativesOf(calendars.SettingsOf(p.Provider)); len(names) > 0 {
		p.Credentials = choicesOf(loc, "connection."+credentialPath(p.Provider)+".", names...)
	}
	p.Auths = choicesOf(loc, "connection.exchange.auth.", "ntlm", "kerberos", "basic")
	for _, version := range []string{"1.2", "1.1", "1.0"} {
		p.TLSs = append(p.TLSs, option{Value: version, Label: "TLS " + version})
	}
	p.Script = newScriptPage(loc, p.Provider, scriptInput{Scope: scopeEverybody,
		Account: p.Form.Get("exchange.username")}, p.Form.Get("office365.clientId"))
	if p.Form.Bad() || p.Form.Conflict != nil {
		s.kept.keep(r, p.Form)
	}
	sources, err := s.config.Admin.Sources(r.Context())
	if err != nil {
		return err
	}
	p.HasSource = len(sources) > 0
	return s.show(w, r, page{Template: "connection.html", Title: title, Nav: "connections",
		Guide: "connect-" + string(p.Provider), Data: p, Status: p.Form.status()})
}

// createConnection makes a new connection, once for each form.
func (s *site) createConnection(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readSecretForm(r)
	if err != nil {
		return err
	}
	provider := calendars.Provider(f.Get("provider"))
	if !slices.Contains(calendars.Providers(), provider) {
		return errBadForm
	}
	input := connectionInput(f, provider, nil)
	checkMailbox(f)
	if !f.Bad() {
		made, err := s.once.Do(onceKey(r, f), func() (any, error) {
			if input.Name == "" {
				if input.Name, err = s.freeConnectionName(r.Context(),
					slug(input.Title, string(provider))); err != nil {
					return nil, err
				}
			}
			if err := reserved(input.Name, "new", "script", "consent"); err != nil {
				return nil, err
			}
			_, err := s.config.Admin.PutConnection(r.Context(), principal(r).Author(), input, 0)
			return input.Name, err
		})
		if err == nil {
			s.kept.forget(r, f)
			return s.askCheck(w, r, f, made.(string), "created-tested")
		}
		if !f.refused(err) {
			return err
		}
	}
	return s.showConnection(w, r, connectionPage{New: true, Provider: provider, Form: f})
}

func (s *site) freeConnectionName(ctx context.Context, wanted string) (string, error) {
	all, err := s.config.Admin.Connections(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, one := range all {
		taken[one.Name] = true
	}
	return freeName(wanted, taken), nil
}

// saveConnection replaces the version of a connection that the form was made
// from.
func (s *site) saveConnection(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readSecretForm(r)
	if err != nil {
		return err
	}
	view, err := s.config.Admin.Connection(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	stored := connectionForm(view)
	f.Set("name", view.Name)
	input := connectionInput(f, view.Provider, stored.Stored)
	checkMailbox(f)
	f.Stored = stored.Stored
	if !f.Bad() {
		_, err = s.once.Do(onceKey(r, f), func() (any, error) {
			return s.config.Admin.PutConnection(r.Context(), principal(r).Author(), input, f.Version)
		})
		switch {
		case err == nil:
			s.kept.forget(r, f)
			return s.askCheck(w, r, f, view.Name, "saved-tested")
		case late(err):
			if view, err = s.config.Admin.Connection(r.Context(), view.Name); err != nil {
				return err
			}
			f.Changed(s.loc(r), "connection", connectionForm(view), view.ChangedAt, view.ChangedBy)
		case !f.refused(err):
			return err
		}
	}
	return s.showConnection(w, r, connectionPage{Connection: view, Form: f})
}

func removeConnectionOf(loc texts.Localizer, view admin.ConnectionView) confirmation {
	address := "/connections/" + url.PathEscape(view.Name)
	return confirmation{
		ID: "remove", Link: address + "/remove", Action: address + "/remove",
		Hidden: map[string]string{"version": strconv.FormatInt(int64(view.Version), 10)},
		Title:  loc.T("connection.remove"), Text: loc.T("connection.remove.warning"),
		Button: loc.T("connection.remove.confirm", "name", view.Label()),
		Keep:   loc.T("connection.remove.keep"), Opener: loc.T("connection.remove"), Icon: "remove", Danger: true,
		Back: address,
		Used: usedBy(loc, "connection.remove.used", view.UsedBy),
	}
}

// usedBy says which synchronizations use a record, "" for none.
func usedBy(loc texts.Localizer, key string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return loc.T(key, "names", strings.Join(names, ", "))
}

func (s *site) askRemoveConnection(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Admin.Connection(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	return s.confirmPage(w, r, "connections", removeConnectionOf(s.loc(r), view))
}

func (s *site) removeConnection(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := s.config.Admin.RemoveConnection(r.Context(), principal(r).Author(), r.PathValue("name"),
		f.Version); err != nil {
		return err
	}
	return s.redirect(w, r, "/connections", "removed")
}
