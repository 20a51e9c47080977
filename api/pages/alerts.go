package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// alertsPage says what is wrong now, and who is told.
type alertsPage struct {
	Form             *form
	Languages, Kinds []option
	Open             []troubleLine
	Recipients       []recipientLine
	// Mail tells whether there is a mail server; FromFile, that there are no alerts.
	Mail, FromFile bool
	// Created is the recipient just made, with the secret that is shown this once.
	Created *settings.Recipient
}

// troubleLine is an open trouble.
type troubleLine struct {
	What, Name, Text, Path string
	Since                  time.Time
}

type recipientLine struct {
	settings.Recipient
	Where, Kinds string
	Remove       confirmation
}

func (s *site) alertRoutes() {
	s.page("GET /alerts", access.Consult, s.alerts)
	s.page("POST /alerts", access.Configure, s.addRecipient)
	s.slow("POST /alerts/{name}/test", access.Configure, s.testRecipient)
	s.page("GET /alerts/{name}/remove", access.Configure, s.askRemoveRecipient)
	s.page("POST /alerts/{name}/remove", access.Configure, s.removeRecipient)
}

func (s *site) alerts(w http.ResponseWriter, r *http.Request) error {
	return s.showAlerts(w, r, s.newRecipientForm(r), nil)
}

func (s *site) newRecipientForm(r *http.Request) *form {
	f := newForm(0)
	f.Set("language", string(s.loc(r).Lang))
	return f
}

func (s *site) showAlerts(w http.ResponseWriter, r *http.Request, f *form, created *settings.Recipient) error {
	loc := s.loc(r)
	shown := alertsPage{Form: f, Created: created}
	view, err := s.config.Alerts.View(r.Context())
	switch {
	case errors.Is(err, admin.ErrNoAlerts):
		shown.FromFile = true
	case err != nil:
		return err
	}
	shown.Mail = view.Mail
	for _, one := range view.Open {
		shown.Open = append(shown.Open, troubleLine{
			What: loc.T("alert.kind." + string(one.Kind)), Name: cmp.Or(one.Label, one.Name),
			Text: alerts.Sentence(loc, one.Trouble), Path: one.Path, Since: one.Since,
		})
	}
	for _, one := range view.Recipients {
		shown.Recipients = append(shown.Recipients, recipientLine{
			Recipient: one, Where: one.Place(), Kinds: kindsOf(loc, one), Remove: removal(loc, one),
		})
	}
	for _, language := range []texts.Lang{texts.French, texts.English} {
		shown.Languages = append(shown.Languages,
			option{Value: string(language), Label: loc.T("recipient.language." + string(language))})
	}
	for _, kind := range settings.TroubleKinds() {
		shown.Kinds = append(shown.Kinds, option{Value: string(kind), Label: loc.T("alert.kind." + string(kind))})
	}
	return s.show(w, r, page{
		Template: "alerts.html", Title: loc.T("nav.alerts"), Nav: "alerts", Status: f.status(), Data: shown,
	})
}

func kindsOf(loc texts.Localizer, r settings.Recipient) string {
	if len(r.Kinds) == 0 {
		return loc.T("alerts.kinds.all")
	}
	var names []string
	for _, kind := range r.Kinds {
		names = append(names, loc.T("alert.kind."+kind))
	}
	return strings.Join(names, ", ")
}

// addRecipient answers with the page and no redirect: the secret of a webhook is shown
// once and told nobody else.
func (s *site) addRecipient(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	by := principal(r)
	result, err := s.once.Do(by.ID+" recipient "+f.Key, func() (any, error) { return s.makeRecipient(r, by, f) })
	if f.Invalid(err) || f.Bad() {
		return s.showAlerts(w, r, f, nil)
	}
	if err != nil {
		return err
	}
	return s.showAlerts(w, r, s.newRecipientForm(r), result.(*settings.Recipient))
}

func (s *site) makeRecipient(r *http.Request, by access.Principal, f *form) (*settings.Recipient, error) {
	made := settings.Recipient{
		Language: f.Get("language"), Kinds: f.All("kinds"), Digest: f.Bool("digest"),
		Quiet: f.Get("quiet"), Zone: f.Get("zone"),
	}
	if place := f.Get("where"); strings.Contains(place, "://") {
		made.Webhook = place
	} else {
		made.Email = place
	}
	all, err := s.config.Alerts.View(r.Context())
	if err != nil {
		return nil, err
	}
	saved, err := s.config.Alerts.Put(r.Context(), by.Author(), append(inputs(all.Recipients),
		admin.RecipientInput{Recipient: made}))
	if err != nil {
		return nil, ofForm(err)
	}
	return &saved[len(saved)-1], nil
}

func inputs(recipients []settings.Recipient) []admin.RecipientInput {
	var all []admin.RecipientInput
	for _, one := range recipients {
		all = append(all, admin.RecipientInput{Recipient: one})
	}
	return all
}

// ofForm names the form's fields where a problem names those of a list.
func ofForm(err error) error {
	invalid, ok := errors.AsType[*settings.InvalidError](err)
	if !ok {
		return err
	}
	problems := slices.Clone(invalid.Problems)
	for i, problem := range problems {
		field := problem.Field[strings.LastIndexByte(problem.Field, '.')+1:]
		if field == "email" || field == "webhook" {
			field = "where"
		}
		problems[i].Field = field
	}
	return &settings.InvalidError{Problems: problems}
}

func (s *site) testRecipient(w http.ResponseWriter, r *http.Request) error {
	tested, err := s.config.Alerts.Test(r.Context(), principal(r).Author(), r.PathValue("name"))
	switch {
	case err != nil:
		return err
	case tested[0].NoMail:
		return s.redirect(w, r, "/alerts", "alert-no-mail")
	case tested[0].Failure != "":
		return s.redirect(w, r, "/alerts", "alert-not-sent")
	}
	return s.redirect(w, r, "/alerts", "alert-sent")
}

func removal(loc texts.Localizer, one settings.Recipient) confirmation {
	return confirmation{
		ID: "remove-" + one.Name, Link: "/alerts/" + one.Name + "/remove", Action: "/alerts/" + one.Name + "/remove",
		Back:  "/alerts",
		Title: loc.T("alerts.remove.title", "name", one.Place()), Text: loc.T("alerts.remove.text"),
		Button: loc.T("alerts.remove"), Keep: loc.T("alerts.keep"), Opener: loc.T("alerts.remove"),
		Icon:   "remove",
		Danger: true,
	}
}

func (s *site) askRemoveRecipient(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Alerts.View(r.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(view.Recipients,
		func(one settings.Recipient) bool { return one.Name == r.PathValue("name") })
	if at < 0 {
		return errNotFound
	}
	return s.confirmPage(w, r, "alerts", removal(s.loc(r), view.Recipients[at]))
}

func (s *site) removeRecipient(w http.ResponseWriter, r *http.Request) error {
	view, err := s.config.Alerts.View(r.Context())
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(view.Recipients,
		func(one settings.Recipient) bool { return one.Name == r.PathValue("name") })
	if _, err := s.config.Alerts.Put(r.Context(), principal(r).Author(), inputs(left)); err != nil {
		return err
	}
	return s.redirect(w, r, "/alerts", "recipient-removed")
}
