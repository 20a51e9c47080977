package alerts_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/alerts/alertstest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
)

// In quiet hours only what is urgent is told; the rest comes as one message at their end,
// also after a restart, and then as ever.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.now = time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC) // 21:00 in Paris
	w.put(t, settings.Recipient{Name: "it", Email: "it@example.com", Language: "fr", Quiet: "20:00-07:00", Zone: "Europe/Paris"})
	w.put(t, settings.Recipient{Name: "ops", Email: "ops@example.com", Language: "en"})
	differences := alerts.Trouble{Kind: settings.TroubleDifferences, About: "synchronization", Name: "main", Count: 2}
	silent := alerts.Trouble{Kind: settings.TroubleWebhookSilent, About: "source", Name: "acme"}
	refused := alerts.Trouble{Kind: settings.TroubleConnectionRefused, About: "connection", Name: "office", Count: 3}
	to := func(who string) (all []alertstest.Mail) {
		for _, mail := range w.mail.Mails() {
			if strings.HasPrefix(mail.To, who) {
				all = append(all, mail)
			}
		}
		return all
	}

	passing := alerts.Trouble{Kind: settings.TroubleBlocked, About: "synchronization", Name: "passing", Count: 1}
	w.source.are(differences, silent, refused, passing)
	look(t, w.alerts(t))
	if got := to("it@"); len(got) != 1 || !strings.Contains(got[0].Text, "office") {
		t.Errorf("at night they are told %v", got)
	}
	if got := to("ops@"); len(got) != 4 {
		t.Errorf("who has no quiet hours is told %d of 4", len(got))
	}
	w.source.are(differences, silent, refused)
	for range 9 { // until 06:00, each time as another process
		w.now = w.now.Add(time.Hour)
		look(t, w.alerts(t))
	}
	if got := to("it@"); len(got) != 1 {
		t.Errorf("before they end they are told %v", got)
	}
	w.now = w.now.Add(time.Hour) // 07:00
	look(t, w.alerts(t))
	look(t, w.alerts(t))
	got := to("it@")
	if len(got) != 2 || !strings.Contains(got[1].Subject, "2") || !strings.Contains(got[1].Text, "main") || !strings.Contains(got[1].Text, "acme") ||
		strings.Contains(got[1].Text, "passing") {
		t.Errorf("when they end they are told %v", got)
	}
	w.source.are(refused) // both end in the morning
	for range 2 {         // each time as another process, once the last one no longer leads
		w.now = w.now.Add(time.Hour)
		look(t, w.alerts(t))
	}
	if got = to("it@"); len(got) != 4 {
		t.Errorf("in the morning they are told %v", got)
	}
}

// A server that takes nothing when the hours end costs nothing but time.
func TestWhatWaitedIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.now = time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)
	w.put(t, settings.Recipient{Name: "hook", Webhook: w.hook.URL + "/x", Language: "en", Quiet: "20:00-07:00", Zone: "UTC"})
	w.hook.SignedWith(w.secretOf(t).Reveal())
	w.source.are(each()[1], each()[2])
	a := w.alerts(t)
	look(t, a)
	w.now = w.now.Add(8 * time.Hour)
	w.hook.Answer(http.StatusServiceUnavailable)
	look(t, a)
	if got := w.hook.Received(); len(got) != 0 {
		t.Fatalf("received %v", got)
	}
	w.hook.Answer(http.StatusNoContent)
	for range 3 {
		w.now = w.now.Add(time.Hour)
		look(t, a)
	}
	got := w.hook.Received()
	if len(got) != 1 || got[0].Kind != alerts.KindQuiet || !strings.Contains(got[0].Text, "acme") || !strings.Contains(got[0].Text, "main") {
		t.Errorf("received %v", got)
	}
}

// secret is the one of the only recipient.
func (w *world) secretOf(t *testing.T) settings.Secret {
	t.Helper()
	all, err := storedtest.OpenOn(t, w.db, w.keyset).Recipients(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("got %v, %v", all, err)
	}
	return all[0].Secret
}
