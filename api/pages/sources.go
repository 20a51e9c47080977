package pages

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

func (s *site) sourceRoutes() {
	s.page("GET /sources", access.Consult, s.sources)
	s.page("GET /sources/new", access.Configure, s.newSource)
	s.page("POST /sources", access.Configure, s.createSource)
	s.slow("GET /sources/{name}", access.Consult, s.source)
	s.slow("GET /sources/{name}/check", access.Consult, s.sourceCheck)
	s.page("POST /sources/{name}", access.Configure, s.saveSource)
	s.slow("POST /sources/{name}/webhook", access.Configure, s.createWebhook)
	s.page("POST /sources/{name}/webhook-secret", access.Configure, s.saveWebhookSecret)
	s.page("GET /sources/{name}/webhook/replace", access.Configure, s.askReplaceWebhook)
	s.page("POST /sources/{name}/http-key", access.Configure, s.generateHTTPKey)
	s.page("GET /sources/{name}/http-key/replace", access.Configure, s.askReplaceHTTPKey)
	s.page("GET /sources/{name}/remove", access.Configure, s.askRemoveSource)
	s.page("POST /sources/{name}/remove", access.Configure, s.removeSource)
}

// sourcesPage is the list, with the last check of each by name.
type sourcesPage struct {
	Sources []admin.SourceView
	Checks  map[string]lastCheck
	// Last are the last changes received live, by source.
	Last map[string]time.Time
}

func (s *site) sources(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Admin.Sources(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, page{Template: "sources.html", Title: s.loc(r).T("source.list.title"), Nav: "sources",
		Data: sourcesPage{all, s.lastChecks(r, settings.KindSource, namesOf(all)), s.lastLive(r, bySource)}})
}

func namesOf(sources []admin.SourceView) []string {
	var names []string
	for _, one := range sources {
		names = append(names, one.Name)
	}
	return names
}

func bySource(one admin.SynchronizationView) string { return one.Source }

// sourcePage is one source, or a new one.
type sourcePage struct {
	Source admin.SourceView
	New    bool
	Form   *form
	APIs   []option
	// KeysURL is where Lucca makes integration keys, "" while the host is not known.
	KeysURL string
	// Check is what Lucca answers, nil where it is asked for after the page.
	Check *sourceChecked
	// Fresh asks Lucca anew, and does not believe what it told a moment ago.
	Fresh bool
	// Webhook says why the webhook could not be created, "" when nobody tried.
	Webhook *sourceChecked
	// Secret is the form for the webhook's secret.
	Secret *form
	// HTTPKey is a new key, shown this once.
	HTTPKey string
	// Absolute is true when the webhook's address is a whole one.
	Absolute bool
	// Last is when the last change was received live, zero where nobody knows;
	// LastCheck how the last check ended.
	Last      time.Time
	LastCheck lastCheck
	// HasConnection decides what the next step is.
	HasConnection bool
	Remove        confirmation
	// ReplaceWebhook and ReplaceHTTPKey ask before what Lucca holds stops being accepted.
	ReplaceWebhook, ReplaceHTTPKey confirmation
}

// sourceChecked is a check of a source, in words.
type sourceChecked struct {
	Name          string
	Failed        bool
	What, Do      string
	Code          string
	LegalEntities []admin.LegalEntity
	// Accounts is how many absence types Lucca lists, and NoAccounts why none.
	Accounts   int
	NoAccounts string
}

func (s *site) newSource(w http.ResponseWriter, r *http.Request) error {
	f := newForm(0)
	f.Set("api", string(settings.APIv5))
	f.Set("tokenUrl", settings.DefaultTokenURL)
	return s.showSource(w, r, sourcePage{New: true, Form: f})
}

