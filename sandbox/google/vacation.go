package google

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// readingVacation and writingVacation are the scopes that open a mailbox's vacation
// responder: developers.google.com/workspace/gmail/api/reference/rest/v1/users.settings
var (
	writingVacation = []string{scopeRoot + "gmail.settings.basic"}
	readingVacation = append([]string{
		"https://mail.google.com/", scopeRoot + "gmail.modify", scopeRoot + "gmail.readonly",
	}, writingVacation...)
)

// vacation is a VacationSettings of Gmail v1. Times are milliseconds since 1970, as
// strings.
type vacation struct {
	EnableAutoReply       bool   `json:"enableAutoReply"`
	ResponseSubject       string `json:"responseSubject,omitempty"`
	ResponseBodyPlainText string `json:"responseBodyPlainText,omitempty"`
	ResponseBodyHTML      string `json:"responseBodyHtml,omitempty"`
	RestrictToContacts    bool   `json:"restrictToContacts"`
	RestrictToDomain      bool   `json:"restrictToDomain"`
	StartTime             string `json:"startTime,omitempty"`
	EndTime               string `json:"endTime,omitempty"`
}

// routeGmail adds the methods of Gmail that are imitated.
func (s *Service) routeGmail(mux *http.ServeMux) {
	const settings = "/gmail/v1/users/{userId}/settings/vacation"
	mux.HandleFunc("GET "+settings, s.gmail(readingVacation, getVacation))
	mux.HandleFunc("PUT "+settings, s.gmail(writingVacation, updateVacation))
	mux.HandleFunc("/gmail/v1/users/", func(w http.ResponseWriter, r *http.Request) {
		notImitated("the method " + r.Method + " of Gmail at this path").write(w)
	})
}

// gmail wraps a method of the Gmail API. Its quotas, 250 units a second for each user
// of which these methods cost a few, are not counted
// (developers.google.com/workspace/gmail/api/reference/quota).
func (s *Service) gmail(accepted []string, method func(*call) (vacation, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		settings, err := s.serveGmail(w, request, accepted, method)
		var f *refusal
		switch {
		case errors.As(err, &f):
			f.write(w)
		case err != nil:
			refuse(http.StatusInternalServerError, "backendError", "Backend Error").write(w)
		default:
			writeJSON(w, http.StatusOK, settings)
		}
	}
}

func (s *Service) serveGmail(w http.ResponseWriter, request *http.Request, accepted []string,
	method func(*call) (vacation, error)) (any, error) {
	granted, refused := s.authenticate(request, accepted)
	if refused != nil {
		return nil, refused
	}
	if s.config.GmailAPIOff {
		return nil, apiOff()
	}
	query, err := url.ParseQuery(request.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "badRequest", "Bad Request")
	}
	c := &call{service: s, grant: granted, writer: w, request: request, query: query}
	if err := c.allow(nil); err != nil {
		return nil, err
	}
	if _, refused := quotaUser(c); refused != nil {
		return nil, refused
	}
	if id := request.PathValue("userId"); id != "me" && !strings.EqualFold(id, granted.subject) {
		return nil, refuse(http.StatusForbidden, "forbidden", "Delegation denied for "+granted.subject)
	}
	if s.config.NoGmail != nil && s.config.NoGmail(granted.subject) {
		return nil, refuse(http.StatusBadRequest, "failedPrecondition", "Mail service not enabled")
	}
	settings, err := method(c)
	if errors.Is(err, mailboxes.ErrNoMailbox) {
		err = refuse(http.StatusBadRequest, "failedPrecondition", "Mail service not enabled")
	}
	if err != nil {
		return nil, err
	}
	return selectFields(settings, query.Get("fields"))
}

// apiOff is the answer in a project that has not turned the Gmail API on.
func apiOff() *refusal {
	f := refuse(http.StatusForbidden, "accessNotConfigured",
		"Gmail API has not been used in project 104 before or it is disabled.")
	f.Domain, f.Status = "usageLimits", "PERMISSION_DENIED"
	f.Details = []any{map[string]any{
		"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
		"metadata": map[string]string{"service": "gmail.googleapis.com"},
	}}
	return f
}

func getVacation(c *call) (vacation, error) {
	var reply mailboxes.Reply
	err := c.within(func(tx *mailboxes.Tx) error { reply = tx.Reply(); return nil })
	return vacationOf(reply), err
}

