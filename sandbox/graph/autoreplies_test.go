package graph_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/graph"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// settingsWorld is a world whose good token has the right to mailbox settings.
func settingsWorld(t *testing.T, change func(*graph.Config)) *world {
	t.Helper()
	return newWorld(t, func(cfg *graph.Config) {
		cfg.Now = func() time.Time { return noon }
		cfg.Authorize = func(bearer string) (graph.Principal, error) {
			roles, ok := map[string][]string{
				"good": {"MailboxSettings.ReadWrite"}, "calendars": {"Calendars.ReadWrite"}, "reader": {"MailboxSettings.Read"}, "bare": nil,
			}[bearer]
			if !ok {
				return graph.Principal{}, errors.New("unknown token")
			}
			return graph.Principal{TenantID: "tenant", AppID: appID, Roles: roles}, nil
		}
		if change != nil {
			change(cfg)
		}
	})
}

func settings(mailbox string) string { return "/users/" + mailbox + "/mailboxSettings" }

func replies(pairs ...any) map[string]any {
	return map[string]any{"automaticRepliesSetting": with(map[string]any{}, pairs...)}
}

func TestAutomaticReplies(t *testing.T) {
	t.Parallel()
	w := settingsWorld(t, nil)
	first := w.must(http.StatusOK, w.do("GET", settings(anna), nil))
	validate(t, "microsoft.graph.mailboxSettings", first.body)
	made := first.body["automaticRepliesSetting"].(map[string]any)
	if diff := cmp.Diff(at("2026-12-01T12:00:00.0000000", "UTC"), made["scheduledStartDateTime"]); made["status"] != "disabled" || diff != "" {
		t.Errorf("never set: %v", made)
	}
	changed := w.must(http.StatusOK, w.do("PATCH", settings(anna), replies(
		"@odata.type", "#microsoft.graph.automaticRepliesSetting", "status", "scheduled", "externalAudience", "contactsOnly",
		"internalReplyMessage", "Bis Montag &lt;&amp;&gt; ä<br>\r\nJo", "externalReplyMessage", "<html><body>Weg</body></html>",
		"scheduledStartDateTime", at("2026-12-18T18:00:00", paris), "scheduledEndDateTime", at("2027-01-04T08:00:00.0000000", "Europe/Paris"))))
	validate(t, "microsoft.graph.mailboxSettings", changed.body)
	want := map[string]any{
		"status": "scheduled", "externalAudience": "contactsOnly", "externalReplyMessage": "<html><body>Weg</body></html>",
		"internalReplyMessage":   "<html>\n<body>\nBis Montag &lt;&amp;&gt; ä<br>\r\nJo\n</body>\n</html>\n",
		"scheduledStartDateTime": at("2026-12-18T17:00:00.0000000", "UTC"), "scheduledEndDateTime": at("2027-01-04T07:00:00.0000000", "UTC"),
	}
	kept := w.must(http.StatusOK, w.do("GET", settings(anna)+"?$select=automaticRepliesSetting", nil))
	for name, got := range map[string]any{"answered": changed.body["automaticRepliesSetting"], "kept": kept.body["automaticRepliesSetting"]} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// What is not named stays.
	w.must(http.StatusOK, w.do("PATCH", settings(anna), replies("status", "disabled")))
	seen, err := w.store.Reply(anna)
	if err != nil || seen.State != mailboxes.ReplyOff || seen.Audience != mailboxes.AudienceContacts || seen.Outside != "<html><body>Weg</body></html>" {
		t.Errorf("the owner sees %+v, %v", seen, err)
	}
}

