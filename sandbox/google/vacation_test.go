package google_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	oauthgoogle "golang.org/x/oauth2/google"
	"google.golang.org/api/gmail/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/figgosync/figgosync/sandbox/google"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const basicSettings = gmail.GmailSettingsBasicScope

// gmailWorld is a world whose administrator granted the settings of Gmail as well.
func gmailWorld(t *testing.T, change ...func(*google.Config)) *world {
	t.Helper()
	grant := func(c *google.Config) {
		c.ServiceAccounts[0].Scopes = append(c.ServiceAccounts[0].Scopes, basicSettings, gmail.GmailReadonlyScope)
	}
	return newWorld(t, append([]func(*google.Config){grant}, change...)...)
}

func (w *world) gmailHTTP(subject string, scopes ...string) *http.Client {
	w.t.Helper()
	conf, err := oauthgoogle.JWTConfigFromJSON(w.key.file, scopes...)
	if err != nil {
		w.t.Fatal(err)
	}
	conf.Subject, conf.TokenURL = subject, w.base+"/token"
	return conf.Client(context.Background())
}

// settings is Google's own Go client.
func (w *world) settings(subject string, scopes ...string) *gmail.UsersSettingsService {
	w.t.Helper()
	service, err := gmail.NewService(context.Background(), option.WithHTTPClient(w.gmailHTTP(subject, scopes...)), option.WithEndpoint(w.base+"/"))
	if err != nil {
		w.t.Fatal(err)
	}
	return service.Users.Settings
}

func reasonOf(err error) string {
	if e, ok := errors.AsType[*googleapi.Error](err); ok && len(e.Errors) == 1 {
		return e.Errors[0].Reason
	}
	return ""
}

var withoutAnswer = cmpopts.IgnoreFields(gmail.VacationSettings{}, "ServerResponse", "ForceSendFields", "NullFields")

func TestTheVacationResponder(t *testing.T) {
	t.Parallel()
	w := gmailWorld(t)
	settings := w.settings(alice, basicSettings)
	first, err := settings.GetVacation("me").Do()
	if err != nil || first.EnableAutoReply || first.StartTime != 0 || first.RestrictToDomain {
		t.Fatalf("never set: %+v, %v", first, err)
	}
	sent := &gmail.VacationSettings{
		EnableAutoReply: true, ResponseBodyPlainText: "Weg\nbis Montag <&> ä", RestrictToDomain: true,
		StartTime: w.now.Add(time.Hour).UnixMilli(), EndTime: w.now.Add(48 * time.Hour).UnixMilli(),
	}
	answered, err := settings.UpdateVacation(alice, sent).Do()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := settings.GetVacation("me").Do()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]*gmail.VacationSettings{"answered": answered, "kept": kept} {
		if diff := cmp.Diff(sent, got, withoutAnswer); diff != "" {
			t.Errorf("%s (-sent +got):\n%s", name, diff)
		}
	}
	seen, err := w.store.Reply(alice)
	if err != nil || seen.State != mailboxes.ReplyScheduled || !seen.Plain || seen.Audience != mailboxes.AudienceNobody {
		t.Errorf("the owner sees %+v, %v", seen, err)
	}
	// PUT replaces all, HTML wins, and is sanitized.
	html, err := settings.UpdateVacation("me", &gmail.VacationSettings{
		EnableAutoReply: true, ResponseBodyPlainText: "plain", ResponseBodyHtml: "<b>Weg</b><script>x()</script>", RestrictToContacts: true,
	}).Do()
	want := &gmail.VacationSettings{EnableAutoReply: true, ResponseBodyHtml: "<b>Weg</b>", RestrictToContacts: true}
	if diff := cmp.Diff(want, html, withoutAnswer); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	off, err := settings.UpdateVacation("me", &gmail.VacationSettings{}).Do()
	if err != nil || off.EnableAutoReply || off.ResponseBodyHtml != "" {
		t.Errorf("PUT of nothing: %+v, %v", off, err)
	}
}

func TestTheVacationRespondersRefusals(t *testing.T) {
	t.Parallel()
	w := gmailWorld(t)
	client := w.gmailHTTP(alice, basicSettings)
	for name, test := range map[string]struct{ body, want string }{
		"nothing to say":         {`{"enableAutoReply":true}`, "invalidArgument"},
		"only a subject":         {`{"enableAutoReply":true,"responseSubject":"Away"}`, ""},
		"off without a text":     {`{"enableAutoReply":false}`, ""},
		"the end at the start":   {`{"startTime":"1798000000000","endTime":"1798000000000"}`, "invalidArgument"},
		"times as numbers":       {`{"startTime":1798000000000}`, "invalidArgument"},
		"no time":                {`{"startTime":"tomorrow"}`, "invalidArgument"},
		"a name that is not one": {`{"enableAutoreply":true}`, "badRequest"},
		"a text that is a list":  {`{"responseSubject":["Away"]}`, "invalidArgument"},
		"no object":              {`[]`, "parseError"},
	} {
		request, err := http.NewRequest(http.MethodPut, w.base+"/gmail/v1/users/me/settings/vacation", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		_ = json.NewDecoder(resp.Body).Decode(&a.body)
		resp.Body.Close()
		if a.reason() != test.want || (resp.StatusCode == http.StatusOK) != (test.want == "") {
			t.Errorf("%s: %d %q, want %q", name, resp.StatusCode, a.reason(), test.want)
		}
	}
	if _, err := w.settings(alice, gmail.GmailReadonlyScope).GetVacation("me").Do(); err != nil {
		t.Errorf("reading with another scope: %v", err)
	}
	if _, err := w.settings(alice, gmail.GmailReadonlyScope).UpdateVacation("me", &gmail.VacationSettings{}).Do(); reasonOf(err) != "insufficientPermissions" {
		t.Errorf("writing with a scope for reading: %v", err)
	}
	if _, err := w.settings(alice, basicSettings).GetVacation(bob).Do(); reasonOf(err) != "forbidden" {
		t.Errorf("somebody else's: %v", err)
	}
	if _, err := w.client(alice).Events.List("primary").Do(); err != nil {
		t.Errorf("the calendar: %v", err)
	}
	bare := newWorld(t)
	if _, err := bare.settings(alice, basicSettings).GetVacation("me").Do(); err == nil || !strings.Contains(err.Error(), "unauthorized_client") {
		t.Errorf("a scope that nobody granted: %v", err)
	}
	without := gmailWorld(t, func(c *google.Config) { c.NoGmail = func(email string) bool { return email == alice } })
	if _, err := without.settings(alice, basicSettings).GetVacation("me").Do(); reasonOf(err) != "failedPrecondition" {
		t.Errorf("mail elsewhere: %v", err)
	}
	off := gmailWorld(t, func(c *google.Config) { c.GmailAPIOff = true })
	if _, err := off.settings(bob, basicSettings).GetVacation("me").Do(); reasonOf(err) != "accessNotConfigured" {
		t.Errorf("the API is off: %v", err)
	}
}
