package graph

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// maxBody is Graph's limit for a request body.
const maxBody = 4 << 20

// request is one request, on its own or inside a batch.
type request struct {
	method   string
	path     string // escaped, below the service root
	rawQuery string
	header   http.Header
	body     io.Reader
	base     string
}

// preferences are those of Prefer the calendar heeds
// (learn.microsoft.com/graph/outlook-immutable-id and user-post-events).
type preferences struct {
	immutable bool
	zone      string // "" for UTC
}

// call is a request that has been let in.
type call struct {
	*request
	service *Service
	route   route
	query   url.Values
	prefer  preferences
	who     Principal
	mailbox mailboxes.Mailbox
}

func parsePrefer(header http.Header) (preferences, *failure) {
	var p preferences
	for _, field := range header.Values("Prefer") {
		for _, preference := range splitQuoted(field) {
			name, value, _ := strings.Cut(preference, "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "idtype":
				p.immutable = strings.EqualFold(value, "ImmutableId")
			case "outlook.timezone":
				if _, ok := location(value); !ok {
					return p, failZone(value)
				}
				p.zone = value
			}
		}
	}
	return p, nil
}

// splitQuoted splits at commas outside double quotes.
func splitQuoted(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

// readJSON returns the body of a write request. A body that is not what
// Content-Encoding says is refused: clients that compress once and then repeat
// the request with the plain body meet exactly this.
func readJSON(req *request) ([]byte, *failure) {
	declared := req.header.Get("Content-Type")
	if declared == "" {
		return nil, failBadRequest("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
	}
	if media, _, err := mime.ParseMediaType(declared); err != nil || media != "application/json" {
		return nil, fail(http.StatusUnsupportedMediaType, "BadRequest",
			"Entity only allows writes with a JSON Content-Type header.")
	}
	reader := req.body
	switch encoding := strings.ToLower(req.header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		unzip, err := gzip.NewReader(reader)
		if err != nil {
			return nil, failBadRequest("Invalid Data.")
		}
		reader = unzip
	default:
		return nil, fail(http.StatusUnsupportedMediaType, "BadRequest", "Content-Encoding '%s' is not supported.",
			encoding)
	}
	body, err := io.ReadAll(io.LimitReader(reader, maxBody+1))
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, failBadRequest("Invalid Data.")
	case err != nil:
		return nil, failBadRequest("The request body could not be read.")
	case len(body) > maxBody:
		return nil, fail(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			"The maximum request length was exceeded.")
	case len(bytes.TrimSpace(body)) == 0:
		return nil, failBadRequest("Empty Payload. JSON content expected.")
	}
	return body, nil
}
