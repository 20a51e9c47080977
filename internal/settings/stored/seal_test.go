package stored_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"

	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored"
)

// everything returns all that the database holds, as bytes: the files of SQLite,
// each row of PostgreSQL.
func everything(t *testing.T, p place) []byte {
	t.Helper()
	if path, ok := database.SQLitePath(p.address); ok {
		var all []byte
		err := filepath.WalkDir(filepath.Dir(path), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			all = append(all, content...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	var all strings.Builder
	db := p.db(t)
	for _, table := range []string{"settings_state", "settings_records", "settings_secrets", "audit_log"} {
		var text string
		if err := db.QueryRowContext(t.Context(), "SELECT coalesce(string_agg(x::text, ' '), '') FROM "+table+" x").Scan(&text); err != nil {
			t.Fatal(err)
		}
		all.WriteString(text)
	}
	return []byte(all.String())
}

func TestNoSecretIsInTheDatabase(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s := p.open(t)
		fill(t, s)
		changed := exchange("factory")
		changed.System.(*ews.Settings).Password = canary + "-new"
		version(t, 2)(s.PutConnection(t.Context(), alice, changed, 1))
		content := everything(t, p)
		if !bytes.Contains(content, []byte("acme.ilucca.net")) {
			t.Fatal("this test looks in the wrong place")
		}
		hex := []byte("68756e74657232") // the canary, as PostgreSQL writes bytes
		if bytes.Contains(content, []byte(canary)) || bytes.Contains(content, hex) || bytes.Contains(content, []byte(base64.StdEncoding.EncodeToString([]byte(canary))[:8])) {
			t.Error("the database holds a secret in clear")
		}
		keyset, err := os.Stat(p.keyset)
		if err != nil || keyset.Mode().Perm() != 0o600 {
			t.Errorf("the keyset file: %v, %v", keyset, err)
		}
	})
}

func TestSwappedCiphertextsAreRefused(t *testing.T) {
	moves := map[string]string{
		"another field":  "UPDATE settings_secrets SET sealed = (SELECT sealed FROM settings_secrets WHERE name = 'acme' AND field = 'clientSecret') WHERE name = 'acme' AND field = 'webhookSecret'",
		"another record": "UPDATE settings_secrets SET sealed = (SELECT sealed FROM settings_secrets WHERE name = 'acme' AND field = 'webhookSecret') WHERE name = 'other' AND field = 'webhookSecret'",
		"another kind":   "UPDATE settings_secrets SET sealed = (SELECT sealed FROM settings_secrets WHERE name = 'acme' AND field = 'webhookSecret') WHERE name = 'office'",
	}
	for name, move := range moves {
		t.Run(name, func(t *testing.T) {
			all(t, func(t *testing.T, p place) {
				fill(t, p.open(t))
				if _, err := p.db(t).ExecContext(t.Context(), move); err != nil {
					t.Fatal(err)
				}
				_, err := p.tryOpen(t, stored.Options{})
				failed(t, err, stored.ErrKeyset)
			})
		})
	}
}

func TestALostKeyset(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		fill(t, p.open(t))
		const needs = "fill in anew the secrets of: connection design, connection factory, connection office, source acme, source other"
		told := func(err error) {
			t.Helper()
			failed(t, err, stored.ErrKeyset)
			if !strings.Contains(err.Error(), "restore the keyset file from a backup") || !strings.Contains(err.Error(), needs) || strings.Contains(err.Error(), canary) {
				t.Errorf("got %v", err)
			}
		}
		backup, err := os.ReadFile(p.keyset)
		if err != nil {
			t.Fatal(err)
		}
		// Missing: no new one may hide it.
		if err := os.Remove(p.keyset); err != nil {
			t.Fatal(err)
		}
		_, err = p.tryOpen(t, stored.Options{})
		told(err)
		if _, err := os.Stat(p.keyset); err == nil {
			t.Fatal("a new keyset was made")
		}
		// Another one.
		other := place{p.address, filepath.Join(t.TempDir(), "other.json")}
		if _, err := stored.ReplaceSeal(t.Context(), other.keyset, ""); err != nil {
			t.Fatal(err)
		}
		_, err = other.tryOpen(t, stored.Options{})
		told(err)
		// Restored.
		if err := os.WriteFile(p.keyset, backup, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := p.open(t).Source(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, source("acme"))
	})
}

