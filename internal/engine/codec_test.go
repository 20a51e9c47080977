package engine_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/figgosync/figgosync/internal/engine"
)

func plain(text string) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte("json/plain")}, Data: []byte(text)}
}

func open(t *testing.T, path string) converter.PayloadCodec {
	t.Helper()
	codec, err := engine.Keyset{Path: path, Make: true}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

func TestCodecHidesAndReturnsPayloads(t *testing.T) {
	codec := open(t, filepath.Join(t.TempDir(), "keys", "payloads.json"))
	want := []*commonpb.Payload{plain(`{"email":"jane.doe@example.com"}`), plain(`2`)}
	sealed, err := codec.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range sealed {
		if bytes.Contains(payload.GetData(), []byte("jane")) {
			t.Error("an encrypted payload shows its content")
		}
	}
	got, err := codec.Decode(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("decoded payloads differ (-want +got):\n%s", diff)
	}
}

// What an operator starts by hand is not encrypted.
func TestCodecPassesPlainPayloadsThrough(t *testing.T) {
	codec := open(t, filepath.Join(t.TempDir(), "payloads.json"))
	want := []*commonpb.Payload{plain(`{"source":"demo"}`)}
	got, err := codec.Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("plain payloads changed (-want +got):\n%s", diff)
	}
}

func TestKeysetIsPrivateAndLasts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payloads.json")
	first := open(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("keyset file has mode %o, want 600", mode)
	}
	if _, err := engine.WriteKeyset(path); err == nil {
		t.Error("WriteKeyset replaced a keyset")
	}
	sealed, err := first.Encode([]*commonpb.Payload{plain("1")})
	if err != nil {
		t.Fatal(err)
	}
	second := open(t, path)
	if _, err := second.Decode(sealed); err != nil {
		t.Errorf("a reopened keyset does not decrypt: %v", err)
	}
	other := open(t, filepath.Join(t.TempDir(), "other.json"))
	if _, err := other.Decode(sealed); err == nil {
		t.Error("another keyset decrypts")
	}
}
