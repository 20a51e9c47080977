package engine_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/engine"
)

// changed is the keyset of a file with a key more, which is primary when promoted.
func changed(t *testing.T, path string, promoted bool) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content)))
	if err != nil {
		t.Fatal(err)
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err == nil && promoted {
		err = manager.SetPrimary(id)
	}
	if err != nil {
		t.Fatal(err)
	}
	if handle, err = manager.Handle(); err != nil {
		t.Fatal(err)
	}
	var buffer bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buffer)); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, k engine.Keyset, say ...string) {
	t.Helper()
	codec, err := k.Open(t.Context())
	if codec != nil || !errors.Is(err, engine.ErrKeyset) {
		t.Fatalf("it opened %v with the error %v, want ErrKeyset", codec, err)
	}
	for _, words := range say {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q does not say %q", err, words)
		}
	}
}

// Only the API makes a keyset, and whoever has none or another one does not start.
func TestOnlyOneKeysetEncrypts(t *testing.T) { databasetest.All(t, onlyOneKeysetEncrypts) }

func onlyOneKeysetEncrypts(t *testing.T, db *database.DB) {
	dir := t.TempDir()
	path := filepath.Join(dir, "payload.json")
	worker := engine.Keyset{Path: path, DB: db}
	api := engine.Keyset{Path: path, DB: db, Make: true}

	refused(t, worker, path, "start that first")
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a worker made a keyset")
	}
	if _, err := api.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := worker.Open(t.Context()); err != nil {
		t.Errorf("the worker with the API's keyset: %v", err)
	}
	refused(t, engine.Keyset{DB: db}, "--payload-keyset")
	refused(t, engine.Keyset{DB: db, Make: true}, "--payload-keyset", "--plain-payloads")

	other := filepath.Join(dir, "other.json")
	if _, err := engine.WriteKeyset(other); err != nil {
		t.Fatal(err)
	}
	refused(t, engine.Keyset{Path: other, DB: db}, other, "figgosync api")
	refused(t, engine.Keyset{Path: other, DB: db, Make: true}, other)
	missing := filepath.Join(dir, "missing.json")
	refused(t, engine.Keyset{Path: missing, DB: db, Make: true}, missing, "backup")
	if _, err := os.Stat(missing); err == nil {
		t.Error("a keyset was made beside the one that encrypts")
	}
}

// A key is added everywhere, then promoted: a worker that has it starts, one that
// does not have it refuses.
func TestAWorkerNeedsThePromotedKey(t *testing.T) { databasetest.All(t, aWorkerNeedsThePromotedKey) }

func aWorkerNeedsThePromotedKey(t *testing.T, db *database.DB) {
	dir := t.TempDir()
	path, old := filepath.Join(dir, "payload.json"), filepath.Join(dir, "old.json")
	api := engine.Keyset{Path: path, DB: db, Make: true}
	if _, err := api.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, old, before)
	write(t, path, changed(t, path, true))
	if _, err := api.Open(t.Context()); err != nil {
		t.Fatalf("the API with a promoted key: %v", err)
	}
	if _, err := (engine.Keyset{Path: path, DB: db}).Open(t.Context()); err != nil {
		t.Errorf("the worker with the promoted key: %v", err)
	}
	refused(t, engine.Keyset{Path: old, DB: db}, "promoted")
}

// A process that runs learns a key that is added to its file.
func TestAnAddedKeyIsLearned(t *testing.T) {
	dir := t.TempDir()
	path, newer := filepath.Join(dir, "payload.json"), filepath.Join(dir, "newer.json")
	running := open(t, path)
	promoted := changed(t, path, true)
	write(t, newer, promoted)
	sealed, err := open(t, newer).Encode([]*commonpb.Payload{plain("1")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := running.Decode(sealed); !errors.Is(err, engine.ErrUndecodable) {
		t.Fatalf("without the key: %v, want ErrUndecodable", err)
	}
	write(t, path, promoted)
	if _, err := running.Decode(sealed); err != nil {
		t.Errorf("with the key in its file: %v", err)
	}
}

func TestAKeysetThatOthersMayReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payload.json")
	open(t, path)
	for _, mode := range []os.FileMode{0o604, 0o640, 0o660, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		refused(t, engine.Keyset{Path: path, Make: true}, path, "chmod 600")
	}
}

// What is written for one workflow does not decrypt in another.
func TestAPayloadIsBoundToItsWorkflow(t *testing.T) {
	codec := open(t, filepath.Join(t.TempDir(), "payload.json"))
	of := func(namespace, workflow string) converter.PayloadCodec {
		return codec.(converter.PayloadCodecWithSerializationContext).WithSerializationContext(
			converter.WorkflowSerializationContext{Namespace: namespace, WorkflowID: workflow})
	}
	sealed, err := of("default", "absence/demo/1").Encode([]*commonpb.Payload{plain("1")})
	if err != nil {
		t.Fatal(err)
	}
	activity := codec.(converter.PayloadCodecWithSerializationContext).WithSerializationContext(
		converter.ActivitySerializationContext{Namespace: "default", WorkflowID: "absence/demo/1", ActivityType: "ApplyAbsence"})
	for name, reader := range map[string]converter.PayloadCodec{"its workflow": of("default", "absence/demo/1"), "its activity": activity, "tools, which know no workflow": codec} {
		if _, err := reader.Decode(sealed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, reader := range map[string]converter.PayloadCodec{"another workflow": of("default", "absence/demo/2"), "another namespace": of("other", "absence/demo/1")} {
		if _, err := reader.Decode(sealed); !errors.Is(err, engine.ErrUndecodable) {
			t.Errorf("%s: %v, want ErrUndecodable", name, err)
		}
	}
	// Saying that it is another's does not make it so.
	sealed[0].Metadata["bound-to"] = []byte("default\nabsence/demo/2")
	if _, err := of("default", "absence/demo/2").Decode(sealed); !errors.Is(err, engine.ErrUndecodable) {
		t.Errorf("with another name written on it: %v, want ErrUndecodable", err)
	}
	delete(sealed[0].Metadata, "bound-to")
	if _, err := of("default", "absence/demo/2").Decode(sealed); !errors.Is(err, engine.ErrUndecodable) {
		t.Errorf("without a name on it: %v, want ErrUndecodable", err)
	}
}
