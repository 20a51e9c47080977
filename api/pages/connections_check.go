package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// connectionCheck is the part of a connection's page that tries it out.
type connectionCheck struct {
	Name string
	Form *form
	// Used is true when a synchronization uses the connection: checking it is what
	// its page is for then.
	Used bool
	// Auto begins the check as soon as the page is there: it was saved "and tested".
	Auto bool
	// Tone is "" while nothing was checked, else how it ended: "good", "info" where
	// a mailbox was missing, "warn" or "bad", with Title in words.
	Tone, Title string
	Steps       []checkedStep
	// Last is how the last check ended, told while this one has not begun.
	Last lastCheck
	// All names the steps, to show while they are taken.
	All []string
}

// checkedStep is one step in words.
type checkedStep struct {
	Code, Outcome, Finding, Detail string
	// What and Do explain the finding, "" where there is none.
	What, Do string
	Took     time.Duration
}

func newConnectionCheck() *connectionCheck {
	return &connectionCheck{Form: newForm(0), All: []string{
		string(calendars.StepAddress), string(calendars.StepTLS), string(calendars.StepCredentials),
		string(calendars.StepRight), string(calendars.StepMailbox),
	}}
}

// checkCookie carries the mailbox from "save and test" to the page that tests. It
// is not in the address: addresses are logged, and a mailbox names a person.
const checkCookie = "figgosync_check"

// askCheck sends the browser to the connection's page, which begins the check.
func (s *site) askCheck(w http.ResponseWriter, r *http.Request, f *form, name, flash string) error {
	asked := url.Values{"mailbox": {f.Get("mailbox")}, "of": {name}}
	if f.Bool("probe") {
		asked.Set("probe", "on")
	}
	s.setCookie(w, checkCookie, asked.Encode(), time.Minute)
	return s.redirect(w, r, "/connections/"+url.PathEscape(name), flash)
}

// askedCheck is the check that "save and test" asked for, once.
func (s *site) askedCheck(w http.ResponseWriter, r *http.Request) *connectionCheck {
	check := newConnectionCheck()
	cookie, err := r.Cookie(checkCookie)
	if err != nil {
		return check
	}
	asked, err := url.ParseQuery(cookie.Value)
	if err != nil || asked.Get("of") != r.PathValue("name") {
		return check
	}
	s.setCookie(w, checkCookie, "", -time.Second)
	if mailbox := asked.Get("mailbox"); mailbox == "" || admin.IsMailbox(mailbox) {
		check.Form.Set("mailbox", mailbox)
		check.Form.SetBool("probe", mailbox != "" && asked.Has("probe"))
		check.Auto = true
	}
	return check
}

// checkMailbox refuses what is typed for a mailbox and is none.
func checkMailbox(f *form) {
	if mailbox := f.Get("mailbox"); mailbox != "" && !admin.IsMailbox(mailbox) {
		f.Problems = append(f.Problems, settings.Problem{Field: "mailbox", Code: admin.CodeNotMailbox})
	}
}

// checkConnection has a worker take the steps, and shows them.
func (s *site) checkConnection(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	// The server's limit for writing an answer may be shorter than a check.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(slowTime + 10*time.Second))
	view, err := s.config.Admin.Connection(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	check := newConnectionCheck()
	check.Name, check.Form = view.Name, f
	if f.Get("mailbox") == "" && f.Bool("probe") && !f.Bad() {
		f.Problems = append(f.Problems, settings.Problem{Field: "mailbox", Code: settings.CodeRequired})
	}
	if !f.Bad() {
		result, err := s.config.Admin.CheckConnection(r.Context(), principal(r).Author(), view.Name, f.Get("mailbox"),
			f.Bool("probe"))
		if !f.Invalid(err) {
			if err := check.take(s.loc(r), result, err, f.Get("mailbox") == ""); err != nil {
				return err
			}
		}
	}
	if fromHTMX(r) && r.Header.Get("HX-Boosted") != "true" {
		return s.fragment(w, r, "connection-check", check)
	}
	form := connectionForm(view)
	form.Set("mailbox", f.Get("mailbox"))
	return s.showConnection(w, r, connectionPage{Connection: view, Form: form, Check: check})
}

// take puts the outcome of a check into words. Other errors than those of an
// engine that does not answer come back. A partial check was made without a
// mailbox: it proves nothing about the rest.
func (c *connectionCheck) take(loc texts.Localizer, result workflows.CheckResult, err error, partial bool) error {
	switch {
	case errors.Is(err, starter.ErrNoWorker):
		c.Tone, c.Title = "warn", loc.T("connection.check.noWorker")
		return nil
	case errors.Is(err, admin.ErrEngineDown):
		c.Tone, c.Title = "warn", loc.T("connection.check.engineDown")
		return nil
	case err != nil:
		return err
	}
	c.Tone, c.Title = "good", loc.T("connection.check.good")
	if partial {
		c.Tone, c.Title = "info", loc.T("connection.check.partial")
	}
	for _, step := range result.Steps {
		line := checkedStep{Code: step.Name, Outcome: step.Outcome, Finding: step.Finding,
			Detail: texts.Detail(loc.Lang, step.Detail), Took: step.Took}
		if step.Finding != "" {
			finding := texts.FindingFor(step.Finding)
			line.What, line.Do = finding.What.In(loc.Lang), finding.Do.In(loc.Lang)
		}
		switch {
		case step.Outcome == string(calendars.StepFailed) && c.Tone != "bad":
			c.Tone, c.Title = "bad", loc.T("connection.check.bad", "step", texts.CheckStep(step.Name).In(loc.Lang))
		case step.Finding != "" && (c.Tone == "good" || c.Tone == "info"):
			c.Tone, c.Title = "warn", loc.T("connection.check.notice")
		}
		c.Steps = append(c.Steps, line)
	}
	return nil
}

// Sign is the icon of a step.
func (s checkedStep) Sign() string {
	switch {
	case s.Outcome == string(calendars.StepFailed):
		return "bad"
	case s.Outcome == string(calendars.StepSkipped):
		return "idle"
	case s.Finding != "":
		return "warn"
	}
	return "good"
}

// Links are the addresses in what to do, to open in another window.
func (s checkedStep) Links() []string {
	var links []string
	for _, word := range strings.Fields(s.Do) {
		word = strings.TrimRight(strings.Trim(word, "()«»“”,"), ".,;:)")
		if parsed, err := url.Parse(word); err == nil && parsed.Scheme == "https" && parsed.Host != "" &&
			!strings.Contains(word, "…") {
			links = append(links, word)
		}
	}
	return links
}
