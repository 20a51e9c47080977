package access

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// staticPrefix is where pages have their style and script from, for everybody.
const staticPrefix = "/static/"

// Identify finds out who makes a request, by API token or else by the session's
// cookie, and passes it on with From answering; for nobody it passes it on, too.
// A request with a bearer token is never somebody with a session, even if the
// token is wrong. After too many wrong ones, unknown tokens of that client are
// answered 429; a database that does not answer is 503.
//
// Webhooks are passed on untouched: their Authorization is Lucca's.
func (g *Gate) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if under(r.URL.Path, webhooks) || under(r.URL.Path, staticPrefix) {
			next.ServeHTTP(w, r)
			return
		}
		p, err := g.identify(r)
		switch {
		case errors.Is(err, errTooMany):
			w.Header().Set("Retry-After", strconv.Itoa(g.wrong.wait()))
			refuse(w, r, http.StatusTooManyRequests, "too-many-wrong-tokens")
			return
		case err != nil:
			g.trouble(w, r, "identify", err)
			return
		case p.ID != "":
			r = r.WithContext(With(r.Context(), p))
		}
		next.ServeHTTP(w, r)
	})
}

// errTooMany is for who has tried too often.
var errTooMany = errors.New("access: too many tries")

// identify returns an empty principal for nobody.
func (g *Gate) identify(r *http.Request) (Principal, error) {
	if plain, ok := bearer(r); ok {
		return g.byToken(r, plain)
	}
	if g.tokensOnly(r.URL.Path) {
		return Principal{}, nil
	}
	ctx, err := g.load(r)
	if err != nil {
		return Principal{}, err
	}
	p, ok := g.person(ctx)
	if !ok {
		return Principal{}, nil
	}
	return p, nil
}

// byToken finds whose token it is. A token that was right before needs no more
// tries: one bad program must not shut out the good one at the same address.
func (g *Gate) byToken(r *http.Request, plain string) (Principal, error) {
	if p, ok := g.fixed.find(plain); ok {
		return p, nil
	}
	client, now, sum := clientNet(r, g.config.TrustedProxies), g.config.Now(), hash(plain)
	if g.wrong.full(client, now) && !g.used.Contains(sum) {
		return Principal{}, errTooMany
	}
	p, ok, err := g.tokenOwner(r.Context(), plain)
	switch {
	case err != nil:
		return Principal{}, err
	case ok:
		g.used.Add(sum, struct{}{})
	default:
		g.used.Remove(sum)
		g.wrong.count(client, now)
		g.config.Log.WarnContext(r.Context(), "access: a wrong API token")
	}
	return p, nil
}

// bearer is the token of the request's Authorization header (RFC 6750, 2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

func (g *Gate) tokensOnly(path string) bool {
	for _, prefix := range g.config.TokensOnly {
		if under(path, prefix) {
			return true
		}
	}
	return false
}

// under tells whether a path is another or below it.
func under(path, prefix string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
