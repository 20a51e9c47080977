package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// A line of the audit log tells where a change was asked for, whoever made it.
func TestTheAuditLogTellsWhereAChangeCameFrom(t *testing.T) {
	full := newLive(t)
	c := newContract(t, full)
	c.call(201, "POST", "/api/v1/sources", sourceJSON, nil)
	_, log := c.call(200, "GET", "/api/v1/audit-log?kind=source&limit=1", "", nil)
	if text := fmt.Sprint(log["items"]); !strings.Contains(text, "network:127.0.0.0/24") {
		t.Errorf("the line has no network: %s", text)
	}
}

// The address of an alerts' webhook often is its key: only who may configure reads it
// whole, and the audit log keeps its server alone.
func TestTheAddressOfAWebhookIsNotForEverybody(t *testing.T) {
	full := newLive(t)
	c := newContract(t, full)
	const key = "T0-B0-opens-the-channel"
	put := func(path string) {
		t.Helper()
		c.call(200, "PUT", "/api/v1/alerts", `{"recipients":[{"name":"chat","webhook":"https://chat.example.com/`+path+`","language":"en"}]}`, nil)
	}
	put("services/" + key)
	put("services/" + key + "-2")
	if _, alerts := c.call(200, "GET", "/api/v1/alerts", "", nil); !strings.Contains(fmt.Sprint(alerts), key) {
		t.Errorf("who may configure does not read the address: %v", alerts)
	}
	reader := headers{"Authorization": "Bearer " + full.reader}
	if _, alerts := c.call(200, "GET", "/api/v1/alerts", "", reader); strings.Contains(fmt.Sprint(alerts), key) ||
		!strings.Contains(fmt.Sprint(alerts), "https://chat.example.com/…") {
		t.Errorf("who may look only reads %v", alerts)
	}
	_, log := c.call(200, "GET", "/api/v1/audit-log?kind=recipient", "", nil)
	if text := fmt.Sprint(log); strings.Contains(text, key) || strings.Count(text, "field:webhook") != 2 {
		t.Errorf("the audit log: %s", text)
	}
}
