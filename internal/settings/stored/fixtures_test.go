package stored_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored"
)

// Every secret of the fixtures holds this, and nothing else does.
const canary = "hunter2"

// revealed compares secrets by what they are.
var revealed = cmp.Comparer(func(a, b settings.Secret) bool { return a.Reveal() == b.Reveal() })

var alice = settings.Author{ID: "person:alice", Name: "Alice"}

func source(name string) settings.Source {
	return settings.Source{
		Name: name, Host: "https://" + name + ".ilucca.net", TokenURL: settings.DefaultTokenURL, API: settings.APIv5,
		ClientID: "integration", ClientSecret: canary + "-client", WebhookSecret: canary + "-webhook-kq3vTz8mWp2hYb7dRn5xJc9g", HTTPSynchronizationKey: "Bearer kq3vTz8mWp2hYb7dRn5xJc9g" + canary,
	}
}

func office(name string) settings.Connection {
	return settings.Connection{Name: name, Provider: calendars.Office365, System: &graph.Settings{
		TenantID: "acme.example", ClientID: "app", ClientSecret: canary + "-graph",
		AuthorityURL: record.Default[graph.Settings]("authorityUrl"), GraphURL: record.Default[graph.Settings]("graphUrl"),
	}}
}

func exchange(name string) settings.Connection {
	return settings.Connection{Name: name, Provider: calendars.Exchange, MaxConcurrent: 3, System: &ews.Settings{
		URL: "https://mail.acme.example/ews/exchange.asmx", Username: `ACME\sync`, Password: canary + "-exchange", Auth: "ntlm", MinTLS: "1.2",
	}}
}

// googleKey is a key file; its canary is in its private_key_id.
var googleKey = sync.OnceValue(func() settings.Secret {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "private_key_id": canary, "client_email": "figgosync@acme.iam.gserviceaccount.com",
		"token_uri":   "https://oauth2.googleapis.com/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	if err != nil {
		panic(err)
	}
	return settings.Secret(text)
})

func design(name string) settings.Connection {
	return settings.Connection{Name: name, Provider: calendars.Google, System: &google.Settings{Key: googleKey(), CalendarURL: record.Default[google.Settings]("calendarUrl"), GmailURL: record.Default[google.Settings]("gmailUrl")}}
}

func synchronization(name, source, connection string, legalEntities ...string) settings.Synchronization {
	return settings.Synchronization{
		Name: name, Source: source, Connection: connection, LegalEntities: legalEntities, Zone: "Europe/Paris",
		Policy: absence.DefaultPolicy(), ConfirmAbove: settings.DefaultConfirmAbove,
	}
}

// fill stores one of each, at version 1, and a second connection and source.
func fill(t *testing.T, s *stored.Store) {
	t.Helper()
	ctx := t.Context()
	for _, name := range []string{"acme", "other"} {
		version(t, 1)(s.PutSource(ctx, alice, source(name), 0))
	}
	for _, c := range []settings.Connection{office("office"), exchange("factory"), design("design")} {
		version(t, 1)(s.PutConnection(ctx, alice, c, 0))
	}
	version(t, 1)(s.PutSynchronization(ctx, alice, synchronization("main", "acme", "office", "1", "2"), 0))
}

func version(t *testing.T, want settings.Version) func(settings.Version, error) {
	t.Helper()
	return func(got settings.Version, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("got version %d, want %d", got, want)
		}
	}
}

func failed(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

// problems returns the fields and codes of an InvalidError.
func problems(t *testing.T, err error) map[string]string {
	t.Helper()
	invalid, ok := errors.AsType[*settings.InvalidError](err)
	if !ok {
		t.Fatalf("got %v, want an InvalidError", err)
	}
	all := map[string]string{}
	for _, p := range invalid.Problems {
		all[p.Field] = p.Code
	}
	return all
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, revealed); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// place is one database with its keyset, opened as often as wanted.
type place struct{ address, keyset string }

// all runs a test against both databases.
func all(t *testing.T, run func(t *testing.T, p place)) {
	t.Helper()
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		run(t, place{address, filepath.Join(t.TempDir(), "settings-keyset.json")})
	})
}

func (p place) db(t *testing.T) *database.DB {
	t.Helper()
	db := databasetest.Open(t, p.address)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// open opens a store as another process would.
func (p place) open(t *testing.T, options ...stored.Options) *stored.Store {
	t.Helper()
	s, err := p.tryOpen(t, append(options, stored.Options{})[0])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p place) tryOpen(t *testing.T, options stored.Options) (*stored.Store, error) {
	t.Helper()
	db := p.db(t)
	seal, err := stored.OpenSeal(t.Context(), db, p.keyset, "")
	if err != nil {
		return nil, err
	}
	return stored.Open(t.Context(), db, seal, options)
}

// pemFile is a certificate with its key.
var pemFile = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
})
