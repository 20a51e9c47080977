package google

import (
	"errors"
	"net/http"
	"regexp"
	"testing"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"github.com/figgosync/figgosync/internal/calendars"
)

// plainCode is all our errors may say of an answer: a status and a name.
var plainCode = regexp.MustCompile(`^(token )?-?\d+( [A-Za-z][A-Za-z0-9_.-]{0,63})?$`)

func codeOf(t *testing.T, err error) string {
	t.Helper()
	switch e := asPort(err).(type) {
	case *calendars.Temporary:
		return e.Code
	case *calendars.Blocked:
		return e.Code
	case *calendars.Gone:
		return e.Code
	case *calendars.Invalid:
		return e.Code
	}
	t.Fatalf("%#v is not an error of the port", err)
	return ""
}

// FuzzErrorAnswers: any error answer becomes an error of the port that quotes
// nothing, and the token endpoint never says that an event is gone.
func FuzzErrorAnswers(f *testing.F) {
	f.Add(403, `{"error":{"errors":[{"reason":"notACalendarUser"}],"code":403,"message":"a@b.example"}}`)
	f.Add(404, `{"error":{"status":"NOT_FOUND","details":[{"reason":"x y"}]}}`)
	f.Add(400, `{"error":"invalid_grant","error_description":"Invalid email or User ID"}`)
	f.Add(410, `[{"error":{}}]`)
	f.Add(502, `<html>`)
	f.Add(401, ``)
	f.Fuzz(func(t *testing.T, status int, body string) {
		api := portError(readError(&googleapi.Error{Code: status, Body: body}))
		if code := codeOf(t, api); !plainCode.MatchString(code) {
			t.Errorf("code %q", code)
		}
		answer := &http.Response{StatusCode: status, Header: http.Header{}}
		token := tokenError(&oauth2.RetrieveError{Response: answer, Body: []byte(body)}, nil)
		if code := codeOf(t, token); !plainCode.MatchString(code) {
			t.Errorf("code %q", code)
		}
		if _, ok := errors.AsType[*calendars.Gone](token); ok {
			t.Error("a token error says gone")
		}
	})
}
