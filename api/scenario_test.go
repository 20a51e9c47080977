package api_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const sourceJSON = `{"name":"acme","host":"https://acme.ilucca.net","tokenUrl":"https://acme.ilucca.net/connect/token","clientId":"key","clientSecret":"s3cret"}`

// A whole life of the settings, each answer as the document says.
func TestTheServerKeepsItsContract(t *testing.T) {
	full := newLive(t)
	c := newContract(t, full)
	c.live = full
	c.settings()
	c.work()
	c.operations()
	c.held()
	c.replies()
	c.rest()
	c.refusals()
	for path, item := range c.document.Paths.Map() {
		for method, operation := range item.Operations() {
			if strings.HasPrefix(path, "/codec/") || strings.HasPrefix(path, "/webhooks/") || path == "/connections/consent/callback" {
				continue // tests of their own
			}
			good := false
			for status := range operation.Responses.Map() {
				good = good || status < "300" && c.answered[operation.OperationID+" "+status]
			}
			if !good {
				t.Errorf("%s %s never succeeded here", method, path)
			}
		}
	}
}

func (c *contract) settings() {
	header, _ := c.call(201, "POST", "/api/v1/sources", sourceJSON, nil)
	if header.Get("Location") != "/api/v1/sources/acme" || header.Get("ETag") != `"1"` {
		c.t.Errorf("%v", header)
	}
	c.call(409, "POST", "/api/v1/sources", sourceJSON, nil)
	c.call(200, "GET", "/api/v1/sources", "", nil)
	header, _ = c.call(200, "GET", "/api/v1/sources/acme", "", nil)
	c.call(304, "GET", "/api/v1/sources/acme", "", headers{"If-None-Match": header.Get("ETag")})
	c.call(304, "GET", "/api/v1/sources/acme", "", headers{"If-None-Match": `"x", W/"1"`})
	c.call(200, "GET", "/api/v1/sources/acme", "", headers{"If-None-Match": `"2"`})
	changed := strings.Replace(sourceJSON, `"clientSecret":"s3cret"`, `"webhookSecret":"hunter2-kq3vTz8mWp2hYb7dRn5xJc9g"`, 1)
	c.call(428, "PUT", "/api/v1/sources/acme", changed, nil)
	_, view := c.call(200, "PUT", "/api/v1/sources/acme", changed, headers{"If-Match": `"1"`})
	if view["hasClientSecret"] != true || view["hasWebhookSecret"] != true || view["version"] != 2.0 {
		c.t.Errorf("%v", view)
	}
	_, gone := c.call(412, "PUT", "/api/v1/sources/acme", changed, headers{"If-Match": `"1"`})
	if by, _ := gone["changedBy"].(map[string]any); by["id"] != "token:test" || gone["changedAt"] == nil || gone["version"] != 2.0 {
		c.t.Errorf("%v", gone)
	}
	c.call(412, "PUT", "/api/v1/sources/acme", changed, headers{"If-Match": `W/"2"`})
	_, view = c.call(200, "PUT", "/api/v1/sources/acme", strings.Replace(changed, `"hunter2-kq3vTz8mWp2hYb7dRn5xJc9g"`, `null`, 1), headers{"If-Match": "*"})
	if view["hasClientSecret"] != true || view["hasWebhookSecret"] != false {
		c.t.Errorf("%v", view)
	}
	_, checked := c.call(200, "POST", "/api/v1/sources/acme/check", "", nil)
	if checked["ok"] != true {
		c.t.Errorf("%v", checked)
	}
	c.call(200, "GET", "/api/v1/sources/acme/legal-entities", "", nil)
	c.call(200, "GET", "/api/v1/sources/acme/accounts", "", nil)
	c.call(200, "POST", "/api/v1/sources/acme/webhook", "", nil)
	header, _ = c.call(200, "GET", "/api/v1/sources/acme", "", nil)
	c.call(428, "POST", "/api/v1/sources/acme/http-key", "", nil)
	_, key := c.call(200, "POST", "/api/v1/sources/acme/http-key", "", headers{"If-Match": header.Get("ETag")})
	if text, _ := key["httpSynchronizationKey"].(string); !strings.HasPrefix(text, "Basic ") {
		c.t.Errorf("%v", key)
	}
	c.call(201, "POST", "/api/v1/connections", `{"name":"office","provider":"office365","office365":{"tenantId":"`+tenant+`","clientId":"client-1","clientSecret":"top-secret"}}`, nil)
	c.call(201, "POST", "/api/v1/connections", `{"name":"factory","provider":"exchange","exchange":{"url":"https://mail.example.com/ews/exchange.asmx","username":"EXAMPLE\\sync","password":"hunter2"}}`, nil)
	c.call(200, "GET", "/api/v1/connections", "", nil)
	c.call(200, "GET", "/api/v1/connections/factory", "", nil)
	c.call(200, "PUT", "/api/v1/connections/factory", `{"provider":"exchange","maxConcurrent":3,"exchange":{"url":"https://mail.example.com/ews/exchange.asmx","username":"EXAMPLE\\other"}}`, headers{"If-Match": `"1"`})
	c.call(200, "POST", "/api/v1/connections/office/check", `{"mailbox":"jane.doe@example.com"}`, nil)
	c.call(200, "GET", "/api/v1/connections/office/consent", "", nil)
	c.call(409, "GET", "/api/v1/connections/factory/consent", "", nil)
	c.call(201, "POST", "/api/v1/synchronizations", `{"name":"headquarters","source":"acme","connection":"office","legalEntities":["1"],"zone":"Europe/Paris"}`, nil)
	c.call(200, "GET", "/api/v1/synchronizations", "", nil)
	_, view = c.call(200, "PUT", "/api/v1/synchronizations/headquarters",
		`{"source":"acme","connection":"office","legalEntities":["1"],"zone":"Europe/Paris","policy":{"label":"Away","hours":{"morningStart":"08:30"}}}`, headers{"If-Match": `"1"`})
	if policy, _ := view["policy"].(map[string]any); policy["label"] != "Away" || policy["showApproved"] != "out-of-office" || view["confirmAbove"] != 2000.0 {
		c.t.Errorf("%v", view)
	}
	c.call(200, "POST", "/api/v1/synchronizations/headquarters/pause", "", nil)
	c.call(412, "POST", "/api/v1/synchronizations/headquarters/resume", "", headers{"If-Match": `"2"`})
	c.call(200, "POST", "/api/v1/synchronizations/headquarters/resume", "", headers{"If-Match": `"3"`})
	c.call(200, "GET", "/api/v1/synchronizations/headquarters", "", nil)
	c.call(200, "POST", "/api/v1/synchronizations/preview", `{"zone":"Europe/Paris","policy":{"wholeDay":"time-range"}}`, nil)
	c.rules()
	_, used := c.call(409, "DELETE", "/api/v1/connections/office", "", headers{"If-Match": `"1"`})
	if by, _ := used["usedBy"].(map[string]any); used["code"] != "in-use" || fmt.Sprint(by["names"]) != "[headquarters]" {
		c.t.Errorf("%v", used)
	}
	c.call(204, "DELETE", "/api/v1/connections/factory", "", headers{"If-Match": `"2"`})
}

