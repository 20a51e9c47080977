package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"sync"
	"time"
)

// consentTTL is how long an administrator may take to consent.
const consentTTL = 15 * time.Minute

// consents makes and takes back the states that bind a consent to what asked for
// it. A state is signed with a key that lives as long as the process, holds the
// connection and its end, and is good once. With several api processes the answer
// must reach the one that asked; another one knows nothing of it, and the
// administrator starts again.
type consents struct {
	key []byte
	now func() time.Time

	mu      sync.Mutex
	pending map[string]consentAsked // by nonce
}

// consentAsked is what a state stands for. The mailbox is kept here, because the
// state is shown in addresses.
type consentAsked struct {
	connection, mailbox string
	expires             time.Time
}

func newConsents(now func() time.Time) *consents {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: go.dev/doc/go1.24#crypto/rand
	return &consents{key: key, now: now, pending: map[string]consentAsked{}}
}

func (c *consents) issue(connection, mailbox string) (state string, expires time.Time) {
	now := c.now()
	expires = now.Add(consentTTL).Truncate(time.Second)
	nonce := rand.Text()
	c.mu.Lock()
	defer c.mu.Unlock()
	for old, asked := range c.pending {
		if !now.Before(asked.expires) {
			delete(c.pending, old)
		}
	}
	c.pending[nonce] = consentAsked{connection, mailbox, expires}
	payload := nonce + "." + connection + "." + strconv.FormatInt(expires.Unix(), 10)
	return payload + "." + c.sign(payload), expires
}

// redeem returns what the state stands for, once.
func (c *consents) redeem(state string) (consentAsked, bool) {
	cut := strings.LastIndexByte(state, '.')
	if cut < 0 || !hmac.Equal([]byte(state[cut+1:]), []byte(c.sign(state[:cut]))) {
		return consentAsked{}, false
	}
	nonce, _, _ := strings.Cut(state, ".")
	c.mu.Lock()
	defer c.mu.Unlock()
	asked, ok := c.pending[nonce]
	delete(c.pending, nonce)
	return asked, ok && c.now().Before(asked.expires)
}

func (c *consents) sign(payload string) string {
	mac := hmac.New(sha256.New, c.key)
	_, _ = mac.Write([]byte("consent " + payload))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
