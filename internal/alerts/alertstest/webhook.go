package alertstest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// Post is what a webhook received. Its address field is URL, At a moment in UTC; one of
// Synchronization, Connection and Source is what it is about.
type Post struct {
	Kind, Synchronization, Connection, Source, Text, URL string
	At                                                   time.Time
	Resolved                                             bool
}

// Receiver is a webhook's other side: what is not signed with its secret, or has fields
// that are not documented, fails the test.
type Receiver struct {
	*httptest.Server
	t *testing.T

	mu         sync.Mutex
	secret     []byte
	status     int
	all        []Post
	deliveries map[string]int
}

// StartReceiver starts a receiver that answers 204, until the test ends.
func StartReceiver(t *testing.T) *Receiver {
	t.Helper()
	r := &Receiver{t: t, status: http.StatusNoContent, deliveries: map[string]int{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	mac := hmac.New(sha256.New, r.secret)
	mac.Write(body)
	if got := request.Header.Get("X-Figgosync-Signature"); got != hex.EncodeToString(mac.Sum(nil)) {
		r.t.Errorf("the signature is wrong: %s", got)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var one Post
	if err := decoder.Decode(&one); err != nil {
		r.t.Errorf("%s: %v", body, err)
	}
	r.deliveries[request.Header.Get("X-Figgosync-Delivery")]++
	if r.status < http.StatusMultipleChoices {
		r.all = append(r.all, one)
	}
	w.WriteHeader(r.status)
}

// SignedWith says with which secret everything is signed from now on.
func (r *Receiver) SignedWith(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = []byte(secret)
}

// Answer says with which status everything is answered from now on.
func (r *Receiver) Answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// Received are all that were taken, in their order.
func (r *Receiver) Received() []Post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// Deliveries counts the different messages that arrived, taken or not.
func (r *Receiver) Deliveries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.deliveries)
}