func (s *site) source(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Admin.Source(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	p := sourcePage{Source: view, Form: sourceForm(view), Fresh: r.URL.Query().Has("test")}
	if p.Fresh && !fromHTMX(r) {
		if p.Check, err = s.askSource(r, view.Name, true); err != nil {
			return err
		}
	}
	return s.showSource(w, r, p)
}

// sourceCheck is the piece of a source's page with what Lucca answers.
func (s *site) sourceCheck(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if !fromHTMX(r) {
		return s.redirect(w, r, "/sources/"+name+"?test=1", "")
	}
	checked, err := s.askSource(r, name, r.URL.Query().Has("fresh"))
	if err != nil {
		return err
	}
	return s.fragment(w, r, "source-check", checked)
}

// askSource asks Lucca for its legal entities: now, or what it told a moment ago.
func (s *site) askSource(r *http.Request, name string, fresh bool) (*sourceChecked, error) {
	if fresh {
		check, err := s.config.Admin.CheckSource(r.Context(), principal(r).Author(), name)
		if err != nil {
			return nil, err
		}
		return checkedSource(s.loc(r), name, check), nil
	}
	entities, err := s.config.Admin.LegalEntities(r.Context(), name)
	if failure := sourceFailure(err); failure != nil {
		return checkedSource(s.loc(r), name, admin.SourceCheck{Reason: failure.Reason, Code: failure.Code}), nil
	}
	if err != nil {
		return nil, err
	}
	accounts, err := s.config.Admin.Accounts(r.Context(), name)
	return checkedSource(s.loc(r), name, admin.SourceCheck{
		LegalEntities: entities, Accounts: len(accounts), NoAccounts: sourceFailure(err),
	}), nil
}

// sourceFailure is why Lucca did not tell something, nil for every other error.
func sourceFailure(err error) *admin.SourceError {
	failure, _ := errors.AsType[*admin.SourceError](err)
	return failure
}

func checkedSource(loc texts.Localizer, name string, check admin.SourceCheck) *sourceChecked {
	checked := &sourceChecked{Name: name, Failed: check.Reason != "", Code: check.Code,
		LegalEntities: check.LegalEntities, Accounts: check.Accounts}
	if check.NoAccounts != nil {
		reason := texts.ReasonFor(check.NoAccounts.Reason)
		checked.NoAccounts = reason.What.In(loc.Lang) + " " + reason.Do.In(loc.Lang)
	}
	if !checked.Failed {
		return checked
	}
	checked.What, checked.Do = sourceTrouble(loc, check.Code, check.Reason)
	return checked
}

// sourceTrouble is what the last of some codes that has texts of a source's page says,
// else what the last says of an absence.
func sourceTrouble(loc texts.Localizer, codes ...string) (what, do string) {
	reason := texts.ReasonFor(codes[len(codes)-1])
	what, do = reason.What.In(loc.Lang), reason.Do.In(loc.Lang)
	for _, code := range codes {
		if loc.Has("source.what." + code) {
			what, do = loc.T("source.what."+code), loc.T("source.do."+code)
		}
	}
	return what, do
}

// showSource shows the page of p.Source, or the one for a new source.
func (s *site) showSource(w http.ResponseWriter, r *http.Request, p sourcePage) error {
	loc := s.loc(r)
	p.APIs = []option{
		{Value: string(settings.APIv5), Label: loc.T("source.api.v5"), Help: loc.T("source.api.v5.help")},
		{Value: string(settings.APIv3), Label: loc.T("source.api.v3"), Help: loc.T("source.api.v3.help")},
	}
	title := loc.T("source.new.title")
	if !p.New {
		title = loc.T("source.title.of", "name", p.Source.Label())
		p.KeysURL = keysURL(p.Source.Host)
		p.Absolute = strings.HasPrefix(p.Source.LuccaWebhook, "http")
		synchronizations, err := s.config.Admin.Synchronizations(r.Context())
		if err != nil {
			return err
		}
		p.Remove = removeSourceOf(loc, p.Source, synchronizations)
		p.ReplaceWebhook = replaceOf(loc, p.Source, "webhook", p.Form.Key)
		p.ReplaceHTTPKey = replaceOf(loc, p.Source, "http-key", p.Form.Key)
		if p.Secret == nil {
			p.Secret = newForm(p.Source.Version)
			p.Secret.Stored["webhookSecret"] = p.Source.Has("webhookSecret")
		}
		connections, err := s.config.Admin.Connections(r.Context())
		if err != nil {
			return err
		}
		p.HasConnection = len(connections) > 0
		p.Last = s.lastLive(r, bySource)[p.Source.Name]
		p.LastCheck = s.lastChecks(r, settings.KindSource, []string{p.Source.Name})[p.Source.Name]
	}
	if p.Form.Bad() || p.Form.Conflict != nil {
		s.kept.keep(r, p.Form)
	}
	status := p.Form.status()
	if p.Secret != nil && p.Secret.Bad() {
		status = p.Secret.status()
	}
	return s.show(w, r, page{Template: "source.html", Title: title, Nav: "sources", Data: p, Status: status})
}

// keysURL is the page of a Lucca account where integration keys are made
// (https://developers.lucca.fr/documentation/using-api/authentication).
func keysURL(host string) string {
	if host == "" || !strings.HasPrefix(host, "https://") {
		return ""
	}
	return host + "/identity/admin/integration-keys"
}
