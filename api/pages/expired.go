package pages

import (
	"net/http"
	"slices"
	"strings"
)

// expiredForm is what was posted without a session: it is shown so that it can be
// sent again after signing in, secrets left out.
type expiredForm struct {
	Action, SignIn string
	Values         []typed
	// Secrets are the names of fields to be typed once more.
	Secrets []string
}

type typed struct{ Name, Value string }

// expired answers whoever is not signed in, or no more. htmx leaves the page with
// what was typed as it is, and the script says what to do; without script the
// answer holds the form.
func (s *site) expired(w http.ResponseWriter, r *http.Request) error {
	loc := s.loc(r)
	shown := expiredForm{Action: r.URL.RequestURI(), SignIn: "/sign-in?next=/signed-in"}
	if f, err := readForm(r); err == nil && r.Method == http.MethodPost {
		for name, values := range f.Values {
			for _, value := range values {
				switch {
				case strings.HasPrefix(name, secretPrefix) && value != "":
					shown.Secrets = append(shown.Secrets, name)
				case !strings.HasPrefix(name, secretPrefix):
					shown.Values = append(shown.Values, typed{name, value})
				}
			}
		}
	}
	slices.SortStableFunc(shown.Values, func(a, b typed) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(shown.Secrets)
	return s.show(w, r, page{
		Template: "expired.html", Title: loc.T("expired.title"), Status: http.StatusUnauthorized, Bare: true,
		Data: shown,
	})
}