func TestSecretsOfALostKeysetAreDiscarded(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		fill(t, p.open(t))
		lost := place{p.address, filepath.Join(t.TempDir(), "new.json")}
		seal, err := stored.ReplaceSeal(t.Context(), lost.keyset, "")
		if err != nil {
			t.Fatal(err)
		}
		records, err := stored.Discard(t.Context(), p.db(t), seal, settings.Author{ID: "command"})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, records, []string{"connection design", "connection factory", "connection office", "source acme", "source other"})
		s, ctx := lost.open(t), t.Context()
		record, err := s.SourceRecord(ctx, "acme")
		if err != nil || record.Value.ClientSecret != "" || record.Value.Host == "" || record.Version != 4 {
			t.Errorf("got %+v, %v", record, err)
		}
		lines, _ := s.Changes(ctx, settings.ChangesQuery{Limit: 10, Kind: settings.KindConnection, Name: "factory"})
		equal(t, lines[0].Fields, []settings.FieldChange{{Field: "exchange.password", From: "[secret]"}})
		version(t, 5)(s.PutSource(ctx, alice, source("acme"), 4))
		again, _ := lost.open(t).Source(ctx, "acme")
		equal(t, again, source("acme"))
		// The old keyset is of no use any more.
		_, err = p.tryOpen(t, stored.Options{})
		failed(t, err, stored.ErrKeyset)
	})
}

// Two hosts that each made a keyset of their own are told before they seal.
func TestTwoKeysetsForOneDatabase(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		first := p.open(t)
		other := place{p.address, filepath.Join(t.TempDir(), "other.json")}
		_, err := other.tryOpen(t, stored.Options{})
		failed(t, err, stored.ErrKeyset)
		fill(t, first)
	})
}

func TestRotation(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		running, ctx := p.open(t), t.Context()
		fill(t, running)
		command := p.open(t)
		before := everything(t, p)
		old, _ := os.ReadFile(p.keyset)
		count, err := command.AddKey(ctx, settings.Author{ID: "command"})
		if err != nil || count != 9 {
			t.Fatalf("%d secrets, %v", count, err)
		}
		if bytes.Equal(before, everything(t, p)) {
			t.Error("nothing was sealed anew")
		}
		// A process that runs goes on with the new key, reading and writing.
		record, err := running.SourceRecord(ctx, "acme")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, record.Value, source("acme"))
		equal(t, record.Version, settings.Version(1))
		if keys(t, p) != 2 {
			t.Errorf("the keyset has %d keys", keys(t, p))
		}
		if _, err := command.DropOldKeys(ctx, settings.Author{ID: "command"}); err != nil {
			t.Fatal(err)
		}
		if keys(t, p) != 1 {
			t.Errorf("the keyset has %d keys", keys(t, p))
		}
		version(t, 1)(running.PutSource(ctx, alice, source("third"), 0))
		for _, s := range []*stored.Store{running, command, p.open(t)} {
			got, err := s.SourceRecord(ctx, "third")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got.Value, source("third"))
		}
		lines, _ := running.Changes(ctx, settings.ChangesQuery{Limit: 10, Kind: settings.KindSettings})
		if len(lines) != 2 || lines[0].Action != settings.ActionRotated {
			t.Errorf("got %+v", lines)
		}
		// What leaked with an old backup of the keyset opens nothing any more.
		stale := place{p.address, filepath.Join(t.TempDir(), "old.json")}
		if err := os.WriteFile(stale.keyset, old, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = stale.tryOpen(t, stored.Options{})
		failed(t, err, stored.ErrKeyset)
	})
}

