package access

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/problem"
	"github.com/figgosync/figgosync/web/texts"
)

// webhooks are Lucca's: signed, and never refused for where they come from.
const webhooks = "/webhooks/"

// ContentSecurityPolicy is that of every page: nothing but our own files, no
// script or style inside a page, no frame.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// SetHeaders sets the headers that every answer has, and keeps it out of caches.
func SetHeaders(header http.Header) {
	for name, value := range headers(false) {
		header.Set(name, value)
	}
	header.Set("Cache-Control", "no-store")
}

// headers are those of every answer, in the sense of
// https://owasp.org/www-project-secure-headers/.
func headers(secure bool) map[string]string {
	all := map[string]string{
		"Content-Security-Policy":      ContentSecurityPolicy,
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY", // for browsers before frame-ancestors
		"Referrer-Policy":              "same-origin",
		"Permissions-Policy":           "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cross-Origin-Embedder-Policy": "require-corp",
	}
	if secure {
		// Not includeSubDomains: the neighbours are not ours to decide about.
		all["Strict-Transport-Security"] = "max-age=31536000"
	}
	return all
}

// crossings lets requests that change something come from our own pages only:
// Sec-Fetch-Site, or else Origin, must say so. Programs send neither. A proxy may
// change Host, so the public address counts as ours.
func crossings(origin string, tokensOnly []string) (*http.CrossOriginProtection, error) {
	protection := http.NewCrossOriginProtection()
	if origin != "" {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("access: the public address: %w", err)
		}
	}
	protection.AddInsecureBypassPattern(webhooks)
	for _, path := range tokensOnly {
		if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.ContainsAny(path, "{} ") ||
			under(path, webhooks) {
			return nil, fmt.Errorf("access: %q in TokensOnly must be a path like /codec", path)
		}
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(tokensOnly))) {
		protection.AddInsecureBypassPattern(path)
		protection.AddInsecureBypassPattern(path + "/")
	}
	return protection, nil
}

// Protect sets the headers of every answer, which a handler may override, and
// answers 403 to a page of another site that wants to change something with the
// visitor's session. Requests with a bearer token pass: no other site can add
// one. It belongs outside Identify.
func (g *Gate) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for name, value := range g.headers {
			header.Set(name, value)
		}
		if !under(r.URL.Path, staticPrefix) {
			noStore(w)
		}
		if _, ok := bearer(r); !ok {
			if err := g.crossing.Check(r); err != nil {
				g.config.Log.WarnContext(r.Context(), "access: a request from another site was refused")
				g.noteRefusal(r, refusal{door: "pages", reason: "cross-origin"})
				refuse(w, r, http.StatusForbidden, "cross-origin")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func noStore(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

// refusals are what people and programs read about a refusal.
var refusalTexts = map[string]texts.Text{
	"cross-origin": {
		EN: "This request came from another site, so nothing was done. Open figgosync's own page and try again.",
		FR: "Cette demande vient d’un autre site : rien n’a été fait. Ouvrez la page de figgosync et recommencez.",
	},
	"too-many-wrong-tokens": {
		EN: "Too many wrong API tokens. Try again in a minute.",
		FR: "Trop de jetons d’API erronés. Réessayez dans une minute.",
	},
	"too-many-streams": {
		EN: "Too many streams of events are open. Close one, or try again in a moment.",
		FR: "Trop de flux d’événements sont ouverts. Fermez-en un, ou réessayez dans un instant.",
	},
	"too-many-sign-ins": {
		EN: "Too many tries to sign in. Try again in a minute.",
		FR: "Trop d’essais de connexion. Réessayez dans une minute.",
	},
	"database-unavailable": {
		EN: "figgosync's database does not answer at the moment. Try again.",
		FR: "La base de données de figgosync ne répond pas pour le moment. Réessayez.",
	},
	"method": {
		EN: "This address takes another kind of request.",
		FR: "Cette adresse attend un autre type de demande.",
	},
}

// refuse answers what never reaches a page: a problem (RFC 9457) to programs, and
// plain text in both languages to people.
func refuse(w http.ResponseWriter, r *http.Request, status int, code string) {
	text := refusalTexts[code]
	noStore(w)
	if !under(r.URL.Path, "/api") {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text.FR+"\n\n"+text.EN+"\n")
		return
	}
	problem.Write(w, status, problem.New(status, code, text.In(texts.Pick(r.Header.Get("Accept-Language")))))
}
