package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
)

// Who is signed in is shown to those who may look, and ended by those who may act.
func TestSessionsAreSeenAndEnded(t *testing.T) {
	w := newWorld(t, false)
	w.gate.open = []access.Session{
		{ID: "s1", Person: settings.Author{ID: "person:7", Name: "Ada <b>"}, Role: access.Configure, Way: "oidc", Network: "192.0.2.0/24", StartedAt: moment, LastUsed: moment, Ends: moment.Add(time.Hour)},
	}
	a := w.get(consulter, "/sessions")
	if body := a.Body.String(); a.Code != http.StatusOK || !strings.Contains(body, "Ada &lt;b&gt;") || !strings.Contains(body, "192.0.2.0/24") || strings.Contains(body, "/sessions/s1/end") {
		t.Errorf("got %d %s", a.Code, body)
	}
	if a := w.post(consulter, "/sessions/s1/end", url.Values{}); a.Code != http.StatusForbidden || len(w.gate.open) != 1 || len(w.gate.refused) != 1 {
		t.Errorf("who may only look: got %d, refusals %q", a.Code, w.gate.refused)
	}
	if a := w.get(configurer, "/sessions/s1/end"); a.Code != http.StatusOK {
		t.Errorf("the question: got %d", a.Code)
	}
	w.gate.open = append(w.gate.open, access.Session{ID: "s2", Person: settings.Author{ID: "person:link:xy12", Name: "link xy12"}, Way: "link"})
	if body := w.get(configurer, "/sessions/s2/end").Body.String(); strings.Contains(body, "xy12") || !strings.Contains(body, "lien de connexion") {
		t.Errorf("the question names a link by its id: %s", body)
	}
	w.gate.open = w.gate.open[:1]
	for range 2 { // twice does no harm
		if a := w.post(configurer, "/sessions/s1/end", url.Values{}); a.Code != http.StatusSeeOther || len(w.gate.open) != 0 {
			t.Errorf("got %d", a.Code)
		}
	}
}