// updateVacation replaces all settings: what the body does not name is reset.
func updateVacation(c *call) (vacation, error) {
	sent, err := c.decodeVacation()
	if err != nil {
		return vacation{}, err
	}
	reply, err := sent.reply()
	if err != nil {
		return vacation{}, err
	}
	err = c.within(func(tx *mailboxes.Tx) error { tx.SetReply(reply); return nil })
	return vacationOf(reply), err
}

func (c *call) decodeVacation() (sent vacation, err error) {
	media, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return sent, refuse(http.StatusBadRequest, "badContent",
			"Media type '"+media+"' is not supported. Valid media types: [application/json]")
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.writer, c.request.Body, maxBody))
	var object map[string]any
	if err != nil || json.Unmarshal(text, &object) != nil || object == nil {
		return sent, refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	if err := unknownName(object, reflect.TypeFor[vacation](), ""); err != nil {
		return sent, err
	}
	if err := json.Unmarshal(text, &sent); err != nil {
		return sent, invalidVacation("Invalid value in the request.")
	}
	return sent, nil
}

func invalidVacation(text string) *refusal {
	return refuse(http.StatusBadRequest, "invalidArgument", text)
}

// scripts are what Gmail's sanitizing removes here; what else it removes is written
// nowhere.
var scripts = regexp.MustCompile(`(?is)<script\b.*?</script>`)

// reply is what the settings mean. HTML wins over plain text and is sanitized.
func (v vacation) reply() (reply mailboxes.Reply, err error) {
	body, plain := scripts.ReplaceAllString(v.ResponseBodyHTML, ""), false
	if v.ResponseBodyHTML == "" {
		body, plain = v.ResponseBodyPlainText, v.ResponseBodyPlainText != ""
	}
	if v.EnableAutoReply && v.ResponseSubject == "" && body == "" {
		return reply, invalidVacation("Either the response subject or the response body must be nonempty.")
	}
	reply = mailboxes.Reply{
		State: mailboxes.ReplyOff, Inside: body, Plain: plain, Subject: v.ResponseSubject,
		Audience: mailboxes.AudienceEverybody, ContactsOnly: v.RestrictToContacts,
	}
	if reply.From, err = milliseconds("startTime", v.StartTime); err != nil {
		return reply, err
	}
	if reply.Until, err = milliseconds("endTime", v.EndTime); err != nil {
		return reply, err
	}
	switch {
	case !reply.From.IsZero() && !reply.Until.IsZero() && !reply.From.Before(reply.Until):
		return reply, invalidVacation("The start time must precede the end time.")
	case v.EnableAutoReply && reply.From.IsZero() && reply.Until.IsZero():
		reply.State = mailboxes.ReplyOn
	case v.EnableAutoReply:
		reply.State = mailboxes.ReplyScheduled
	}
	switch {
	case v.RestrictToDomain:
		reply.Audience = mailboxes.AudienceNobody
	case v.RestrictToContacts:
		reply.Audience = mailboxes.AudienceContacts
	}
	return reply, nil
}

// milliseconds reads a time, "" for none. Google takes numbers too; a client that
// writes them loses digits in other languages, so they are refused.
func milliseconds(name, text string) (time.Time, error) {
	if text == "" || text == "0" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, invalidVacation(fmt.Sprintf("Invalid value at '%s' (TYPE_INT64), %q", name, text))
	}
	return time.UnixMilli(n).UTC(), nil
}

func vacationOf(reply mailboxes.Reply) vacation {
	v := vacation{
		EnableAutoReply: reply.State != mailboxes.ReplyOff, ResponseSubject: reply.Subject,
		RestrictToContacts: reply.ContactsOnly, RestrictToDomain: reply.Audience == mailboxes.AudienceNobody,
	}
	if reply.Plain {
		v.ResponseBodyPlainText = reply.Inside
	} else {
		v.ResponseBodyHTML = reply.Inside
	}
	if !reply.From.IsZero() {
		v.StartTime = strconv.FormatInt(reply.From.UnixMilli(), 10)
	}
	if !reply.Until.IsZero() {
		v.EndTime = strconv.FormatInt(reply.Until.UnixMilli(), 10)
	}
	return v
}
