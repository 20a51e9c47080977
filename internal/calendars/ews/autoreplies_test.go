package ews_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// replyAnswer is an answer about automatic replies, whose message stands alone.
func replyAnswer(operation, class, code, inside string) answer {
	return answer{status: 200, body: envelopeStart + `<m:` + operation + `Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><m:ResponseMessage ResponseClass="` + class + `"><m:ResponseCode>` + code +
		`</m:ResponseCode></m:ResponseMessage>` + inside + `</m:` + operation + `Response>` + envelopeEnd}
}

// toldReply is in the form that servers of 2019 give: times without a zone, which are in
// UTC, and namespaces of its own.
func toldReply(state, from, until string) string {
	return `<OofSettings xmlns="http://schemas.microsoft.com/exchange/services/2006/types"><OofState>` + state + `</OofState><ExternalAudience>Known</ExternalAudience>` +
		`<Duration><StartTime>` + from + `</StartTime><EndTime>` + until + `</EndTime></Duration>` +
		`<InternalReply xml:lang="de-DE"><Message>&lt;html&gt;&#xD;` + "\n" + `&lt;body&gt;Zur&#252;ck&lt;br&gt;bald&lt;/body&gt;&lt;/html&gt;</Message></InternalReply>` +
		`<ExternalReply><Message/></ExternalReply></OofSettings><m:AllowExternalOof>All</m:AllowExternalOof>`
}

func operationOf(r request) string { return strings.TrimSuffix(r.operation, "Request") }

func bodyOf(t *testing.T, r request) string {
	t.Helper()
	_, rest, ok := strings.Cut(r.body, "<soap:Body>")
	if !ok {
		t.Fatal(r.body)
	}
	return strings.TrimSuffix(rest, "</soap:Body></soap:Envelope>")
}

func TestWhatIsSentForAutomaticReplies(t *testing.T) {
	t.Parallel()
	e, c := open(t, func(r request) answer {
		if operationOf(r) == "GetUserOofSettings" {
			return replyAnswer("GetUserOofSettings", "Success", "NoError", toldReply("Scheduled", "2199-12-18T17:00:00", "2200-01-04T07:00:00"))
		}
		return replyAnswer("SetUserOofSettings", "Success", "NoError", "")
	})
	read, err := c.AutoReply(t.Context(), mailbox)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2199, 12, 18, 17, 0, 0, 0, time.UTC)
	if read.State != calendars.AutoReplyScheduled || !read.From.Equal(from) || read.Audience != calendars.AudienceContacts ||
		read.Inside != "Zurück\nbald" || read.Outside != "" {
		t.Errorf("read: %s %s %q %q", read, read.From, read.Inside, read.Outside)
	}
	ours := calendars.AutoReply{State: calendars.AutoReplyScheduled, From: from.In(time.FixedZone("", 3600)), Until: from.Add(time.Hour),
		Audience: calendars.AudienceEverybody, Inside: "Weg\nä <&>", Outside: "Away"}
	for _, reply := range []calendars.AutoReply{ours, {State: calendars.AutoReplyOff, Audience: calendars.AudienceContacts}, read} {
		if _, err := c.SetAutoReply(t.Context(), mailbox, reply); err != nil {
			t.Fatal(err)
		}
	}
	const get = `<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>jean@example.com</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>`
	set := func(inside string) string {
		return `<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>jean@example.com</t:Address></t:Mailbox><t:UserOofSettings>` + inside +
			`</t:UserOofSettings></m:SetUserOofSettingsRequest>`
	}
	want := []string{
		get,
		set(`<t:OofState>Scheduled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>` +
			`<t:Duration><t:StartTime>2199-12-18T17:00:00Z</t:StartTime><t:EndTime>2199-12-18T18:00:00Z</t:EndTime></t:Duration>` +
			`<t:InternalReply><t:Message>&lt;div&gt;Weg&lt;br&gt;&#xA;ä &amp;lt;&amp;amp;&amp;gt;&lt;/div&gt;</t:Message></t:InternalReply>` +
			`<t:ExternalReply><t:Message>&lt;div&gt;Away&lt;/div&gt;</t:Message></t:ExternalReply>`), get,
		set(`<t:OofState>Disabled</t:OofState><t:ExternalAudience>None</t:ExternalAudience><t:InternalReply><t:Message></t:Message></t:InternalReply>` +
			`<t:ExternalReply><t:Message></t:Message></t:ExternalReply>`), get,
		set(`<t:OofState>Scheduled</t:OofState><t:ExternalAudience>Known</t:ExternalAudience>` +
			`<t:Duration><t:StartTime>2199-12-18T17:00:00Z</t:StartTime><t:EndTime>2200-01-04T07:00:00Z</t:EndTime></t:Duration>` +
			`<t:InternalReply xml:lang="de-DE"><t:Message>&lt;html&gt;&#xD;&#xA;&lt;body&gt;Zurück&lt;br&gt;bald&lt;/body&gt;&lt;/html&gt;</t:Message></t:InternalReply>` +
			`<t:ExternalReply><t:Message></t:Message></t:ExternalReply>`), get,
	}
	if len(e.requests) != len(want) {
		t.Fatalf("%d requests, want %d", len(e.requests), len(want))
	}
	for i, r := range e.requests {
		if got := bodyOf(t, r); got != want[i] {
			t.Errorf("request %d:\n%s\nwant\n%s", i, got, want[i])
		}
		if r.mailbox != mailbox || r.version != "Exchange2010_SP2" || r.header.Get("X-AnchorMailbox") != mailbox {
			t.Errorf("request %d: for %q in version %s, anchored at %q", i, r.mailbox, r.version, r.header.Get("X-AnchorMailbox"))
		}
	}
}

