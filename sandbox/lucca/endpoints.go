package lucca

import (
	"cmp"
	"context"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The statuses of a webhook endpoint.
const (
	endpointActive    = "active"
	endpointSuspended = "suspended"
	endpointInactive  = "inactive"
)

// endpoint is a v5 webhook endpoint; see
// https://developers.lucca.fr/api-reference/latest/webhooks/webhook-endpoint.
type endpoint struct {
	ID             int
	Name           string
	WebhookURL     string
	APIVersion     string
	Topics         []string
	Establishments []string // ids; nil is all
	Status         string
	CreatedAt      time.Time
	LastUpdatedAt  time.Time
	secret         string
	target         *target
	// preset is one of Config.Webhooks.
	preset bool
}

func (e *endpoint) listens(topic, establishment string) bool {
	return e.Status == endpointActive && slices.Contains(e.Topics, topic) &&
		(e.Establishments == nil || slices.Contains(e.Establishments, establishment))
}

// suspend stops sending; what waits fails. s.mu must be held.
func (e *endpoint) suspend(s *Service) {
	e.Status, e.LastUpdatedAt = endpointSuspended, s.now()
	e.drop()
}

func (e *endpoint) drop() {
	for _, d := range e.target.waiting {
		d.status = failed
	}
	e.target.waiting = nil
}

// addEndpoint gives the endpoint its id and its queue; s.mu must be held, or the service
// not yet be shared.
func (s *Service) addEndpoint(e *endpoint) {
	e.ID = 450 + s.nextID()
	e.CreatedAt, e.LastUpdatedAt = s.now(), s.now()
	e.target = &target{url: e.WebhookURL, endpoint: e}
	s.endpoints[e.ID] = e
}

func (s *Service) orderedEndpoints() []*endpoint {
	return slices.SortedFunc(maps.Values(s.endpoints), func(a, b *endpoint) int { return cmp.Compare(a.ID, b.ID) })
}

func (s *Service) endpointResource(e *endpoint) map[string]any {
	var establishments []reference
	for _, id := range e.Establishments {
		establishments = append(establishments,
			reference{ID: id, Type: "business-establishment", URL: s.url("business-establishments", id)})
	}
	id := strconv.Itoa(e.ID)
	return map[string]any{
		"id": id, "type": "webhook-endpoint", "url": s.url("webhook-endpoints", id), "name": e.Name,
		"apiVersion": e.APIVersion, "webhookUrl": e.WebhookURL, "topics": e.Topics,
		"businessEstablishments": establishments,
		"status":                 e.Status, "createdAt": instant(e.CreatedAt),
		"lastUpdatedAt": instant(e.LastUpdatedAt),
		"links":         map[string]any{},
	}
}

// endpointBody is what POST and PATCH send; a missing member is nil.
type endpointBody struct {
	Name           *string          `json:"name"`
	WebhookURL     *string          `json:"webhookUrl"`
	APIVersion     *string          `json:"apiVersion"`
	Topics         *[]string        `json:"topics"`
	Establishments *[]referenceBody `json:"businessEstablishments"`
	Status         *string          `json:"status"`
}

type referenceBody struct {
	ID string `json:"id"`
}

// apply checks the body and copies what it holds; all tells that required members
// must be there.
func (b *endpointBody) apply(e *endpoint, all, allowHTTP bool) map[string][]string {
	wrong := map[string][]string{}
	set := func(name string, into, from *string, valid func(string) bool, rule string) {
		switch {
		case from == nil && all && *into == "", from != nil && !valid(*from):
			wrong[name] = append(wrong[name], rule)
		case from != nil:
			*into = *from
		}
	}
	set("name", &e.Name, b.Name, func(s string) bool { return s != "" }, "required")
	set("webhookUrl", &e.WebhookURL, b.WebhookURL, func(s string) bool { return validURL(s, allowHTTP) },
		"required: an https URL")
	set("apiVersion", &e.APIVersion, b.APIVersion, func(s string) bool { return s >= APIVersion && isDate(s) },
		"required: a version's date")
	set("status", &e.Status, b.Status, func(s string) bool { return s == endpointActive || s == endpointInactive },
		"active or inactive")
	switch {
	case b.Topics != nil && len(*b.Topics) > 0:
		e.Topics = *b.Topics
	case b.Topics != nil || all:
		wrong["topics"] = []string{"required, not empty"}
	}
	if b.Establishments != nil {
		e.Establishments = nil
		for _, ref := range *b.Establishments {
			e.Establishments = append(e.Establishments, ref.ID)
		}
		if len(e.Establishments) == 0 {
			wrong["businessEstablishments"] = []string{"null, or not empty"}
		}
	}
	return wrong
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func validURL(s string, allowHTTP bool) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || allowHTTP && u.Scheme == "http")
}