func (c *contract) work() {
	c.call(200, "GET", "/api/v1/overview", "", headers{"Accept-Language": "en"})
	_, page := c.call(200, "GET", "/api/v1/absences?text=416&status=blocked&limit=1", "", nil)
	if page["next"] != "second" || page["total"] != 1.0 || !strings.Contains(fmt.Sprint(page["items"]), "employeeName:Jane Doe") {
		c.t.Errorf("%v", page)
	}
	_, page = c.call(200, "GET", "/api/v1/absences?text=d%C3%B6e%20JANE", "", nil)
	if owners := c.live.engine.owners(); fmt.Sprint(owners) != "map[acme:[416]]" {
		c.t.Errorf("a name is searched for as %v: %v", owners, page)
	}
	c.call(200, "GET", "/api/v1/absences?text=O%27Brien", "", nil)
	c.call(200, "GET", "/api/v1/absences?page=second", "", nil)
	c.call(200, "GET", "/api/v1/absences?text=jane.doe@example.com", "", nil)
	c.call(422, "GET", "/api/v1/absences?page=third", "", nil)
	c.call(422, "GET", "/api/v1/absences?limit=0", "", nil)
	c.call(422, "GET", "/api/v1/absences?status=odd", "", nil)
	_, one := c.call(200, "GET", "/api/v1/absences/acme/8750", "", nil)
	if one["employeeName"] != "Jane Doe" {
		c.t.Errorf("%v", one)
	}
	_, asked := c.call(202, "POST", "/api/v1/absences/resync", `{"status":"blocked","synchronization":"headquarters","reason":"mailbox-missing"}`, nil)
	if asked["matched"] != 1.0 {
		c.t.Errorf("%v", asked)
	}
	c.call(202, "POST", "/api/v1/absences/resync", `{"status":"skipped"}`, nil)
	c.call(422, "POST", "/api/v1/absences/resync", `{"status":"synced"}`, nil)
	c.call(422, "POST", "/api/v1/absences/resync", `{}`, nil)
	c.call(400, "POST", "/api/v1/absences/resync", `{"status":"blocked","text":"Doe"}`, nil)
	c.call(202, "POST", "/api/v1/absences/acme/8750/resync", "", nil)
	c.call(404, "POST", "/api/v1/absences/acme/1/resync", `{"rewrite":false}`, nil)
	input := `{"synchronization":"headquarters","since":"2026-10-01","legalEntities":["1"],"dryRun":true}`
	_, first := c.call(202, "POST", "/api/v1/initializations", input, headers{"Idempotency-Key": "one"})
	_, second := c.call(202, "POST", "/api/v1/initializations", input, headers{"Idempotency-Key": "one"})
	_, third := c.call(202, "POST", "/api/v1/initializations", input, nil)
	if first["id"] != second["id"] || first["id"] == third["id"] {
		c.t.Errorf("%v, %v, %v", first, second, third)
	}
	id := fmt.Sprint(first["id"])
	_, wrong := c.call(422, "POST", "/api/v1/initializations", `{"synchronization":"headquarters","legalEntities":["1","7"]}`, headers{"Accept-Language": "en"})
	if wrong["code"] != "wrong-initialization" || !strings.Contains(fmt.Sprint(wrong["errors"]), "legalEntities.1") {
		c.t.Errorf("%v", wrong)
	}
	_, wrong = c.call(422, "POST", "/api/v1/initializations", `{"synchronization":"other"}`, nil)
	if wrong["code"] != "unknown-synchronization" {
		c.t.Errorf("%v", wrong)
	}
	c.call(200, "GET", "/api/v1/initializations?synchronization=headquarters", "", nil)
	_, run := c.call(200, "GET", "/api/v1/initializations/"+id, "", nil)
	if text := fmt.Sprint(run["legalEntities"]); !strings.Contains(text, "employeeName:Jane Doe") {
		c.t.Errorf("%s", text)
	}
	c.call(202, "POST", "/api/v1/initializations/"+id+"/confirm", `{"employees":12}`, nil)
	c.call(409, "POST", "/api/v1/initializations/"+id+"/confirm", `{"employees":11}`, nil)
	c.call(409, "POST", "/api/v1/initializations/"+id+"/approve", `{"deletions":0,"changes":412}`, nil)
	c.call(404, "POST", "/api/v1/initializations/acme.nothing/approve", `{"changes":412}`, nil)
	c.live.engine.waits(&workflows.Breaker{Changes: 412, Of: 1000})
	_, run = c.call(200, "GET", "/api/v1/initializations/"+id, "", nil)
	if breaker, _ := run["breaker"].(map[string]any); run["status"] != "waiting" || breaker["changes"] != 412.0 || breaker["of"] != 1000.0 {
		c.t.Errorf("%v", run)
	}
	c.call(409, "POST", "/api/v1/initializations/"+id+"/approve", `{"deletions":0,"changes":411}`, nil)
	c.call(202, "POST", "/api/v1/initializations/"+id+"/approve", `{"deletions":0,"changes":412}`, nil)
	c.live.engine.waits(nil)
	c.call(202, "DELETE", "/api/v1/initializations/"+id, "", nil)
	c.call(404, "GET", "/api/v1/initializations/acme.nothing/events", "", nil)
	c.live.engine.set(workflows.PhaseCompleted, 3)
	c.call(200, "GET", "/api/v1/initializations/"+id+"/events", "", headers{"Last-Event-ID": "1"})
	c.call(204, "GET", "/api/v1/initializations/"+id+"/events", "", headers{"Last-Event-ID": "end"})
}

