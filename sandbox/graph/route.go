package graph

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

type resource int

const (
	eventsResource resource = iota
	eventResource
	calendarResource
	viewResource
	settingsResource
	scheduleResource
)

// route is what a path names.
type route struct {
	resource resource
	user     string // id or address, as given
	event    string // id, as given
}

// parseRoute reads a path below the service root. Segments are matched without
// regard to case, ids keep theirs.
func parseRoute(path string) (route, *failure) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return route{}, failBadRequest("Bad Request - Error in query syntax.")
		}
		segments[i] = plain
	}
	if !strings.EqualFold(segments[0], "users") || len(segments) < 3 || segments[1] == "" {
		return route{}, refusePath(segments)
	}
	r := route{user: segments[1]}
	rest := segments[2:]
	if strings.EqualFold(rest[0], "calendar") {
		if rest = rest[1:]; len(rest) == 0 {
			r.resource = calendarResource
			return r, nil
		}
	}
	return r, r.below(rest, len(rest) == len(segments)-2)
}

// below reads what follows the user, or the user's calendar.
func (r *route) below(rest []string, directly bool) *failure {
	switch name := strings.ToLower(rest[0]); {
	case name == "events" && len(rest) == 1:
		r.resource = eventsResource
	case name == "events" && len(rest) == 2 && has(functions, rest[1]):
		return failNotImitated("/users/{id}/events/" + rest[1])
	case name == "events" && len(rest) == 2 && rest[1] != "":
		r.resource, r.event = eventResource, rest[1]
	case name == "calendarview" && len(rest) == 1:
		r.resource = viewResource
	case name == "mailboxsettings" && len(rest) == 1 && directly:
		r.resource = settingsResource
	case (name == "getschedule" || name == "microsoft.graph.getschedule") && len(rest) == 1 && !directly:
		r.resource = scheduleResource
	default:
		return refuseBelow(rest, directly)
	}
	return nil
}

type handler func(*call) (answer, *failure)

var handlers = map[resource]map[string]handler{
	eventsResource:   {http.MethodGet: listEvents, http.MethodPost: createEvent},
	eventResource:    {http.MethodGet: getEvent, http.MethodPatch: updateEvent, http.MethodDelete: deleteEvent},
	calendarResource: {http.MethodGet: getCalendar},
	viewResource:     {http.MethodGet: listView},
	settingsResource: {http.MethodGet: getSettings, http.MethodPatch: updateSettings},
	scheduleResource: {http.MethodPost: getSchedule},
}

// parameters are the query parameters each resource takes with GET. Any other
// is refused, $-less spellings too: ignoring a filter would answer everything.
var parameters = map[resource][]string{
	eventsResource: {"$filter", "$expand", "$select", "$top", "$skip", "$orderby", "$count"},
	viewResource: {"$filter", "$expand", "$select", "$top", "$skip", "$orderby", "$count", "startdatetime",
		"enddatetime"},
	eventResource:    {"$expand", "$select"},
	calendarResource: {"$select"},
	settingsResource: {"$select"},
}

// single answers a request outside a batch.
func (s *Service) single(ctx context.Context, req *request) answer {
	c, f := s.admit(req)
	if f != nil {
		return s.failed(req, f)
	}
	release, f := s.acquire(c)
	if f != nil {
		return s.failed(req, f)
	}
	defer release()
	return s.run(ctx, c)
}

// admit does all that is decided before a mailbox is touched.
func (s *Service) admit(req *request) (*call, *failure) {
	who, f := s.authenticate(req.header)
	if f != nil {
		return nil, f
	}
	c := &call{request: req, service: s, who: who}
	if c.route, f = parseRoute(req.path); f != nil {
		return nil, f
	}
	if handlers[c.route.resource][req.method] == nil {
		return nil, refuseMethod(c.route.resource, req.method)
	}
	if c.prefer, f = parsePrefer(req.header); f != nil {
		return nil, f
	}
	if c.mailbox, f = s.authorize(c); f != nil {
		return nil, f
	}
	if f = c.parseQuery(); f != nil {
		return nil, f
	}
	return c, nil
}

func (c *call) parseQuery() *failure {
	query, err := url.ParseQuery(c.rawQuery)
	if err != nil {
		return failBadRequest("Bad Request - Error in query syntax.")
	}
	c.query = url.Values{}
	for name, values := range query {
		// Writes take no parameters here: Microsoft documents none, and an
		// $expand on POST would not bring extended properties back.
		if c.method != http.MethodGet || !slices.Contains(parameters[c.route.resource], strings.ToLower(name)) {
			return refuseParameter(c.route.resource, c.method, name)
		}
		if len(values) > 1 {
			return failBadRequest("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
		c.query[strings.ToLower(name)] = values
	}
	return nil
}

// run does the work of a request that holds its place.
func (s *Service) run(ctx context.Context, c *call) answer {
	if s.cfg.Latency > 0 {
		select {
		case <-time.After(s.cfg.Latency):
		case <-ctx.Done():
			return s.failed(c.request, fail(http.StatusServiceUnavailable, "serviceNotAvailable",
				"The client went away."))
		}
	}
	a, f := handlers[c.route.resource][c.method](c)
	if f != nil {
		return s.failed(c.request, f)
	}
	return c.finish(a)
}

// finish adds the headers every success has.
func (c *call) finish(a answer) answer {
	a.header = identify(c.request)
	if c.prefer.immutable {
		a.header.Add("Preference-Applied", `IdType="ImmutableId"`)
	}
	if c.prefer.zone != "" {
		a.header.Add("Preference-Applied", `outlook.timezone="`+c.prefer.zone+`"`)
	}
	return a
}
