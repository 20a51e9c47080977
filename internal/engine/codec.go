package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// encoding marks an encrypted payload. Anything else passes through Decode as it
// is, so that work may be started by hand with plain JSON.
const encoding = "binary/encrypted"

// codec encrypts whole payloads with a Tink AEAD. The keyset's primary key
// encrypts, all its keys decrypt: keys are rotated by adding one.
type codec struct{ aead tink.AEAD }

// NewCodec returns the codec of a Tink AEAD keyset in JSON, as a file written by
// WriteKeyset holds it.
func NewCodec(keysetJSON []byte) (converter.PayloadCodec, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(keysetJSON)))
	if err != nil {
		return nil, fmt.Errorf("read the payload keyset: %w", err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the payload keyset: %w", err)
	}
	return &codec{aead: primitive}, nil
}

// OpenCodec returns the codec of a keyset file, which it makes with a new
// AES-256-GCM key, readable by its owner only, when there is none.
func OpenCodec(path string) (converter.PayloadCodec, error) {
	keysetJSON, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		keysetJSON, err = WriteKeyset(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the payload keyset: %w", err)
	}
	return NewCodec(keysetJSON)
}

// WriteKeyset makes a new keyset and writes it to path with mode 0600. It never
// replaces a file: losing a key loses the running absences.
func WriteKeyset(path string) (keysetJSON []byte, err error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	var buffer bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buffer)); err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return buffer.Bytes(), writeNew(path, buffer.Bytes())
}

// writeNew makes a file that is there as a whole or not at all, after a kill or a
// power cut too: half a keyset would be lost work. A file that exists is an error.
func writeNew(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	parent, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}

// Encode encrypts.
func (c *codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	result := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		plain, err := proto.Marshal(payload)
		if err != nil {
			return nil, fmt.Errorf("marshal a payload: %w", err)
		}
		sealed, err := c.aead.Encrypt(plain, []byte(encoding))
		if err != nil {
			return nil, fmt.Errorf("encrypt a payload: %w", err)
		}
		result[i] = &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encoding)}, Data: sealed}
	}
	return result, nil
}

// Decode decrypts what Encode encrypted and leaves the rest as it is.
func (c *codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	result := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		if string(payload.GetMetadata()[converter.MetadataEncoding]) != encoding {
			result[i] = payload
			continue
		}
		plain, err := c.aead.Decrypt(payload.GetData(), []byte(encoding))
		if err != nil {
			return nil, fmt.Errorf("decrypt a payload (is this the keyset it was written with?): %w", err)
		}
		result[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, result[i]); err != nil {
			return nil, fmt.Errorf("unmarshal a payload: %w", err)
		}
	}
	return result, nil
}
