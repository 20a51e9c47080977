package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
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

// fail ends the request with an application/problem+json answer that says, in the
// language asked for, what messages has. What stands behind a dot of the message's
// key is not part of the code. values are names and texts in turn.
func fail(c *gin.Context, status int, message string, values ...string) {
	for i := range values {
		if i%2 == 0 {
			values[i] = "{" + values[i] + "}"
		}
	}
	code, _, _ := strings.Cut(message, ".")
	failIn(c, status, code, texts.Text{
		FR: strings.NewReplacer(values...).Replace(messages[message].FR), EN: strings.NewReplacer(values...).Replace(messages[message].EN),
	})
}

// failIn is fail with a text of its own.
func failIn(c *gin.Context, status int, code string, detail texts.Text) {
	refuse(c, problem{Status: status, Code: code, Detail: detail.In(language(c))})
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
	p := problem{Status: status, Code: code, Detail: messages["invalid"].In(lang)}
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
		refuse(c, problem{
			Status: http.StatusConflict, Code: "in-use", UsedBy: &usedByBody{inUse.Kind, inUse.Names}, Detail: messages["in-use"].In(language(c)),
		})
	case errors.Is(err, settings.ErrExists):
		fail(c, http.StatusConflict, "name-taken")
	case errors.Is(err, settings.ErrNotFound):
		fail(c, http.StatusNotFound, "not-found")
	case errors.Is(err, admin.ErrReadOnly):
		fail(c, http.StatusConflict, "read-only")
	case errors.Is(err, access.ErrNotPerson):
		fail(c, http.StatusForbidden, "people-only")
	case errors.Is(err, admin.ErrEngineDown), errors.Is(err, starter.ErrNoWorker), errors.Is(err, starter.ErrUnreadable):
		s.config.Log.Error("Temporal did not do what was asked", "route", c.FullPath(), "error", err)
		fail(c, http.StatusServiceUnavailable, "engine-down")
	default:
		s.settingsFailed(c, err)
	}
}

func (s *Server) settingsFailed(c *gin.Context, err error) {
	s.config.Log.Error("cannot read or write the settings", "route", c.FullPath(), "error", err)
	fail(c, http.StatusServiceUnavailable, "settings-down")
}
