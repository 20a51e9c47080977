package alerts

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// SignatureHeader has the HMAC-SHA256 of the body with the recipient's secret, in
// hexadecimals. DeliveryHeader is the same for every try of one message.
const (
	SignatureHeader = "X-Figgosync-Signature"
	DeliveryHeader  = "X-Figgosync-Delivery"
)

// payload is what a webhook is sent. One of the three names is there where the trouble
// is about such a thing.
type payload struct {
	Kind            string    `json:"kind"`
	Synchronization string    `json:"synchronization,omitempty"`
	Connection      string    `json:"connection,omitempty"`
	Source          string    `json:"source,omitempty"`
	Text            string    `json:"text"`
	URL             string    `json:"url"`
	At              time.Time `json:"at"`
	Resolved        bool      `json:"resolved"`
}

// Sign is the signature of a body.
func Sign(secret settings.Secret, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// postTime bounds one call of a webhook, and drained what is read of its answer.
const (
	postTime = 20 * time.Second
	drained  = 64 << 10
)

// post sends a notice to a webhook. Errors have no address: it may hold a key.
func post(ctx context.Context, client *http.Client, r settings.Recipient, n Notice) error {
	p := payload{Kind: n.Kind, Text: n.Text, URL: n.URL, At: n.At.UTC().Truncate(time.Second), Resolved: n.Resolved}
	switch n.About {
	case AboutSynchronization:
		p.Synchronization = n.Name
	case AboutConnection:
		p.Connection = n.Name
	case AboutSource:
		p.Source = n.Name
	}
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("alerts: write a message: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, postTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Webhook, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook's address cannot be read")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "figgosync")
	request.Header.Set(SignatureHeader, Sign(r.Secret, body))
	request.Header.Set(DeliveryHeader, n.ID)
	answer, err := client.Do(request)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err
		}
		return fmt.Errorf("the webhook does not answer: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, drained)
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("the webhook answers HTTP %d", answer.StatusCode)
	}
	return nil
}
