package stored

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go-gcpkms/v2/integration/gcpkms"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/figgosync/figgosync/internal/atomicfile"
	"github.com/figgosync/figgosync/internal/database"
)

// ErrKeyset is returned, wrapped, where the keyset is missing, or not the one that
// the database's secrets are sealed with.
var ErrKeyset = errors.New("the settings keyset is not the one that this database's secrets are sealed with: restore the keyset file from a backup")

// keysetContext is bound to a keyset that a KMS key encrypts, so that it cannot
// be taken for another kind of file.
const keysetContext = "figgosync settings keyset"

// Seal seals secrets with a Tink AEAD keyset in a file. Its primary key seals, all
// its keys open. It follows the file: another process may have added a key. It is
// safe for concurrent use.
type Seal struct {
	path   string
	keyURI string

	mu      sync.RWMutex
	content []byte // of the file
	handle  *keyset.Handle
	aead    tink.AEAD
}

var _ tink.AEAD = (*Seal)(nil)

// OpenSeal opens the keyset file. It makes one with mode 0600 where there is none,
// but not where the database was used with another, which must be lost: that is
// an ErrKeyset, wrapped, with the records whose secrets it takes. With a KMS
// key, "gcp-kms://projects/..." or "aws-kms://arn:...", the file is encrypted by
// it; credentials are found as Google's and Amazon's own libraries do. A clear
// keyset is not opened with a KMS key, nor the other way round.
func OpenSeal(ctx context.Context, db *database.DB, path, keyURI string) (*Seal, error) {
	// Asked before the file is looked for: another process may make it meanwhile,
	// and the database learns of it afterwards.
	id, err := sealedWith(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("open the settings keyset: %w", err)
	}
	return openSeal(ctx, path, keyURI, func() error {
		if id != 0 {
			return fmt.Errorf("there is no file %s: %w%s", path, ErrKeyset, lost(ctx, db))
		}
		return nil
	})
}

// ReplaceSeal does what OpenSeal does, and makes a new keyset also in the place of
// one that is lost for good: Discard goes on from there.
func ReplaceSeal(ctx context.Context, path, keyURI string) (*Seal, error) {
	return openSeal(ctx, path, keyURI, func() error { return nil })
}

func openSeal(ctx context.Context, path, keyURI string, mayCreate func() error) (*Seal, error) {
	s := &Seal{path: path, keyURI: keyURI}
	content, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		if err = mayCreate(); err == nil {
			content, err = s.create(ctx)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open the settings keyset: %w", err)
	}
	handle, err := s.decode(ctx, content)
	if err != nil {
		return nil, fmt.Errorf("open the settings keyset %s: %w", path, err)
	}
	return s, s.use(content, handle)
}

// read reads the file. One in clear must be its owner's alone.
func (s *Seal) read() ([]byte, error) {
	if s.keyURI == "" {
		if err := database.Private(s.path); err != nil {
			return nil, err
		}
	}
	return os.ReadFile(s.path)
}

// create makes a new keyset.
func (s *Seal) create(ctx context.Context) ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	content, err := s.encode(ctx, handle)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Create(s.path, content); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(s.path) // another process was first
	} else if err != nil {
		return nil, err
	}
	return content, nil
}

// decode reads the content of a keyset file.
func (s *Seal) decode(ctx context.Context, content []byte) (*keyset.Handle, error) {
	reader := keyset.NewJSONReader(bytes.NewReader(content))
	if s.keyURI == "" {
		handle, err := insecurecleartextkeyset.Read(reader)
		if err != nil {
			return nil, fmt.Errorf("it is no clear keyset (is a KMS key missing?): %w", err)
		}
		return handle, nil
	}
	kms, err := openKMS(ctx, s.keyURI)
	if err != nil {
		return nil, err
	}
	handle, err := keyset.ReadWithContext(ctx, reader, kms, []byte(keysetContext))
	if err != nil {
		return nil, fmt.Errorf("the KMS key does not open it: %w", err)
	}
	return handle, nil
}

// encode writes the content of a keyset file.
func (s *Seal) encode(ctx context.Context, handle *keyset.Handle) ([]byte, error) {
	var buffer bytes.Buffer
	writer := keyset.NewJSONWriter(&buffer)
	if s.keyURI == "" {
		err := insecurecleartextkeyset.Write(handle, writer)
		return buffer.Bytes(), err
	}
	kms, err := openKMS(ctx, s.keyURI)
	if err != nil {
		return nil, err
	}
	if err := handle.WriteWithContext(ctx, writer, kms, []byte(keysetContext)); err != nil {
		return nil, fmt.Errorf("encrypt the keyset with the KMS key: %w", err)
	}
	return buffer.Bytes(), nil
}

