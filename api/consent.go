package api

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/consent"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

const (
	consentCallback = "/connections/consent/callback"
	// proofTime is how long the browser waits for the proof: a token and a call.
	proofTime = 45 * time.Second
)

// consentBody is GET /api/v1/connections/{connection}/consent.
type consentBody struct {
	// URL is what a Global Administrator of the tenant opens in a browser.
	URL string `json:"url" format:"uri"`
	// RedirectURI must be among the application's redirect URIs (platform Web).
	RedirectURI string    `json:"redirectUri" format:"uri" doc:"Must be among the redirect URIs of the application in Entra (platform Web)."`
	ExpiresAt   time.Time `json:"expiresAt"`
}

func (s *Server) consentOperation(d door, tag, one string) {
	register(d, operation{
		at: "GET " + one + "/consent", id: "startConsent", tag: tag, summary: "Start Microsoft's admin consent",
		description: "Answers the address a Global Administrator of the tenant opens in a browser. It is good for " +
			"15 minutes and once. 409 not-office365 for another provider, no-public-url without --public-url.",
		answer: "The address.", json: consentBody{}, refuses: []int{409},
		also:     map[int]*huma.Response{303: toMicrosoft()},
		problems: map[int]string{400: "The mailbox is no address."},
	}, s.startConsent)
}

func toMicrosoft() *huma.Response {
	response := page("For a browser (Accept: text/html): the way to Microsoft.")
	response.Headers = map[string]*huma.Header{
		"Location": {
			Schema: &huma.Schema{Type: huma.TypeString, Format: "uri", Description: "Microsoft's consent page."},
		},
	}
	return response
}

func (s *Server) consentRoute() {
	microsofts := func(name string) *huma.Param { return parameter("query", name, "Microsoft's.", false) }
	s.plain(operation{
		at: "GET " + consentCallback, id: "finishConsent", tag: "operation",
		summary:     "Where Microsoft sends the administrator's browser",
		description: "A page for people. Nothing in the address is believed but a state of ours, once.",
		answer:      "What came of it.",
		also: map[int]*huma.Response{
			400: page("The address is old, used or not ours."), 503: page("It could not be proved."),
		},
		content: "text/html",
	}, []*huma.Param{
		parameter("query", "state", "Ours.", false), microsofts("tenant"), microsofts("admin_consent"),
		microsofts("error"),
		microsofts("error_description"),
	}, limitBody(checkBody), withLongTimeout(checkTime), s.finishConsent)
}

// written is an answer that is written by its handler.
type written struct{ Body func(huma.Context) }

// startConsent answers the address of Microsoft's consent page
// (learn.microsoft.com/entra/identity-platform/v2-admin-consent). Application
// permissions need the scope /.default, and the scope follows Graph's host.
func (s *Server) startConsent(ctx context.Context, in *struct {
	ConnectionPath
	Mailbox string `query:"mailbox" format:"email" maxLength:"254" doc:"A mailbox to prove the consent with; without one a call for a user nobody has is the proof."`
}) (*written, error) {
	connection, err := s.connection(ctx, in.Connection)
	if err != nil {
		return nil, err
	}
	consenting, canConsent := connection.System.(calendars.Consenting)
	switch {
	case !canConsent:
		return nil, refused(http.StatusConflict, "not-office365")
	case s.config.PublicURL == "":
		return nil, refused(http.StatusConflict, "no-public-url")
	case in.Mailbox != "" && !IsMailbox(in.Mailbox):
		return nil, refused(http.StatusBadRequest, "bad-mailbox")
	}
	state, expires := s.consents.issue(connection.Name, in.Mailbox)
	redirect := strings.TrimRight(s.config.PublicURL, "/") + consentCallback
	address, err := consenting.ConsentURL(redirect, state)
	if err != nil {
		return nil, err
	}
	return &written{func(ctx huma.Context) {
		c := humagin.Unwrap(ctx)
		if c.NegotiateFormat(gin.MIMEJSON, gin.MIMEHTML) == gin.MIMEHTML { // the button on the settings page
			c.Redirect(http.StatusSeeOther, address)
			return
		}
		c.JSON(http.StatusOK, consentBody{URL: address, RedirectURI: redirect, ExpiresAt: expires})
	}}, nil
}

