package pages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/web/texts"
)

// handler answers one page. An error it returns becomes a page of its own; it
// must not have written anything then.
type handler func(w http.ResponseWriter, r *http.Request) error

// Limits of one request. slowTime is for what asks outside systems.
const (
	formBody = 1 << 20
	pageTime = 10 * time.Second
	slowTime = 100 * time.Second
)

// page serves a pattern of http.ServeMux to whoever has the role.
func (s *site) page(pattern string, role access.Role, h handler) {
	s.mux.Handle(pattern, s.serve(pageTime, s.authorized(role, h)))
}

// slow is page for what may take a minute, such as a check of a connection.
func (s *site) slow(pattern string, role access.Role, h handler) {
	s.mux.Handle(pattern, s.serve(slowTime, s.authorized(role, h)))
}

// stream is page without a limit of time, for server-sent events. The handler
// must end with the request's context.
func (s *site) stream(pattern string, role access.Role, h handler) {
	s.mux.Handle(pattern, s.serve(0, s.authorized(role, h)))
}

// open serves a pattern to everybody.
func (s *site) open(pattern string, h handler) { s.mux.Handle(pattern, s.serve(pageTime, h)) }

func (s *site) serve(limit time.Duration, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w)
		if s.choosesLanguage(w, r) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, formBody)
		if limit > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			r = r.WithContext(ctx)
		}
		if err := h(w, r); err != nil {
			s.failed(w, r, err)
		}
	})
}

// headers are those of every answer, and what the answer depends on. A form may lead to our own pages only: an answer
// that sends the browser
// elsewhere must be that of a link.
func headers(w http.ResponseWriter) {
	access.SetHeaders(w.Header())
	w.Header().Set("Vary", "Accept-Language, Cookie, HX-Request")
}

// authorized lets through who is signed in and has the role.
func (s *site) authorized(role access.Role, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		principal, ok := access.From(r.Context())
		switch {
		case !ok && r.Method == http.MethodGet && !fromHTMX(r):
			http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return nil
		case !ok:
			return s.expired(w, r)
		case !principal.Role.Allows(role):
			s.config.Gate.Refused(r, "pages", "forbidden")
			return errForbidden
		}
		return h(w, r)
	}
}

// fromHTMX tells whether htmx asks, and not the browser itself.
func fromHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// principal is who asks, on a page behind authorized.
func principal(r *http.Request) access.Principal {
	p, _ := access.From(r.Context())
	return p
}

// redirect sends the browser to a page after a post, which makes reloading and
// going back harmless. flash is the code of a text "flash.CODE" to show there, ""
// for none.
func (s *site) redirect(w http.ResponseWriter, r *http.Request, path, flash string) error {
	if flash != "" {
		s.setFlash(w, flash)
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// loc is the localizer of the language of a request.
func (s *site) loc(r *http.Request) texts.Localizer {
	return texts.Localizer{Lang: language(r), Now: s.config.Now()}
}

// recovered turns a panic into an error page. The request is not logged:
// addresses may carry names.
func (s *site) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.config.Log.Error("panic in a page", "pattern", r.Pattern, "panic", fmt.Sprint(cause),
				"stack", string(debug.Stack()))
			headers(w)
			s.failed(w, r, errors.New("panic"))
		}()
		next.ServeHTTP(w, r)
	})
}
