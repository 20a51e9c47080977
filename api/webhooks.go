package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/tracing"
	"github.com/figgosync/figgosync/workflows"
)

func (s *Server) webhookRoutes() {
	steps := []gin.HandlerFunc{limitBody(webhookBody), withTimeout(webhookTime)}
	source := parameter("path", "source", "Name of the source.", true)
	source.Schema.MaxLength = new(255)
	s.plain(operation{
		at: "GET /webhooks/lucca/{source}", id: "luccaChallenge", tag: "webhooks",
		summary: "Answer Lucca's activation challenge",
		answer:  "The value of echo, unchanged.", content: "text/plain",
		problems: map[int]string{400: "There is no echo.", 503: "The source is unknown here."},
	}, []*huma.Param{source, parameter("query", "echo", "What to answer.", true)}, append(steps, s.challenge)...)
	received := operation{
		tag: "webhooks", status: 202, answer: "Stored durably, or deliberately ignored.", sends: anything,
		refuses: []int{429},
		problems: map[int]string{
			400: "The body cannot be read.", 401: "The signature or key is missing, wrong or too old.",
			503: "The source is unknown here, or Temporal did not store the signal; send it again later. These " +
				"routes never answer 404 or 410: Lucca would suspend the endpoint.",
		},
	}
	lucca, figgo := received, received
	lucca.at, lucca.id, lucca.summary = "POST /webhooks/lucca/{source}", "luccaWebhook", "Receive a v5 event"
	lucca.description = `The body is signed: Lucca-Signature is the base64 HMAC-SHA256 of ` +
		`Lucca-Timestamp + "." + body, at most 5 minutes old.`
	s.plain(lucca, []*huma.Param{
		source, parameter("header", "Lucca-Signature", "Base64.", true),
		parameter("header", "Lucca-Timestamp", "RFC 3339.", true),
	}, append(steps, s.webhook("lucca", s.luccaNotice))...)
	figgo.at, figgo.id = "POST /webhooks/figgo/{source}", "figgoWebhook"
	figgo.summary = "Receive one half-day of the HTTP synchronization"
	s.plain(figgo, []*huma.Param{
		source, parameter("header", "Authorization", "The HTTP synchronization's key.", true),
		parameter("header", "X-Event", "What happened.", true, "created", "approved", "deleted"),
	}, append(steps, s.webhook("figgo", s.figgoNotice))...)
}

// challenge answers Lucca's activation request: the value of echo, as it is. It
// does not depend on the secret, which exists only after the activation
// (developers.lucca.fr/documentation/webhooks/catching/spec-activate).
func (s *Server) challenge(c *gin.Context) {
	if _, ok := s.source(c); !ok {
		return
	}
	echo, ok := figgo.Challenge(c.Request.URL.Query())
	if !ok {
		refuse(c, refused(http.StatusBadRequest, "no-echo"))
		return
	}
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(echo))
}

// source reads the source named in the address. An unknown one is 503, not 404:
// Lucca suspends an endpoint that answers 404.
func (s *Server) source(c *gin.Context) (settings.Source, bool) {
	source, err := s.config.Settings.Source(c.Request.Context(), c.Param("source"))
	switch {
	case errors.Is(err, settings.ErrNotFound):
		refuse(c, refused(http.StatusServiceUnavailable, "unknown-source.webhook"))
		return settings.Source{}, false
	case err != nil:
		s.config.Log.Error("cannot read the source", "error", err)
		refuse(c, refused(http.StatusServiceUnavailable, "settings-down"))
		return settings.Source{}, false
	}
	return source, true
}

// decoder verifies and decodes one generation's webhook. On a refusal it has
// answered already.
type decoder func(c *gin.Context, source settings.Source, body []byte) (figgo.Notice, bool)

// webhook is the way of every webhook: source, signature, meaning, Temporal,
// answer. 202 is given only once Temporal has the signal on its disk.
func (s *Server) webhook(generation string, decode decoder) gin.HandlerFunc {
	return func(c *gin.Context) {
		started, kind := s.config.Now(), "unknown"
		ctx, end := s.config.Tracing.Webhook(c.Request.Context(), generation, c.Param("source"))
		c.Request = c.Request.WithContext(ctx)
		defer func() {
			end(c.Writer.Status())
			s.metrics.webhook(generation, kind, strconv.Itoa(c.Writer.Status()), s.config.Now().Sub(started))
		}()
		source, ok := s.source(c)
		if !ok {
			return
		}
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			refuse(c, refused(http.StatusBadRequest, "unreadable-body"))
			return
		}
		notice, ok := decode(c, source, body)
		if !ok {
			return
		}
		kind = string(notice.Kind)
		tracing.Annotate(ctx, notice.AbsenceID, kind)
		s.announce(c, source, notice)
	}
}

