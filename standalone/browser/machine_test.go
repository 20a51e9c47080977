package browser_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
)

// api asks figgosync's REST API, as a program with a token.
func (r *rehearsal) api(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, r.URL+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	request.Header.Set("Content-Type", "application/json")
	if err := call(request, answer); err != nil {
		t.Fatal(err)
	}
}

// setUpByAPI makes what the newcomer makes by hand: a source, three connections and
// three synchronizations.
func (r *rehearsal) setUpByAPI(t *testing.T) {
	t.Helper()
	source, given := r.given.Sources[0], r.given.Connections
	r.api(t, http.MethodPost, "/api/v1/sources", map[string]any{
		"name": "demo", "host": source.Host, "tokenUrl": source.TokenURL, "clientId": source.ClientID, "clientSecret": source.ClientSecret,
		"webhookSecret": source.WebhookSecret,
	}, nil)
	r.Secrets.add("Lucca secret", source.ClientSecret)
	for _, connection := range []map[string]any{
		{"name": "office365", "provider": "office365", "office365": map[string]any{
			"tenantId": given[0].Office365.TenantID, "clientId": given[0].Office365.ClientID, "clientSecret": given[0].Office365.ClientSecret,
			"authorityUrl": given[0].Office365.AuthorityURL, "graphUrl": given[0].Office365.GraphURL,
		}},
		{"name": "exchange", "provider": "exchange", "exchange": map[string]any{
			"url": given[1].Exchange.URL, "username": given[1].Exchange.Username, "password": given[1].Exchange.Password,
		}},
		{"name": "google", "provider": "google", "google": map[string]any{
			"key": given[2].Google.Key, "calendarUrl": given[2].Google.CalendarURL, "tokenUrl": given[2].Google.TokenURL,
		}},
	} {
		r.api(t, http.MethodPost, "/api/v1/connections", connection, nil)
	}
	for id, name := range map[string]string{"1": "office365", "2": "exchange", "3": "google"} {
		r.api(t, http.MethodPost, "/api/v1/synchronizations", map[string]any{
			"name": name, "source": "demo", "connection": name, "legalEntities": []string{id}, "zone": "Europe/Paris",
		}, nil)
	}
}
