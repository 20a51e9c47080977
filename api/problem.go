package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
)

// problem is an RFC 9457 error body.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Code is a stable word for programs.
	Code string `json:"code"`
	// Errors tell of each field that is wrong.
	Errors []fieldError `json:"errors,omitempty"`
	// Version, ChangedAt and ChangedBy are those of the record that another person
	// has changed meanwhile.
	Version   settings.Version `json:"version,omitempty"`
	ChangedAt *time.Time       `json:"changedAt,omitempty"`
	ChangedBy *settings.Author `json:"changedBy,omitempty"`
	// UsedBy names what needs a record that was to be removed.
	UsedBy *usedByBody `json:"usedBy,omitempty"`
}

// fieldError is one field that is wrong, with a text in the language asked for.
type fieldError struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type usedByBody struct {
	Kind  settings.Kind `json:"kind"`
	Names []string      `json:"names"`
}

// fail ends the request with an application/problem+json answer.
func fail(c *gin.Context, status int, code, detail string) {
	refuse(c, problem{Status: status, Code: code, Detail: detail})
}

// failIn is fail in the language asked for.
func failIn(c *gin.Context, status int, code string, detail texts.Text) {
	fail(c, status, code, detail.In(language(c)))
}

func refuse(c *gin.Context, p problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	body, err := json.Marshal(p)
	if err != nil {
		c.AbortWithStatus(p.Status)
		return
	}
	c.Abort()
	c.Data(p.Status, "application/problem+json; charset=utf-8", body)
}

func language(c *gin.Context) texts.Lang { return texts.Pick(c.GetHeader("Accept-Language")) }

// failInvalid tells of each field that is wrong.
func failInvalid(c *gin.Context, status int, code string, problems []settings.Problem) {
	lang := language(c)
	p := problem{Status: status, Code: code, Detail: texts.Text{
		FR: "La demande n’est pas valable : voyez les champs.", EN: "The request is not valid: see the fields.",
	}.In(lang)}
	for _, one := range problems {
		p.Errors = append(p.Errors, fieldError{Field: one.Field, Code: one.Code, Detail: fieldText(lang, one)})
	}
	refuse(c, p)
}

// failed answers for an error of the admin package that needs no words of its
// own.
func (s *Server) failed(c *gin.Context, err error) {
	var (
		wrong *settings.InvalidError
		inUse *settings.InUseError
	)
	switch {
	case errors.As(err, &wrong):
		failInvalid(c, http.StatusUnprocessableEntity, "invalid", wrong.Problems)
	case errors.As(err, &inUse):
		refuse(c, problem{Status: http.StatusConflict, Code: "in-use", UsedBy: &usedByBody{inUse.Kind, inUse.Names}, Detail: texts.Text{
			FR: "Une synchronisation s’en sert encore : voyez usedBy.", EN: "A synchronization needs it: see usedBy.",
		}.In(language(c))})
	case errors.Is(err, settings.ErrExists):
		failIn(c, http.StatusConflict, "name-taken", texts.Text{FR: "Ce nom est déjà pris.", EN: "The name is taken."})
	case errors.Is(err, settings.ErrNotFound):
		failIn(c, http.StatusNotFound, "not-found", texts.Text{FR: "Rien ne porte ce nom.", EN: "Nothing has this name."})
	case errors.Is(err, admin.ErrReadOnly):
		failIn(c, http.StatusConflict, "read-only", texts.Text{
			FR: "Les paramètres viennent d’un fichier : modifiez-les là.", EN: "The settings come from a file: change them there.",
		})
	case errors.Is(err, admin.ErrEngineDown), errors.Is(err, starter.ErrNoWorker), errors.Is(err, starter.ErrUnreadable):
		s.config.Log.Error("Temporal did not do what was asked", "route", c.FullPath(), "error", err)
		fail(c, http.StatusServiceUnavailable, "engine-down", "Temporal, or the worker that answers, does not answer; try again later.")
	default:
		s.settingsFailed(c, err)
	}
}

func (s *Server) settingsFailed(c *gin.Context, err error) {
	s.config.Log.Error("cannot read or write the settings", "route", c.FullPath(), "error", err)
	fail(c, http.StatusServiceUnavailable, "settings-down", "The settings do not answer; try again later.")
}
