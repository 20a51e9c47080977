package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/figgo"
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
	OK    bool              `json:"ok"`
	Steps []CheckReportStep `json:"steps"`
}

// CheckReportStep is one step. What and Do explain Finding in the language asked
// for: what it means, and what an administrator must do.
type CheckReportStep struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	Finding string `json:"finding,omitempty"`
	What    string `json:"what,omitempty"`
	Do      string `json:"do,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Millis  int64  `json:"millis"`
}

// NewCheckReport puts what a check found into words.
func NewCheckReport(connection string, steps []workflows.CheckStep, lang texts.Lang) CheckReport {
	report := CheckReport{Connection: connection, OK: true, Steps: []CheckReportStep{}}
	for _, step := range steps {
		line := CheckReportStep{
			Name: step.Name, Outcome: step.Outcome, Finding: step.Finding, Detail: step.Detail, Millis: step.Took.Milliseconds(),
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
	Mailbox string `json:"mailbox"`
	Probe   bool   `json:"probe"`
}

func (s *Server) checkConnection(c *gin.Context) {
	connection, ok := s.connection(c)
	if !ok {
		return
	}
	var request checkInput
	if !read(c, &request) {
		return
	}
	if !admin.IsMailbox(figgo.CleanAddress(request.Mailbox)) {
		failInvalid(c, http.StatusBadRequest, "bad-mailbox", []settings.Problem{{Field: "mailbox", Code: admin.CodeNotMailbox}})
		return
	}
	result, err := s.config.Admin.CheckConnection(c.Request.Context(), author(c), connection.Name, request.Mailbox, request.Probe)
	if err != nil {
		s.checkFailed(c, connection.Name, err)
		return
	}
	c.JSON(http.StatusOK, NewCheckReport(connection.Name, result.Steps, language(c)))
}

// connection reads the connection named in the address, secrets and all. On a
// failure it has answered already.
func (s *Server) connection(c *gin.Context) (settings.Connection, bool) {
	if _, ok := s.connectionNow(c); !ok {
		return settings.Connection{}, false
	}
	connection, err := s.config.Settings.Connection(c.Request.Context(), c.Param("connection"))
	switch {
	case errors.Is(err, settings.ErrNotFound):
		failUnknownConnection(c)
		return connection, false
	case err != nil:
		s.settingsFailed(c, err)
		return connection, false
	}
	return connection, true
}

// IsMailbox tells whether text is one plain e-mail address.
func IsMailbox(text string) bool { return admin.IsMailbox(text) }

func (s *Server) checkFailed(c *gin.Context, connection string, err error) {
	s.config.Log.Error("connection not checked", "connection", connection, "error", err)
	switch {
	case errors.Is(err, starter.ErrNoWorker):
		fail(c, http.StatusServiceUnavailable, "no-worker")
	case c.Request.Context().Err() != nil:
		fail(c, http.StatusGatewayTimeout, "no-answer")
	default:
		fail(c, http.StatusServiceUnavailable, "engine-down.check")
	}
}

// patient is withTimeout for answers that may take longer than Serve allows.
func patient(limit time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		// A recorder in a test has no deadline to set.
		_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(limit + 10*time.Second))
		withTimeout(limit)(c)
	}
}
