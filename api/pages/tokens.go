package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
)

// tokensPage lists the API tokens.
type tokensPage struct {
	Form        *form
	Roles, Days []option
	Tokens      []tokenLine
	// Created is the token just made: its text is shown this once.
	Created *createdToken
}

type tokenLine struct {
	access.Token
	Expired bool
	Revoke  confirmation
}

type createdToken struct {
	Plain string
	access.Token
}

// tokenDays are the choices of how long a token works, in days.
var tokenDays = []int{30, 90, 365}

func (s *site) tokenRoutes() {
	s.page("GET /tokens", access.Consult, s.tokens)
	s.page("POST /tokens", access.Configure, s.createToken)
	s.page("GET /tokens/{id}/revoke", access.Configure, s.askRevoke)
	s.page("POST /tokens/{id}/revoke", access.Configure, s.revokeToken)
}

func (s *site) tokens(w http.ResponseWriter, r *http.Request) error {
	f := newForm(0)
	f.Set("role", string(access.Consult))
	f.Set("life", "90")
	return s.showTokens(w, r, f, nil)
}

func (s *site) showTokens(w http.ResponseWriter, r *http.Request, f *form, created *createdToken) error {
	loc := s.loc(r)
	all, err := s.config.Gate.Tokens(r.Context())
	if err != nil {
		return err
	}
	shown := tokensPage{Form: f, Created: created}
	for _, one := range all {
		shown.Tokens = append(shown.Tokens, tokenLine{
			Token: one, Expired: !one.Expires.IsZero() && !one.Expires.After(s.config.Now()),
			Revoke: s.revocation(r, one),
		})
	}
	for _, role := range []access.Role{access.Consult, access.Configure} {
		code := "token.role." + string(role)
		shown.Roles = append(shown.Roles,
			option{Value: string(role), Label: loc.T(code), Help: loc.T(code + ".help")})
	}
	for _, days := range tokenDays {
		shown.Days = append(shown.Days,
			option{Value: strconv.Itoa(days), Label: loc.T("token.days", "count", days)})
	}
	return s.show(w, r, page{Template: "tokens.html", Title: loc.T("nav.tokens"), Nav: "tokens", Status: f.status(),
		Data: shown})
}

// createToken answers with the token itself and no redirect: it is shown once and
// kept nowhere. The same form sent again is given the same token while this
// process remembers; afterwards the label is taken.
func (s *site) createToken(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	by := principal(r)
	result, err := s.once.Do(by.ID+" token "+f.Key, func() (any, error) { return s.makeToken(r, by, f) })
	if f.Invalid(err) || f.Bad() {
		return s.showTokens(w, r, f, nil)
	}
	if err != nil {
		return err
	}
	fresh := newForm(0)
	fresh.Set("role", string(access.Consult))
	fresh.Set("life", "90")
	return s.showTokens(w, r, fresh, result.(*createdToken))
}

func (s *site) makeToken(r *http.Request, by access.Principal, f *form) (*createdToken, error) {
	label := f.Get("label")
	days := f.Int("life")
	if f.Bad() {
		return nil, &settings.InvalidError{} // the form has the problems already
	}
	if !slices.Contains(tokenDays, days) {
		return nil, &settings.InvalidError{Problems: []settings.Problem{{Field: "life", Code: "unknown-choice"}}}
	}
	all, err := s.config.Gate.Tokens(r.Context())
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(t access.Token) bool { return strings.EqualFold(t.Label, label) }) {
		return nil, &settings.InvalidError{Problems: []settings.Problem{{Field: "label", Code: "taken"}}}
	}
	expires := s.config.Now().AddDate(0, 0, days)
	plain, made, err := s.config.Gate.CreateToken(r.Context(), by, label, access.Role(f.Get("role")), expires)
	if err != nil {
		return nil, err
	}
	return &createdToken{Plain: plain, Token: made}, nil
}

func (s *site) revocation(r *http.Request, t access.Token) confirmation {
	loc := s.loc(r)
	return confirmation{
		ID: "revoke-" + t.ID, Link: "/tokens/" + t.ID + "/revoke", Action: "/tokens/" + t.ID + "/revoke",
		Back:  "/tokens",
		Title: loc.T("token.revoke.title", "label", t.Label), Text: loc.T("token.revoke.text"),
		Button: loc.T("token.revoke"), Keep: loc.T("token.keep"), Opener: loc.T("token.revoke"), Icon: "remove",
		Danger: true,
	}
}

func (s *site) askRevoke(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Gate.Tokens(r.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(t access.Token) bool { return t.ID == r.PathValue("id") })
	if at < 0 {
		return errNotFound
	}
	return s.confirmPage(w, r, "tokens", s.revocation(r, all[at]))
}

func (s *site) revokeToken(w http.ResponseWriter, r *http.Request) error {
	err := s.config.Gate.RevokeToken(r.Context(), principal(r), r.PathValue("id"))
	if err != nil && failureIs(err, "not-found") {
		err = nil // revoked already: what was wanted holds
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/tokens", "revoked")
}
