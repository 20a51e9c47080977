package access

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/settings"
)

// staticPrefix is where pages have their style and script from, for everybody.
const staticPrefix = "/static/"

// Identify finds out who makes a request, by API token or else by the session's
// cookie, and passes it on with From answering; for nobody it passes it on, too.
// A request with a bearer token is never somebody with a session, even if the
// token is wrong. After too many wrong ones, wrong tokens of that client are
// answered 429, right ones never; a database that does not answer is 503.
//
// A stream of events (IsStream) takes one of the places that there are for them,
// and ends when whoever opened it loses their rights.
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
			g.noteRefusal(r, refusal{door: "api", reason: "too-many-wrong-tokens"})
			w.Header().Set("Retry-After", strconv.Itoa(g.failures.clients.wait()))
			refuse(w, r, http.StatusTooManyRequests, "too-many-wrong-tokens")
			return
		case err != nil:
			g.trouble(w, r, "identify", err)
			return
		case p.ID == "":
			next.ServeHTTP(w, r)
			return
		}
		ctx := settings.WithNetwork(r.Context(), coarseNet(r, g.config.TrustedProxies))
		r = r.WithContext(With(ctx, p))
		if IsStream(r) {
			g.stream(w, r, p, next)
			return
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
	if g.config.DB == nil || g.tokensOnly(r.URL.Path) {
		return Principal{}, nil
	}
	return g.bySession(r)
}

// bySession finds who signed in.
func (g *Gate) bySession(r *http.Request) (Principal, error) {
	ctx, err := g.load(r)
	if err != nil {
		return Principal{}, err
	}
	p, ok := g.person(ctx)
	if !ok {
		return Principal{}, nil
	}
	still, err := g.confirmed(ctx, &p)
	if err != nil || !still {
		return Principal{}, err
	}
	return p, nil
}

// byToken finds whose token it is.
func (g *Gate) byToken(r *http.Request, plain string) (Principal, error) {
	p, ok, err := g.owner(r.Context(), plain)
	if err != nil || ok {
		return p, err
	}
	g.noteRefusal(r, refusal{door: "api", reason: "wrong-token"})
	if _, within := g.Failed(r, "api"); !within {
		return Principal{}, errTooMany
	}
	g.config.Log.WarnContext(r.Context(), "access: a wrong API token")
	return Principal{}, nil
}

// owner finds whose token it is, of the environment's or the database's.
func (g *Gate) owner(ctx context.Context, plain string) (Principal, bool, error) {
	if p, ok := g.fixed.find(plain); ok {
		return p, true, nil
	}
	if g.config.DB == nil {
		return Principal{}, false, nil
	}
	return g.tokenOwner(ctx, plain)
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
