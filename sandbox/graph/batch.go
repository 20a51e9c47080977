package graph

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// maxBatch is the most requests one batch may hold:
// learn.microsoft.com/graph/json-batching.
const maxBatch = 20

type batchRequest struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

type batchResponse struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`
}

// batch answers POST /$batch: 200 as soon as the batch can be read, each
// request's own status inside. Requests without dependency start together, so
// that for one mailbox only as many as its places succeed and the others are
// 429, as people see with the real one.
func (s *Service) batch(ctx context.Context, req *request) answer {
	if req.method != http.MethodPost {
		return s.failed(req, fail(http.StatusMethodNotAllowed, "ErrorMethodNotAllowed",
			"The OData request is not supported: %s.", req.method))
	}
	if _, f := s.authenticate(req.header); f != nil {
		return s.failed(req, f)
	}
	list, f := parseBatch(req)
	if f != nil {
		return s.failed(req, f)
	}
	done := map[string]batchResponse{}
	var order []string
	for len(done) < len(list) {
		wave := slices.DeleteFunc(slices.Clone(list), func(b batchRequest) bool {
			_, answered := done[key(b.ID)]
			return answered || !allDone(b.DependsOn, done)
		})
		for id, response := range s.wave(ctx, req, wave, done) {
			done[id] = response
		}
		for _, b := range wave {
			order = append(order, key(b.ID))
		}
	}
	// Answers come in any order; the last first, so that nobody counts on theirs.
	slices.Reverse(order)
	responses := make([]batchResponse, 0, len(order))
	for _, id := range order {
		responses = append(responses, done[id])
	}
	return answer{status: http.StatusOK, header: identify(req), body: map[string]any{"responses": responses}}
}

// key is an id for comparison: batch ids differ by more than case.
func key(id string) string { return strings.ToLower(id) }

func allDone(ids []string, done map[string]batchResponse) bool {
	for _, id := range ids {
		if _, ok := done[key(id)]; !ok {
			return false
		}
	}
	return true
}

// wave runs the requests whose dependencies are answered: it takes a place for
// each, then runs those that got one side by side.
func (s *Service) wave(ctx context.Context, outer *request, wave []batchRequest,
	done map[string]batchResponse) map[string]batchResponse {
	answers := make([]answer, len(wave))
	var running sync.WaitGroup
	for i, b := range wave {
		inner := b.request(outer)
		if failedBefore(b.DependsOn, done) {
			answers[i] = s.failed(inner, fail(http.StatusFailedDependency, "FailedDependency",
				"The request was not executed because a request it depends on failed."))
			continue
		}
		c, f := s.admit(inner)
		if f != nil {
			answers[i] = s.failed(inner, f)
			continue
		}
		release, f := s.acquire(c)
		if f != nil {
			answers[i] = s.failed(inner, f)
			continue
		}
		// Nobody gives a place back before all have asked for one.
		defer release()
		running.Go(func() { answers[i] = s.run(ctx, c) })
	}
	running.Wait()
	responses := map[string]batchResponse{}
	for i, b := range wave {
		responses[key(b.ID)] = answers[i].inBatch(b.ID)
	}
	return responses
}

func failedBefore(ids []string, done map[string]batchResponse) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return done[key(id)].Status >= 400 })
}

// request is the batched request on its own. Nothing but the token is taken
// over from the batch: Prefer must stand in each request's own headers.
func (b batchRequest) request(outer *request) *request {
	header := http.Header{}
	for name, value := range b.Headers {
		header.Set(name, value)
	}
	header.Set("Authorization", outer.header.Get("Authorization"))
	path, query, _ := strings.Cut(b.URL, "?")
	body := []byte(b.Body)
	var encoded string
	if json.Unmarshal(body, &encoded) == nil {
		if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			body = decoded
		}
	}
	return &request{
		method: strings.ToUpper(b.Method), path: "/" + strings.TrimPrefix(path, "/"), rawQuery: query,
		header: header, body: bytes.NewReader(body), base: outer.base,
	}
}

func (a answer) inBatch(id string) batchResponse {
	response := batchResponse{ID: id, Status: a.status, Headers: map[string]string{}, Body: a.body}
	for name, values := range a.header {
		response.Headers[http.CanonicalHeaderKey(name)] = strings.Join(values, ", ")
	}
	if a.body != nil {
		response.Headers["Content-Type"] = jsonType
	}
	return response
}
