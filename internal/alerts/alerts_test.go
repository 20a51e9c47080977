package alerts_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/alerts/alertstest"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
	"github.com/figgosync/figgosync/web/texts"
)

// troubles is a Source whose troubles a test says.
type troubles struct {
	mu    sync.Mutex
	found alerts.Found
}

func (s *troubles) Troubles(context.Context) alerts.Found {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found
}

func (s *troubles) are(all ...alerts.Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = alerts.Found{Troubles: all}
}

// world is a store with recipients, a source of troubles, and both receivers.
type world struct {
	db     *database.DB
	keyset string
	source *troubles
	mail   *alertstest.SMTP
	hook   *alertstest.Receiver
	secret settings.Secret
	log    bytes.Buffer
	now    time.Time
	mailer *alerts.Mailer
}

func (w *world) clock() time.Time { return w.now }

// alerts are those of one process.
func (w *world) alerts(t *testing.T) *alerts.Alerts {
	t.Helper()
	store := storedtest.OpenOn(t, w.db, w.keyset)
	return alerts.New(alerts.Config{
		DB: w.db, Settings: store, Source: w.source, Mailer: w.mailer, HTTP: w.hook.Client(),
		PublicURL: "https://figgosync.example.com", Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: w.clock, Settle: -1,
	})
}

func (w *world) put(t *testing.T, r settings.Recipient) {
	t.Helper()
	store := storedtest.OpenOn(t, w.db, w.keyset)
	contents, err := store.Contents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	edit := settings.Edit{Kind: settings.KindRecipient, Name: r.Name, Recipient: &r}
	if err := store.Edit(t.Context(), settings.Author{ID: "test"}, contents.Revision, []settings.Edit{edit}); err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{
		db: db, keyset: filepath.Join(t.TempDir(), "keyset.json"), source: &troubles{}, hook: alertstest.StartReceiver(t),
		mail: alertstest.StartSMTP(t, func(*alertstest.SMTP) {}), now: time.Date(2026, 11, 30, 5, 0, 0, 0, time.UTC),
	}
	w.mailer = mailer(t, "smtp://"+alertstest.Login+"@"+w.mail.Address()+"?from=figgosync@example.com", w.mail.Client)
	return w
}

// withBoth adds a person who reads French and a webhook that reads English.
func (w *world) withBoth(t *testing.T) {
	t.Helper()
	w.put(t, settings.Recipient{Name: "it", Email: "it@example.com", Language: "fr"})
	w.put(t, settings.Recipient{Name: "hook", Webhook: w.hook.URL + "/x?key=1", Language: "en"})
	all, err := storedtest.OpenOn(t, w.db, w.keyset).Recipients(t.Context())
	if err != nil || len(all) != 2 || len(all[0].Secret.Reveal()) < 40 {
		t.Fatalf("got %v, %v", all, err)
	}
	w.secret = all[0].Secret
	w.hook.SignedWith(w.secret.Reveal())
}

