package record

import "fmt"

// Problem is one thing that is wrong with a value somebody wants to store. Texts
// in both languages are in web/texts, found by Code; Values fill them.
type Problem struct {
	// Field is the path of the field, such as "office365.tenantId" or
	// "legalEntities.2"; "" is the whole record.
	Field string `json:"field"`
	// Code is a stable word, such as "required", "too-long" or "not-https".
	Code string `json:"code"`
	// Values are what the text names: a limit, a record's name. Never a secret.
	Values map[string]string `json:"values,omitempty"`
}

// InvalidError lists everything that is wrong with a value; nothing was stored.
type InvalidError struct{ Problems []Problem }

// Error names fields and codes, no values.
func (e *InvalidError) Error() string {
	text := "not valid:"
	for _, p := range e.Problems {
		text += fmt.Sprintf(" %s (%s)", p.Field, p.Code)
	}
	return text
}

// Rules say what values may be, the same for a settings file, the pages and the
// REST API.
type Rules struct {
	// AllowInsecureEndpoints lets addresses be http.
	AllowInsecureEndpoints bool
}

// The codes of Problems that tags lead to. Behind each are the Values that its
// text names.
const (
	CodeRequired   = "required"
	CodeTooLong    = "too-long" // limit, in characters
	CodeNotUTF8    = "not-utf8"
	CodeControl    = "control-characters"
	CodeSpace      = "has-space"
	CodeBadChoice  = "bad-choice" // allowed
	CodeBadNumber  = "bad-number" // least, most
	CodeNotAddress = "not-an-address"
	CodeNotHTTPS   = "not-https"
	CodeNotWeb     = "not-web"
	CodeHasLogin   = "has-login"
	CodeHasQuery   = "has-query"
	// CodeTooManyItems is about a list.
	CodeTooManyItems = "too-many-items" // limit
)

// The bounds of texts, in characters.
const (
	MaxAddress = 2000
	MaxText    = 253  // a client id, a tenant, a login
	MaxSecret  = 4096 // a secret of one line
	MaxFile    = 64 << 10
)
