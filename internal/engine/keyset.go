package engine

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/atomicfile"
	"github.com/figgosync/figgosync/internal/database"
)

// ErrKeyset is returned, wrapped, where the payload keyset is missing, readable by
// others, or not the one that the running absences are encrypted with.
var ErrKeyset = errors.New("the payload keyset cannot be used")

// Keyset says which payload keyset a process uses, and what it may do about it.
type Keyset struct {
	// Path is the file; "" is no encryption.
	Path string
	// DB remembers which keyset encrypts; nil, where settings come from a file,
	// remembers nothing.
	DB *database.DB
	// Make permits to make a missing keyset, and to remember it: for the one kind
	// of process that encrypts first, the API. Any other would make a keyset that
	// decrypts nothing.
	Make bool
	// Wait bounds how long another process may take to make and remember it.
	Wait time.Duration
}

// Open returns the codec, nil without encryption. Errors are sentences that say
// what to do, and wrap ErrKeyset.
func (k Keyset) Open(ctx context.Context) (converter.PayloadCodec, error) {
	for deadline := time.Now().Add(k.Wait); ; {
		opened, retry, err := k.open(ctx)
		switch {
		case err == nil && opened == nil:
			return nil, nil // not a nil pointer in an interface
		case err == nil:
			return opened, nil
		case !retry || time.Now().After(deadline):
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// open tells whether waiting may help.
func (k Keyset) open(ctx context.Context) (opened *codec, retry bool, err error) {
	// Asked before the file is looked for: another process may make both meanwhile.
	known, primary, err := k.remembered(ctx)
	if err != nil {
		return nil, false, err
	}
	if k.Path == "" {
		if known != nil {
			return nil, false, fmt.Errorf("%w: absences of this database are encrypted with one, and none is named: name its file with --payload-keyset (and no --plain-payloads)", ErrKeyset)
		}
		return nil, false, nil
	}
	content, err := readKeyset(k.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if !k.Make || known != nil {
			return nil, !k.Make, k.missing(known != nil)
		}
		content, err = k.create()
	}
	if err != nil {
		return nil, false, err
	}
	if opened, err = newCodec(k.Path, content); err != nil {
		return nil, false, fmt.Errorf("%w: %s is no keyset, restore it from a backup: %w", ErrKeyset, k.Path, err)
	}
	retry, err = k.compare(ctx, opened, known, primary)
	return opened, retry, err
}

func (k Keyset) missing(known bool) error {
	if known {
		return fmt.Errorf("%w: there is no file %s, but absences are encrypted with it: copy it from the machine of figgosync api, or restore it from a backup", ErrKeyset, k.Path)
	}
	return fmt.Errorf("%w: there is no file %s; figgosync api makes it at its first start: start that first, and copy the file here when this is another machine", ErrKeyset, k.Path)
}

// create makes the file, unless another process was first.
func (k Keyset) create() ([]byte, error) {
	content, err := WriteKeyset(k.Path)
	if errors.Is(err, fs.ErrExist) {
		return readKeyset(k.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be made: %w", ErrKeyset, k.Path, err)
	}
	return content, nil
}

// check is the text whose ciphertext the database keeps.
const check = "figgosync payload keyset"

// remembered is the ciphertext that the database keeps, nil before the first, and
// the key that made it.
func (k Keyset) remembered(ctx context.Context) (sealed []byte, primary int64, err error) {
	if k.DB == nil {
		return nil, 0, nil
	}
	err = k.DB.QueryRowContext(ctx, "SELECT sealed, key_id FROM payload_keyset WHERE id = 1").Scan(&sealed, &primary)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read which payload keyset is used: %w", err)
	}
	return sealed, primary, nil
}

// compare sees that the keyset is the one that encrypts: that it decrypts what the
// API's primary key encrypted. That holds for older and newer files of one keyset
// as long as they have that key. retry tells whether the API may still remember it.
func (k Keyset) compare(ctx context.Context, c *codec, known []byte, remembered int64) (retry bool, err error) {
	if k.DB == nil {
		return false, nil
	}
	if known == nil && !k.Make {
		return true, fmt.Errorf("%w: figgosync api has not started with this database yet, and only it decides which keyset encrypts: start it first", ErrKeyset)
	}
	if known == nil {
		if err := k.remember(ctx, c, "INSERT INTO payload_keyset (id, sealed, key_id) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING"); err != nil {
			return false, err
		}
		// Another process may have been first, with another keyset.
		if known, remembered, err = k.remembered(ctx); err != nil {
			return false, err
		}
	}
	if plain, err := c.ring.current().Decrypt(known, []byte(check)); err != nil || string(plain) != check {
		return false, fmt.Errorf("%w: %s is not the keyset that absences are encrypted with, or lacks the key that was promoted last: copy the file from the machine of figgosync api", ErrKeyset, k.Path)
	}
	if id, err := primaryKey(c.ring.content); err != nil || id == remembered || !k.Make {
		return false, err
	}
	return false, k.remember(ctx, c, "UPDATE payload_keyset SET sealed = $1, key_id = $2 WHERE id = 1")
}

func (k Keyset) remember(ctx context.Context, c *codec, statement string) error {
	sealed, err := c.ring.current().Encrypt([]byte(check), []byte(check))
	if err != nil {
		return fmt.Errorf("encrypt with the payload keyset: %w", err)
	}
	id, err := primaryKey(c.ring.content)
	if err != nil {
		return err
	}
	if _, err := k.DB.ExecContext(ctx, statement, sealed, id); err != nil {
		return fmt.Errorf("remember which payload keyset is used: %w", err)
	}
	return nil
}

// readKeyset reads a keyset that nobody but its owner may read.
func readKeyset(path string) ([]byte, error) {
	if err := database.Private(path); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyset, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyset, err)
	}
	return content, nil
}

func readHandle(keysetJSON []byte) (*keyset.Handle, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(keysetJSON)))
	if err != nil {
		return nil, fmt.Errorf("read the payload keyset: %w", err)
	}
	return handle, nil
}

func newAEAD(keysetJSON []byte) (tink.AEAD, error) {
	handle, err := readHandle(keysetJSON)
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the payload keyset: %w", err)
	}
	return primitive, nil
}

func primaryKey(keysetJSON []byte) (int64, error) {
	handle, err := readHandle(keysetJSON)
	if err != nil {
		return 0, err
	}
	return int64(handle.KeysetInfo().GetPrimaryKeyId()), nil
}

// WriteKeyset makes a new keyset with an AES-256-GCM key and writes it to path with
// mode 0600. It never replaces a file: losing a key loses the running absences.
func WriteKeyset(path string) (keysetJSON []byte, err error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	var buffer bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buffer)); err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return buffer.Bytes(), atomicfile.Create(path, buffer.Bytes())
}
