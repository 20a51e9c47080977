package figgo_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
)

// date reads a date of a test.
func date(s string) absence.Date {
	d, err := absence.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// half reads a half-day of a test, such as "2026-02-02 am" or, with an amount,
// "2026-02-02 pm 90".
func half(s string, confirmed bool) absence.HalfDay {
	h := absence.HalfDay{Date: date(s[:10]), Part: absence.Part(s[11:13]), Confirmed: confirmed}
	if len(s) > 13 {
		if err := json.Unmarshal([]byte(s[14:]), &h.Minutes); err != nil {
			panic(err)
		}
	}
	return h
}

func halves(confirmed bool, texts ...string) []absence.HalfDay {
	var all []absence.HalfDay
	for _, s := range texts {
		all = append(all, half(s, confirmed))
	}
	return all
}

// object is a JSON object of a test.
type object map[string]any

// with returns the object with members set, or taken away where nil.
func (o object) with(more object) object {
	o = maps.Clone(o)
	for name, v := range more {
		if o[name] = v; v == nil {
			delete(o, name)
		}
	}
	return o
}

func (o object) json() []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return b
}

// wantBodyError checks type and field of an error and that it shows no value.
func wantBodyError(t *testing.T, err error, field string) {
	t.Helper()
	bodyErr, ok := errors.AsType[*figgo.BodyError](err)
	if !ok || !errors.Is(err, figgo.ErrBody) {
		t.Fatalf("got %v, want a BodyError", err)
	}
	if bodyErr.Field != field {
		t.Errorf("got the field %q, want %q (%v)", bodyErr.Field, field, err)
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("the error shows a value: %v", err)
	}
}

// canary stands where a wrong value is; no error may repeat it.
const canary = "Jane-Doe-has-the-flu"

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func TestBodiesThatAreNoJSON(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":        "",
		"spaces":       " \n",
		"cut off":      `{"topic":"leave.updated","data":{`,
		"trailing":     `{"topic":"ping"}{"topic":"ping"}`,
		"trailing ]":   `{"topic":"ping"}]`,
		"a list":       `[]`,
		"null":         `null`,
		"a text":       `"` + canary + `"`,
		"a page":       `<html>` + canary,
		"not UTF-8":    "{\"topic\":\"\xff\"}",
		"single quote": `{'topic':'ping'}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := figgo.DecodeV5([]byte(body))
			wantBodyError(t, err, "")
			_, err = figgo.DecodeHTTPSynchronization("created", []byte(body), time.Now())
			wantBodyError(t, err, "")
		})
	}
}

func TestAByteOrderMarkIsNoReasonToRefuse(t *testing.T) {
	t.Parallel()
	notice, err := figgo.DecodeV5([]byte("\xef\xbb\xbf" + `{"topic":"ping"}`))
	if err != nil || notice.Topic != "ping" {
		t.Fatalf("got %+v, %v", notice, err)
	}
}

// raw is JSON as it is written.
func raw(s string) json.RawMessage { return json.RawMessage(s) }
