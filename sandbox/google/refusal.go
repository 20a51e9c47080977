package google

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/figgosync/figgosync/sandbox/imitation"
)

// refusal is an error answer of the API, in the shape of
// developers.google.com/workspace/calendar/api/guides/errors
type refusal struct {
	Code         int
	Domain       string
	Reason       string
	Message      string
	LocationType string
	Location     string
	// Status and Details are in answers of Google's front end only.
	Status  string
	Details []any
	missing string // what the service does not imitate, "" for every other refusal
}

func (f *refusal) Error() string { return fmt.Sprintf("%d %s: %s", f.Code, f.Reason, f.Message) }

func refuse(code int, reason, message string) *refusal {
	return &refusal{Code: code, Domain: "global", Reason: reason, Message: message}
}

// invalid is 400 with the reason Google gives most of its 400s.
func invalid(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "invalid", fmt.Sprintf(format, args...))
}

// notImitated is what Google would accept and this sandbox does not have.
func notImitated(what string) *refusal {
	f := refuse(http.StatusNotImplemented, imitation.Code, "Sandbox: not imitated: "+what)
	f.missing = what
	return f
}

func notFound() *refusal  { return refuse(http.StatusNotFound, "notFound", "Not Found") }
func deleted() *refusal   { return refuse(http.StatusGone, "deleted", "Resource has been deleted") }
func forbidden() *refusal { return refuse(http.StatusForbidden, "forbidden", "Forbidden") }

func duplicate() *refusal {
	return refuse(http.StatusConflict, "duplicate", "The requested identifier already exists.")
}

func conditionNotMet() *refusal {
	return refuse(http.StatusPreconditionFailed, "conditionNotMet", "Precondition Failed").at("header", "If-Match")
}

func refuseScope() *refusal {
	f := refuse(http.StatusForbidden, "insufficientPermissions", "Request had insufficient authentication scopes.")
	f.Status = "PERMISSION_DENIED"
	f.Details = []any{map[string]any{
		"@type":    "type.googleapis.com/google.rpc.ErrorInfo",
		"reason":   "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
		"domain":   "googleapis.com",
		"metadata": map[string]string{"service": "calendar-json.googleapis.com"},
	}}
	return f
}

// at names the header or parameter at fault.
func (f *refusal) at(locationType, location string) *refusal {
	f.LocationType, f.Location = locationType, location
	return f
}

func (f *refusal) write(w http.ResponseWriter) {
	type item struct {
		Domain       string `json:"domain"`
		Reason       string `json:"reason"`
		Message      string `json:"message"`
		LocationType string `json:"locationType,omitempty"`
		Location     string `json:"location,omitempty"`
	}
	type body struct {
		Errors  []item `json:"errors"`
		Code    int    `json:"code"`
		Message string `json:"message"`
		Status  string `json:"status,omitempty"`
		Details []any  `json:"details,omitempty"`
	}
	if f.missing != "" {
		imitation.Missing(w, f.missing)
	}
	if f.Code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/"`)
	}
	writeJSON(w, f.Code, map[string]body{"error": {
		Errors: []item{{f.Domain, f.Reason, f.Message, f.LocationType, f.Location}},
		Code:   f.Code, Message: f.Message, Status: f.Status, Details: f.Details,
	}})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
