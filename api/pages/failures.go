package pages

import (
	"context"
	"errors"
	"net/http"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
)

// What handlers may return beside the errors of the service.
var (
	errNotFound  = errors.New("there is no such page")
	errForbidden = errors.New("the role does not allow this")
	errBadForm   = errors.New("the form cannot be read")
)

// failure is a page about an error: its texts are "failure.CODE.title", ".what"
// and ".do".
type failure struct {
	Code, Tone string
	// Names are what uses a record that was to be removed.
	Names []string
	// Reason is a word of web/texts where Figgo did not tell something; its texts
	// stand for ".what" and ".do".
	Reason string
}

// failed answers with a page about an error.
func (s *site) failed(w http.ResponseWriter, r *http.Request, err error) {
	one, status := failureOf(err)
	if status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		s.config.Log.Error("a page failed", "pattern", r.Pattern, "code", one.Code, "error", err)
	}
	loc := s.loc(r)
	err = s.show(w, r, page{Template: "failure.html", Title: loc.T("failure." + one.Code + ".title"), Status: status,
		Data: one})
	if err != nil {
		s.config.Log.Error("an error page failed", "error", err)
		http.Error(w, loc.T("failure.internal.title"), http.StatusInternalServerError)
	}
}

func failureOf(err error) (failure, int) {
	if inUse, ok := errors.AsType[*settings.InUseError](err); ok {
		return failure{Code: "in-use", Tone: "warn", Names: inUse.Names}, http.StatusConflict
	}
	if source, ok := errors.AsType[*admin.SourceError](err); ok {
		return failure{Code: "source", Tone: "bad", Reason: source.Reason}, http.StatusBadGateway
	}
	for _, known := range []struct {
		err    error
		code   string
		status int
	}{
		{errNotFound, "not-found", http.StatusNotFound},
		{settings.ErrNotFound, "not-found", http.StatusNotFound},
		{starter.ErrNotFound, "not-found", http.StatusNotFound},
		{errForbidden, "forbidden", http.StatusForbidden},
		{errBadForm, "bad-form", http.StatusBadRequest},
		{admin.ErrReadOnly, "read-only", http.StatusConflict},
		{settings.ErrChanged, "changed", http.StatusConflict},
		{settings.ErrExists, "exists", http.StatusConflict},
		{starter.ErrNotConfirmable, "not-confirmable", http.StatusConflict},
		{starter.ErrNoWorker, "no-worker", http.StatusServiceUnavailable},
		{admin.ErrEngineDown, "engine-down", http.StatusServiceUnavailable},
		{context.DeadlineExceeded, "too-slow", http.StatusServiceUnavailable},
	} {
		if errors.Is(err, known.err) {
			return failure{Code: known.code, Tone: tone(known.status)}, known.status
		}
	}
	return failure{Code: "internal", Tone: "bad"}, http.StatusInternalServerError
}

func tone(status int) string {
	if status >= http.StatusInternalServerError {
		return "bad"
	}
	return "warn"
}

// unknown is every address that is no page.
func (s *site) unknown(http.ResponseWriter, *http.Request) error { return errNotFound }

// failureIs tells whether an error is the failure of a code.
func failureIs(err error, code string) bool {
	one, _ := failureOf(err)
	return one.Code == code
}
