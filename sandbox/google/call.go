package google

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// call is one authorized request to the calendar of its subject.
type call struct {
	service *Service
	grant   grant
	writer  http.ResponseWriter
	request *http.Request
	query   url.Values
}

// reply is what a method answers; a nil body is no content.
type reply struct {
	status int
	etag   string
	body   any
}

// commonParameters are those of every method:
// cloud.google.com/apis/docs/system-parameters. key is accepted and not checked.
var commonParameters = []string{"alt", "fields", "key", "prettyPrint", "quotaUser"}

// otherParameters are what Google has and this sandbox does not. Any further name
// is one that Google does not know either.
var otherParameters = []string{
	"$.xgafv", "access_token", "callback", "eventLabelVersion", "oauth_token", "q", "syncToken", "updatedMin",
	"uploadType", "upload_protocol", "userIp",
}

// api wraps a method of the API: who asks, with which scope, charged how many
// quota units, for which calendar.
func (s *Service) api(accepted []string, units int, method func(*call) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		answer, err := s.serve(w, request, accepted, units, method)
		if errors.Is(err, mailboxes.ErrNoMailbox) {
			err = refuse(http.StatusForbidden, "notACalendarUser", "The user must be signed up for Google Calendar.")
		}
		var f *refusal
		switch {
		case errors.As(err, &f):
			f.write(w)
		case err != nil:
			refuse(http.StatusInternalServerError, "backendError", "Backend Error: "+err.Error()).write(w)
		case answer.body == nil:
			w.WriteHeader(answer.status)
		default:
			if answer.etag != "" {
				w.Header().Set("ETag", answer.etag)
			}
			writeJSON(w, answer.status, answer.body)
		}
	}
}

func (s *Service) serve(w http.ResponseWriter, request *http.Request, accepted []string, units int,
	method func(*call) (reply, error)) (reply, error) {
	granted, refused := s.authenticate(request, accepted)
	if refused != nil {
		return reply{}, refused
	}
	query, err := url.ParseQuery(request.URL.RawQuery)
	if err != nil {
		return reply{}, refuse(http.StatusBadRequest, "badRequest", "Bad Request")
	}
	c := &call{service: s, grant: granted, writer: w, request: request, query: query}
	user, refused := quotaUser(c)
	if refused != nil {
		return reply{}, refused
	}
	if refused := s.quota.spend(user, projectOf(granted.account), units, s.config.Now()); refused != nil {
		return reply{}, refused
	}
	// A user's address is the id of his primary calendar.
	if id := request.PathValue("calendarId"); id != "primary" && !strings.EqualFold(id, granted.subject) {
		return reply{}, notFound()
	}
	answer, err := method(c)
	if err != nil || answer.body == nil {
		return answer, err
	}
	answer.body, err = selectFields(answer.body, query.Get("fields"))
	return answer, err
}

// allow refuses every query parameter that is not common or named here, and
// every repeated one that is not in repeatable.
func (c *call) allow(repeatable []string, names ...string) error {
	for name, values := range c.query {
		switch {
		case slices.Contains(repeatable, name):
		case !slices.Contains(names, name) && !slices.Contains(commonParameters, name):
			return unknownParameter(name)
		case len(values) > 1:
			return refuse(http.StatusBadRequest, "invalidParameter", name+" is there more than once.").at("parameter",
				name)
		}
	}
	if alt := c.query.Get("alt"); alt != "" && alt != "json" {
		return notImitated("alt="+alt).at("parameter", "alt")
	}
	return nil
}

// unknownParameter is the refusal of a query parameter that no method here takes.
func unknownParameter(name string) error {
	if slices.Contains(otherParameters, name) {
		return notImitated("the query parameter "+name).at("parameter", name)
	}
	return refuse(http.StatusBadRequest, "badRequest", "Invalid JSON payload received. Unknown name \""+name+
		"\": Cannot bind query parameter. Field '"+name+"' could not be found in request message.")
}

// allowWrite is allow for methods that write. Sending sendUpdates=all would mail
// people, were there any attendees; it is accepted, as by Google. Attachments and
// conferences are refused in bodies, so whether a client knows of them is all one.
func (c *call) allowWrite() error {
	err := c.allow(nil, "sendUpdates", "sendNotifications", "supportsAttachments", "conferenceDataVersion",
		"maxAttendees", "alwaysIncludeEmail")
	if err != nil {
		return err
	}
	for _, flag := range []string{"sendNotifications", "supportsAttachments", "alwaysIncludeEmail"} {
		if err := c.oneOf(flag, "true", "false"); err != nil {
			return err
		}
	}
	if err := c.oneOf("conferenceDataVersion", "0", "1"); err != nil {
		return err
	}
	return c.oneOf("sendUpdates", "all", "externalOnly", "none")
}

// oneOf refuses a parameter that is there with none of the values.
func (c *call) oneOf(name string, values ...string) error {
	for _, got := range c.query[name] {
		if !slices.Contains(values, got) {
			return refuse(http.StatusBadRequest, "invalidParameter",
				"Invalid value '"+got+"'. Values must match one of: "+strings.Join(values, ", ")).at("parameter", name)
		}
	}
	return nil
}

// within opens the subject's mailbox.
func (c *call) within(do func(*mailboxes.Tx) error) error {
	return c.service.store.Within(mailboxes.Google, c.grant.subject, do)
}
