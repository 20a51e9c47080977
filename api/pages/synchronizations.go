package pages

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

func (s *site) synchronizationRoutes() {
	s.page("GET /synchronizations", access.Consult, s.synchronizations)
	s.slow("GET /synchronizations/new", access.Configure, s.newSynchronization)
	s.slow("GET /synchronizations/entities", access.Consult, s.synchronizationEntities)
	s.page("POST /synchronizations/preview", access.Consult, s.synchronizationPreview)
	s.slow("POST /synchronizations", access.Configure, s.createSynchronization)
	s.slow("GET /synchronizations/{name}", access.Consult, s.synchronization)
	s.slow("POST /synchronizations/{name}", access.Configure, s.saveSynchronization)
	s.page("POST /synchronizations/{name}/pause", access.Configure, s.pauseSynchronization)
	s.page("GET /synchronizations/{name}/remove", access.Configure, s.askRemoveSynchronization)
	s.page("POST /synchronizations/{name}/remove", access.Configure, s.removeSynchronization)
}

// synchronizationsPage is the list. Ready is true when there are a source and a
// connection to make one of.
type synchronizationsPage struct {
	Synchronizations     []admin.SynchronizationView
	HasSource, HasTarget bool
	// Names are those of the legal entities, by synchronization and id.
	Names map[string]map[string]string
}

// Entities are the names of the legal entities of a synchronization, with the id of one
// that has none.
func (p synchronizationsPage) Entities(one admin.SynchronizationView) []string {
	return named(p.Names[one.Name], one.LegalEntities)
}

func (s *site) synchronizations(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return err
	}
	sources, connections, err := s.ends(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, page{
		Template: "synchronizations.html", Title: s.loc(r).T("sync.list.title"), Nav: "synchronizations",
		Data: synchronizationsPage{all, len(sources) > 0, len(connections) > 0, s.entityNames(r, all)},
	})
}

// ends are what a synchronization can connect.
func (s *site) ends(ctx context.Context) ([]admin.SourceView, []admin.ConnectionView, error) {
	sources, err := s.config.Admin.Sources(ctx)
	if err != nil {
		return nil, nil, err
	}
	connections, err := s.config.Admin.Connections(ctx)
	return sources, connections, err
}

// synchronizationPage is one synchronization, or a new one.
type synchronizationPage struct {
	Synchronization                     admin.SynchronizationView
	New                                 bool
	Form                                *form
	Sources, Connections                []option
	ShowTypes, WholeDays, ShowsAs       []option
	Zones                               []string
	Entities                            *entityChoices
	Preview                             *previewPage
	Rules                               *rulesPart
	Languages, OwnerChanges, Audiences  []option
	WatchEvery                          []option
	Initialization                      *initializationForm
	Remove                              confirmation
	MissingSource, MissingTarget, Fresh bool
	// Dropped is nil where nothing was taken away.
	Dropped *droppedEntities
	// OldLook counts the absences in calendars that keep their look after the policy
	// changed, 0 where there is nothing to ask.
	OldLook int
}

// defaultZone is that of most companies that use Figgo.
const defaultZone = "Europe/Paris"

func (s *site) newSynchronization(w http.ResponseWriter, r *http.Request) error {
	sources, connections, err := s.ends(r.Context())
	if err != nil {
		return err
	}
	query := r.URL.Query()
	if like := query.Get("like"); like != "" {
		view, err := s.config.Admin.Synchronization(r.Context(), like)
		if err != nil {
			return err
		}
		return s.showSynchronization(w, r, synchronizationPage{New: true, Form: likeSynchronization(s.loc(r), view)})
	}
	f := synchronizationForm(admin.SynchronizationView{Synchronization: settings.Synchronization{
		Source: query.Get("source"), Connection: query.Get("connection"), Zone: defaultZone,
		Policy: absence.DefaultPolicy(), ConfirmAbove: settings.DefaultConfirmAbove,
	}})
	if len(sources) > 0 && !slices.ContainsFunc(sources,
		func(one admin.SourceView) bool { return one.Name == f.Get("source") }) {
		f.Set("source", sources[len(sources)-1].Name) // the newest is what was made a moment ago
	}
	if len(connections) > 0 && !slices.ContainsFunc(connections,
		func(one admin.ConnectionView) bool { return one.Name == f.Get("connection") }) {
		f.Set("connection", connections[len(connections)-1].Name)
	}
	return s.showSynchronization(w, r, synchronizationPage{New: true, Form: f, Fresh: true})
}