// operations proves calendars and empties them.
func (c *contract) operations() {
	const reconciliations, removals = "/api/v1/reconciliations", "/api/v1/removals"
	english := headers{"Accept-Language": "en"}
	header, begun := c.call(202, "POST", reconciliations, `{"synchronization":"headquarters","repair":true,"from":"2026-01-01"}`, nil)
	id := fmt.Sprint(begun["id"])
	if id != "acme.1" || header.Get("Location") != reconciliations+"/"+id || begun["status"] != "running" {
		c.t.Errorf("%v: %v", header, begun)
	}
	one := reconciliations + "/" + id
	c.call(409, "POST", one+"/approve", `{"deletions":61,"changes":4}`, nil)
	c.live.engine.become(func(o *starter.Operation) {
		o.Phase, o.Breaker = workflows.PhaseWaiting, &workflows.Breaker{Deletions: 61, Changes: 4, Of: 100}
	})
	_, told := c.call(200, "GET", one, "", english)
	counts, _ := told["counts"].(map[string]any)
	breaker, _ := told["breaker"].(map[string]any)
	if told["status"] != "waiting" || counts["surplus"] != 61.0 || breaker["deletions"] != 61.0 || breaker["changes"] != 4.0 || breaker["of"] != 100.0 {
		c.t.Errorf("%v", told)
	}
	if text := fmt.Sprint(told["differences"]); !strings.Contains(text, "employeeName:Jane Doe") || !strings.Contains(text, "day:2026-10-01") {
		c.t.Errorf("%s", text)
	}
	rules, _ := told["byRule"].([]any)
	if text := fmt.Sprint(rules); len(rules) != 3 || !strings.Contains(text, "accounts:[name:RTT]") || !strings.Contains(text, "unlisted:true") {
		c.t.Errorf("by rule: %s", text)
	}
	if _, read := c.call(200, "GET", one, "", headers{"Authorization": "Bearer " + c.live.reader}); read["byRule"] != nil || read["counts"] == nil {
		c.t.Errorf("who may only look is told absence types beside people: %v", read)
	}
	_, refused := c.call(409, "POST", one+"/approve", `{"deletions":60,"changes":4}`, english)
	if breaker, _ := refused["breaker"].(map[string]any); refused["code"] != "other-numbers" || breaker["deletions"] != 61.0 ||
		!strings.Contains(fmt.Sprint(refused["detail"]), "61 deletions and 4 changes") {
		c.t.Errorf("%v", refused)
	}
	c.call(202, "POST", one+"/approve", `{"deletions":61,"changes":4}`, nil)
	c.call(202, "DELETE", one, "", nil)
	c.live.engine.become(func(o *starter.Operation) {
		o.Phase, o.Breaker, o.EndedAt = workflows.PhaseFailed, nil, now
		o.Failure, o.Reason = "Figgo cannot be read: source-empty ()", "source-empty"
	})
	_, told = c.call(200, "GET", one, "", english)
	if told["status"] != "failed" || told["reason"] != "source-empty" || !strings.Contains(fmt.Sprint(told["do"]), "integration key") {
		c.t.Errorf("%v", told)
	}
	_, all := c.call(200, "GET", reconciliations+"?synchronization=headquarters", "", nil)
	if items, _ := all["items"].([]any); len(items) != 1 {
		c.t.Errorf("%v", all)
	}
	c.call(404, "GET", reconciliations+"/acme.nothing", "", nil)
	c.call(404, "DELETE", reconciliations+"/acme.nothing", "", nil)
	c.call(404, "POST", reconciliations+"/acme.nothing/approve", `{"deletions":1}`, nil)
	c.refusedOperations()
	for _, path := range []string{reconciliations, one + "/approve", removals, removals + "/acme.1/approve"} {
		c.call(403, "POST", path, `{}`, headers{"Authorization": "Bearer " + c.live.reader})
	}
	c.call(403, "DELETE", one, "", headers{"Authorization": "Bearer " + c.live.reader})

	_, begun = c.call(202, "POST", removals, `{"source":"acme","legalEntity":"1","dryRun":true}`, nil)
	one = removals + "/" + fmt.Sprint(begun["id"])
	_, told = c.call(200, "GET", one, "", nil)
	counts, _ = told["counts"].(map[string]any)
	if told["status"] != "running" || told["legalEntity"] != "1" || told["dryRun"] != true || counts["events"] != 61.0 {
		c.t.Errorf("%v", told)
	}
	if text := fmt.Sprint(told["uncleared"]); !strings.Contains(text, "employeeName:Jane Doe") || !strings.Contains(text, "reason:mailbox-missing") {
		c.t.Errorf("%s", text)
	}
	c.live.engine.become(func(o *starter.Operation) {
		o.Phase, o.Breaker = workflows.PhaseWaiting, &workflows.Breaker{Deletions: 61, Of: 61}
	})
	c.call(202, "POST", one+"/approve", `{"deletions":61,"changes":0}`, nil)
	c.call(200, "GET", removals, "", nil)
	c.call(202, "DELETE", one, "", nil)
	c.call(404, "GET", reconciliations+"/"+fmt.Sprint(begun["id"]), "", nil)
	_, initialization := c.call(202, "POST", "/api/v1/initializations", `{"synchronization":"headquarters"}`, nil)
	for _, scope := range []string{
		`{"synchronization":"headquarters"}`, `{"source":"acme","legalEntity":"1"}`, `{"source":"acme","employee":"416"}`,
		fmt.Sprintf(`{"initialization":"%v"}`, initialization["id"]),
	} {
		_, begun := c.call(202, "POST", removals, scope, nil)
		_, told := c.call(200, "GET", removals+"/"+fmt.Sprint(begun["id"]), "", nil)
		for name, value := range read(c.t, scope) {
			if told[name] != value {
				c.t.Errorf("%s: %s is %v", scope, name, told[name])
			}
		}
	}
}

