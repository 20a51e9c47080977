package api

import (
	"context"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// overviewBody is how every synchronization does.
type overviewBody struct {
	EngineDown       bool         `json:"engineDown" doc:"Temporal did not answer: there are no counts."`
	ReadOnly         bool         `json:"readOnly" doc:"The settings come from a file."`
	Sources          int          `json:"sources"`
	Connections      int          `json:"connections"`
	Synchronizations []healthBody `json:"synchronizations"`
}

type healthBody struct {
	Name          string             `json:"name"`
	Source        string             `json:"source"`
	Connection    string             `json:"connection"`
	Provider      calendars.Provider `json:"provider,omitempty"`
	LegalEntities []legalEntityName  `json:"legalEntities"`
	Paused        bool               `json:"paused"`
	State         string             `json:"state" enum:"good,working,trouble,paused,idle"`
	Counts        statusCounts       `json:"counts" doc:"Absences by status, those only that are followed: until 30 days after the last day, 48 hours after a deletion."`
	Reasons       []reasonCount      `json:"reasons" doc:"Why absences are not in their calendars, the most frequent first."`
	LastAt        *time.Time         `json:"lastAt,omitempty" doc:"When the last change reached a calendar, within 30 days."`
	// The delays are over the last 24 hours; series has one element an hour.
	P50Millis int64          `json:"p50Millis" doc:"Delay over 24 hours; 0 when nothing was written."`
	P95Millis int64          `json:"p95Millis"`
	Series    []delayBucket  `json:"series"`
	Watch     *lastWatchBody `json:"watch,omitempty" doc:"The last synthetic absence; missing where there is none."`
	// Replies are automatic replies that connections may not read or write.
	Replies []refusedRepliesBody `json:"refusedReplies,omitempty" doc:"Automatic replies that a connection may not read or write; missing where none are refused."`
}

// lastWatchBody is how the last synthetic absence went.
type lastWatchBody struct {
	OK          bool      `json:"ok" doc:"It was written, read back and removed, and none is missing since."`
	Late        bool      `json:"late,omitempty" doc:"It is older than it should be: nothing writes them."`
	At          time.Time `json:"at" doc:"When it ended."`
	DelayMillis int64     `json:"delayMillis" doc:"From its beginning until it was read in the calendar."`
	Reason      string    `json:"reason,omitempty"`
	Code        string    `json:"code,omitempty" doc:"The calendar system's own code."`
	What        string    `json:"what,omitempty"`
	Do          string    `json:"do,omitempty"`
}

func watch(state *admin.WatchState, lang texts.Lang) *lastWatchBody {
	if state == nil {
		return nil
	}
	body := &lastWatchBody{OK: state.Good(), Late: state.Late, At: state.At, DelayMillis: state.Delay.Milliseconds()}
	if trouble := state.Trouble; trouble != nil {
		text := texts.ReasonFor(trouble.Reason)
		body.Reason, body.Code, body.What, body.Do = trouble.Reason, trouble.Code, text.What.In(lang), text.Do.In(lang)
	}
	return body
}

// refusedRepliesBody is what one connection lacks the grant for.
type refusedRepliesBody struct {
	Connection string `json:"connection"`
	Count      int    `json:"count" doc:"How many employees have no reply for it, of those that were asked."`
	Reason     string `json:"reason"`
	What       string `json:"what"`
	Do         string `json:"do"`
}

func refusedReplies(all []admin.RefusedReplies, lang texts.Lang) (bodies []refusedRepliesBody) {
	for _, one := range all {
		text := texts.ReasonFor(one.Reason())
		bodies = append(bodies, refusedRepliesBody{
			Connection: one.Connection, Count: one.Count, Reason: one.Reason(), What: text.What.In(lang),
			Do: text.Do.In(lang),
		})
	}
	return bodies
}

// statusCounts are how many absences have each status.
type statusCounts map[workflows.Status]int

type legalEntityName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type reasonCount struct {
	Reason string           `json:"reason"`
	Status workflows.Status `json:"status"`
	Count  int              `json:"count"`
	What   string           `json:"what"`
	Do     string           `json:"do"`
}

type delayBucket struct {
	Start     time.Time `json:"start"`
	Seconds   int64     `json:"seconds"`
	Count     int       `json:"count"`
	P50Millis int64     `json:"p50Millis"`
	P95Millis int64     `json:"p95Millis"`
}

func (s *Server) overviewRoutes() {
	register(s.see(), operation{
		at: "GET /api/v1/overview", id: "overview", tag: "overview", summary: "Tell how every synchronization does",
		answer: "Counts may be three seconds old.",
	}, s.overview)
}

func (s *Server) overview(ctx context.Context, in *Spoken) (*answer[overviewBody], error) {
	found, err := s.config.Admin.Overview(ctx)
	body := overviewBody{
		EngineDown: found.EngineDown, ReadOnly: found.ReadOnly, Sources: found.Sources,
		Connections: found.Connections, Synchronizations: []healthBody{},
	}
	for _, one := range found.Synchronizations {
		body.Synchronizations = append(body.Synchronizations, health(one, in.lang()))
	}
	return answered(body, err)
}

func health(one admin.Health, lang texts.Lang) healthBody {
	body := healthBody{
		Name: one.Name, Source: one.Source, Connection: one.Connection, Provider: one.Provider,
		LegalEntities: []legalEntityName{},
		Paused:        one.Paused, State: one.State, Counts: statusCounts{}, Reasons: []reasonCount{},
		LastAt:    moment(one.Last),
		P50Millis: one.P50.Milliseconds(), P95Millis: one.P95.Milliseconds(), Series: []delayBucket{},
		Watch: watch(one.Watch, lang), Replies: refusedReplies(one.Replies, lang),
	}
	for i, id := range one.LegalEntities {
		body.LegalEntities = append(body.LegalEntities, legalEntityName{ID: id, Name: one.LegalEntityNames[i]})
	}
	for status, count := range one.Counts {
		body.Counts[status] = count
	}
	for _, reason := range one.Reasons {
		text := texts.ReasonFor(reason.Reason)
		body.Reasons = append(body.Reasons, reasonCount{
			Reason: reason.Reason, Status: reason.Status, Count: reason.Count, What: text.What.In(lang),
			Do: text.Do.In(lang),
		})
	}
	for _, bucket := range one.Series {
		body.Series = append(body.Series, delayBucket{
			Start: bucket.Start, Seconds: int64(bucket.Width / time.Second), Count: bucket.Count,
			P50Millis: bucket.P50.Milliseconds(), P95Millis: bucket.P95.Milliseconds(),
		})
	}
	return body
}
