package figgo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/figgo"
	sandbox "github.com/figgosync/figgosync/sandbox/lucca"
)

// receiver answers Lucca's challenge as our api does, or badly.
func receiver(t *testing.T, good bool) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if good {
			_, _ = io.WriteString(w, r.URL.Query().Get("echo"))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/webhooks/lucca/acme"
}

// account is a client of a Lucca account of the sandbox.
func account(t *testing.T, change func(http.Handler) http.Handler) *figgo.Client {
	t.Helper()
	service := sandbox.New(sandbox.Config{ClientID: "key", ClientSecret: "s&cret", Host: "https://acme.ilucca.net", AllowHTTP: true})
	t.Cleanup(service.Close)
	handler := service.Handler()
	if change != nil {
		handler = change(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return figgo.NewClient(figgo.ClientConfig{
		Host: server.URL, TokenURL: server.URL + "/connect/token", ClientID: "key", ClientSecret: "s&cret", AllowInsecure: true,
	})
}

func TestCreateWebhookEndpoint(t *testing.T) {
	t.Parallel()
	client := account(t, nil)
	address := receiver(t, true)
	created, err := client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "figgosync", WebhookURL: address})
	if err != nil {
		t.Fatal(err)
	}
	if created.ID == "" || len(created.Secret) != 64 || created.Status != figgo.WebhookActive {
		t.Errorf("%v, a secret of %d characters", created, len(created.Secret))
	}
	listed, err := client.WebhookEndpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []figgo.WebhookEndpoint{{
		ID: created.ID, Status: figgo.WebhookActive, Name: "figgosync", WebhookURL: address, Topics: figgo.WebhookTopics(), APIVersion: figgo.APIVersion,
	}}
	if diff := gocmp.Diff(want, listed); diff != "" {
		t.Error(diff)
	}
	if err := client.DeleteWebhookEndpoint(t.Context(), created.ID); err != nil {
		t.Fatal(err)
	}
	if listed, err = client.WebhookEndpoints(t.Context()); err != nil || len(listed) != 0 {
		t.Errorf("%v, %v", listed, err)
	}
	err = client.DeleteWebhookEndpoint(t.Context(), created.ID)
	if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || !apiErr.NotFound() {
		t.Errorf("the second removal: %v", err)
	}
}

func TestCreateWebhookEndpointThatExists(t *testing.T) {
	t.Parallel()
	client := account(t, nil)
	address := receiver(t, true)
	first, err := client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "first", WebhookURL: address})
	if err != nil {
		t.Fatal(err)
	}
	other, err := client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "other", WebhookURL: address + "/2"})
	if err != nil {
		t.Fatal(err)
	}
	again := figgo.WebhookEndpoint{Name: "second", WebhookURL: strings.Replace(address, "http://", "HTTP://", 1), Topics: []string{figgo.TopicLeaveCreated}}
	_, err = client.CreateWebhookEndpoint(t.Context(), again)
	exists, ok := errors.AsType[*figgo.WebhookExistsError](err)
	if !ok || !errors.Is(err, figgo.ErrWebhookExists) || len(exists.Endpoints) != 1 || exists.Endpoints[0].ID != first.ID || exists.Endpoints[0].Secret != "" {
		t.Fatalf("%v", err)
	}
	again.Replace = true
	second, err := client.CreateWebhookEndpoint(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	if second.ID == first.ID || second.Secret == first.Secret || second.Secret == "" || len(second.Leftover) != 0 || second.Replace {
		t.Errorf("%v replaces %v, leftover %v", second, first, second.Leftover)
	}
	listed, err := client.WebhookEndpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, endpoint := range listed {
		ids = append(ids, endpoint.ID)
	}
	if diff := gocmp.Diff([]string{other.ID, second.ID}, ids); diff != "" {
		t.Error(diff)
	}
}

// An old endpoint that cannot be removed must not cost the new one's secret.
func TestReplaceThatCannotRemove(t *testing.T) {
	t.Parallel()
	client := account(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	wanted := figgo.WebhookEndpoint{Name: "figgosync", WebhookURL: receiver(t, true), Replace: true}
	first, err := client.CreateWebhookEndpoint(t.Context(), wanted)
	if err != nil || len(first.Leftover) != 0 {
		t.Fatalf("%v, %v", first.Leftover, err)
	}
	second, err := client.CreateWebhookEndpoint(t.Context(), wanted)
	if err != nil || second.Secret == "" || !slices.Equal(second.Leftover, []string{first.ID}) {
		t.Errorf("leftover %v, %v", second.Leftover, err)
	}
}

func TestWebhookEndpointThatFailsTheChallenge(t *testing.T) {
	t.Parallel()
	client := account(t, nil)
	created, err := client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "figgosync", WebhookURL: receiver(t, false)})
	if err != nil || created.Status != figgo.WebhookSuspended || created.Secret == "" {
		t.Errorf("%v, %v", created, err)
	}
}

