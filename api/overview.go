package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// overviewBody is how every synchronization does.
type overviewBody struct {
	EngineDown       bool         `json:"engineDown"`
	ReadOnly         bool         `json:"readOnly"`
	Sources          int          `json:"sources"`
	Connections      int          `json:"connections"`
	Synchronizations []healthBody `json:"synchronizations"`
}

type healthBody struct {
	Name          string                   `json:"name"`
	Source        string                   `json:"source"`
	Connection    string                   `json:"connection"`
	Provider      calendars.Provider       `json:"provider,omitempty"`
	LegalEntities []namedBody              `json:"legalEntities"`
	Paused        bool                     `json:"paused"`
	State         string                   `json:"state"`
	Counts        map[workflows.Status]int `json:"counts"`
	Reasons       []reasonBody             `json:"reasons"`
	LastAt        *time.Time               `json:"lastAt,omitempty"`
	// The delays are over the last 24 hours; series has one element an hour.
	P50Millis int64        `json:"p50Millis"`
	P95Millis int64        `json:"p95Millis"`
	Series    []bucketBody `json:"series"`
}

type namedBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type reasonBody struct {
	Reason string           `json:"reason"`
	Status workflows.Status `json:"status"`
	Count  int              `json:"count"`
	What   string           `json:"what"`
	Do     string           `json:"do"`
}

type bucketBody struct {
	Start     time.Time `json:"start"`
	Seconds   int64     `json:"seconds"`
	Count     int       `json:"count"`
	P50Millis int64     `json:"p50Millis"`
	P95Millis int64     `json:"p95Millis"`
}

func (s *Server) overview(c *gin.Context) {
	found, err := s.config.Admin.Overview(c.Request.Context())
	if err != nil {
		s.failed(c, err)
		return
	}
	body := overviewBody{
		EngineDown: found.EngineDown, ReadOnly: found.ReadOnly, Sources: found.Sources, Connections: found.Connections, Synchronizations: []healthBody{},
	}
	for _, one := range found.Synchronizations {
		body.Synchronizations = append(body.Synchronizations, health(one, language(c)))
	}
	c.JSON(http.StatusOK, body)
}

func health(one admin.Health, lang texts.Lang) healthBody {
	body := healthBody{
		Name: one.Name, Source: one.Source, Connection: one.Connection, Provider: one.Provider, LegalEntities: []namedBody{},
		Paused: one.Paused, State: one.State, Counts: map[workflows.Status]int{}, Reasons: []reasonBody{}, LastAt: moment(one.Last),
		P50Millis: one.P50.Milliseconds(), P95Millis: one.P95.Milliseconds(), Series: []bucketBody{},
	}
	for i, id := range one.LegalEntities {
		body.LegalEntities = append(body.LegalEntities, namedBody{ID: id, Name: one.LegalEntityNames[i]})
	}
	for status, count := range one.Counts {
		body.Counts[status] = count
	}
	for _, reason := range one.Reasons {
		text := texts.ReasonFor(reason.Reason)
		body.Reasons = append(body.Reasons, reasonBody{
			Reason: reason.Reason, Status: reason.Status, Count: reason.Count, What: text.What.In(lang), Do: text.Do.In(lang),
		})
	}
	for _, bucket := range one.Series {
		body.Series = append(body.Series, bucketBody{
			Start: bucket.Start, Seconds: int64(bucket.Width / time.Second), Count: bucket.Count,
			P50Millis: bucket.P50.Milliseconds(), P95Millis: bucket.P95.Milliseconds(),
		})
	}
	return body
}
