package problem_test

import (
	"net/http/httptest"
	"testing"

	"github.com/figgosync/figgosync/internal/problem"
)

func TestWrite(t *testing.T) {
	more := struct {
		problem.Problem
		Version int `json:"version"`
	}{problem.New(412, "changed", "Read it again."), 4}
	answer := httptest.NewRecorder()
	problem.Write(answer, 412, more)
	const want = `{"type":"about:blank","title":"Precondition Failed","status":412,"detail":"Read it again.","code":"changed","version":4}`
	if answer.Code != 412 || answer.Header().Get("Content-Type") != problem.MediaType || answer.Body.String() != want {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), answer.Body)
	}
}

// What cannot be written is answered by its status at least.
func TestWriteWhatIsNoJSON(t *testing.T) {
	answer := httptest.NewRecorder()
	problem.Write(answer, 500, func() {})
	if answer.Code != 500 || answer.Body.Len() > 0 {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
