package lucca

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/google/uuid"
)

// problem answers as the Lucca API does: problem+json with a trace id. errors maps a
// field or a query parameter to what is wrong with it.
func problem(w http.ResponseWriter, req *http.Request, status int, detail string, errors map[string][]string) {
	body := map[string]any{
		"type": "https://developers.lucca.fr/documentation/using-api/errors", "title": http.StatusText(status),
		"status": status, "detail": detail, "instance": req.URL.Path,
		"extensions": map[string]any{"traceId": uuid.NewString()},
	}
	if errors != nil {
		body["errors"] = errors
	}
	write(w, status, "application/problem+json", body)
}

// write answers body as JSON.
func write(w http.ResponseWriter, status int, contentType string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	write(w, status, "application/json; charset=utf-8", body)
}
