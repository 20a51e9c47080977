package pages

import (
	"net/http"
	"net/url"

	"github.com/figgosync/figgosync/internal/access"
)

// signInPage is what the sign-in page shows.
type signInPage struct {
	// Reason is a word of access.Reasons, "" for none; Tone its colour.
	Reason, Tone string
	// OIDC is the address of single sign-on, "" without it, and Name what its
	// button says.
	OIDC, Name string
	// Link asks for the token of a sign-in link, which the script takes from the
	// address.
	Link bool
	// LinkFirst is true for who comes with one.
	LinkFirst bool
	// Leave is the address that ends the session at the identity provider too.
	Leave string
}

// signIn is GET /sign-in: the ways in, and why somebody is here.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	next := access.LocalPath(query.Get("next"))
	reason := access.Reason(query.Get("reason"))
	if _, known := access.From(r.Context()); known && reason == "" {
		return s.redirect(w, r, next, "")
	}
	shown := signInPage{Tone: reasonTone(reason),
		LinkFirst: reason == access.ReasonLink || reason == access.ReasonLinkInvalid}
	shown.Link = shown.LinkFirst || !s.config.Gate.HasOIDC()
	loc := s.loc(r)
	if loc.Has("sign-in.reason." + string(reason)) {
		shown.Reason = string(reason)
	}
	if reason == access.ReasonSignedOutHere {
		shown.Leave = "/sign-out/oidc"
	}
	if s.config.Gate.HasOIDC() {
		shown.OIDC, shown.Name = "/sign-in/oidc?"+url.Values{"next": {next}}.Encode(), s.config.Gate.OIDCName()
	}
	return s.show(w, r, page{Template: "sign-in.html", Title: loc.T("sign-in.title"), Bare: true, Guide: "sign-in",
		Data: shown})
}

func reasonTone(reason access.Reason) string {
	switch reason {
	case access.ReasonSignedOut, access.ReasonSignedOutHere:
		return "good"
	case access.ReasonLink:
		return "info"
	}
	return "warn"
}

// signedIn is where signing in again in a new tab ends.
func (s *site) signedIn(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, page{Template: "signed-in.html", Title: s.loc(r).T("sign-in.done.title"), Bare: true,
		Guide: "sign-in"})
}
