package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Problem answers an error as problem+json (RFC 9457); detail says what to do.
func Problem(w http.ResponseWriter, status int, detail string) {
	answer(w, status, "application/problem+json", map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
	})
}

// JSON answers body as JSON.
func JSON(w http.ResponseWriter, status int, body any) {
	answer(w, status, "application/json; charset=utf-8", body)
}

func answer(w http.ResponseWriter, status int, contentType string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "cannot encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}

// Read decodes a JSON body of up to 1 MB with no unknown members, or answers 400.
func Read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && decoder.More() {
		err = errors.New("more than one value")
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("it is empty")
	}
	if err != nil {
		Problem(w, http.StatusBadRequest, fmt.Sprintf("The body is not the JSON object expected here: %v.", err))
	}
	return err == nil
}
