package ews_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
)

func TestFindReadsAllPagesAndComparesExactly(t *testing.T) {
	t.Parallel()
	e, c := open(t, func(r request) answer {
		switch r.offset {
		case 0:
			return success("FindItem", page(250, false,
				item("one", "CK1", key.String(), "1:f1"),
				item("other case", "CK", "ACME/1234", "1:f1"),
				item("no marker", "CK", "", ""),
				`<t:Message><t:ItemId Id="mail" ChangeKey="C"/></t:Message>`))
		case 250:
			return success("FindItem", page(251, true,
				item("one", "CK1", key.String(), "1:f1"),
				item("two", "CK2", key.String(), "2:f2"),
				item("odd", "CK3", key.String(), "what is this")))
		}
		return failure("FindItem", "ErrorInvalidPagingMaxRows")
	})
	got, err := c.Find(t.Context(), mailbox, key)
	if err != nil {
		t.Fatal(err)
	}
	want := []calendars.Placed{
		{Marker: calendars.Marker{Key: key, Run: 1}, ID: "one", Version: "CK1", Fingerprint: "f1"},
		{Marker: calendars.Marker{Key: key, Run: 2}, ID: "two", Version: "CK2", Fingerprint: "f2"},
		{Marker: calendars.Marker{Key: key}, ID: "odd", Version: "CK3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := e.operations(); got != "FindItem FindItem" {
		t.Errorf("operations: %s", got)
	}
}

func TestFindNeverTakesABrokenAnswerForNoEvents(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{
		"no folder":        success("FindItem", ""),
		"no end told":      success("FindItem", `<m:RootFolder TotalItemsInView="0"><t:Items/></m:RootFolder>`),
		"end unreadable":   success("FindItem", `<m:RootFolder IncludesLastItemInRange="maybe"><t:Items/></m:RootFolder>`),
		"no advance":       success("FindItem", page(0, false)),
		"other operation":  success("GetItem", ""),
		"no message":       {status: 200, body: envelopeStart + `<m:FindItemResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><m:ResponseMessages/></m:FindItemResponse>` + envelopeEnd},
		"no response":      {status: 200, body: envelopeStart + envelopeEnd},
		"wrong name space": {status: 200, body: strings.ReplaceAll(success("FindItem", page(1, true)).body, "schemas.microsoft.com", "example.com")},
		"https name space": {status: 200, body: strings.ReplaceAll(success("FindItem", page(1, true)).body, "http://schemas.xmlsoap", "https://schemas.xmlsoap")},
		"cut off":          {status: 200, body: success("FindItem", page(1, true)).body[:700]},
		"empty":            {status: 200},
		"HTML":             {status: 200, body: "<!DOCTYPE html><html><body>Outlook sign-in</body></html>"},
		"204":              {status: 204},
		"success in a 500": {status: 500, body: success("FindItem", page(1, true)).body},
		"warning":          message("FindItem", "Warning", "ErrorBatchProcessingStopped", page(1, true)),
		"code missing":     message("FindItem", "Success", "", page(1, true)),
		"class missing":    message("FindItem", "", "NoError", page(1, true)),
		"error, NoError":   message("FindItem", "Error", "NoError", page(1, true)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := open(t, func(request) answer { return a })
			found, err := c.Find(t.Context(), mailbox, key)
			if _, ok := errors.AsType[*calendars.Temporary](err); !ok || found != nil {
				t.Errorf("found %v, error %v, want Temporary", found, err)
			}
		})
	}
}