func mailer(t *testing.T, address string, config *tls.Config) *alerts.Mailer {
	t.Helper()
	m, err := alerts.NewMailer(address, "", config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sqlite is a fresh database.
func sqlite(t *testing.T) *database.DB {
	t.Helper()
	db := databasetest.Open(t, databasetest.SQLite(t))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func look(t *testing.T, a *alerts.Alerts) {
	t.Helper()
	if err := a.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// each is one trouble of every kind but of that which keeps it from being told by the
// database: see TestTheDatabaseIsAway.
func each() []alerts.Trouble {
	about := map[settings.TroubleKind]alerts.Trouble{
		settings.TroubleConnectionRefused: {About: "connection", Name: "office", Label: "Bureau", Count: 3, Path: "/connections/office"},
		settings.TroubleWebhookSilent:     {About: "source", Name: "acme", Path: "/sources/acme"},
		settings.TroubleDifferences:       {About: "synchronization", Name: "main", Count: 2},
		settings.TroubleApproval:          {About: "synchronization", Name: "main", Detail: "acme.1", Count: 400},
		settings.TroubleBlocked:           {About: "synchronization", Name: "main", Count: 1},
		settings.TroubleExpiry:            {About: "connection", Name: "office", Count: 7, Level: 2},
		settings.TroubleReplies:           {About: "connection", Name: "office", Label: "Bureau", Count: 2, Path: "/connections/office"},
		settings.TroubleDisk:              {Count: 4},
		settings.TroubleTemporal:          {},
		settings.TroubleWatch:             {About: "synchronization", Name: "main"},
	}
	var all []alerts.Trouble
	for _, kind := range settings.TroubleKinds() {
		one, ok := about[kind]
		if !ok && kind != settings.TroubleDatabase {
			panic("no trouble of the kind " + kind)
		}
		if one.Kind = kind; ok {
			all = append(all, one)
		}
	}
	return all
}

// Every kind and its end are received once, in the recipient's language, however often
// and by however many processes it is looked at.
func TestEveryKindIsToldOnceAndItsEnd(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.withBoth(t)
		first, second := w.alerts(t), w.alerts(t)
		w.source.are(each()...)
		for range 3 {
			look(t, first)
			look(t, second)
			w.now = w.now.Add(time.Minute)
		}
		want := each()
		w.expect(t, want, false)
		// A restart repeats nothing.
		w.now = w.now.Add(time.Hour)
		again := w.alerts(t)
		look(t, again)
		w.expect(t, want, false)
		w.source.are()
		w.now = w.now.Add(time.Minute)
		look(t, again)
		look(t, first)
		w.expect(t, want, true)
		if open, err := again.Open(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("open: %v, %v", open, err)
		}
		if text := w.log.String(); strings.Contains(text, "@") || strings.Contains(text, w.secret.Reveal()) || strings.Contains(text, "127.0.0.1") {
			t.Errorf("the log has an address: %s", text)
		}
	})
}

// expect looks at all that was received: each trouble once, and with ends each end once.
func (w *world) expect(t *testing.T, all []alerts.Trouble, ends bool) {
	t.Helper()
	wantMails, wantPosts := map[string]int{}, map[string]int{}
	french, english := texts.Localizer{Lang: texts.French}, texts.Localizer{Lang: texts.English}
	for _, one := range all {
		wantMails[alerts.Sentence(french, one)]++
		wantPosts[string(one.Kind)+" "+alerts.Sentence(english, one)]++
		if ends {
			wantMails["end of "+french.T("alert.kind."+string(one.Kind))]++
			wantPosts[string(one.Kind)+" resolved"]++
		}
	}
	mails, posts := map[string]int{}, map[string]int{}
	for _, m := range w.mail.Mails() {
		if m.To != "it@example.com" || m.From != "figgosync@example.com" || m.Header.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("envelope or head of %+v", m)
		}
		text, url, _ := strings.Cut(strings.TrimSpace(m.Text), "\n\n")
		if !strings.HasPrefix(url, "https://figgosync.example.com/") {
			t.Errorf("the mail has no address: %q", m.Text)
		}
		if what, over := strings.CutPrefix(m.Subject, "[figgosync] Terminé\u00a0: "); over {
			what, _, _ = strings.Cut(what, "\u00a0: ")
			text = "end of " + what
		}
		mails[text]++
	}
	for _, p := range w.hook.Received() {
		if p.Resolved {
			posts[p.Kind+" resolved"]++
			continue
		}
		posts[p.Kind+" "+p.Text]++
		if p.URL == "" || p.At.IsZero() {
			t.Errorf("got %+v", p)
		}
	}
	if diff := cmp.Diff(wantMails, mails); diff != "" {
		t.Errorf("mails: %s", diff)
	}
	if diff := cmp.Diff(wantPosts, posts); diff != "" {
		t.Errorf("posts: %s", diff)
	}
}

func TestWhatItIsAbout(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	w.withBoth(t)
	w.source.are(each()[:3]...)
	look(t, w.alerts(t))
	got := map[string]string{}
	for _, p := range w.hook.Received() {
		got[p.Kind] = p.Synchronization + "|" + p.Connection + "|" + p.Source
	}
	want := map[string]string{"connection-refused": "|office|", "webhook-silent": "||acme", "differences-found": "main||"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A server that does not take it gets the same message later, once.
func TestWhatIsRefusedComesLater(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	w.withBoth(t)
	w.mail.Refuse(2)
	w.hook.Answer(http.StatusBadGateway)
	w.source.are(each()[0])
	a := w.alerts(t)
	look(t, a)
	look(t, a) // too early
	w.now = w.now.Add(time.Minute)
	look(t, a)
	w.hook.Answer(http.StatusOK)
	for range 5 {
		w.now = w.now.Add(2 * time.Minute)
		look(t, a)
	}
	w.expect(t, each()[:1], false)
	if w.hook.Deliveries() != 1 {
		t.Errorf("one message has %d ids", w.hook.Deliveries())
	}
	if strings.Contains(w.log.String(), "jane.doe") {
		t.Errorf("the log quotes the server: %s", w.log.String())
	}
}

// A process that ends in order leaves telling to the next one at once: nobody waits for
// minutes to hear of a trouble because figgosync was restarted.
func TestTheNextProcessTellsAtOnce(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	w.withBoth(t)
	first, second := w.alerts(t), w.alerts(t)
	look(t, first) // leads from now on
	w.source.are(each()[0])
	look(t, second)
	if len(w.mail.Mails()) > 0 {
		t.Fatal("two processes tell")
	}
	w.source.are()
	over, stop := context.WithCancel(t.Context())
	stop()
	first.Run(over)
	w.source.are(each()[0])
	look(t, second)
	w.expect(t, each()[:1], false)
}

// What gets worse is told again; what was not sent yet needs no end; kinds that nobody
// asked for and what could not be looked at stay quiet.
func TestLevelsAndKinds(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	w.put(t, settings.Recipient{Name: "it", Email: "it@example.com", Language: "en", Kinds: []string{"secret-expires"}})
	a := w.alerts(t)
	expiry := alerts.Trouble{Kind: settings.TroubleExpiry, About: "connection", Name: "office", Count: 30}
	for i, days := range []int{30, 29, 7, 6, 1, 1} {
		expiry.Count, expiry.Level = days, map[int]int{30: 1, 29: 1, 7: 2, 6: 2, 1: 3}[days]
		w.source.are(expiry, alerts.Trouble{Kind: settings.TroubleDisk})
		look(t, a)
		w.now = w.now.Add(time.Minute)
		if got, want := len(w.mail.Mails()), []int{1, 1, 2, 2, 3, 3}[i]; got != want {
			t.Fatalf("%d days: %d mails, want %d", days, got, want)
		}
	}
	w.source.mu.Lock()
	w.source.found = alerts.Found{Unknown: []settings.TroubleKind{settings.TroubleExpiry}}
	w.source.mu.Unlock()
	look(t, a)
	if got := len(w.mail.Mails()); got != 3 {
		t.Errorf("an end was told of what could not be looked at: %d mails", got)
	}
	w.source.are()
	look(t, a)
	if all := w.mail.Mails(); len(all) != 4 || !strings.Contains(all[3].Subject, "Over: ") {
		t.Errorf("got %d mails", len(all))
	}
	w.mail.Refuse(1)
	w.source.are(expiry)
	look(t, a)
	w.source.are()
	w.now = w.now.Add(time.Hour)
	look(t, a)
	if got := len(w.mail.Mails()); got != 4 {
		t.Errorf("an end without a beginning: %d mails", got)
	}
}

// The digest comes once a day, at eight, also when all is well.
func TestDigest(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	w.put(t, settings.Recipient{Name: "it", Email: "it@example.com", Language: "fr", Digest: true, Kinds: []string{"temporal-away"}})
	w.source.are(each()[0], each()[4])
	a := w.alerts(t)
	for range 30 {
		look(t, a)
		w.now = w.now.Add(time.Hour)
	}
	all := w.mail.Mails()
	if len(all) != 2 {
		t.Fatalf("%d mails", len(all))
	}
	for _, want := range []string{"2 problèmes", "Bureau", "main", "/alerts"} {
		if !strings.Contains(all[0].Subject+all[0].Text, want) {
			t.Errorf("the digest does not say %q: %s", want, all[0].Text)
		}
	}
	w.source.are()
	w.now = w.now.Add(24 * time.Hour)
	look(t, a)
	if all = w.mail.Mails(); len(all) != 3 || !strings.Contains(all[2].Text, "Tout va bien") {
		t.Errorf("got %d mails", len(all))
	}
}

// A database that is away is told without it, once, and so is its return.
func TestTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	w.withBoth(t)
	a := w.alerts(t)
	away := alerts.Trouble{Kind: settings.TroubleDatabase}
	w.source.are(away)
	for range 4 {
		look(t, a)
	}
	w.expect(t, []alerts.Trouble{away}, false)
	w.source.are()
	look(t, a)
	look(t, a)
	w.expect(t, []alerts.Trouble{away}, true)
}

func TestTheTestMessage(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	w.withBoth(t)
	a := w.alerts(t)
	if err := a.Test(t.Context(), settings.Recipient{Name: "it", Email: "it@example.com", Language: "fr"}); err != nil {
		t.Error(err)
	}
	if all := w.mail.Mails(); len(all) != 1 || all[0].Subject != "[figgosync] Essai" {
		t.Errorf("got %v", all)
	}
	w.hook.Answer(http.StatusForbidden)
	hook := settings.Recipient{Name: "hook", Webhook: w.hook.URL, Language: "en", Secret: w.secret}
	if err := a.Test(t.Context(), hook); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("got %v", err)
	}
	w.mailer = nil
	if err := w.alerts(t).Test(t.Context(), settings.Recipient{Email: "it@example.com"}); !errors.Is(err, alerts.ErrNoMail) {
		t.Errorf("got %v", err)
	}
}

// Encryption is demanded: a server without STARTTLS, or with a certificate that nobody
// signed, gets nothing, no login either.
func TestMailIsEncrypted(t *testing.T) {
	t.Parallel()
	to := settings.Recipient{Name: "it", Email: "it@example.com", Language: "fr"}
	login := "relay%40example.com:pass%20word@"
	cases := map[string]struct {
		server  func(*alertstest.SMTP)
		scheme  string
		query   string
		trusted bool
		sent    bool
	}{
		"STARTTLS":                   {func(*alertstest.SMTP) {}, "smtp://", "", true, true},
		"TLS from the beginning":     {func(s *alertstest.SMTP) { s.Implicit = true }, "smtps://", "", true, true},
		"no STARTTLS":                {func(s *alertstest.SMTP) { s.Plain = true }, "smtp://", "", true, false},
		"in clear, as the address":   {func(s *alertstest.SMTP) { s.Plain = true }, "smtp://", "?tls=none", true, true},
		"a certificate of nobody":    {func(*alertstest.SMTP) {}, "smtp://", "", false, false},
		"TLS, certificate of nobody": {func(s *alertstest.SMTP) { s.Implicit = true }, "smtps://", "", false, false},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := sqlite(t)
			w := newWorld(t, db)
			server := alertstest.StartSMTP(t, one.server)
			config := server.Client
			if !one.trusted {
				config = &tls.Config{}
			}
			w.mailer = mailer(t, one.scheme+login+server.Address()+one.query, config)
			err := w.alerts(t).Test(t.Context(), to)
			if got := len(server.Mails()); (err == nil) != one.sent || (got == 1) != one.sent {
				t.Errorf("%d mails, %v", got, err)
			}
		})
	}
}