// likeSynchronization is the form of a new synchronization like another one, which
// keeps its legal entities.
func likeSynchronization(loc texts.Localizer, view admin.SynchronizationView) *form {
	f := synchronizationForm(view)
	f.Version = 0
	f.Set("name", "")
	f.Set("title", loc.T("forms.copy-of", "name", view.Label()))
	f.Set("legalEntities")
	return f
}

func (s *site) synchronization(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Admin.Synchronization(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	p := synchronizationPage{Synchronization: view, Form: synchronizationForm(view),
		Fresh: r.URL.Query().Has("created")}
	if r.URL.Query().Has("look") {
		if p.OldLook, err = s.config.Admin.Written(r.Context(), view.Name); err != nil {
			s.config.Log.Warn("the absences with the former look cannot be counted", "synchronization", view.Name,
				"error", err)
		}
	}
	if p.Dropped, err = s.droppedOf(r, view.Source); err != nil {
		return err
	}
	return s.showSynchronization(w, r, p)
}

// showSynchronization shows the page of p.Synchronization, or the one for a new
// one.
func (s *site) showSynchronization(w http.ResponseWriter, r *http.Request, p synchronizationPage) error {
	loc := s.loc(r)
	sources, connections, err := s.ends(r.Context())
	if err != nil {
		return err
	}
	p.MissingSource, p.MissingTarget = len(sources) == 0, len(connections) == 0
	for _, one := range sources {
		p.Sources = append(p.Sources, option{Value: one.Name, Label: one.Label()})
	}
	for _, one := range connections {
		p.Connections = append(p.Connections, option{Value: one.Name,
			Label: one.Label() + " – " + texts.Provider(loc.Lang, string(one.Provider))})
	}
	p.ShowTypes = []option{
		{Value: "no", Label: loc.T("sync.title.neutral"), Help: loc.T("sync.title.neutral.help")},
		{Value: "yes", Label: loc.T("sync.title.type"), Help: loc.T("sync.title.type.help")},
	}
	p.WholeDays = choicesOf(loc, "sync.wholeDay.", string(absence.AllDay), string(absence.TimeRange))
	p.ShowsAs = choicesOf(loc, "preview.showAs.", showsAs...)
	p.Zones = knownZones
	if !p.MissingSource {
		choices, err := s.entitiesOf(r, p.Form, p.Synchronization.Name, p.New && p.Fresh)
		if err != nil {
			return err
		}
		p.Entities = choices
		p.Dropped.name(choices)
	}
	p.Preview = s.previewOf(r, p.Form)
	p.Rules = newRulesPart(loc, p.Form, s.accountsOf(r, p.Form.Get("source")))
	p.Languages = choicesOf(loc, "sync.language.", string(absence.French), string(absence.English))
	p.WatchEvery = choicesOf(loc, "sync.watch.", string(settings.WatchHourly), string(settings.WatchDaily))
	p.OwnerChanges = choicesOf(loc, "sync.owners.", string(absence.RestoreOwners), string(absence.RespectOwners))
	p.Audiences = choicesOf(loc, "sync.audience.", string(absence.ReplyNobody), string(absence.ReplyContacts),
		string(absence.ReplyEverybody))
	title := loc.T("sync.new.title")
	if !p.New {
		title = loc.T("sync.title.of", "name", p.Synchronization.Label())
		p.Remove = removeSynchronizationOf(loc, p.Synchronization)
		if p.Initialization == nil {
			p.Initialization = s.newInitializationForm(p.Synchronization.Synchronization)
		}
		p.Initialization.name(p.Entities)
	}
	status := p.Form.status()
	if p.Initialization != nil && p.Initialization.Form.Bad() {
		status = p.Initialization.Form.status()
	}
	return s.show(w, r, page{Template: "synchronization.html", Title: title, Nav: "synchronizations", Data: p,
		Status: status})
}

// createSynchronization makes a new synchronization, once for each form.
func (s *site) createSynchronization(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	value := synchronizationOf(f)
	if !f.Bad() {
		made, err := s.once.Do(onceKey(r, f), func() (any, error) {
			if value.Name == "" {
				if value.Name, err = s.freeSynchronizationName(r.Context(),
					slug(cmp.Or(value.Title, value.Source+"-"+value.Connection), "absences")); err != nil {
					return nil, err
				}
			}
			if err := reserved(value.Name, "new", "entities", "preview"); err != nil {
				return nil, err
			}
			_, err := s.config.Admin.PutSynchronization(r.Context(), principal(r).Author(), value, 0)
			return value.Name, err
		})
		if err == nil {
			return s.redirect(w, r, "/synchronizations/"+made.(string)+"?created=1", "created")
		}
		if !f.refused(err) {
			return err
		}
	}
	return s.showSynchronization(w, r, synchronizationPage{New: true, Form: f})
}

func (s *site) freeSynchronizationName(ctx context.Context, wanted string) (string, error) {
	all, err := s.config.Admin.Synchronizations(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, one := range all {
		taken[one.Name] = true
	}
	return freeName(wanted, taken), nil
}

// saveSynchronization replaces the version of a synchronization that the form was
// made from. Whether it is paused is changed by its own button.
func (s *site) saveSynchronization(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	view, err := s.config.Admin.Synchronization(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	f.Set("name", view.Name)
	value := synchronizationOf(f)
	value.Paused = view.Paused
	askAgain(f, &value.Policy, view.Policy)
	if !f.Bad() {
		_, err = s.once.Do(onceKey(r, f), func() (any, error) {
			return s.config.Admin.PutSynchronization(r.Context(), principal(r).Author(), value, f.Version)
		})
		switch {
		case err == nil:
			query := droppedQuery(view.Synchronization, value)
			if !reflect.DeepEqual(value.Policy, view.Policy) {
				query.Set("look", "changed")
			}
			address := url.URL{Path: "/synchronizations/" + view.Name, RawQuery: query.Encode()}
			return s.redirect(w, r, address.String(), "saved")
		case late(err):
			if view, err = s.config.Admin.Synchronization(r.Context(), view.Name); err != nil {
				return err
			}
			f.Changed(s.loc(r), "sync", synchronizationForm(view), view.ChangedAt, view.ChangedBy)
		case !f.refused(err):
			return err
		}
	}
	return s.showSynchronization(w, r, synchronizationPage{Synchronization: view, Form: f})
}

// askedAgain is the field of a form that says that the confirmation in it was asked for
// anew.
const askedAgain = "confirmAsked"

// askAgain takes a confirmation back that was given for another policy than the one in the
// form: where that one needs it, somebody must give it anew.
func askAgain(f *form, now *absence.Policy, before absence.Policy) {
	if !now.ConfirmReveals || !before.ConfirmReveals || now.TellsAs(before) || f.Get(askedAgain) != "" {
		return
	}
	now.ConfirmReveals = false
	f.SetBool("policy.confirmReveals", false)
	f.Set(askedAgain, "yes")
}

func (s *site) pauseSynchronization(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	_, err = s.once.Do(onceKey(r, f), func() (any, error) {
		return s.config.Admin.SetPaused(r.Context(), principal(r).Author(), name, f.Bool("paused"), f.Version)
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/synchronizations/"+name,
		map[bool]string{true: "paused", false: "resumed"}[f.Bool("paused")])
}

func removeSynchronizationOf(loc texts.Localizer, view admin.SynchronizationView) confirmation {
	address := "/synchronizations/" + view.Name
	return confirmation{
		ID: "remove", Link: address + "/remove", Action: address + "/remove",
		Hidden: map[string]string{"version": strconv.FormatInt(int64(view.Version), 10)},
		Title:  loc.T("sync.remove"), Text: loc.T("sync.remove.warning"),
		Button: loc.T("sync.remove.confirm", "name", view.Label()),
		Keep:   loc.T("sync.remove.keep"), Opener: loc.T("sync.remove"), Icon: "remove",
		Danger: true, Back: address,
	}
}

func (s *site) askRemoveSynchronization(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Admin.Synchronization(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	return s.confirmPage(w, r, "synchronizations", removeSynchronizationOf(s.loc(r), view))
}

func (s *site) removeSynchronization(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := s.config.Admin.RemoveSynchronization(r.Context(), principal(r).Author(), r.PathValue("name"),
		f.Version); err != nil {
		return err
	}
	return s.redirect(w, r, "/synchronizations", "removed")
}
