package sandbox_test

import (
	"errors"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// A sign-in is refused for one person only: who they are is in the assertion, which
// nobody can read as it is sent.
func TestAFaultOfOnePersonsSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const leaver = "melissa.payet@example.com"
	refusal := fault{"error": "invalid_grant", "error_description": "The account has been deleted"}
	w.fault(fault{"target": "google-token", "match": `"sub":"` + leaver + `"`, "status": 400, "body": refusal, "times": -1})
	_, employees := w.call("GET", "/sandbox/employees", nil)
	refused, signedIn := 0, 0
	for _, item := range employees.([]any) {
		employee := item.(map[string]any)
		if employee["system"] != "google" || employee["hasMailbox"] != true {
			continue
		}
		key, err := google.JWTConfigFromJSON([]byte(w.Credentials().Google.KeyJSON), "https://www.googleapis.com/auth/calendar.events.owned")
		if err != nil {
			t.Fatal(err)
		}
		key.Subject = employee["email"].(string)
		_, err = key.TokenSource(t.Context()).Token()
		failure, isRefused := errors.AsType[*oauth2.RetrieveError](err)
		switch {
		case err == nil:
			signedIn++
		case isRefused && failure.Response.StatusCode == 400 && key.Subject == leaver:
			refused++
		default:
			t.Errorf("%s: %v", key.Subject, err)
		}
	}
	if refused != 1 || signedIn < 3 {
		t.Errorf("%d refused, %d signed in", refused, signedIn)
	}
}