func TestAutomaticRepliesRefusals(t *testing.T) {
	t.Parallel()
	w := settingsWorld(t, nil)
	start, end := at("2026-12-18T18:00:00", "UTC"), at("2027-01-04T08:00:00", "UTC")
	scheduled := func(start, end any) any {
		return replies("status", "scheduled", "scheduledStartDateTime", start, "scheduledEndDateTime", end)
	}
	for name, test := range map[string]struct {
		body any
		code string
	}{
		"nothing":                 {map[string]any{}, "InvalidArguments"},
		"another property":        {map[string]any{"zone": "UTC"}, "RequestBodyRead"},
		"a read-only one":         {map[string]any{"userPurpose": "user"}, "ErrorInvalidPropertySet"},
		"not imitated":            {map[string]any{"timeZone": "UTC"}, "SandboxNotImitated"},
		"a status nobody knows":   {replies("status", "Scheduled"), "RequestBodyRead"},
		"no audience":             {map[string]any{"automaticRepliesSetting": map[string]any{"externalAudience": nil}}, "RequestBodyRead"},
		"another name":            {replies("internalMessage", "x"), "RequestBodyRead"},
		"a text that is a number": {replies("internalReplyMessage", 7), "RequestBodyRead"},
		"no schedule":             {replies("status", "scheduled"), "ErrorInvalidTimeSettings"},
		"it ends at its start":    {scheduled(start, start), "ErrorInvalidTimeSettings"},
		"it is over":              {scheduled(at("2026-11-01T00:00:00", "UTC"), at("2026-12-01T12:00:00", "UTC")), "ErrorInvalidTimeSettings"},
		"no zone":                 {scheduled(map[string]any{"dateTime": "2026-12-18T18:00:00"}, end), "RequestBodyRead"},
		"a zone nobody knows":     {scheduled(at("2026-12-18T18:00:00", "Europe/Lutetia"), end), "InvalidTimeZone"},
		"no time":                 {scheduled(at("Friday", "UTC"), end), "RequestBodyRead"},
	} {
		if a := w.do("PATCH", settings(anna), test.body); a.code() != test.code {
			t.Errorf("%s: %d %s, want %s", name, a.status, a.code(), test.code)
		}
	}
	if reply, err := w.store.Reply(anna); err != nil || reply.State != mailboxes.ReplyOff || reply.Inside != "" {
		t.Errorf("a refusal left %+v, %v", reply, err)
	}
}

func TestTheRightToAutomaticReplies(t *testing.T) {
	t.Parallel()
	rbac := func(cfg *graph.Config) {
		cfg.RBACSettings = func(app, mailbox string) bool { return app == appID && mailbox == anna }
	}
	policy := func(cfg *graph.Config) { cfg.Allowed = func(_, mailbox string) bool { return mailbox == anna } }
	for name, test := range map[string]struct {
		change         func(*graph.Config)
		method, bearer string
		mailbox        string
		status         int
	}{
		"the right":                  {nil, "PATCH", "good", anna, 200},
		"calendars only, read":       {nil, "GET", "calendars", anna, 403},
		"calendars only, write":      {nil, "PATCH", "calendars", anna, 403},
		"reading reads":              {nil, "GET", "reader", anna, 200},
		"reading does not write":     {nil, "PATCH", "reader", anna, 403},
		"no right at all":            {nil, "GET", "bare", anna, 401},
		"RBAC gives one mailbox":     {rbac, "PATCH", "calendars", anna, 200},
		"RBAC gives no other":        {rbac, "PATCH", "calendars", ravi, 403},
		"a policy denies":            {policy, "PATCH", "good", ravi, 403},
		"nobody":                     {nil, "PATCH", "good", "nobody@example.com", 404},
		"a mailbox of another house": {nil, "GET", "good", onPrem, 404},
	} {
		w := settingsWorld(t, test.change)
		var body any
		if test.method == "PATCH" {
			body = replies("status", "disabled")
		}
		if a := w.do(test.method, settings(test.mailbox), body, "Authorization", "Bearer "+test.bearer); a.status != test.status {
			t.Errorf("%s: %d %s, want %d", name, a.status, a.code(), test.status)
		}
	}
}