// finishConsent is where Microsoft sends the administrator's browser. Everything
// in the address is the browser's word: the state must be one of ours, and that
// consent was given is believed only once a token of the connection's own and a
// call of Graph prove it. admin_consent=True comes with refusals too; only error
// tells one (learn.microsoft.com/entra/identity-platform/v2-admin-consent).
func (s *Server) finishConsent(c *gin.Context) {
	asked, ok := s.consents.redeem(c.Query("state"))
	if !ok {
		s.showConsent(c, http.StatusBadRequest, consent.Page{Kind: consent.Stale})
		return
	}
	page := consent.Page{Connection: asked.connection}
	connection, err := s.config.Settings.Connection(c.Request.Context(), asked.connection)
	consenting, ok := connection.System.(calendars.Consenting)
	if err != nil || !ok {
		page.Kind = consent.Unproved
		s.showConsent(c, http.StatusServiceUnavailable, page)
		return
	}
	switch tenant := c.Query("tenant"); {
	case c.Query("error") != "":
		page.Kind, page.Detail = consent.Refused, refusalCode(c.Query("error"), c.Query("error_description"))
		s.showConsent(c, http.StatusOK, page)
		return
	case !consenting.ConsentedBy(tenant):
		page.Kind = consent.OtherTenant
		s.showConsent(c, http.StatusOK, page)
		return
	}
	s.proveConsent(c, connection, asked.mailbox, page)
}

func (s *Server) proveConsent(c *gin.Context, connection settings.Connection, mailbox string, page consent.Page) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), proofTime)
	defer cancel()
	result, err := s.config.Engine.CheckConnection(ctx, workflows.CheckRequest{
		Connection: connection.Name, Provider: string(connection.Provider), Mailbox: mailbox,
	})
	if err != nil {
		s.config.Log.Error("consent not proved", "connection", connection.Name, "error", err)
		page.Kind = consent.Unproved
		s.showConsent(c, http.StatusServiceUnavailable, page)
		return
	}
	page.Kind = consent.Granted
	failed := func(step workflows.CheckStep) bool { return step.Outcome == "failed" }
	if at := slices.IndexFunc(result.Steps, failed); at >= 0 {
		failed := result.Steps[at]
		page.Kind, page.Finding, page.Detail = consent.Failed, failed.Finding, failed.Detail
		if slices.Contains(spreading, failed.Finding) {
			page.Kind = consent.Waiting
		}
	}
	s.config.Log.Info("consent answered", "connection", connection.Name, "result", page.Kind, "finding", page.Finding)
	s.showConsent(c, http.StatusOK, page)
}

// spreading are the findings that are no surprise right after a consent:
// Microsoft takes minutes to let it be seen everywhere.
var spreading = []string{"consent-propagating", "role-missing-rbac-possible", "consent-missing", "app-unknown"}

var (
	aadsts     = regexp.MustCompile(`AADSTS[0-9]{3,10}`)
	oauthError = regexp.MustCompile(`^[a-z_]{1,40}$`)
)

// refusalCode shows codes only: whoever makes the address chooses its texts.
func refusalCode(code, description string) string {
	if found := aadsts.FindString(description); found != "" {
		return found
	}
	return oauthError.FindString(code)
}

func (s *Server) showConsent(c *gin.Context, status int, page consent.Page) {
	var body bytes.Buffer
	if err := consent.Render(&body, texts.Pick(c.GetHeader("Accept-Language")), page); err != nil {
		s.config.Log.Error("the consent page cannot be shown", "error", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Header("Content-Security-Policy", consent.SecurityPolicy)
	c.Header("X-Frame-Options", "DENY")
	c.Data(status, "text/html; charset=utf-8", body.Bytes())
}