func (s *Server) announce(c *gin.Context, source settings.Source, notice figgo.Notice) {
	log := s.config.Log.With(
		"source", source.Name, "absence", notice.AbsenceID, "event", notice.EventID, "kind", notice.Kind,
	)
	if notice.Kind == figgo.Ignored {
		log.Debug("webhook ignored", "topic", notice.Topic)
		s.publishChange(c, source.Name, notice.StaleEmployee)
		c.Status(http.StatusAccepted)
		return
	}
	if err := s.config.Engine.Announce(c.Request.Context(), source.Name, notice); err != nil {
		log.Error("webhook not accepted: Temporal did not take the signal", "error", err)
		refuse(c, refused(http.StatusServiceUnavailable, "engine-down.webhook"))
		return
	}
	log.Info("webhook accepted")
	c.Status(http.StatusAccepted)
}

// publishChange passes on to the workers that an employee changed, and has the employee's
// absences routed anew once they know. A webhook is not refused for it: directories are
// refreshed anyway, and calendars compared every night.
func (s *Server) publishChange(c *gin.Context, source, employee string) {
	if s.config.EmployeeChanges == nil || employee == "" {
		return
	}
	if err := s.config.EmployeeChanges.Publish(c.Request.Context(), source, employee); err != nil {
		s.config.Log.Warn("cannot pass on a change of an employee", "source", source, "error", err)
		return
	}
	request := workflows.WakeRequest{Source: source, Employees: []string{employee}, After: changes.Delay}
	if err := s.config.Engine.Wake(c.Request.Context(), request); err != nil {
		s.config.Log.Warn("absences of a changed employee stay where they are until tonight", "source", source,
			"error", err)
	}
}

func (s *Server) luccaNotice(c *gin.Context, source settings.Source, body []byte) (figgo.Notice, bool) {
	err := figgo.VerifyV5(source.WebhookSecret.Reveal(), c.Request.Header, body, s.config.Now())
	if err != nil {
		s.refuseSignature(c, source, err)
		return figgo.Notice{}, false
	}
	notice, err := figgo.DecodeV5(body)
	return notice, s.readable(c, source, err)
}

func (s *Server) figgoNotice(c *gin.Context, source settings.Source, body []byte) (figgo.Notice, bool) {
	err := figgo.VerifyHTTPSynchronization(source.HTTPSynchronizationKey.Reveal(), c.Request.Header)
	if err != nil {
		s.refuseSignature(c, source, err)
		return figgo.Notice{}, false
	}
	notice, err := figgo.DecodeHTTPSynchronization(c.GetHeader("X-Event"), body, s.config.Now())
	return notice, s.readable(c, source, err)
}

// refuseSignature counts a wrong signature or key. The right one is never counted, nor
// refused for the number of wrong ones.
func (s *Server) refuseSignature(c *gin.Context, source settings.Source, err error) {
	door := "webhooks/" + source.Name
	s.gate.Refused(c.Request, door, "bad-signature")
	if wait, within := s.gate.Failed(c.Request, door); !within {
		c.Header("Retry-After", strconv.Itoa(wait))
		refuse(c, refused(http.StatusTooManyRequests, "too-many-refused"))
		return
	}
	s.config.Log.Warn("webhook refused", "source", source.Name, "error", err)
	refuse(c, refused(http.StatusUnauthorized, "bad-signature"))
}

func (s *Server) readable(c *gin.Context, source settings.Source, err error) bool {
	if err == nil {
		return true
	}
	s.config.Log.Warn("webhook unreadable", "source", source.Name, "error", err)
	if at, ok := errors.AsType[*figgo.BodyError](err); ok && at.Field != "" {
		refuse(c, refused(http.StatusBadRequest, "unreadable-body.field", "field", at.Field))
		return false
	}
	refuse(c, refused(http.StatusBadRequest, "unreadable-body"))
	return false
}
