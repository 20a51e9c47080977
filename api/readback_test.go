package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What was read can be sent back as it is, and changes nothing: who changes one field
// reads a record, changes it, and puts it back.
func TestWhatWasReadCanBeSentBack(t *testing.T) {
	full := newLive(t)
	c := newContract(t, full)
	c.live = full
	for collection, record := range map[string]string{
		"sources": sourceJSON,
		"connections": `{"name":"office","provider":"office365","maxConcurrent":3,` +
			`"office365":{"tenantId":"` + tenant + `","clientId":"client-1","clientSecret":"top-secret"}}`,
		"connections ": `{"name":"factory","provider":"exchange","exchange":{"url":"https://mail.example.com/ews/exchange.asmx",` +
			`"username":"EXAMPLE\\sync","password":"hunter2"}}`,
	} {
		c.sendBack("/api/v1/"+strings.TrimSpace(collection), record)
	}
	c.sendBack("/api/v1/synchronizations", `{"name":"headquarters","source":"acme","connection":"office","legalEntities":["1"],`+
		`"zone":"Europe/Paris","exclude":["416"],"addresses":{"417":"mia@example.com"},"policy":{"label":"Away","pendingMark":"? ",`+
		`"ownerEdits":"respect","rules":[{"accounts":["1718","name:Maladie"],"write":"approved","title":"neutral","private":true}]}}`)
	_, connection := c.call(200, "GET", "/api/v1/connections/office", "", nil)
	if used, _ := connection["usedBy"].([]any); len(used) != 1 {
		t.Errorf("the connection is used by %v: this test sends back nothing of it", used)
	}
	c.sendBack("/api/v1/connections", "office")
	c.changeOne("/api/v1/connections/office", "maxConcurrent", 5.0)
	c.changeOne("/api/v1/synchronizations/headquarters", "zone", "Indian/Reunion")
	c.changeOne("/api/v1/sources/acme", "clientId", "another")
	c.call(200, "PUT", "/api/v1/alerts", `{"recipients":[{"webhook":"https://alerts.example.com/x","language":"en"}]}`, nil)
	_, alerts := c.call(200, "GET", "/api/v1/alerts", "", nil)
	if _, after := c.call(200, "PUT", "/api/v1/alerts", text(t, alerts), nil); !cmp.Equal(alerts, after) {
		t.Errorf("alerts changed: %s", cmp.Diff(alerts, after))
	}
	// What is told is not taken: no version, no owner, no address of a webhook.
	_, source := c.call(200, "GET", "/api/v1/sources/acme", "", nil)
	forged := cloned(source)
	forged["version"], forged["luccaWebhook"], forged["hasWebhookSecret"] = 99.0, "https://evil.example.net", true
	if _, after := c.call(200, "PUT", "/api/v1/sources/acme", text(t, forged), headers{"If-Match": "*"}); !cmp.Equal(source, after) {
		t.Errorf("what is only told was taken: %s", cmp.Diff(source, after))
	}
	c.call(400, "PUT", "/api/v1/connections/office", `{"hasNothing":true}`, headers{"If-Match": "*"})
}

// sendBack makes a record, or takes the one of a name, and puts it as it was answered.
func (c *contract) sendBack(collection, record string) {
	c.t.Helper()
	name := record
	if strings.HasPrefix(record, "{") {
		_, made := c.call(201, "POST", collection, record, nil)
		name, _ = made["name"].(string)
	}
	header, before := c.call(200, "GET", collection+"/"+name, "", nil)
	asked := find(c.document, "PUT", collection+"/"+name).RequestBody.Value.Content["application/json"].Schema.Value
	if err := asked.VisitJSON(before); err != nil {
		c.t.Errorf("the document does not let %s/%s be sent back: %v", collection, name, err)
	}
	_, after := c.call(200, "PUT", collection+"/"+name, text(c.t, before), headers{"If-Match": header.Get("ETag")})
	if diff := cmp.Diff(before, after); diff != "" {
		c.t.Errorf("%s/%s is another one after it was sent back: %s", collection, name, diff)
	}
}

// changeOne reads a record, changes one field and puts it.
func (c *contract) changeOne(path, field string, value any) {
	c.t.Helper()
	header, before := c.call(200, "GET", path, "", nil)
	wanted := cloned(before)
	wanted[field] = value
	_, after := c.call(200, "PUT", path, text(c.t, wanted), headers{"If-Match": header.Get("ETag")})
	for name := range wanted {
		if name != "version" && name != "changedAt" && name != "changedBy" && !cmp.Equal(wanted[name], after[name]) {
			c.t.Errorf("%s of %s: %s", name, path, cmp.Diff(wanted[name], after[name]))
		}
	}
}

func cloned(members map[string]any) map[string]any {
	copied := map[string]any{}
	for name, value := range members {
		copied[name] = value
	}
	return copied
}

func text(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
