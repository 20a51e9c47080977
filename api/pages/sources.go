package pages

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/access"
	"github.com/figgosync/figgosync/admin"
	"github.com/figgosync/figgosync/settings"
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
	s.page("POST /sources/{name}/http-key", access.Configure, s.generateHTTPKey)
	s.page("GET /sources/{name}/remove", access.Configure, s.askRemoveSource)
	s.page("POST /sources/{name}/remove", access.Configure, s.removeSource)
}

// sourcesPage is the list.
type sourcesPage struct{ Sources []admin.SourceView }

func (s *site) sources(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Admin.Sources(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, page{Template: "sources.html", Title: s.words(r).T("source.list.title"), Nav: "sources", Data: sourcesPage{all}})
}

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
	// HasConnection decides what the next step is.
	HasConnection bool
	Remove        confirmation
}

// sourceChecked is a check of a source, in words.
type sourceChecked struct {
	Name          string
	Failed        bool
	What, Do      string
	Code          string
	LegalEntities []admin.LegalEntity
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
		check, err := s.config.Admin.CheckSource(r.Context(), name)
		if err != nil {
			return nil, err
		}
		return checkedSource(s.words(r), name, check), nil
	}
	entities, err := s.config.Admin.LegalEntities(r.Context(), name)
	check := admin.SourceCheck{LegalEntities: entities}
	if failure, ok := errors.AsType[*admin.SourceError](err); ok {
		check = admin.SourceCheck{Reason: failure.Reason, Code: failure.Code}
	} else if err != nil {
		return nil, err
	}
	return checkedSource(s.words(r), name, check), nil
}

func checkedSource(words texts.Words, name string, check admin.SourceCheck) *sourceChecked {
	checked := &sourceChecked{Name: name, Failed: check.Reason != "", Code: check.Code, LegalEntities: check.LegalEntities}
	if !checked.Failed {
		return checked
	}
	reason := texts.ReasonFor(check.Reason)
	checked.What, checked.Do = reason.What.In(words.Lang), reason.Do.In(words.Lang)
	if words.Has("source.what." + check.Code) {
		checked.What, checked.Do = words.T("source.what."+check.Code), words.T("source.do."+check.Code)
	}
	return checked
}

