package figgo

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
)

// maxCursor bounds a cursor: it goes through a workflow's history.
const maxCursor = 4096

// encodeCursor writes a cursor as text. generation keeps the cursors of v5 and
// v3 apart.
func encodeCursor(generation string, state any) string {
	text, _ := json.Marshal(state) // of texts and numbers only
	return generation + base64.RawURLEncoding.EncodeToString(text)
}

// decodeCursor reads what encodeCursor wrote.
func decodeCursor(resource, generation, cursor string, state any) error {
	refused := &APIError{Resource: resource, Code: CodeCursor, Err: errors.New("start the list anew")}
	if len(cursor) > maxCursor || len(cursor) < len(generation) || cursor[:len(generation)] != generation {
		return refused
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor[len(generation):])
	if err != nil {
		return refused
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if decoder.Decode(state) != nil {
		return refused
	}
	return nil
}

// truncated is a part of a list where the whole was asked for.
func truncated(resource, problem string) *APIError {
	return &APIError{Resource: resource, Status: 200, Code: CodeTruncated, Err: errors.New(problem)}
}