// The right to webhooks is asked for by these calls only, and nothing else needs
// it.
func TestWebhookScopeIsAskedForOnlyWhenNeeded(t *testing.T) {
	t.Parallel()
	var scopes []string
	client := account(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/connect/token" {
				_ = r.ParseForm()
				scopes = append(scopes, r.PostForm.Get("scope"))
			}
			next.ServeHTTP(w, r)
		})
	})
	if _, err := client.LegalEntities(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := client.WebhookEndpoints(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := gocmp.Diff([]string{figgo.Scopes, "webhook-endpoints.readwrite"}, scopes); diff != "" {
		t.Error(diff)
	}
}

func TestMissingWebhookScope(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"by the token endpoint": func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/connect/token" {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_scope"}`)
			return true
		},
		"by the API": func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/connect/token" {
				return false
			}
			problem(w, http.StatusForbidden, "forbidden")
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := account(t, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !refuse(w, r) {
						next.ServeHTTP(w, r)
					}
				})
			})
			_, err := client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "x", WebhookURL: "https://figgosync.example.com/x"})
			if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || !apiErr.ScopeMissing() || apiErr.Temporary() {
				t.Errorf("%v", err)
			}
		})
	}
}

// A token that Lucca no longer takes is renewed, and the endpoint made once.
func TestCreateWebhookEndpointWithARevokedToken(t *testing.T) {
	t.Parallel()
	posts := 0
	client := account(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/lucca-api/") {
				if posts++; posts == 1 {
					problem(w, http.StatusUnauthorized, "unauthorized")
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	created, err := client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "figgosync", WebhookURL: receiver(t, true)})
	if err != nil || created.Secret == "" || posts != 2 {
		t.Errorf("%v, %v, %d posts", created, err, posts)
	}
	if listed, err := client.WebhookEndpoints(t.Context()); err != nil || len(listed) != 1 {
		t.Errorf("%v, %v", listed, err)
	}
}

func TestUnreadableAnswersAboutWebhookEndpoints(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"id":"456"}`, `{"id":"456","secret":""}`, `{"id":"456","secret":7}`, `{"id":"","secret":"` + canary + `"}`, `<html>`} {
		client := account(t, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && r.URL.Path == "/lucca-api/webhook-endpoints" {
					w.WriteHeader(http.StatusCreated)
					_, _ = io.WriteString(w, body)
					return
				}
				next.ServeHTTP(w, r)
			})
		})
		_, err := client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "x", WebhookURL: "https://figgosync.example.com/x"})
		apiErr, ok := errors.AsType[*figgo.APIError](err)
		if !ok || apiErr.Code != figgo.CodeUnreadable || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestManyWebhookEndpoints(t *testing.T) {
	t.Parallel()
	var there []sandbox.Webhook
	for i := range 120 {
		there = append(there, sandbox.Webhook{URL: fmt.Sprintf("https://figgosync.example.com/%d", i), Secret: canary})
	}
	service := sandbox.New(sandbox.Config{ClientID: "key", ClientSecret: "s&cret", Host: "https://acme.ilucca.net", Webhooks: there})
	t.Cleanup(service.Close)
	client := figgo.NewClient(figgo.ClientConfig{
		Host: "https://acme.ilucca.net", TokenURL: "https://acme.ilucca.net/connect/token", ClientID: "key", ClientSecret: "s&cret",
		HTTPClient: &http.Client{Transport: &company{t: t, service: service, calls: map[string]int{}, status: map[int]int{}}},
	})
	listed, err := client.WebhookEndpoints(t.Context())
	if err != nil || len(listed) != 120 {
		t.Errorf("%d, %v", len(listed), err)
	}
	_, err = client.CreateWebhookEndpoint(t.Context(), figgo.WebhookEndpoint{Name: "x", WebhookURL: "https://FIGGOSYNC.example.com/119"})
	if !errors.Is(err, figgo.ErrWebhookExists) {
		t.Errorf("one on the last page: %v", err)
	}
}

func TestDeleteWebhookEndpointOfAStrangeID(t *testing.T) {
	t.Parallel()
	client := account(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was called", r.Method, r.URL) })
	})
	for _, id := range []string{"", ".", "..", "../employees/1", "1/2", "1?x", "é"} {
		if apiErr, ok := errors.AsType[*figgo.APIError](client.DeleteWebhookEndpoint(t.Context(), id)); !ok || !apiErr.NotFound() {
			t.Errorf("%q", id)
		}
	}
}

func TestNothingPrintsTheSecretOfAWebhook(t *testing.T) {
	t.Parallel()
	endpoint := figgo.WebhookEndpoint{ID: "456", Name: "figgosync", Status: "active", Secret: canary}
	text, err := json.Marshal(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(context.Background(), "made", "endpoint", endpoint)
	all := string(text) + log.String() + fmt.Sprintf("%v %+v %#v %s %q", endpoint, endpoint, endpoint, endpoint, &endpoint)
	if strings.Contains(all, canary) {
		t.Error(all)
	}
}
