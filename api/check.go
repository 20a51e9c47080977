package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// checkTime is how long a check may keep its caller waiting: what it may take
	// in a worker, and the way there and back.
	checkTime = workflows.CheckTime + 20*time.Second
	checkBody = 4 << 10
)

// CheckReport is the answer of POST /api/v1/connections/{connection}/check, and
// what `figgosync check --json` prints.
type CheckReport struct {
	Connection string `json:"connection"`
	// OK is that no step failed.
	OK    bool              `json:"ok" doc:"No step failed."`
	Steps []CheckReportStep `json:"steps"`
}

// CheckReportStep is one step. What and Do explain Finding in the language asked for: what
// it means, and what an administrator must do.
type CheckReportStep struct {
	Name    string `json:"name" enum:"address,tls,credentials,right,mailbox,write,remove"`
	Outcome string `json:"outcome" enum:"ok,failed,skipped"`
	Finding string `json:"finding,omitempty" doc:"A stable word for programs, such as tls-expired."`
	What    string `json:"what,omitempty" doc:"What it means."`
	Do      string `json:"do,omitempty" doc:"What an administrator must do."`
	Detail  string `json:"detail,omitempty" doc:"Hosts, versions, dates, role names or the provider's code; never a secret or a person."`
	Millis  int64  `json:"millis"`
}

// NewCheckReport puts what a check found into words.
func NewCheckReport(connection string, steps []workflows.CheckStep, lang texts.Lang) CheckReport {
	report := CheckReport{Connection: connection, OK: true, Steps: []CheckReportStep{}}
	for _, step := range steps {
		line := CheckReportStep{
			Name: step.Name, Outcome: step.Outcome, Finding: step.Finding, Detail: step.Detail,
			Millis: step.Took.Milliseconds(),
		}
		if step.Finding != "" {
			text := texts.FindingFor(step.Finding)
			line.What, line.Do = text.What.In(lang), text.Do.In(lang)
		}
		report.OK = report.OK && step.Outcome != "failed"
		report.Steps = append(report.Steps, line)
	}
	return report
}

// checkInput is what POST /api/v1/connections/{connection}/check takes.
type checkInput struct {
	Mailbox string `json:"mailbox" rule:"required max=254" doc:"The mailbox to check with."`
	Probe   bool   `json:"probe" doc:"Also write an event (all day, a year ahead, shown as free, titled figgosync) and remove it."`
}

func (s *Server) checkConnection(ctx context.Context, in *struct {
	ConnectionPath
	Spoken
	Body body[checkInput]
}) (*answer[CheckReport], error) {
	connection, err := s.connection(ctx, in.Connection)
	if err != nil {
		return nil, err
	}
	var request checkInput
	if _, err := in.Body.into(&request); err != nil {
		return nil, err
	}
	if !admin.IsMailbox(record.Visible(request.Mailbox)) {
		return nil, invalid(
			http.StatusBadRequest, "bad-mailbox", []settings.Problem{{Field: "mailbox", Code: admin.CodeNotMailbox}},
		)
	}
	result, err := s.config.Admin.CheckConnection(ctx, author(ctx), connection.Name, request.Mailbox, request.Probe)
	if err != nil {
		return nil, s.checkFailed(ctx, connection.Name, err)
	}
	return answered(NewCheckReport(connection.Name, result.Steps, in.lang()), nil)
}

// connection reads a connection, secrets and all.
func (s *Server) connection(ctx context.Context, name string) (settings.Connection, error) {
	if _, err := s.connections().now(ctx, name); err != nil {
		return settings.Connection{}, err
	}
	connection, err := s.config.Settings.Connection(ctx, name)
	if errors.Is(err, settings.ErrNotFound) {
		err = refused(http.StatusNotFound, "unknown-connection")
	}
	return connection, err
}

// IsMailbox tells whether text is one plain e-mail address.
func IsMailbox(text string) bool { return admin.IsMailbox(text) }

func (s *Server) checkFailed(ctx context.Context, connection string, err error) error {
	s.config.Log.Error("connection not checked", "connection", connection, "error", err)
	switch {
	case errors.Is(err, starter.ErrNoWorker):
		return refused(http.StatusServiceUnavailable, "no-worker")
	case ctx.Err() != nil:
		return refused(http.StatusGatewayTimeout, "no-answer")
	}
	return refused(http.StatusServiceUnavailable, "engine-down.check")
}

// withLongTimeout is withTimeout for answers that may take longer than Serve allows.
func withLongTimeout(limit time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		// A recorder in a test has no deadline to set.
		_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(limit + 10*time.Second))
		withTimeout(limit)(c)
	}
}
