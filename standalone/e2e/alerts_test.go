package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/alerts/alertstest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// A synthetic absence that fails, and goes well again, is told once each to a person by
// e-mail in French and to a program by a signed webhook in English.
func TestAFailedWatchIsToldAndItsEnd(t *testing.T) {
	t.Parallel()
	const name = "demo-office365"
	mailbox := documented[0].email
	p, world := NewStoredProduct(t, func(text string) string {
		line := "{name: " + name + ", "
		return strings.Replace(text, line, line+"watch: {mailbox: "+mailbox+"}, ", 1)
	})
	mails := alertstest.StartSMTP(t, func(s *alertstest.SMTP) { s.Plain = true })
	hook := alertstest.StartReceiver(t)
	p.More = append(p.More, "--alerts-every", "1s",
		"--smtp-url", "smtp://"+alertstest.Login+"@"+mails.Address()+"?tls=none&from=figgosync@example.com")
	p.Start()
	p.tell(t, hook)
	p.synthetic(t, name, "")

	world.Break(t, fault{Target: "graph", Match: "(?s)" + mailbox, Status: new(http.StatusNotFound), Times: forever,
		Body: `{"error":{"code":"ErrorInvalidUser","message":"-"}}`})
	p.triggerSchedule(t, "watch-"+name)
	p.synthetic(t, name, "mailbox-missing")
	trouble := alerts.Trouble{Kind: settings.TroubleWatch, About: alerts.AboutSynchronization, Name: name}
	begun := func(language texts.Lang) string {
		return alerts.Sentence(texts.Localizer{Lang: language}, trouble)
	}
	mailed := []string{"[figgosync] Absence témoin en échec"}
	posted := []string{begun(texts.English)}
	received(t, mails, hook, mailed, posted)
	if mail := mails.Mails()[0]; mail.To != "it@example.com" || !strings.Contains(mail.Text, begun(texts.French)) {
		t.Errorf("the mail is %+v", mail)
	}

	world.Mend(t)
	p.triggerSchedule(t, "watch-"+name)
	p.synthetic(t, name, "")
	received(t, mails, hook, append(mailed, "[figgosync] Terminé"), append(posted, ""))
	for i, post := range hook.Received() {
		if post.Kind != string(settings.TroubleWatch) || post.Synchronization != name || post.Resolved != (i == 1) {
			t.Errorf("posted %+v", post)
		}
	}
}

// tell makes two recipients of what synthetic absences find.
func (p *Product) tell(t *testing.T, hook *alertstest.Receiver) {
	t.Helper()
	kinds := []string{string(settings.TroubleWatch)}
	wanted := map[string]any{"recipients": []map[string]any{
		{"email": "it@example.com", "language": "fr", "kinds": kinds},
		{"webhook": hook.URL + "/alerts", "language": "en", "kinds": kinds},
	}}
	var answer struct {
		Recipients []struct{ Webhook, Secret string }
	}
	if err := p.Admin(http.MethodPut, "/api/v1/alerts", wanted, http.StatusOK, &answer); err != nil {
		t.Fatal(err)
	}
	for _, one := range answer.Recipients {
		if one.Webhook != "" {
			hook.SignedWith(one.Secret)
		}
	}
}

// synthetic waits until the overview says that the last synthetic absence ended for this
// reason, "" for one that went well.
func (p *Product) synthetic(t *testing.T, name, reason string) {
	t.Helper()
	p.waitSynthetic(t, "the last one ended as it should", func(all map[string]syntheticHealth) error {
		if watch := all[name].Watch; watch == nil || watch.OK != (reason == "") || watch.Reason != reason {
			return fmt.Errorf("%+v", watch)
		}
		return nil
	})
}

// received waits until so many messages have arrived by each way, and looks how they
// begin.
func received(t *testing.T, mails *alertstest.SMTP, hook *alertstest.Receiver, mailed, posted []string) {
	t.Helper()
	eventuallyWithin(t, 4*timeout, "all are told", func() error {
		subjects, said := []string{}, []string{}
		for _, one := range mails.Mails() {
			subjects = append(subjects, one.Subject)
		}
		for _, one := range hook.Received() {
			said = append(said, one.Text)
		}
		if !begin(subjects, mailed) || !begin(said, posted) {
			return fmt.Errorf("mails %q, posts %q", subjects, said)
		}
		return nil
	})
}

// begin tells whether there are as many texts as beginnings, each with its own.
func begin(all, beginnings []string) bool {
	if len(all) != len(beginnings) {
		return false
	}
	for i, one := range all {
		if !strings.HasPrefix(one, beginnings[i]) {
			return false
		}
	}
	return true
}
