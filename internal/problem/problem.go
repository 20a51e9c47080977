// Package problem answers errors as programs read them: problem details for HTTP
// APIs (RFC 9457).
package problem

import (
	"encoding/json"
	"net/http"
)

// MediaType is the Content-Type of a problem.
const MediaType = "application/problem+json; charset=utf-8"

// Problem is what every problem has. Structs that embed it may have more.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty" doc:"For people; do not read it by program."`
	// Code is a stable word for programs.
	Code string `json:"code" doc:"A stable word for programs."`
}

// New is the problem of a status; detail is in the language that was asked for.
func New(status int, code, detail string) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code}
}

// Write answers a Problem, or a struct with one, with a status.
func Write(w http.ResponseWriter, status int, of any) {
	body, err := json.Marshal(of)
	if err != nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
