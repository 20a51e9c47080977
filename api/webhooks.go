package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
)

// challenge answers Lucca's activation request: the value of echo, as it is. It
// does not depend on the secret, which exists only after the activation
// (developers.lucca.fr/documentation/webhooks/catching/spec-activate).
func (s *Server) challenge(c *gin.Context) {
	if _, ok := s.source(c); !ok {
		return
	}
	echo, ok := figgo.Challenge(c.Request.URL.Query())
	if !ok {
		fail(c, http.StatusBadRequest, "no-echo")
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
		fail(c, http.StatusServiceUnavailable, "unknown-source.webhook")
		return settings.Source{}, false
	case err != nil:
		s.config.Log.Error("cannot read the source", "error", err)
		fail(c, http.StatusServiceUnavailable, "settings-down")
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
		defer func() {
			s.metrics.webhook(generation, kind, strconv.Itoa(c.Writer.Status()), s.config.Now().Sub(started))
		}()
		source, ok := s.source(c)
		if !ok {
			return
		}
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			fail(c, http.StatusBadRequest, "unreadable-body")
			return
		}
		notice, ok := decode(c, source, body)
		if !ok {
			return
		}
		kind = string(notice.Kind)
		s.announce(c, source, notice)
	}
}

func (s *Server) announce(c *gin.Context, source settings.Source, notice figgo.Notice) {
	log := s.config.Log.With("source", source.Name, "absence", notice.AbsenceID, "event", notice.EventID, "kind", notice.Kind)
	if notice.Kind == figgo.Ignored {
		log.Debug("webhook ignored", "topic", notice.Topic)
		s.tellNews(c, source.Name, notice.StaleEmployee)
		c.Status(http.StatusAccepted)
		return
	}
	if err := s.config.Engine.Announce(c.Request.Context(), source.Name, notice); err != nil {
		log.Error("webhook not accepted: Temporal did not take the signal", "error", err)
		fail(c, http.StatusServiceUnavailable, "engine-down.webhook")
		return
	}
	log.Info("webhook accepted")
	c.Status(http.StatusAccepted)
}

// tellNews carries news of an employee to the workers. A webhook is not refused for
// it: directories are refreshed anyway.
func (s *Server) tellNews(c *gin.Context, source, employee string) {
	if s.config.News == nil || employee == "" {
		return
	}
	if err := s.config.News.Tell(c.Request.Context(), source, employee); err != nil {
		s.config.Log.Warn("cannot pass on news of an employee", "source", source, "error", err)
	}
}

func (s *Server) luccaNotice(c *gin.Context, source settings.Source, body []byte) (figgo.Notice, bool) {
	err := figgo.VerifyV5(source.WebhookSecret.Reveal(), c.Request.Header, body, s.config.Now())
	if err != nil {
		s.refuse(c, source, err)
		return figgo.Notice{}, false
	}
	notice, err := figgo.DecodeV5(body)
	return notice, s.readable(c, source, err)
}

func (s *Server) figgoNotice(c *gin.Context, source settings.Source, body []byte) (figgo.Notice, bool) {
	err := figgo.VerifyHTTPSynchronization(source.HTTPSynchronizationKey.Reveal(), c.Request.Header)
	if err != nil {
		s.refuse(c, source, err)
		return figgo.Notice{}, false
	}
	notice, err := figgo.DecodeHTTPSynchronization(c.GetHeader("X-Event"), body, s.config.Now())
	return notice, s.readable(c, source, err)
}

// refuse counts a wrong signature or key. The right one is never counted, nor
// refused for the number of wrong ones.
func (s *Server) refuse(c *gin.Context, source settings.Source, err error) {
	door := "webhooks/" + source.Name
	s.gate.Refused(c.Request, door, "bad-signature")
	if wait, within := s.gate.Failed(c.Request, door); !within {
		c.Header("Retry-After", strconv.Itoa(wait))
		fail(c, http.StatusTooManyRequests, "too-many-refused")
		return
	}
	s.config.Log.Warn("webhook refused", "source", source.Name, "error", err)
	fail(c, http.StatusUnauthorized, "bad-signature")
}

func (s *Server) readable(c *gin.Context, source settings.Source, err error) bool {
	if err == nil {
		return true
	}
	s.config.Log.Warn("webhook unreadable", "source", source.Name, "error", err)
	if at, ok := errors.AsType[*figgo.BodyError](err); ok && at.Field != "" {
		fail(c, http.StatusBadRequest, "unreadable-body.field", "field", at.Field)
		return false
	}
	fail(c, http.StatusBadRequest, "unreadable-body")
	return false
}