func (s *Service) postEndpoint(w http.ResponseWriter, req *http.Request) {
	var body endpointBody
	if !readBody(w, req, &body) {
		return
	}
	e := &endpoint{Status: endpointInactive, secret: newSecret()}
	if wrong := body.apply(e, true, s.cfg.AllowHTTP); len(wrong) > 0 {
		problem(w, req, http.StatusBadRequest, "the endpoint is not valid", wrong)
		return
	}
	e.Status = s.activated(e.WebhookURL, e.Status)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addEndpoint(e)
	s.supersede(e)
	resource := s.endpointResource(e)
	resource["secret"] = e.secret
	w.Header().Set("Location", s.url("webhook-endpoints", strconv.Itoa(e.ID)))
	writeJSON(w, http.StatusCreated, resource)
}

func (s *Service) patchEndpoint(w http.ResponseWriter, req *http.Request) {
	var body endpointBody
	if !readBody(w, req, &body) {
		return
	}
	id, _ := strconv.Atoi(req.PathValue("id"))
	s.mu.RLock()
	e := s.endpoints[id]
	var changed endpoint
	if e != nil {
		changed = *e
	}
	s.mu.RUnlock()
	if e == nil {
		problem(w, req, http.StatusNotFound, "no such webhook endpoint", nil)
		return
	}
	if wrong := body.apply(&changed, false, s.cfg.AllowHTTP); len(wrong) > 0 {
		problem(w, req, http.StatusBadRequest, "the endpoint is not valid", wrong)
		return
	}
	if body.Status != nil || body.WebhookURL != nil {
		changed.Status = s.activated(changed.WebhookURL, changed.Status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changed.LastUpdatedAt = s.now()
	*e = changed
	e.target.url = e.WebhookURL
	s.supersede(e)
	writeJSON(w, http.StatusOK, s.endpointResource(e))
}

// supersede ends the preset endpoints at the server of one that is active now: whoever
// makes an endpoint has a source of their own there, and none with the preset's name.
// s.mu must be held.
func (s *Service) supersede(e *endpoint) {
	if e.preset || e.Status != endpointActive {
		return
	}
	for _, other := range s.endpoints {
		if other.preset && other.Status == endpointActive && serverOf(other.WebhookURL) == serverOf(e.WebhookURL) {
			other.Status, other.LastUpdatedAt = endpointInactive, s.now()
			other.drop()
		}
	}
}

func serverOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

func (s *Service) deleteEndpoint(w http.ResponseWriter, req *http.Request) {
	id, _ := strconv.Atoi(req.PathValue("id"))
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.endpoints[id]
	if e == nil {
		problem(w, req, http.StatusNotFound, "no such webhook endpoint", nil)
		return
	}
	e.drop()
	e.target.closed = true
	delete(s.endpoints, id)
	w.WriteHeader(http.StatusNoContent)
}

// activated is the status an endpoint has after the challenge: what was asked for, or
// suspended when it failed.
func (s *Service) activated(webhookURL, wanted string) string {
	if wanted == endpointActive && !s.challenge(webhookURL) {
		return endpointSuspended
	}
	return wanted
}

// challenge asks the receiver to echo a text, as
// https://developers.luccasoftware.com/documentation/webhooks/catching/spec-activate
// shows: 200, text/plain, the text and nothing else. Like there, the text is not
// plain ASCII.
func (s *Service) challenge(webhookURL string) bool {
	u, err := url.Parse(webhookURL)
	if err != nil {
		return false
	}
	echo := "défi " + uuid.NewString()
	query := u.Query()
	query.Set("echo", echo)
	u.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeout(s.stop, s.cfg.Delivery.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return false
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && resp.StatusCode == http.StatusOK && media == "text/plain" && string(text) == echo
}

// newSecret is 64 characters that look like base64url but are used as they are.
func newSecret() string {
	return strings.ReplaceAll(uuid.NewString()+uuid.NewString(), "-", "")[:62] + "-_"
}