func TestFindStopsOnAServerWithoutEnd(t *testing.T) {
	t.Parallel()
	e, c := open(t, func(r request) answer { return success("FindItem", page(r.offset+1, false)) })
	if _, err := c.Find(t.Context(), mailbox, key); err == nil {
		t.Error("no error")
	}
	if n := len(e.seen()); n > 100 {
		t.Errorf("%d pages read", n)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	e, c := open(t, wellBehaved)
	got, err := c.Create(t.Context(), mailbox, marker, twoDays(), "token")
	if err != nil {
		t.Fatal(err)
	}
	want := calendars.Placed{
		Marker: marker, ID: "AAA=", Version: "CK2 " + uidOf(marker), Fingerprint: calendars.Fingerprint(twoDays()), Identity: calendars.IdentityOwn,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r := e.seen()[0]
	if r.mailbox != mailbox || r.header.Get("X-AnchorMailbox") != mailbox || r.header.Get("User-Agent") != "figgosync" ||
		r.header.Get("Content-Type") != "text/xml; charset=utf-8" || r.header.Get("Content-Length") != fmt.Sprint(len(r.body)) {
		t.Errorf("mailbox %q, headers %v", r.mailbox, r.header)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	placed := calendars.Placed{Marker: marker, ID: "AAA=", Version: "CK1"}
	for name, test := range map[string]struct {
		version string
		respond func(n int, r request) answer
		want    string
		calls   string
	}{
		"version at hand": {"CK1", func(_ int, r request) answer { return wellBehaved(r) }, "", "UpdateItem"},
		"no version":      {"", func(_ int, r request) answer { return wellBehaved(r) }, "", "GetItem UpdateItem"},
		"stale once": {"CK1", func(n int, r request) answer {
			if n == 0 {
				return failure(r.operation, "ErrorStaleObject")
			}
			return wellBehaved(r)
		}, "", "UpdateItem GetItem UpdateItem"},
		"always in conflict": {"CK1", func(_ int, r request) answer {
			if r.operation == "UpdateItem" {
				return failure(r.operation, "ErrorIrresolvableConflict")
			}
			return wellBehaved(r)
		}, "*calendars.Temporary ErrorIrresolvableConflict", "UpdateItem GetItem UpdateItem"},
		"gone": {"CK1", func(_ int, r request) answer { return failure(r.operation, "ErrorItemNotFound") },
			"*calendars.Gone ErrorItemNotFound", "UpdateItem"},
		"gone when read": {"", func(_ int, r request) answer { return failure(r.operation, "ErrorItemNotFound") },
			"*calendars.Gone ErrorItemNotFound", "GetItem"},
		"in the bin": {"CK1", func(_ int, r request) answer { return failure(r.operation, "ErrorCalendarCannotUpdateDeletedItem") },
			"*calendars.Gone ErrorCalendarCannotUpdateDeletedItem", "UpdateItem"},
		"not ours": {"", func(_ int, r request) answer {
			return success(r.operation, items(item("AAA=", "CK", "acme/999", "1:x")))
		},
			"*calendars.Gone not-marked", "GetItem"},
		"no item told": {"CK1", func(_ int, r request) answer { return success(r.operation, "") },
			"*calendars.Temporary unreadable-answer", "UpdateItem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			e, c := open(t, func(r request) answer { n++; return test.respond(n-1, r) })
			placed := placed
			placed.Version = test.version
			got, err := c.Update(t.Context(), mailbox, placed, twoDays())
			if describe(err) != test.want {
				t.Errorf("error %q, want %q", describe(err), test.want)
			}
			if want := (calendars.Placed{Marker: marker, ID: "AAA=", Version: "CK2", Fingerprint: calendars.Fingerprint(twoDays())}); err == nil && got != want {
				t.Errorf("placed %+v", got)
			}
			if e.operations() != test.calls {
				t.Errorf("calls %q, want %q", e.operations(), test.calls)
			}
		})
	}
}

func TestUpdateUsesTheChangeKeyJustRead(t *testing.T) {
	t.Parallel()
	e, c := open(t, wellBehaved)
	if _, err := c.Update(t.Context(), mailbox, calendars.Placed{Marker: marker, ID: "AAA="}, twoDays()); err != nil {
		t.Fatal(err)
	}
	if r := e.seen()[1]; !strings.Contains(r.body, `<t:ItemId Id="AAA=" ChangeKey="CK2">`) {
		t.Error(r.body)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		version string
		respond func(request) answer
		want    string
		calls   string
	}{
		"there":           {"CK1", wellBehaved, "", "DeleteItem"},
		"version unknown": {"", wellBehaved, "", "GetItem DeleteItem"},
		"already gone": {"CK1", func(r request) answer { return failure(r.operation, "ErrorItemNotFound") },
			"*calendars.Gone ErrorItemNotFound", "DeleteItem"},
		"gone before that": {"", func(r request) answer { return failure(r.operation, "ErrorItemNotFound") },
			"*calendars.Gone ErrorItemNotFound", "GetItem"},
		"not ours": {"", func(r request) answer { return success(r.operation, items(item("AAA=", "CK", "", ""))) },
			"*calendars.Gone not-marked", "GetItem"},
		"refused": {"CK1", func(r request) answer { return failure(r.operation, "ErrorAccessDenied") },
			"*calendars.Blocked ErrorAccessDenied", "DeleteItem"},
		"cannot": {"CK1", func(r request) answer { return failure(r.operation, "ErrorCannotDeleteObject") },
			"*calendars.Invalid ErrorCannotDeleteObject", "DeleteItem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := open(t, test.respond)
			err := c.Delete(t.Context(), mailbox, calendars.Placed{Marker: marker, ID: "AAA=", Version: test.version})
			if describe(err) != test.want || e.operations() != test.calls {
				t.Errorf("error %q, calls %q, want %q, %q", describe(err), e.operations(), test.want, test.calls)
			}
		})
	}
}

func TestVersionWalksDownAndIsRememberedPerMailbox(t *testing.T) {
	t.Parallel()
	for _, refusal := range []func(request) answer{
		func(r request) answer { return soapFault("ErrorInvalidServerVersion", "") },
		func(r request) answer { return failure(r.operation, "ErrorInvalidSchemaVersionForMailboxVersion") },
		func(r request) answer { return soapFault("ErrorSchemaValidation", "") },
	} {
		e, c := open(t, func(r request) answer {
			if r.version == "Exchange2013" && r.mailbox == mailbox {
				return refusal(r)
			}
			return wellBehaved(r)
		})
		event := twoDays()
		event.ShowAs = absence.Elsewhere
		for range 2 {
			if _, err := c.Create(t.Context(), mailbox, marker, event, ""); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Create(t.Context(), "new@example.com", marker, event, ""); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range e.seen() {
			if r.operation != "CreateItem" {
				continue
			}
			status := "Busy"
			if strings.Contains(r.body, "WorkingElsewhere") {
				status = "WorkingElsewhere"
			}
			got = append(got, r.mailbox+" "+r.version+" "+status)
		}
		want := []string{
			"jean@example.com Exchange2013 WorkingElsewhere", "jean@example.com Exchange2010_SP2 Busy",
			"jean@example.com Exchange2010_SP2 Busy", "new@example.com Exchange2013 WorkingElsewhere",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestVersionRefusedToTheEndIsInvalid(t *testing.T) {
	t.Parallel()
	e, c := open(t, func(r request) answer { return soapFault("ErrorInvalidServerVersion", "") })
	_, err := c.Find(t.Context(), mailbox, key)
	if describe(err) != "*calendars.Invalid ErrorInvalidServerVersion" || len(e.seen()) != 3 {
		t.Errorf("%v after %d calls", err, len(e.seen()))
	}
	// Nothing was learnt: the next call begins at the top again.
	_, _ = c.Find(t.Context(), mailbox, key)
	if r := e.seen()[3]; r.version != "Exchange2010_SP2" {
		t.Errorf("then asked for %s", r.version)
	}
}

func TestRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	e, c := open(t, wellBehaved)
	for _, address := range []string{"", "jean", "@example.com", "jean@", "a b@example.com", "jean@example.com\r\nX-A: b", "<j@example.com>", strings.Repeat("a", 400) + "@example.com"} {
		if _, err := c.Find(t.Context(), address, key); describe(err) != "*calendars.Blocked invalid-address" {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, absenceID := range []string{"a\x00b", "a\nb", "a\uFFFEb", "bad \xff", strings.Repeat("x", 300)} {
		k := calendars.Key{Source: "acme", Absence: absenceID}
		if _, err := c.Create(t.Context(), mailbox, calendars.Marker{Key: k, Run: 1}, twoDays(), ""); describe(err) != "*calendars.Invalid invalid-key" {
			t.Errorf("%q: %v", absenceID, err)
		}
	}
	if err := c.Delete(t.Context(), mailbox, calendars.Placed{Marker: marker}); describe(err) != "*calendars.Invalid invalid-id" {
		t.Error(err)
	}
	event := twoDays()
	event.Zone = "Antarctica/Troll"
	if _, err := c.Create(t.Context(), mailbox, marker, event, ""); describe(err) != "*calendars.Invalid zone-without-windows-id" {
		t.Error(err)
	}
	if n := len(e.seen()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	good := ews.Config{URL: "https://mail.example.com/ews/exchange.asmx", Username: `EX\svc`, Password: "secret"}
	for name, change := range map[string]func(*ews.Config){
		"no address":        func(c *ews.Config) { c.URL = "" },
		"plain http":        func(c *ews.Config) { c.URL = "http://mail.example.com/ews/exchange.asmx" },
		"other scheme":      func(c *ews.Config) { c.URL = "ftp://mail.example.com/"; c.AllowInsecure = true },
		"credentials in it": func(c *ews.Config) { c.URL = "https://a:b@mail.example.com/" },
		"no password":       func(c *ews.Config) { c.Password = "" },
		"no login":          func(c *ews.Config) { c.Username = "" },
		"line break":        func(c *ews.Config) { c.Password = "a\nb" },
		"unknown sign-in":   func(c *ews.Config) { c.Auth = "kerberos" },
		"colon in basic":    func(c *ews.Config) { c.Username = "a:b"; c.Auth = "basic" },
		"unknown TLS":       func(c *ews.Config) { c.MinTLS = "1.4" },
		"CA is no PEM":      func(c *ews.Config) { c.CAPEM = "certificate" },
	} {
		cfg := good
		change(&cfg)
		if _, err := ews.New(cfg); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if c, err := ews.New(good); err != nil {
		t.Error(err)
	} else {
		c.Close()
	}
	if text := fmt.Sprintf("%v %+v %#v %s", good, good, good, good); strings.Contains(text, "secret") {
		t.Error("the password shows itself")
	}
}

func TestClosedCalendarFailsAsTemporary(t *testing.T) {
	t.Parallel()
	_, c := open(t, wellBehaved)
	c.Close()
	c.Close()
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Temporary closed" {
		t.Error(err)
	}
}

// describe is an error's type and code.
func describe(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *calendars.Temporary:
		return "*calendars.Temporary " + e.Code
	case *calendars.Blocked:
		return "*calendars.Blocked " + e.Code
	case *calendars.Gone:
		return "*calendars.Gone " + e.Code
	case *calendars.Invalid:
		return "*calendars.Invalid " + e.Code
	}
	return fmt.Sprintf("%T %v", err, err)
}
