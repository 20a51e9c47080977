package exchange_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const (
	itsSchedule = `<t:Duration><t:StartTime>2026-12-18T17:00:00Z</t:StartTime><t:EndTime>2027-01-04T07:00:00Z</t:EndTime></t:Duration>`
	bothTexts   = `<t:InternalReply xml:lang="de-DE"><t:Message>Bis Montag &amp;lt;&amp;amp; ä&lt;br&gt;</t:Message></t:InternalReply>` +
		`<t:ExternalReply xml:lang="de-DE"><t:Message>&lt;html&gt;&lt;body&gt;Weg&lt;/body&gt;&lt;/html&gt;</t:Message></t:ExternalReply>`
)

func startReplies(t *testing.T, change func(*exchange.Config)) *server {
	t.Helper()
	cfg := exchange.Config{Schemes: []string{exchange.Basic}, Now: func() time.Time { return time.Date(2026, 12, 1, 12, 30, 0, 0, time.UTC) }}
	if change != nil {
		change(&cfg)
	}
	return start(t, cfg)
}

func mailbox(address string) string {
	return `<t:Mailbox><t:Address>` + address + `</t:Address></t:Mailbox>`
}

func getReply(address string) string {
	return `<m:GetUserOofSettingsRequest>` + mailbox(address) + `</m:GetUserOofSettingsRequest>`
}

func setReply(address, state, audience, rest string) string {
	return `<m:SetUserOofSettingsRequest>` + mailbox(address) + `<t:UserOofSettings><t:OofState>` + state + `</t:OofState><t:ExternalAudience>` + audience +
		`</t:ExternalAudience>` + rest + `</t:UserOofSettings></m:SetUserOofSettingsRequest>`
}

func TestAutomaticReplies(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"Exchange2007_SP1", "Exchange2010_SP2", "Exchange2013", "Exchange2016"} {
		s := startReplies(t, nil)
		first := s.must(t, request{version: version, body: getReply(alice)})
		if first.one("OofState") != "Disabled" || first.one("StartTime") != "2026-12-01T12:00:00Z" || first.one("AllowExternalOof") != "All" {
			t.Errorf("%s: never set: %s", version, first.text)
		}
		s.must(t, request{version: version, body: setReply(alice, "Scheduled", "Known", itsSchedule+bothTexts)})
		kept := s.must(t, request{version: version, body: getReply(alice)})
		messages := kept.all("Message")
		got := []string{kept.one("OofState"), kept.one("ExternalAudience"), kept.one("StartTime"), kept.one("EndTime"), messages[0].Text, messages[1].Text}
		want := []string{"Scheduled", "Known", "2026-12-18T17:00:00Z", "2027-01-04T07:00:00Z",
			"<html>\n<body>\nBis Montag &lt;&amp; ä<br>\n</body>\n</html>\n", "<html><body>Weg</body></html>"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", version, diff)
		}
		seen, err := s.store.Reply(alice)
		if err != nil || seen.State != mailboxes.ReplyScheduled || seen.Language != "de-DE" || seen.Audience != mailboxes.AudienceContacts {
			t.Errorf("the owner sees %+v, %v", seen, err)
		}
		// The settings are replaced as a whole.
		s.must(t, request{version: version, body: setReply(alice, "Disabled", "None", `<t:InternalReply/><t:ExternalReply/>`)})
		if seen, _ := s.store.Reply(alice); seen.Inside != "" || !seen.From.IsZero() {
			t.Errorf("%s: replaced by nothing: %+v", version, seen)
		}
	}
}

