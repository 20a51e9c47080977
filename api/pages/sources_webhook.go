package pages

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// createWebhook has figgosync make its webhook through Lucca's API.
func (s *site) createWebhook(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name, loc := r.PathValue("name"), s.loc(r)
	var check admin.SourceCheck
	_, err = s.once.Do(onceKey(r, f), func() (any, error) {
		check, err = s.config.Admin.CreateWebhook(r.Context(), principal(r).Author(), name)
		if err == nil && check.Reason != "" {
			return nil, errLuccaRefused // may be tried again
		}
		return nil, err
	})
	if err == nil {
		return s.redirect(w, r, "/sources/"+name+"#webhook", "webhook-created")
	}
	p := sourcePage{}
	switch {
	case errors.Is(err, errLuccaRefused):
		p.Webhook = checkedSource(loc, name, check)
	case errors.Is(err, admin.ErrNoPublicURL):
		p.Webhook = &sourceChecked{Failed: true, What: loc.T("source.webhook.relative")}
	case errors.Is(err, admin.ErrLegacySource):
		p.Webhook = &sourceChecked{Failed: true, What: loc.T("source.webhook.legacy")}
	default:
		return err
	}
	if p.Source, err = s.config.Admin.Source(r.Context(), name); err != nil {
		return err
	}
	p.Form = sourceForm(p.Source)
	return s.showSource(w, r, p)
}

// replaceOf asks before the webhook's secret or the HTTP synchronization's key, which
// Lucca holds, is replaced; key is the form's (see onceKey).
func replaceOf(loc texts.Localizer, view admin.SourceView, part, key string) confirmation {
	address, text := "/sources/"+view.Name, "source."+part+".replace"
	return confirmation{
		ID: "replace-" + part, Link: address + "/" + part + "/replace", Action: address + "/" + part,
		Hidden: map[string]string{"version": strconv.FormatInt(int64(view.Version), 10), "key": key},
		Title:  loc.T(text + ".ask"), Text: loc.T(text + ".warning"), Button: loc.T(text), Opener: loc.T(text),
		Keep: loc.T(text + ".keep"), Icon: "working", Danger: true, Back: address,
	}
}

func (s *site) askReplaceWebhook(w http.ResponseWriter, r *http.Request) error {
	return s.askReplace(w, r, "webhook")
}

func (s *site) askReplaceHTTPKey(w http.ResponseWriter, r *http.Request) error {
	return s.askReplace(w, r, "http-key")
}

func (s *site) askReplace(w http.ResponseWriter, r *http.Request, part string) error {
	view, err := s.config.Admin.Source(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	return s.confirmPage(w, r, "sources", replaceOf(s.loc(r), view, part, newForm(view.Version).Key))
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
		input := admin.SourceInput{Source: view.Source, Secrets: map[string]admin.SecretInput{"webhookSecret": secret}}
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
	f.Version, f.Stored = view.Version, map[string]bool{"webhookSecret": view.Has("webhookSecret")}
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