// Two people rotate while a third edits: no secret may end up without its key.
func TestRotationsAtTheSameTime(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		fill(t, p.open(t))
		ctx := t.Context()
		var group sync.WaitGroup
		for i := range 3 {
			s := p.open(t)
			group.Go(func() {
				for round := range 3 {
					var err error
					switch {
					case i < 2 && round == 2:
						_, err = s.DropOldKeys(ctx, alice)
					case i < 2:
						_, err = s.AddKey(ctx, alice)
					default:
						_, err = s.PutSource(ctx, alice, source("n"+string(rune('0'+round))), 0)
					}
					// Somebody else's key between the two steps of a drop.
					if err != nil && !strings.Contains(err.Error(), settings.ErrChanged.Error()) {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		sources, err := p.open(t).Sources(ctx)
		if err != nil || len(sources) != 5 {
			t.Fatalf("got %d, %v", len(sources), err)
		}
		for _, got := range sources {
			equal(t, got, source(got.Name))
		}
	})
}

// keys counts the keys of the file.
func keys(t *testing.T, p place) int {
	t.Helper()
	content, err := os.ReadFile(p.keyset)
	if err != nil {
		t.Fatal(err)
	}
	var keyset struct{ Key []any }
	if err := json.Unmarshal(content, &keyset); err != nil {
		t.Fatal(err)
	}
	return len(keyset.Key)
}

func TestSeveralProcessesMakeOneKeyset(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		p.db(t)
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				if _, err := p.tryOpen(t, stored.Options{}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if entries, _ := os.ReadDir(filepath.Dir(p.keyset)); len(entries) != 1 {
			t.Errorf("got %v", entries)
		}
	})
}

func TestABrokenKeysetFile(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		if err := os.WriteFile(p.keyset, []byte(`{"primaryKeyId":1`), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.tryOpen(t, stored.Options{}); err == nil || !strings.Contains(err.Error(), p.keyset) {
			t.Errorf("got %v", err)
		}
		if content, _ := os.ReadFile(p.keyset); string(content) != `{"primaryKeyId":1` {
			t.Error("it was overwritten")
		}
	})
}

func TestAKMSKeyEncryptsTheKeyset(t *testing.T) {
	uri, err := fakekms.NewKeyURI()
	if err != nil {
		t.Fatal(err)
	}
	client, err := fakekms.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	registry.RegisterKMSClient(client)
	t.Cleanup(registry.ClearKMSClients)
	underKMS(t, uri)
}

// Amazon's KMS as its API says (https://docs.aws.amazon.com/kms/latest/APIReference):
// JSON 1.1 over POST, the operation in X-Amz-Target.
func TestAmazonsKMS(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			KeyID             string `json:"KeyId"`
			Plaintext         []byte
			CiphertextBlob    []byte
			EncryptionContext map[string]string
		}
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err := json.Unmarshal(body, &in); err != nil || len(in.EncryptionContext) != 1 || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256") {
			http.Error(w, `{"__type":"ValidationException"}`, http.StatusBadRequest)
			return
		}
		out := map[string]any{"KeyId": in.KeyID}
		flip := func(b []byte) []byte {
			b = bytes.Clone(b)
			for i := range b {
				b[i] ^= 0x55
			}
			return b
		}
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.Encrypt":
			out["CiphertextBlob"] = flip(in.Plaintext)
		case "TrentService.Decrypt":
			out["Plaintext"] = flip(in.CiphertextBlob)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_KMS": server.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_REGION": "eu-west-3",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	underKMS(t, "aws-kms://arn:aws:kms:eu-west-3:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
}

// underKMS uses a keyset that a KMS key encrypts.
func underKMS(t *testing.T, uri string) {
	t.Helper()
	p := place{"sqlite:" + filepath.Join(t.TempDir(), "figgosync.db"), filepath.Join(t.TempDir(), "keyset.json")}
	open := func(uri string) (*stored.Store, error) {
		db := p.db(t)
		seal, err := stored.OpenSeal(t.Context(), db, p.keyset, uri)
		if err != nil {
			return nil, err
		}
		return stored.Open(t.Context(), db, seal, stored.Options{})
	}
	s, err := open(uri)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	content, err := os.ReadFile(p.keyset)
	if err != nil || !bytes.Contains(content, []byte("encryptedKeyset")) || bytes.Contains(content, []byte("keyData\"")) {
		t.Fatalf("the file is not encrypted: %s, %v", content, err)
	}
	if _, err := s.AddKey(t.Context(), alice); err != nil {
		t.Fatal(err)
	}
	if s, err = open(uri); err != nil {
		t.Fatal(err)
	}
	got, _ := s.Source(t.Context(), "acme")
	equal(t, got, source("acme"))
	if _, err := open(""); err == nil || !strings.Contains(err.Error(), "KMS key") {
		t.Errorf("without the KMS key: %v", err)
	}
	if _, err := open("vault://x"); err == nil || !strings.Contains(err.Error(), "gcp-kms://") {
		t.Errorf("with an address of nothing: %v", err)
	}
}

func TestGooglesKMSNeedsItsCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	p := place{"sqlite:" + filepath.Join(t.TempDir(), "figgosync.db"), filepath.Join(t.TempDir(), "keyset.json")}
	uri := "gcp-kms://projects/p/locations/europe-west9/keyRings/r/cryptoKeys/k"
	if _, err := stored.OpenSeal(context.Background(), p.db(t), p.keyset, uri); err == nil || !strings.Contains(err.Error(), "reach the KMS key") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(p.keyset); err == nil {
		t.Error("half a keyset was written")
	}
}