func TestTheAddressOfAMailServer(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"mail.example.com", "https://mail.example.com", "smtp://", "smtp://h/path", "smtp://h?tls=maybe", "smtps://h?tls=none",
		"smtp://user:hunter2@h?from=nobody", "smtp://user:hunter2@h:port",
	} {
		_, err := alerts.NewMailer(wrong, "", nil)
		if !errors.Is(err, alerts.ErrSMTPURL) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", wrong, err)
		}
	}
	if m, err := alerts.NewMailer("", "", nil); m != nil || err != nil {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestTroublesAreMetrics(t *testing.T) {
	t.Parallel()
	db := sqlite(t)
	w := newWorld(t, db)
	a := w.alerts(t)
	registry := prometheus.NewRegistry()
	registry.MustRegister(a)
	if n, err := testutil.GatherAndCount(registry); n != 0 || err != nil {
		t.Errorf("%d before the first look, %v", n, err)
	}
	w.source.are(each()[0], alerts.Trouble{Kind: settings.TroubleDisk, Count: 4})
	look(t, a)
	want := `
# HELP figgosync_trouble Troubles that people are told of, by kind, as of the last minute; missing before the first look, and for kinds that could not be looked at.
# TYPE figgosync_trouble gauge
figgosync_trouble{kind="approval-needed"} 0
figgosync_trouble{kind="blocked-long"} 0
figgosync_trouble{kind="connection-refused"} 1
figgosync_trouble{kind="database-away"} 0
figgosync_trouble{kind="differences-found"} 0
figgosync_trouble{kind="disk-nearly-full"} 1
figgosync_trouble{kind="replies-refused"} 0
figgosync_trouble{kind="secret-expires"} 0
figgosync_trouble{kind="temporal-away"} 0
figgosync_trouble{kind="watch-failed"} 0
figgosync_trouble{kind="webhook-silent"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
