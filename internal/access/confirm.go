package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"

	"golang.org/x/oauth2"
)

// askAgain is how often the identity provider is asked whether somebody still has
// their role, at their next request.
const askAgain = touchEvery

// confirmed tells whether somebody who signed in still has a role, and puts right
// which. What gave it is compared with the configuration of today; and where the
// provider gave a refresh token, it is asked once a minute. A provider that does not
// answer takes nobody's rights away; one that refuses does.
func (g *Gate) confirmed(ctx context.Context, p *Principal) (bool, error) {
	if way(g.sessions.GetString(ctx, sessionWay)) != wayOIDC {
		return true, nil
	}
	if g.provider == nil {
		return false, g.endWithReason(ctx, "single sign-on is off")
	}
	token := g.sessions.Token(ctx)
	claims, refused, err := g.askProvider(ctx, token, *p)
	switch {
	case err != nil:
		return false, err
	case refused:
		return false, g.endWithReason(ctx, "the identity provider refuses")
	case claims == nil:
		if err := json.Unmarshal([]byte(g.sessions.GetString(ctx, sessionClaims)), &claims); err != nil {
			return false, g.endWithReason(ctx, "unreadable")
		}
	}
	role, reason := g.provider.config.roleOf(claims)
	if reason != "" {
		return false, g.endWithReason(ctx, string(reason))
	}
	p.Role = role
	return true, nil
}

func (g *Gate) endWithReason(ctx context.Context, why string) error {
	g.config.Log.InfoContext(ctx, "access: a session ends: the role is gone", "reason", why)
	return g.sessions.Destroy(ctx)
}

// askProvider asks the provider about somebody, if it is time to. claims are nil
// where it was not asked or did not answer.
func (g *Gate) askProvider(ctx context.Context, token string,
	p Principal) (claims map[string]any, refused bool, err error) {
	refresh, stored, err := g.dueRefresh(ctx, token)
	if err != nil || refresh == "" {
		return stored, false, err
	}
	found, err := g.provider.discovered(ctx)
	if err != nil {
		return stored, false, nil //nolint:nilerr // it does not answer: see confirmed
	}
	who, next, err := g.provider.renew(context.WithoutCancel(ctx), found, refresh)
	switch {
	case err != nil && unreachable(causeOf(err)):
		return stored, false, nil
	case err != nil:
		g.config.Log.WarnContext(ctx, "access: the identity provider does not renew a sign-in",
			"cause", cause(causeOf(err)))
		return nil, true, nil
	case "person:"+who.subject != p.ID:
		return nil, true, nil
	}
	text, err := json.Marshal(g.provider.config.kept(who.claims))
	if err != nil {
		return nil, false, err
	}
	if _, err := g.tables.exec(ctx, "keep a role", "UPDATE access_sessions SET claims = $1 WHERE token_hash = $2",
		string(text), hash(token)); err != nil {
		return nil, false, err
	}
	return who.claims, false, g.keepRefresh(ctx, token, next)
}

// dueRefresh is the refresh token of a session whose provider is to be asked now, ""
// when not, and what it said last, nil for what it said at the sign-in. Of several
// requests and processes one is told: a refresh token may work once only.
func (g *Gate) dueRefresh(ctx context.Context, token string) (refresh string, claims map[string]any, err error) {
	var sealed []byte
	var said sql.NullString
	err = g.config.DB.QueryRowContext(ctx, "SELECT refresh, claims FROM access_sessions WHERE token_hash = $1",
		hash(token)).Scan(&sealed, &said)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", nil, wrap("find a session", err)
	}
	if said.Valid {
		if err := json.Unmarshal([]byte(said.String), &claims); err != nil {
			return "", nil, wrap("read a session", err)
		}
	}
	if len(sealed) == 0 {
		return "", claims, nil
	}
	mine, err := g.tables.exec(ctx, "ask about a session",
		"UPDATE access_sessions SET asked_at = $1 WHERE token_hash = $2 AND asked_at <= $3",
		g.tables.at(0), hash(token), g.tables.at(-askAgain))
	if err != nil || !mine {
		return "", claims, err
	}
	plain, err := refreshSeal(token).Open(nil, nil, sealed, nil)
	return string(plain), claims, wrap("open a refresh token", err)
}

// keepRefresh stores a refresh token so that only the browser's own cookie opens it:
// who reads the database cannot.
func (g *Gate) keepRefresh(ctx context.Context, token, refresh string) error {
	if refresh == "" {
		return nil
	}
	_, err := g.tables.exec(ctx, "keep a refresh token",
		"UPDATE access_sessions SET refresh = $1 WHERE token_hash = $2",
		refreshSeal(token).Seal(nil, nil, []byte(refresh), nil), hash(token))
	return err
}

// refreshSeal makes the key from the session's token, of which the database has
// only a hash. The nonce is random, and part of what is sealed.
func refreshSeal(token string) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "figgosync refresh token", 32)
	if err != nil {
		panic(err) // the length is a constant
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// renew asks the provider anew who somebody is
// (https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens). next is the
// refresh token from now on.
func (p *provider) renew(ctx context.Context, d *discovered, refresh string) (who identity, next string, err error) {
	ctx = p.context(ctx)
	token, err := d.oauth.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	if err != nil {
		return identity{}, "", stageError{"refresh", err}
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		// It may leave the ID token out; userinfo says the same.
		info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return identity{}, "", stageError{"userinfo", err}
		}
		who.subject = info.Subject
		if err := info.Claims(&who.claims); err != nil {
			return identity{}, "", stageError{"userinfo", err}
		}
		return who, token.RefreshToken, nil
	}
	verified, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return identity{}, "", stageError{"id-token", err}
	}
	who.subject = verified.Subject
	if err := verified.Claims(&who.claims); err != nil {
		return identity{}, "", stageError{"id-token", err}
	}
	who, err = p.completed(ctx, d, who, token)
	return who, token.RefreshToken, err
}

// causeOf is what broke a talk with the provider.
func causeOf(err error) error {
	if at, ok := errors.AsType[stageError](err); ok && at.cause != nil {
		return at.cause
	}
	return err
}

// kept are the claims that roles are read from, and no others.
func (o OIDC) kept(claims map[string]any) map[string]any {
	all := map[string]any{}
	if value, ok := lookup(claims, o.RolesClaim); ok {
		all[o.RolesClaim] = wanted(textsOf(value), o)
	}
	if o.RolesClaim == "email" {
		all["email_verified"] = claims["email_verified"]
	}
	return all
}
