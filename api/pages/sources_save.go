package pages

import (
	"net/http"
	"strconv"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// sourceForm is the form of a stored source.
func sourceForm(view admin.SourceView) *form {
	f := newForm(view.Version)
	f.Set("name", view.Name)
	f.Set("title", view.Title)
	f.Set("host", view.Host)
	f.Set("api", string(view.API))
	f.Set("clientId", view.ClientID)
	f.Set("tokenUrl", view.TokenURL)
	if view.HoldDeletionsAbove > 0 {
		f.Set("holdDeletionsAbove", strconv.Itoa(view.HoldDeletionsAbove))
	}
	f.Stored["clientSecret"], f.Stored["apiKey"] = view.Has("clientSecret"), view.Has("apiKey")
	return f
}

// sourceInput is what a form says. Only the key of the chosen generation counts.
func sourceInput(f *form) admin.SourceInput {
	input := admin.SourceInput{
		Source: settings.Source{
			Name: f.Get("name"), Title: f.Get("title"), Host: luccaHost(f.Get("host")),
			API: settings.SourceAPI(f.Get("api")), TokenURL: f.Get("tokenUrl"),
			HoldDeletionsAbove: f.Int("holdDeletionsAbove"),
		},
		Secrets: map[string]admin.SecretInput{},
	}
	if input.API == settings.APIv3 {
		input.Secrets["apiKey"] = f.Secret("apiKey")
	} else {
		input.ClientID, input.Secrets["clientSecret"] = f.Get("clientId"), f.Secret("clientSecret")
	}
	return input
}

// createSource makes a new source, once for each form.
func (s *site) createSource(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readSecretForm(r)
	if err != nil {
		return err
	}
	input := sourceInput(f)
	if f.Bad() {
		return s.showSource(w, r, sourcePage{New: true, Form: f})
	}
	made, err := s.once.Do(onceKey(r, f), func() (any, error) {
		if input.Name == "" {
			if input.Name, err = s.freeSourceName(r.Context(), slug(input.Title, nameOf(input.Host))); err != nil {
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
		s.kept.forget(r, f)
		return s.redirect(w, r, "/sources/"+made.(string)+"?test=1", "created-tested")
	}
	if f.Set("host", input.Host); !f.refused(err) {
		return err
	}
	return s.showSource(w, r, sourcePage{New: true, Form: f})
}

// saveSource replaces the version of a source that the form was made from.
func (s *site) saveSource(w http.ResponseWriter, r *http.Request) error {
	f, err := s.readSecretForm(r)
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
			s.kept.forget(r, f)
			return s.redirect(w, r, "/sources/"+name+"?test=1", "saved-tested")
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
		f.Changed(s.loc(r), "source", sourceForm(view), view.ChangedAt, view.ChangedBy)
	}
	return s.showSource(w, r, sourcePage{Source: view, Form: f})
}

func removeSourceOf(loc texts.Localizer, view admin.SourceView,
	synchronizations []admin.SynchronizationView) confirmation {
	var users []string
	for _, one := range synchronizations {
		if one.Source == view.Name {
			users = append(users, one.Label())
		}
	}
	return confirmation{
		ID: "remove", Link: "/sources/" + view.Name + "/remove", Action: "/sources/" + view.Name + "/remove",
		Hidden: map[string]string{"version": strconv.FormatInt(int64(view.Version), 10)},
		Title:  loc.T("source.remove"), Text: loc.T("source.remove.warning"),
		Button: loc.T("source.remove.confirm", "name", view.Label()),
		Keep:   loc.T("source.remove.keep"), Opener: loc.T("source.remove"), Icon: "remove", Danger: true,
		Back: "/sources/" + view.Name,
		Used: usedBy(loc, "source.remove.used", users),
	}
}

func (s *site) askRemoveSource(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Admin.Source(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	synchronizations, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return err
	}
	return s.confirmPage(w, r, "sources", removeSourceOf(s.loc(r), view, synchronizations))
}

func (s *site) removeSource(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := s.config.Admin.RemoveSource(r.Context(), principal(r).Author(), r.PathValue("name"),
		f.Version); err != nil {
		return err
	}
	return s.redirect(w, r, "/sources", "removed")
}