func read(t *testing.T, text string) (values map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// refusedOperations are told at their fields.
func (c *contract) refusedOperations() {
	for _, test := range []struct{ path, body, code, field string }{
		{"reconciliations", `{"synchronization":"other"}`, "unknown-synchronization", "synchronization"},
		{"reconciliations", `{}`, "wrong-reconciliation", "synchronization"},
		{"reconciliations", `{"synchronization":"headquarters","from":"2026-02-01","to":"2026-01-01"}`, "wrong-reconciliation", "to"},
		{"removals", `{}`, "wrong-removal", "synchronization"},
		{"removals", `{"synchronization":"headquarters","legalEntity":"1","dryRun":true}`, "wrong-removal", "synchronization"},
		{"removals", `{"source":"nobody","legalEntity":"9","dryRun":true}`, "wrong-removal", "legalEntity"},
		{"removals", `{"source":"acme","dryRun":true}`, "wrong-removal", "legalEntity"},
		{"removals", `{"legalEntity":"1","dryRun":true}`, "wrong-removal", "source"},
		{"removals", `{"synchronization":"headquarters","source":"acme"}`, "wrong-removal", "synchronization"},
		{"removals", `{"source":"other","employee":"416"}`, "wrong-removal", "source"},
		{"removals", `{"source":"acme","employee":"416","legalEntity":"1"}`, "wrong-removal", "employee"},
		{"removals", `{"initialization":"acme.nothing"}`, "wrong-removal", "initialization"},
		{"removals", `{"initialization":"acme.1","source":"acme"}`, "wrong-removal", "initialization"},
	} {
		_, refused := c.call(422, "POST", "/api/v1/"+test.path, test.body, nil)
		if refused["code"] != test.code || !strings.Contains(fmt.Sprint(refused["errors"]), "field:"+test.field) {
			c.t.Errorf("%s: %v", test.body, refused)
		}
	}
}

// replies tells how an employee's automatic replies stand, and no text.
func (c *contract) replies() {
	const path = "/api/v1/auto-replies/acme/416"
	c.call(404, "GET", path, "", nil)
	c.call(401, "GET", path, "", headers{"Authorization": ""})
	text := calendars.AutoReply{Inside: "In hospital", Outside: "In hospital", From: now}
	trouble := &workflows.Trouble{Reason: string(calendars.AutoReplyNotGranted), Scope: "connection", Since: now}
	c.live.engine.replies = map[string]workflows.RepliesState{"416": {
		Source: "acme", Employee: "416", Synchronization: "main", Status: workflows.StatusBlocked, Trouble: trouble,
		Connection: "office", Absences: []workflows.RepliedAbsence{{Absence: "8750"}}, LeftUntil: now, Next: now, NextTry: now,
		Standing: &workflows.StandingReply{
			Place: workflows.Place{Connection: "office", Provider: "office365", Mailbox: "jane.doe@example.com"},
			Own:   text, Written: text, Absences: []string{"8750"}, Until: now.AddDate(0, 0, 7),
		},
		Story: []workflows.Entry{{At: now, Event: workflows.EventReplyTrouble, Trouble: trouble}},
	}}
	_, got := c.call(200, "GET", path, "", headers{"Authorization": "Bearer " + c.live.reader, "Accept-Language": "en"})
	all := fmt.Sprint(got)
	for _, want := range []string{"status:blocked", "reason:auto-reply-not-granted", "connection:office", "mailbox:jane.doe@example.com", "absences:[8750]", "event:reply-trouble"} {
		if !strings.Contains(all, want) {
			c.t.Errorf("%s is missing in %s", want, all)
		}
	}
	if strings.Contains(all, "hospital") {
		c.t.Errorf("a text is answered: %s", all)
	}
	c.live.engine.replies = nil
}

// held decides about deletions that wait.
func (c *contract) held() {
	const held = "/api/v1/held"
	english := headers{"Accept-Language": "en"}
	_, none := c.call(200, "GET", held+"?source=acme", "", nil)
	if none["total"] != 0.0 {
		c.t.Errorf("%v", none)
	}
	c.call(404, "GET", held+"?source=other", "", nil)
	c.call(409, "POST", held+"/acme/approve", "", nil)
	c.call(404, "POST", held+"/other/drop", "", nil)
	for _, decision := range []string{"approve", "drop"} {
		c.live.engine.held = map[string]workflows.HeldDeletions{"acme": {
			Total: 400, CarriedOut: 5,
			Deletions: []workflows.HeldDeletion{{Absence: "8750", Employee: "416", LegalEntity: "1", At: now}},
		}}
		c.call(403, "POST", held+"/acme/"+decision, "", headers{"Authorization": "Bearer " + c.live.reader})
		_, all := c.call(200, "GET", held, "", nil)
		if text := fmt.Sprint(all["items"]); all["total"] != 400.0 || all["carriedOut"] != 5.0 || !strings.Contains(text, "absence:8750") || !strings.Contains(text, "employeeName:Jane Doe") {
			c.t.Errorf("%v", all)
		}
		_, other := c.call(409, "POST", held+"/acme/"+decision, `{"deletions":399}`, english)
		if breaker, _ := other["breaker"].(map[string]any); other["code"] != "other-numbers" || breaker["deletions"] != 400.0 {
			c.t.Errorf("%v", other)
		}
		body := map[string]string{"approve": `{"deletions":400}`}[decision]
		if _, decided := c.call(202, "POST", held+"/acme/"+decision, body, nil); decided["count"] != 400.0 {
			c.t.Errorf("%v", decided)
		}
	}
	if got := fmt.Sprint(c.live.engine.decided); got != "[true false]" {
		c.t.Errorf("decided %s", got)
	}
}

func (c *contract) rest() {
	next := time.Now().AddDate(0, 1, 0).UTC().Format(time.RFC3339)
	_, refusal := c.call(403, "POST", "/api/v1/tokens", `{"label":"child","role":"configure","expires":"`+next+`"}`, nil)
	if refusal["code"] != "people-only" {
		c.t.Errorf("a token made another: %v", refusal)
	}
	person := headers{"Authorization": "", "Cookie": c.live.signIn(c.t)}
	_, made := c.call(201, "POST", "/api/v1/tokens", `{"label":"monitoring","role":"consult","expires":"`+next+`"}`, person)
	plain, id := fmt.Sprint(made["token"]), fmt.Sprint(made["id"])
	c.call(200, "GET", "/api/v1/sources", "", headers{"Authorization": "Bearer " + plain})
	_, refused := c.call(403, "POST", "/api/v1/sources", sourceJSON, headers{"Authorization": "Bearer " + plain, "Accept-Language": "en"})
	if refused["code"] != "forbidden" {
		c.t.Errorf("%v", refused)
	}
	c.call(403, "GET", "/api/v1/connections/office/consent", "", headers{"Authorization": "Bearer " + plain})
	c.call(200, "GET", "/api/v1/tokens", "", nil)
	c.call(204, "DELETE", "/api/v1/tokens/"+id, "", nil)
	c.call(404, "DELETE", "/api/v1/tokens/"+id, "", nil)
	c.call(401, "GET", "/api/v1/sources", "", headers{"Authorization": "Bearer " + plain})
	c.call(422, "POST", "/api/v1/tokens", `{"label":"","role":"root","expires":"2001-01-01T00:00:00Z"}`, person)
	c.call(422, "POST", "/api/v1/tokens", `{"label":"x","role":"consult","expires":"2999-01-01T00:00:00Z"}`, person)
	_, open := c.call(200, "GET", "/api/v1/sessions", "", nil)
	mine, _ := open["items"].([]any)[0].(map[string]any)
	c.call(200, "GET", "/api/v1/overview", "", person)
	c.call(204, "DELETE", fmt.Sprint("/api/v1/sessions/", mine["id"]), "", nil)
	c.call(404, "DELETE", fmt.Sprint("/api/v1/sessions/", mine["id"]), "", nil)
	c.call(401, "GET", "/api/v1/overview", "", person)
	c.alerts()
	_, log := c.call(200, "GET", "/api/v1/audit-log?limit=3", "", nil)
	c.call(200, "GET", fmt.Sprintf("/api/v1/audit-log?limit=3&before=%v", log["next"]), "", nil)
	c.call(200, "GET", "/api/v1/audit-log?kind=source&name=acme", "", nil)
	c.call(422, "GET", "/api/v1/audit-log?before=x", "", nil)
	for _, path := range []string{"/api/v1/settings/export", "/api/v1/openapi.json", "/api/v1/docs", "/api/v1/docs.css", "/healthz", "/readyz", "/metrics"} {
		c.call(200, "GET", path, "", nil)
	}
	c.call(204, "DELETE", "/api/v1/synchronizations/headquarters", "", headers{"If-Match": "*"})
	header, _ := c.call(200, "GET", "/api/v1/sources/acme", "", nil)
	c.call(204, "DELETE", "/api/v1/sources/acme", "", headers{"If-Match": header.Get("ETag")})
	c.call(404, "GET", "/api/v1/sources/acme", "", nil)
}

var field = regexp.MustCompile(`field:(\S+)`)

// rules puts a policy with rules and reads it as it was sent. One that tells of sick leave
// must say that this is known.
func (c *contract) rules() {
	const place = "/api/v1/synchronizations/headquarters"
	body := func(policy string) string {
		return `{"source":"acme","connection":"office","legalEntities":["1"],"zone":"Europe/Paris","policy":` + policy + `}`
	}
	const rules = `[{"accounts":["56","category:Congés"],"title":"template","template":"{label} > {until}","category":"Absence","outOfOffice":{"decline":"new","message":"Absent"}},` +
		`{"accounts":["name:Télétravail"],"write":"approved","private":false,"telework":{"place":"home"}},` +
		`{"accounts":["name:Maladie"],"private":true,"showApproved":"busy"}]`
	_, view := c.call(200, "PUT", place, body(`{"rules":`+rules+`,"pendingMark":"?","language":"en"}`), headers{"If-Match": `*`})
	var want any
	if err := json.Unmarshal([]byte(rules), &want); err != nil {
		c.t.Fatal(err)
	}
	if policy, _ := view["policy"].(map[string]any); !reflect.DeepEqual(policy["rules"], want) || policy["pendingMark"] != "?" {
		c.t.Errorf("%v", view)
	}
	telling := `{"showType":true,"rules":[{"accounts":["name:Maladie"],"colour":"tomato"}]}`
	_, refused := c.call(422, "PUT", place, body(telling), headers{"If-Match": `*`})
	for _, at := range []string{"policy.showType", "policy.rules.0.colour"} {
		if !strings.Contains(fmt.Sprint(refused["errors"]), at) {
			c.t.Errorf("%s is not told: %v", at, refused)
		}
	}
	c.call(200, "PUT", place, body(strings.Replace(telling, "{", `{"confirmReveals":true,`, 1)), headers{"If-Match": `*`})
	_, log := c.call(200, "GET", "/api/v1/audit-log?kind=synchronization&limit=1", "", nil)
	if !strings.Contains(fmt.Sprint(log["items"]), "confirmed") {
		c.t.Errorf("the confirmation is not in the audit log: %v", log)
	}
	c.call(200, "PUT", place, body(`{}`), headers{"If-Match": `*`})
}

// Everything that is wrong is told at its field, in the language asked for.
func (c *contract) refusals() {
	for _, test := range []struct {
		status     int
		path, body string
		fields     string
	}{
		{400, "sources", `{"name":"x","hst":"https://a.example"}`, "hst"},
		{400, "sources", `{"name":7,"host":["https://a.example"],"clientSecret":{}}`, "clientSecret host name"},
		{400, "sources", `{"Name":"x"}`, "Name"},
		{400, "sources", `{"name":null}`, "name"},
		{400, "sources", `[]`, ""},
		{400, "connections", `{"provider":"google","google":{"key":"x","scope":1}}`, "google.scope"},
		{400, "synchronizations", `{"legalEntities":["1",2],"policy":{"hours":{"morningStart":"25:00"},"private":"no"}}`, "legalEntities.1 policy.hours.morningStart policy.private"},
		{400, "synchronizations", `{"policy":{"rules":[{"accounts":"57"},3,{"accounts":[],"hue":2,"private":"no","telework":{"where":"x"}}]}}`, "policy.rules.0.accounts policy.rules.1 policy.rules.2.hue policy.rules.2.private policy.rules.2.telework.where"},
		{422, "synchronizations/preview", `{"zone":"Europe/Paris","policy":{"rules":[{"accounts":[]},{"accounts":["a b"],"title":"template","colour":"pink","telework":{"place":""}}]}}`, "policy.rules.0.accounts policy.rules.1.accounts.0 policy.rules.1.template policy.rules.1.colour policy.rules.1.telework.place"},
		{400, "initializations", `{"synchronization":"x","since":"2026-02-30"}`, "since"},
		{400, "tokens", `{"label":"x","role":"consult","expires":"tomorrow"}`, "expires"},
		{422, "sources", `{"name":"Ä","host":"ftp://a.example","clientId":"` + strings.Repeat("x", 300) + `","clientSecret":"a"}`, "name host clientId"},
		{422, "sources", `{"name":"x","host":"https://user:pass@a.example","clientId":"a","clientSecret":""}`, "clientSecret"},
		{422, "connections", `{"name":"x","provider":"google","exchange":{"url":"","username":""}}`, "exchange google"},
		{422, "connections", `{"name":"x","provider":"notes"}`, "provider"},
		{422, "synchronizations", `{"name":"x","source":"nowhere","connection":"nowhere","legalEntities":[],"zone":"Local","policy":{"label":""}}`, "legalEntities zone policy.label"},
		{422, "synchronizations/preview", `{"zone":"","policy":{"label":"<script>\u0000"}}`, "zone policy.label"},
	} {
		for lang, word := range map[string]string{"fr": "La demande", "en": "The request"} {
			_, answer := c.call(test.status, "POST", "/api/v1/"+test.path, test.body, headers{"Accept-Language": lang})
			var fields []string
			for _, m := range field.FindAllStringSubmatch(fmt.Sprint(answer["errors"]), -1) {
				fields = append(fields, strings.TrimRight(m[1], "]"))
			}
			missing := []string{}
			for _, want := range strings.Fields(test.fields) {
				if !strings.Contains(" "+strings.Join(fields, " ")+" ", " "+want+" ") {
					missing = append(missing, want)
				}
			}
			if len(missing) > 0 || !strings.HasPrefix(fmt.Sprint(answer["detail"]), word) {
				c.t.Errorf("%s %s: fields %v lack %v; %v", test.path, test.body, fields, missing, answer["detail"])
			}
		}
	}
	c.call(400, "POST", "/api/v1/sources", "{\"name\":\"\xff\"}", nil)
	c.call(400, "POST", "/api/v1/sources", `{"name":`, nil)
	c.call(400, "POST", "/api/v1/sources", "", nil)
	c.call(415, "POST", "/api/v1/sources", sourceJSON, headers{"Content-Type": "text/plain"})
	c.call(413, "POST", "/api/v1/sources", `{"name":"`+strings.Repeat("x", 2<<20)+`"}`, nil)
	c.call(401, "GET", "/api/v1/overview", "", headers{"Authorization": "Bearer nothing"})
	c.call(403, "POST", "/api/v1/sources", sourceJSON, headers{"Authorization": "", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
}

// A settings file can be read by the API, and not changed.
func TestReadOnlyKeepsTheContract(t *testing.T) {
	full := newLive(t).fill(t)
	readOnly := newServerOf(full)
	c := newContract(t, readOnly)
	if header, _ := c.call(200, "GET", "/api/v1/sources/acme", "", nil); header.Get("ETag") != "" {
		t.Errorf("%v", header)
	}
	_, refused := c.call(409, "DELETE", "/api/v1/sources/acme", "", nil)
	if refused["code"] != "read-only" {
		t.Errorf("%v", refused)
	}
	c.call(409, "POST", "/api/v1/sources", sourceJSON, nil)
	c.call(409, "POST", "/api/v1/synchronizations/headquarters/pause", "", nil)
	c.call(409, "GET", "/api/v1/tokens", "", nil)
	c.call(409, "GET", "/api/v1/sessions", "", nil)
	c.call(200, "GET", "/api/v1/audit-log", "", nil)
	full.engine.set(workflows.PhaseCompleted, 3)
	c.call(202, "POST", "/api/v1/initializations", `{"synchronization":"headquarters"}`, nil)
}

func (c *contract) alerts() {
	const path = "/api/v1/alerts"
	recipientsOf := func(body map[string]any) []any { all, _ := body["recipients"].([]any); return all }
	_, none := c.call(200, "GET", path, "", nil)
	if len(recipientsOf(none)) != 0 || none["mail"] != false {
		c.t.Errorf("%v", none)
	}
	both := `{"recipients":[{"email":"it@example.com"},{"webhook":"https://hooks.example.com/x?key=1","language":"en","kinds":["temporal-away"],"digest":true}]}`
	_, made := c.call(200, "PUT", path, both, nil)
	hook, _ := recipientsOf(made)[1].(map[string]any)
	if secret, _ := hook["secret"].(string); len(secret) < 40 || hook["language"] != "en" || hook["digest"] != true {
		c.t.Errorf("%v", hook)
	}
	_, again := c.call(200, "PUT", path, both, nil)
	kept, _ := recipientsOf(again)[1].(map[string]any)
	if kept["name"] != hook["name"] || kept["secret"] != nil {
		c.t.Errorf("the same webhook was made again: %v", kept)
	}
	_, renewed := c.call(200, "PUT", path, strings.Replace(both, `"digest":true`, `"newSecret":true`, 1), nil)
	if one, _ := recipientsOf(renewed)[1].(map[string]any); one["secret"] == nil || one["secret"] == hook["secret"] || one["digest"] != false {
		c.t.Errorf("no new secret: %v", one)
	}
	_, read := c.call(200, "GET", path, "", nil)
	if text := fmt.Sprint(read); strings.Contains(text, "secret") || len(recipientsOf(read)) != 2 {
		c.t.Errorf("%v", read)
	}
	_, tested := c.call(200, "POST", path+"/test", `{"recipient":"`+fmt.Sprint(recipientsOf(read)[0].(map[string]any)["name"])+`"}`, nil)
	if !strings.Contains(fmt.Sprint(tested), "sent:false") {
		c.t.Errorf("a test without a mail server: %v", tested)
	}
	c.call(404, "POST", path+"/test", `{"recipient":"nobody"}`, nil)
	for body, field := range map[string]string{
		`{"recipients":[{}]}`: "recipients.0.email", `{"recipients":[{"email":"x"}]}`: "recipients.0.email",
		`{"recipients":[{"webhook":"http://hooks.example.com"}]}`:             "recipients.0.webhook",
		`{"recipients":[{"webhook":"https://169.254.169.254/x"}]}`:            "recipients.0.webhook",
		`{"recipients":[{"email":"a@example.com","kinds":["weather"]}]}`:      "recipients.0.kinds",
		`{"recipients":[{"email":"a@example.com"},{"email":"b","kinds":[]}]}`: "recipients.1.email",
	} {
		if _, refused := c.call(422, "PUT", path, body, nil); !strings.Contains(fmt.Sprint(refused["errors"]), "field:"+field) {
			c.t.Errorf("%s: %v", body, refused)
		}
	}
	c.call(400, "PUT", path, `{"recipient":[]}`, nil)
	c.call(400, "PUT", path, `{}`, nil)
	c.call(200, "PUT", path, `{"recipients":[]}`, nil)
}
