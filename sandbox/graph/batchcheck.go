package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// parseBatch reads a batch and refuses it whole for what makes the real one
// refuse it whole: learn.microsoft.com/graph/json-batching.
func parseBatch(req *request) ([]batchRequest, *failure) {
	body, f := readJSON(req)
	if f != nil {
		return nil, f
	}
	var payload struct {
		Requests []batchRequest `json:"requests"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&payload); err != nil || len(payload.Requests) == 0 {
		return nil, failBadRequest("Invalid batch payload format.")
	}
	if len(payload.Requests) > maxBatch {
		return nil, fail(http.StatusBadRequest, "MaximumValueExceeded",
			"Number of batch request steps exceeds the maximum value of %d.", maxBatch)
	}
	before := map[string]bool{}
	for _, b := range payload.Requests {
		if f := b.check(before); f != nil {
			return nil, f
		}
		before[key(b.ID)] = true
	}
	return payload.Requests, nil
}

var batchMethods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete}

// check refuses a request that spoils its batch; before holds the ids so far.
// A dependency must stand before, and there may be one: the page of 2021 allows
// no more, that of 2025 shows no more.
func (b batchRequest) check(before map[string]bool) *failure {
	write := slices.Contains([]string{http.MethodPost, http.MethodPatch, http.MethodPut}, strings.ToUpper(b.Method))
	typed := false
	for name, value := range b.Headers {
		typed = typed || strings.EqualFold(name, "Content-Type") && value != ""
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(b.URL), "/"), "?")
	switch {
	case b.ID == "" || b.URL == "" || !slices.Contains(batchMethods, strings.ToUpper(b.Method)):
		return failBadRequest("Invalid batch payload format.")
	case before[key(b.ID)]:
		return failBadRequest("Request Id : %s in batch payload is duplicated.", b.ID)
	case strings.Contains(path, "://"):
		return failBadRequest("Request Id : %s must have a relative url.", b.ID)
	case path == "$batch" || path == "%24batch":
		return failBadRequest("Request Id : %s is a nested batch.", b.ID)
	case len(b.DependsOn) > 1 || len(b.DependsOn) == 1 && !before[key(b.DependsOn[0])]:
		return failBadRequest("Request Id : %s has an invalid dependsOn.", b.ID)
	case (write || len(b.Body) > 0) && !typed:
		return failBadRequest("Write request with id '%s' does not contain a Content-Type header.", b.ID)
	}
	return nil
}