// openKMS returns the key behind an address. Other kinds of addresses than those
// of Google and Amazon are for clients that the program registered with Tink.
func openKMS(ctx context.Context, uri string) (tink.AEADWithContext, error) {
	var key tink.AEADWithContext
	var err error
	switch {
	case strings.HasPrefix(uri, "gcp-kms://"):
		key, err = gcpkms.GetAEADWithContext(ctx, uri)
	case strings.HasPrefix(uri, "aws-kms://"):
		key, err = awskms.NewAEADWithContext(ctx, strings.TrimPrefix(uri, "aws-kms://"))
	default:
		client, cerr := registry.GetKMSClient(uri)
		if cerr != nil {
			return nil, errors.New("the KMS key's address is not known: write one that begins with gcp-kms://projects/ or aws-kms://arn:aws:kms")
		}
		plain, aerr := client.GetAEAD(uri)
		key, err = withContext{plain}, aerr
	}
	if err != nil {
		return nil, fmt.Errorf("reach the KMS key: %w", err)
	}
	return key, nil
}

// withContext is an AEAD that looks at no context.
type withContext struct{ tink.AEAD }

func (a withContext) EncryptWithContext(_ context.Context, plain, bound []byte) ([]byte, error) {
	return a.Encrypt(plain, bound)
}

func (a withContext) DecryptWithContext(_ context.Context, sealed, bound []byte) ([]byte, error) {
	return a.Decrypt(sealed, bound)
}

func (s *Seal) use(content []byte, handle *keyset.Handle) error {
	primitive, err := aead.New(handle)
	if err != nil {
		return fmt.Errorf("use the settings keyset: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.content, s.handle, s.aead = content, handle, primitive
	return nil
}

// reload reads the file again and tells whether it is another than before.
func (s *Seal) reload(ctx context.Context) (bool, error) {
	content, err := os.ReadFile(s.path)
	if err != nil {
		return false, fmt.Errorf("read the settings keyset: %w", err)
	}
	s.mu.RLock()
	same := bytes.Equal(content, s.content)
	s.mu.RUnlock()
	if same {
		return false, nil
	}
	handle, err := s.decode(ctx, content)
	if err != nil {
		return false, fmt.Errorf("read the settings keyset: %w", err)
	}
	return true, s.use(content, handle)
}

// Encrypt seals with the primary key.
func (s *Seal) Encrypt(plain, bound []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.aead.Encrypt(plain, bound)
}

// Decrypt opens with any key of the keyset. Where none fits the file is read
// again: a key may have been added.
func (s *Seal) Decrypt(sealed, bound []byte) ([]byte, error) {
	plain, err := s.decrypt(sealed, bound)
	if err == nil {
		return plain, nil
	}
	// The other keyset is for whoever decrypts next, too: no caller's end may stop it.
	if other, rerr := s.reload(context.Background()); rerr != nil || !other {
		return nil, err
	}
	return s.decrypt(sealed, bound)
}

func (s *Seal) decrypt(sealed, bound []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.aead.Decrypt(sealed, bound)
}

// keys returns the id of the primary key, and of all keys that can be used.
func (s *Seal) keys() (primary int64, all []int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	info := s.handle.KeysetInfo()
	for _, key := range info.GetKeyInfo() {
		all = append(all, int64(key.GetKeyId()))
	}
	return int64(info.GetPrimaryKeyId()), all
}

// addKey adds a new primary key, in the file first: what it seals must never be
// without it.
func (s *Seal) addKey(ctx context.Context) error {
	return s.change(ctx, func(manager *keyset.Manager) error {
		id, err := manager.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			return err
		}
		return manager.SetPrimary(id)
	})
}

// dropOldKeys leaves the primary key only.
func (s *Seal) dropOldKeys(ctx context.Context) error {
	primary, all := s.keys()
	return s.change(ctx, func(manager *keyset.Manager) error {
		for _, id := range all {
			if id != primary {
				if err := manager.Delete(uint32(id)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Seal) change(ctx context.Context, change func(*keyset.Manager) error) error {
	s.mu.RLock()
	manager := keyset.NewManagerFromHandle(s.handle)
	s.mu.RUnlock()
	if err := change(manager); err != nil {
		return fmt.Errorf("change the settings keyset: %w", err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return fmt.Errorf("change the settings keyset: %w", err)
	}
	content, err := s.encode(ctx, handle)
	if err != nil {
		return err
	}
	if err := atomicfile.Replace(s.path, content); err != nil {
		return fmt.Errorf("write the settings keyset (it must be writable to change its keys): %w", err)
	}
	return s.use(content, handle)
}