// showSource shows the page of p.Source, or the one for a new source.
func (s *site) showSource(w http.ResponseWriter, r *http.Request, p sourcePage) error {
	words := s.words(r)
	p.APIs = []option{
		{Value: string(settings.APIv5), Label: words.T("source.api.v5"), Help: words.T("source.api.v5.help")},
		{Value: string(settings.APIv3), Label: words.T("source.api.v3"), Help: words.T("source.api.v3.help")},
	}
	title := words.T("source.new.title")
	if !p.New {
		title = words.T("source.title", "name", p.Source.Name)
		p.KeysURL = keysURL(p.Source.Host)
		p.Absolute = strings.HasPrefix(p.Source.LuccaWebhook, "http")
		p.Remove = removeSourceOf(words, p.Source)
		if p.Secret == nil {
			p.Secret = newForm(p.Source.Version)
			p.Secret.Stored["webhookSecret"] = p.Source.HasWebhookSecret
		}
		connections, err := s.config.Admin.Connections(r.Context())
		if err != nil {
			return err
		}
		p.HasConnection = len(connections) > 0
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

// sourceForm is the form of a stored source.
func sourceForm(view admin.SourceView) *form {
	f := newForm(view.Version)
	f.Set("name", view.Name)
	f.Set("host", view.Host)
	f.Set("api", string(view.API))
	f.Set("clientId", view.ClientID)
	f.Set("tokenUrl", view.TokenURL)
	f.Stored["clientSecret"], f.Stored["apiKey"] = view.HasClientSecret, view.HasAPIKey
	return f
}

// sourceInput is what a form says. Only the key of the chosen generation counts.
func sourceInput(f *form) admin.SourceInput {
	input := admin.SourceInput{
		Name: f.Get("name"), Host: luccaHost(f.Get("host")), API: settings.SourceAPI(f.Get("api")), TokenURL: f.Get("tokenUrl"),
	}
	if input.API == settings.APIv3 {
		input.APIKey = f.Secret("apiKey")
	} else {
		input.ClientID, input.ClientSecret = f.Get("clientId"), f.Secret("clientSecret")
	}
	return input
}

// luccaDomain are the domains of Lucca's own hosts, under which nothing of an
// address but the host counts.
var luccaDomain = regexp.MustCompile(`(^|\.)i?lucca[a-z0-9-]*\.[a-z]{2,}$`)

// luccaHost makes the base address of a Lucca account from what people paste: an
// account's name, a host, or the address of any page of Lucca.
func luccaHost(typed string) string {
	if typed == "" {
		return ""
	}
	if accountName.MatchString(typed) {
		return "https://" + strings.ToLower(typed) + ".ilucca.net"
	}
	whole := typed
	if !strings.Contains(typed, "://") {
		whole = "https://" + typed
	}
	parsed, err := url.Parse(whole)
	if err != nil || parsed.Host == "" {
		return typed // the settings say what is wrong with it
	}
	if luccaDomain.MatchString(strings.ToLower(parsed.Hostname())) && parsed.User == nil {
		return strings.ToLower(parsed.Scheme + "://" + parsed.Host)
	}
	return strings.TrimRight(whole, "/")
}

var accountName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)

// createSource makes a new source, once for each form.
func (s *site) createSource(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	input := sourceInput(f)
	if f.Bad() {
		return s.showSource(w, r, sourcePage{New: true, Form: f})
	}
	made, err := s.once.Do(onceKey(r, f), func() (any, error) {
		if input.Name == "" {
			if input.Name, err = s.freeSourceName(r.Context(), nameOf(input.Host)); err != nil {
				return nil, err
			}
		}
		if err := reserved(input.Name, "new"); err != nil {
			return nil, err
		}
		_, err := s.config.Admin.PutSource(r.Context(), principal(r).Author(), input, 0)
		return input.Name, err
	})
	if err == nil {
		return s.redirect(w, r, "/sources/"+made.(string)+"?test=1", "created")
	}
	if f.Set("host", input.Host); !f.refused(err) {
		return err
	}
	return s.showSource(w, r, sourcePage{New: true, Form: f})
}

func (s *site) freeSourceName(ctx context.Context, wanted string) (string, error) {
	all, err := s.config.Admin.Sources(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, one := range all {
		taken[one.Name] = true
	}
	return freeName(wanted, taken), nil
}

// freeName is the wanted name, or the first free one like it.
func freeName(wanted string, taken map[string]bool) string {
	const most = 40 // characters, see settings.Source
	name := wanted
	for i := 2; taken[name]; i++ {
		suffix := "-" + strconv.Itoa(i)
		name = wanted[:min(len(wanted), most-len(suffix))] + suffix
	}
	return name
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a name of the settings from text, missing where nothing is left.
func slug(text, missing string) string {
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(text), "-"), "-")
	name = strings.Trim(name[:min(len(name), 40)], "-")
	if name == "" || name == "new" {
		return missing
	}
	return name
}

// nameOf is a source's name where none was chosen: the account's.
func nameOf(host string) string {
	parsed, err := url.Parse(host)
	if err != nil {
		return "lucca"
	}
	if _, err := netip.ParseAddr(parsed.Hostname()); err == nil {
		return "lucca"
	}
	account, _, _ := strings.Cut(parsed.Hostname(), ".")
	return slug(account, "lucca")
}

// saveSource replaces the version of a source that the form was made from.
func (s *site) saveSource(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	f.Set("name", name)
	input := sourceInput(f)
	if !f.Bad() {
		_, err = s.once.Do(onceKey(r, f), func() (any, error) {
			return s.config.Admin.PutSource(r.Context(), principal(r).Author(), input, f.Version)
		})
		if err == nil {
			return s.redirect(w, r, "/sources/"+name+"?test=1", "saved")
		}
	}
	view, gone := s.config.Admin.Source(r.Context(), name)
	if gone != nil {
		return gone
	}
	f.Stored = sourceForm(view).Stored
	if err != nil && !late(err) && !f.refused(err) {
		return err
	}
	if late(err) {
		f.Changed(s.words(r), "source", sourceForm(view), view.ChangedAt, view.ChangedBy)
	}
	return s.showSource(w, r, sourcePage{Source: view, Form: f})
}

// createWebhook has figgosync make its webhook through Lucca's API.
func (s *site) createWebhook(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name, words := r.PathValue("name"), s.words(r)
	made, err := s.once.Do(onceKey(r, f), func() (any, error) {
		check, err := s.config.Admin.CreateWebhook(r.Context(), principal(r).Author(), name)
		if err == nil && check.Reason != "" {
			return check, errLuccaRefused // may be tried again
		}
		return check, err
	})
	if err == nil {
		return s.redirect(w, r, "/sources/"+name+"#webhook", "webhook-created")
	}
	p := sourcePage{}
	switch check, _ := made.(admin.SourceCheck); {
	case errors.Is(err, errLuccaRefused):
		p.Webhook = checkedSource(words, name, check)
	case errors.Is(err, admin.ErrNoPublicURL):
		p.Webhook = &sourceChecked{Failed: true, What: words.T("source.webhook.relative")}
	case errors.Is(err, admin.ErrLegacySource):
		p.Webhook = &sourceChecked{Failed: true, What: words.T("source.webhook.legacy")}
	default:
		return err
	}
	if p.Source, err = s.config.Admin.Source(r.Context(), name); err != nil {
		return err
	}
	p.Form = sourceForm(p.Source)
	return s.showSource(w, r, p)
}

// errLuccaRefused says that Lucca did not do what it was asked to.
var errLuccaRefused = errors.New("lucca refused")

// saveWebhookSecret stores the secret of a webhook that was made by hand.
func (s *site) saveWebhookSecret(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	view, err := s.config.Admin.Source(r.Context(), name)
	if err != nil {
		return err
	}
	secret := f.Secret("webhookSecret")
	if secret.Value == "" && !secret.Clear && !f.Bad() {
		f.Problems = append(f.Problems, settings.Problem{Field: "webhookSecret", Code: settings.CodeRequired})
	}
	if !f.Bad() {
		input := admin.SourceInput{Name: name, Host: view.Host, TokenURL: view.TokenURL, ClientID: view.ClientID, API: view.API, WebhookSecret: secret}
		_, err = s.once.Do(onceKey(r, f), func() (any, error) {
			return s.config.Admin.PutSource(r.Context(), principal(r).Author(), input, f.Version)
		})
		if err == nil {
			return s.redirect(w, r, "/sources/"+name+"#webhook", "webhook-secret-saved")
		}
		if !f.refused(err) {
			return err
		}
	}
	f.Version, f.Stored = view.Version, map[string]bool{"webhookSecret": view.HasWebhookSecret}
	return s.showSource(w, r, sourcePage{Source: view, Form: sourceForm(view), Secret: f})
}

// generateHTTPKey shows a new key once, in the answer itself: it is stored
// nowhere it could be shown from again.
func (s *site) generateHTTPKey(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	key, err := s.once.Do(onceKey(r, f), func() (any, error) {
		key, _, err := s.config.Admin.GenerateHTTPKey(r.Context(), principal(r).Author(), name, f.Version)
		return key, err
	})
	if err != nil {
		return err
	}
	view, err := s.config.Admin.Source(r.Context(), name)
	if err != nil {
		return err
	}
	return s.showSource(w, r, sourcePage{Source: view, Form: sourceForm(view), HTTPKey: key.(string)})
}

func removeSourceOf(words texts.Words, view admin.SourceView) confirmation {
	return confirmation{
		ID: "remove", Link: "/sources/" + view.Name + "/remove", Action: "/sources/" + view.Name + "/remove",
		Hidden: map[string]string{"version": strconv.FormatInt(int64(view.Version), 10)},
		Title:  words.T("source.remove"), Text: words.T("source.remove.warning"), Button: words.T("source.remove.confirm", "name", view.Name),
		Opener: words.T("source.remove"), Icon: "remove", Danger: true, Back: "/sources/" + view.Name,
	}
}

func (s *site) askRemoveSource(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Admin.Source(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	return s.confirmPage(w, r, "sources", removeSourceOf(s.words(r), view))
}

func (s *site) removeSource(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := s.config.Admin.RemoveSource(r.Context(), principal(r).Author(), r.PathValue("name"), f.Version); err != nil {
		return err
	}
	return s.redirect(w, r, "/sources", "removed")
}