// Some servers call the document that they answered an error of their own.
func TestADocumentThatIsRefusedIsSentAsItsBody(t *testing.T) {
	t.Parallel()
	e, c := open(t, func(r request) answer {
		switch {
		case operationOf(r) == "GetUserOofSettings":
			return replyAnswer("GetUserOofSettings", "Success", "NoError", toldReply("Enabled", "2019-12-18T17:00:00Z", "2019-12-19T07:00:00Z"))
		case strings.Contains(r.body, "&lt;html"):
			return soapFault("ErrorInternalServerError", "")
		}
		return replyAnswer("SetUserOofSettings", "Success", "NoError", "")
	})
	read, err := c.AutoReply(t.Context(), mailbox)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SetAutoReply(t.Context(), mailbox, read); err != nil {
		t.Fatal(err)
	}
	if len(e.requests) != 4 || !strings.Contains(e.requests[2].body, "<t:Message>Zurück&lt;br/&gt;bald</t:Message>") ||
		strings.Contains(e.requests[2].body, "Duration") || !strings.Contains(e.requests[2].body, "<t:OofState>Enabled") {
		t.Errorf("%d requests, the third: %s", len(e.requests), e.requests[min(2, len(e.requests)-1)].body)
	}
}

func TestErrorsOfAutomaticReplies(t *testing.T) {
	t.Parallel()
	blocked := func(reason calendars.Reason, scope calendars.Scope) func(error) bool {
		return func(err error) bool {
			b, ok := errors.AsType[*calendars.Blocked](err)
			return ok && b.Reason == reason && b.Scope == scope
		}
	}
	isInvalid := func(err error) bool { _, ok := errors.AsType[*calendars.Invalid](err); return ok }
	isTemporary := func(err error) bool { _, ok := errors.AsType[*calendars.Temporary](err); return ok }
	for name, test := range map[string]struct {
		answer answer
		want   func(error) bool
	}{
		"ErrorAccessDenied":                {replyAnswer("%", "Error", "ErrorAccessDenied", ""), blocked(calendars.AutoReplyNotGranted, calendars.ScopeUnclear)},
		"a fault":                          {soapFault("ErrorAccessDenied", ""), blocked(calendars.AutoReplyNotGranted, calendars.ScopeUnclear)},
		"ErrorImpersonateUserDenied":       {soapFault("ErrorImpersonateUserDenied", ""), blocked(calendars.ConsentMissing, calendars.ScopeUnclear)},
		"ErrorNonExistentMailbox":          {soapFault("ErrorNonExistentMailbox", ""), blocked(calendars.MailboxMissing, calendars.ScopeMailbox)},
		"ErrorInvalidScheduledOofDuration": {replyAnswer("%", "Error", "ErrorInvalidScheduledOofDuration", ""), isInvalid},
		"ErrorInvalidUserOofSettings":      {replyAnswer("%", "Error", "ErrorInvalidUserOofSettings", ""), isInvalid},
		"ErrorServerBusy":                  {soapFault("ErrorServerBusy", ""), isTemporary},
		"no settings":                      {replyAnswer("%", "Success", "NoError", ""), isTemporary},
		"a state nobody knows":             {replyAnswer("%", "Success", "NoError", toldReply("Later", "2199-12-18T17:00:00Z", "2200-01-04T07:00:00Z")), isTemporary},
		"a schedule without times":         {replyAnswer("%", "Success", "NoError", toldReply("Scheduled", "soon", "later")), isTemporary},
	} {
		_, c := open(t, func(r request) answer {
			a := test.answer
			a.body = strings.ReplaceAll(a.body, "m:%Response", "m:"+operationOf(r)+"Response")
			return a
		})
		_, read := c.AutoReply(t.Context(), mailbox)
		_, write := c.SetAutoReply(t.Context(), mailbox, calendars.AutoReply{State: calendars.AutoReplyOff, Audience: calendars.AudienceNobody})
		if !test.want(read) || !test.want(write) {
			t.Errorf("%s: %v, %v", name, read, write)
		}
	}
}
