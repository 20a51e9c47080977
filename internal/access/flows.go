package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"net/http"
	"time"
)

// FlowTTL is how long a sign-in at the identity provider may take.
const FlowTTL = 10 * time.Minute

// flowCookie binds sign-ins to the browser that begins them, so that nobody can
// be made to finish the sign-in of somebody else.
const flowCookie = "figgosync-sign-in"

// flow is one sign-in under way. Its two secrets are made from the cookie, which
// only the browser keeps: the database cannot tell them.
type flow struct {
	state   string // names it, in the provider's addresses
	browser string // the cookie
}

// nonce binds the ID token to the flow.
// https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes
func (f flow) nonce() string { return f.derive("nonce") }

// verifier is PKCE's secret (RFC 7636, 4.1): 43 characters.
func (f flow) verifier() string { return f.derive("verifier") }

func (f flow) derive(what string) string {
	mac := hmac.New(sha256.New, []byte(f.browser))
	mac.Write([]byte(what + " " + f.state))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// startFlow begins a flow. Sign-ins in several tabs share the cookie.
func (g *Gate) startFlow(w http.ResponseWriter, r *http.Request, next string) (flow, error) {
	f := flow{state: newText(), browser: g.markBrowser(w, r)}
	_, err := g.tables.exec(r.Context(), "begin a sign-in",
		"INSERT INTO access_sign_ins (state_hash, browser_hash, next_path, expires_at) VALUES ($1, $2, $3, $4)",
		hash(f.state), hash(f.browser), next, g.tables.at(FlowTTL))
	return f, err
}

// markBrowser gives the browser the cookie of its flows, or the one it has a longer
// life. Lax: the provider's page leads back by a link, and what another site makes a
// browser fetch neither sends nor receives it.
func (g *Gate) markBrowser(w http.ResponseWriter, r *http.Request) string {
	browser := g.flowBrowser(r)
	if browser == "" {
		browser = newText()
	}
	http.SetCookie(w, &http.Cookie{
		Name: g.cookieName(flowCookie), Value: browser, Path: "/", MaxAge: int(FlowTTL.Seconds()),
		Secure: g.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return browser
}

// begun counts sign-ins that begin, which take a row each: in one browser where it
// has our cookie, and together in those without it. A page of another site cannot
// make a browser send the cookie, so it locks nobody out who has it.
type begun struct{ strangers, browsers, networks *limiter }

// countBegin tells whether another sign-in may begin.
func (g *Gate) countBegin(r *http.Request) bool {
	client, now := clientNet(r, g.config.TrustedProxies).String(), g.config.Now()
	if browser := g.flowBrowser(r); browser != "" {
		return g.begun.browsers.count(hash(browser), now) && g.begun.networks.count(client, now)
	}
	return g.begun.strangers.count(client, now)
}

// fromElsewhere tells whether a page of another site had the browser send a request
// (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site).
func fromElsewhere(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "same-origin" && site != "none"
}

func (g *Gate) flowBrowser(r *http.Request) string {
	cookie, err := r.Cookie(g.cookieName(flowCookie))
	if err != nil || !isText(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// errFlow is for a sign-in that is unknown, over, too old or another browser's.
var errFlow = errors.New("access: no such sign-in is under way")

// finishFlow ends a flow of this browser. Nobody finishes it again.
func (g *Gate) finishFlow(ctx context.Context, f flow) (next string, err error) {
	if !isText(f.state) || !isText(f.browser) {
		return "", errFlow
	}
	err = g.config.DB.QueryRowContext(ctx, `DELETE FROM access_sign_ins WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3
		RETURNING next_path`, hash(f.state), hash(f.browser), g.tables.at(0)).Scan(&next)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errFlow
	}
	return next, wrap("finish a sign-in", err)
}
