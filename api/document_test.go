package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
)

// What may be sent is said of every field; the tag doc is where it is written.
func TestEveryFieldOfABodyIsDescribed(t *testing.T) {
	count := 0
	for name, schema := range documentOf(t, newServer(&fakeEngine{})).Components.Schemas {
		if !strings.HasSuffix(name, "Input") && name != "Policy" {
			continue
		}
		for field, property := range schema.Value.Properties {
			count++
			if property.Ref == "" && property.Value.Description == "" {
				t.Errorf("%s.%s is not described", name, field)
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d fields were found", count)
	}
}

// A calendar system is in the document with every setting that it has, because it is
// registered.
func TestTheDocumentHasEveryCalendarSystem(t *testing.T) {
	schemas := documentOf(t, newServer(&fakeEngine{})).Components.Schemas
	for _, system := range calendars.Systems() {
		name := string(system.Provider)
		for _, of := range []string{"Connection", "ConnectionInput"} {
			if !slices.Contains(schemas[of].Value.Properties["provider"].Value.Enum, any(name)) {
				t.Errorf("%s may not be %s", of, name)
			}
		}
		sent, shown := schemas["ConnectionInput"].Value.Properties[name], schemas["Connection"].Value.Properties[name]
		if sent == nil || shown == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		for _, f := range record.Fields("", system.New()) {
			input, output := sent.Value.Properties[f.Name], shown.Value.Properties[f.Name]
			if f.Secret() != nil {
				output = shown.Value.Properties["has"+strings.ToUpper(f.Name[:1])+f.Name[1:]]
			}
			if input == nil || output == nil || input.Value.WriteOnly != (f.Secret() != nil) {
				t.Errorf("%s.%s: sent as %v, answered as %v", name, f.Name, input, output)
			}
		}
	}
}

// The document is read in the order in which things are written down.
func TestTheDocumentIsInOrder(t *testing.T) {
	raw := do(newServer(&fakeEngine{}), httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil)).Body.String()
	at := 0
	for _, next := range []string{
		`"SynchronizationInput":`, `"name":`, `"title":`, `"source":`, `"connection":`, `"legalEntities":`, `"zone":`,
		`"paths":`, `"/api/v1/sources":`, `"get":`, `"post":`, `"/api/v1/connections":`, `"/api/v1/absences":`, `"/metrics":`,
	} {
		found := strings.Index(raw[at:], next)
		if found < 0 {
			t.Fatalf("%s does not come in its place", next)
		}
		at += found
	}
}

// What is retried tells when, and each legal entity of an initialization which workflow
// is its own.
func TestWhenItIsTriedAgainAndByWhichWorkflow(t *testing.T) {
	engine := &fakeEngine{absence: sampleAbsence()}
	engine.absence.Trouble.RetryAt = now.Add(5 * time.Minute)
	answer := do(newServer(engine), bearer(http.MethodGet, "/api/v1/absences/demo/8750", "", token))
	if want := `"retryAt":"2026-02-01T09:39:24Z"`; !strings.Contains(answer.Body.String(), want) {
		t.Errorf("the trouble lacks %s: %s", want, answer.Body)
	}
	l := newLive(t).fill(t)
	started := do(l, bearer(http.MethodPost, "/api/v1/initializations", `{"synchronization":"headquarters"}`, token))
	var run struct {
		ID            string
		LegalEntities []struct{ WorkflowID string }
	}
	if err := json.Unmarshal(started.Body.Bytes(), &run); err != nil {
		t.Fatal(err)
	}
	read := do(l, bearer(http.MethodGet, "/api/v1/initializations/"+run.ID, "", token))
	if err := json.Unmarshal(read.Body.Bytes(), &run); err != nil {
		t.Fatal(err)
	}
	if len(run.LegalEntities) != 1 || run.LegalEntities[0].WorkflowID != "initialization/acme/legal-entity/1" {
		t.Errorf("%s", read.Body)
	}
}

// Nothing is said of a body before what is said of the record that it is for.
func TestTheRecordComesBeforeTheBody(t *testing.T) {
	l := newLive(t).fill(t)
	long := `{"name":"` + strings.Repeat("x", 2<<20) + `"}`
	for _, test := range []struct {
		path, ifMatch, kind, body string
		status                    int
	}{
		{"sources/nowhere", "*", "text/plain", long, 404},
		{"sources/acme", "", "text/plain", long, 428},
		{"sources/acme", `"7"`, "text/plain", "", 412},
		{"sources/acme", `"1"`, "text/plain", "", 415},
		{"sources/acme", `"1"`, "application/json", long, 413},
		{"sources/acme", `"1"`, "application/json", "", 400},
		{"sources/acme", `"1"`, "application/merge-patch+json", `{"host":"x"}`, 422},
	} {
		request := bearer(http.MethodPut, "/api/v1/"+test.path, test.body, token)
		request.Header.Set("Content-Type", test.kind)
		if test.ifMatch != "" {
			request.Header.Set("If-Match", test.ifMatch)
		}
		if answer := do(l, request); answer.Code != test.status {
			t.Errorf("%s, If-Match %s, %s of %d bytes: %d, want %d", test.path, test.ifMatch, test.kind, len(test.body), answer.Code, test.status)
		}
	}
}
