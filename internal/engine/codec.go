package engine

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/tink-crypto/tink-go/v2/tink"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// encoding marks an encrypted payload. Anything else passes through Decode as it
// is, so that work may be started by hand with plain JSON. boundTo names, in clear, the
// namespace and workflow that a payload is bound to.
const (
	encoding = "binary/encrypted"
	boundTo  = "bound-to"
)

// ErrUndecodable is returned, wrapped, for a payload that no key of the keyset
// decrypts, or that was written for another workflow.
var ErrUndecodable = errors.New("a payload cannot be decrypted")

// codec encrypts whole payloads with the AEAD of a keyset, bound to their workflow
// where the SDK tells which that is: a ciphertext moved to another workflow does not
// decrypt there. Codecs of all workflows share one ring.
type codec struct {
	ring *ring
	// bound is what binding gives, nil where no workflow is told: then what is
	// decrypted may belong to any.
	bound []byte
}

var _ converter.PayloadCodecWithSerializationContext = (*codec)(nil)

// ring is the AEAD of a keyset file, which it follows: a key may be added while
// this process runs.
type ring struct {
	path string // "" follows nothing

	mu      sync.RWMutex
	content []byte
	aead    tink.AEAD
}

// NewCodec returns the codec of a Tink AEAD keyset in JSON, as a file written by
// WriteKeyset holds it. The keyset's primary key encrypts, all its keys decrypt:
// keys are rotated by adding one.
func NewCodec(keysetJSON []byte) (converter.PayloadCodec, error) {
	return newCodec("", keysetJSON)
}

func newCodec(path string, keysetJSON []byte) (*codec, error) {
	primitive, err := newAEAD(keysetJSON)
	if err != nil {
		return nil, err
	}
	return &codec{ring: &ring{path: path, content: keysetJSON, aead: primitive}}, nil
}

// WithSerializationContext implements converter.PayloadCodecWithSerializationContext.
func (c *codec) WithSerializationContext(ctx converter.SerializationContext) converter.PayloadCodec {
	switch of := ctx.(type) {
	case converter.WorkflowSerializationContext:
		return &codec{ring: c.ring, bound: binding(of.Namespace, of.WorkflowID)}
	case converter.ActivitySerializationContext:
		return &codec{ring: c.ring, bound: binding(of.Namespace, of.WorkflowID)}
	default:
		return c
	}
}

// binding names a workflow, nil without one. Neither part holds a line break.
func binding(namespace, workflow string) []byte {
	if workflow == "" {
		return nil
	}
	return []byte(namespace + "\n" + workflow)
}

// Encode encrypts.
func (c *codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	result := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		plain, err := proto.Marshal(payload)
		if err != nil {
			return nil, fmt.Errorf("marshal a payload: %w", err)
		}
		sealed, err := c.ring.current().Encrypt(plain, associated(c.bound))
		if err != nil {
			return nil, fmt.Errorf("encrypt a payload: %w", err)
		}
		metadata := map[string][]byte{converter.MetadataEncoding: []byte(encoding)}
		if c.bound != nil {
			metadata[boundTo] = c.bound
		}
		result[i] = &commonpb.Payload{Metadata: metadata, Data: sealed}
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
		plain, err := c.open(payload)
		if err != nil {
			return nil, err
		}
		result[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, result[i]); err != nil {
			return nil, fmt.Errorf("unmarshal a payload: %w", err)
		}
	}
	return result, nil
}

func (c *codec) open(payload *commonpb.Payload) ([]byte, error) {
	bound := payload.GetMetadata()[boundTo]
	if c.bound != nil && bound != nil && !bytes.Equal(bound, c.bound) {
		return nil, fmt.Errorf("%w: it was written for another workflow", ErrUndecodable)
	}
	plain, err := c.ring.decrypt(payload.GetData(), associated(bound))
	if err != nil {
		return nil, fmt.Errorf("%w (is this the keyset it was written with, with every key that was added?): %w",
			ErrUndecodable, err)
	}
	return plain, nil
}

// associated is what a ciphertext is authenticated with.
func associated(bound []byte) []byte {
	if bound == nil {
		return []byte(encoding)
	}
	return append([]byte(encoding+"\n"), bound...)
}

func (r *ring) current() tink.AEAD {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.aead
}

// decrypt reads the file again where no key fits: one may have been added.
func (r *ring) decrypt(sealed, associated []byte) ([]byte, error) {
	plain, err := r.current().Decrypt(sealed, associated)
	if err == nil || !r.reload() {
		return plain, err
	}
	return r.current().Decrypt(sealed, associated)
}

// reload tells whether the file holds another keyset than before.
func (r *ring) reload() bool {
	if r.path == "" {
		return false
	}
	content, err := readKeyset(r.path)
	if err != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if bytes.Equal(content, r.content) {
		return false
	}
	primitive, err := newAEAD(content)
	if err != nil {
		return false
	}
	r.content, r.aead = content, primitive
	return true
}