func TestAutomaticRepliesRefusals(t *testing.T) {
	t.Parallel()
	duration := func(from, until string) string {
		return `<t:Duration><t:StartTime>` + from + `</t:StartTime><t:EndTime>` + until + `</t:EndTime></t:Duration>`
	}
	denied := func(cfg *exchange.Config) {
		account := serviceAccount
		account.NoAutoReplies = true
		cfg.Accounts = []exchange.Account{account}
	}
	documents := func(cfg *exchange.Config) { cfg.RefusesDocuments = true }
	for name, test := range map[string]struct {
		change func(*exchange.Config)
		body   string
		want   string
	}{
		"somebody else's":           {nil, getReply("bob@example.com"), "ErrorAccessDenied"},
		"nobody's":                  {nil, getReply("nobody@example.com"), "ErrorNonExistentMailbox"},
		"one in the cloud":          {nil, getReply("cloud@example.com"), "ErrorNonExistentMailbox"},
		"no right, read":            {denied, getReply(alice), "ErrorAccessDenied"},
		"no right, write":           {denied, setReply(alice, "Disabled", "None", bothTexts), "ErrorAccessDenied"},
		"no time":                   {nil, setReply(alice, "Scheduled", "All", bothTexts), "ErrorInvalidScheduledOofDuration"},
		"a local time":              {nil, setReply(alice, "Scheduled", "All", duration("2026-12-18T17:00:00", "2027-01-04T07:00:00Z")+bothTexts), "ErrorInvalidScheduledOofDuration"},
		"an end before the start":   {nil, setReply(alice, "Scheduled", "All", duration("2027-01-04T07:00:00Z", "2026-12-18T17:00:00Z")+bothTexts), "ErrorInvalidScheduledOofDuration"},
		"an end that is past":       {nil, setReply(alice, "Scheduled", "All", duration("2026-11-18T17:00:00Z", "2026-12-01T12:30:00Z")+bothTexts), "ErrorInvalidScheduledOofDuration"},
		"any time when not needed":  {nil, setReply(alice, "Enabled", "All", duration("2026-11-18T17:00:00", "2026-11-18T17:00:00")+bothTexts), "NoError"},
		"one text":                  {nil, setReply(alice, "Enabled", "All", `<t:InternalReply/>`), "ErrorInvalidUserOofSettings"},
		"no audience":               {nil, `<m:SetUserOofSettingsRequest>` + mailbox(alice) + `<t:UserOofSettings><t:OofState>Disabled</t:OofState></t:UserOofSettings></m:SetUserOofSettingsRequest>`, "ErrorSchemaValidation"},
		"a state nobody knows":      {nil, setReply(alice, "On", "All", bothTexts), "ErrorSchemaValidation"},
		"the order of elements":     {nil, setReply(alice, "Scheduled", "All", bothTexts+itsSchedule), "ErrorSchemaValidation"},
		"another attribute":         {nil, setReply(alice, "Enabled", "All", `<t:InternalReply lang="fr"/><t:ExternalReply/>`), "ErrorSchemaValidation"},
		"the mailbox in messages":   {nil, `<m:GetUserOofSettingsRequest><m:Mailbox><t:Address>` + alice + `</t:Address></m:Mailbox></m:GetUserOofSettingsRequest>`, "ErrorSchemaValidation"},
		"a later version's element": {nil, setReply(alice, "Enabled", "All", bothTexts+`<t:CreateOOFEvent>true</t:CreateOOFEvent>`), "ErrorSchemaValidation"},
		"a document":                {documents, setReply(alice, "Enabled", "All", bothTexts), "ErrorInternalServerError"},
		"a text, there":             {documents, setReply(alice, "Enabled", "All", `<t:InternalReply><t:Message>&lt;p&gt;Weg&lt;/p&gt;</t:Message></t:InternalReply><t:ExternalReply/>`), "NoError"},
	} {
		s := startReplies(t, test.change)
		if got := s.send(t, request{body: test.body}); got.one("ResponseCode") != test.want {
			t.Errorf("%s: %d %s, want %s", name, got.status, got.text, test.want)
		}
	}
	s := startReplies(t, nil)
	later := s.send(t, request{version: "Exchange2016", body: setReply(alice, "Enabled", "All", bothTexts+`<t:CreateOOFEvent>true</t:CreateOOFEvent>`)})
	if later.one("ResponseCode") != "SandboxNotImitated" {
		t.Errorf("a later version's element in that version: %s", later.text)
	}
	if a := s.send(t, request{as: "nobody@example.com", body: getReply("nobody@example.com")}); a.status != http.StatusInternalServerError || a.one("ResponseCode") != "ErrorNonExistentMailbox" {
		t.Errorf("impersonating nobody: %d %s", a.status, a.text)
	}
}
