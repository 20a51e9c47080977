package lucca

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// Delivery tunes how webhooks are sent. The zero value is Lucca's: 3 s to answer, 5
// attempts over about a day, 3 at once per endpoint. See
// https://developers.luccasoftware.com/documentation/limits.
type Delivery struct {
	// Timeout is how long an answer may take.
	Timeout time.Duration
	// Delays are the pauses between attempts; there is one attempt more than delays.
	Delays []time.Duration
	// Concurrency is how many requests one endpoint gets at once.
	Concurrency int
}

func (d Delivery) withDefaults() Delivery {
	d.Timeout = cmp.Or(d.Timeout, 3*time.Second)
	d.Concurrency = cmp.Or(d.Concurrency, 3)
	if d.Delays == nil {
		// Lucca says "about 24 hours" and no more; growing pauses are a guess.
		d.Delays = []time.Duration{time.Minute, 15 * time.Minute, 3 * time.Hour, 20 * time.Hour}
	}
	return d
}

// What became of a delivery, in Lucca's words: undelivered waits for one more
// attempt, failed does not.
const (
	delivered   = "delivered"
	undelivered = "undelivered"
	failed      = "failed"
)

// delivery is one event, or one half-day's post, on its way to one target.
type delivery struct {
	id        string
	target    *target
	event     *event // nil for HTTP synchronization
	topic     string // for HTTP synchronization, its X-Event
	leave     int
	employee  int
	body      []byte
	status    string
	createdAt time.Time
	next      time.Time
	attempts  []attempt
}

type attempt struct {
	id        string
	signature string
	status    int // 0: no answer
	response  string
	at        time.Time
	took      time.Duration
}

// target is one receiver and its queue; r.mu guards it.
type target struct {
	url      string
	key      string    // of HTTP synchronization: the Authorization header
	endpoint *endpoint // nil for HTTP synchronization
	waiting  []*delivery
	running  int
	closed   bool
}

// deliver sends an event to a target; s.mu must be held.
func (s *Service) deliver(to *target, e *event) *delivery {
	d := &delivery{event: e, topic: e.topic, leave: e.leave, employee: e.employee, body: e.body}
	e.deliveries = append(e.deliveries, d)
	s.post(to, d)
	return d
}

// post queues a delivery; s.mu must be held.
func (s *Service) post(to *target, d *delivery) {
	d.id, d.target, d.status, d.createdAt = uuid.NewString(), to, undelivered, s.now()
	s.deliveries = append(s.deliveries, d)
	if len(s.deliveries) > kept {
		s.deliveries[0] = nil
		s.deliveries = s.deliveries[1:]
	}
	s.queue(d)
}

// queue has a delivery attempted as soon as its target has a free slot; r.mu must be
// held.
func (s *Service) queue(d *delivery) {
	to := d.target
	if to.closed || s.stop.Err() != nil {
		d.status = failed
		return
	}
	to.waiting = append(to.waiting, d)
	if to.running < s.cfg.Delivery.Concurrency {
		to.running++
		s.sending.Go(func() { s.drain(to) })
	}
}

// drain attempts what waits until nothing does.
func (s *Service) drain(to *target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(to.waiting) > 0 && s.stop.Err() == nil {
		d := to.waiting[0]
		to.waiting = to.waiting[1:]
		s.mu.Unlock()
		result := s.attempt(d)
		s.mu.Lock()
		s.settle(d, result)
		s.notify(d.employee)
	}
	to.running--
}

// attempt posts once, signed and stamped anew.
func (s *Service) attempt(d *delivery) attempt {
	start := time.Now()
	result := attempt{id: uuid.NewString(), at: s.now()}
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Delivery.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.target.url, bytes.NewReader(d.body))
	if err != nil {
		return result
	}
	result.signature = d.target.dress(req, d, result.at)
	resp, err := s.client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
		result.status = resp.StatusCode
		if resp.StatusCode/100 != 2 {
			result.response = string(text)
		}
	}
	result.took = time.Since(start)
	return result
}

func (to *target) dress(req *http.Request, d *delivery, now time.Time) (signature string) {
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if to.endpoint == nil {
		req.Header.Set("Authorization", to.key)
		req.Header.Set("X-Version", "1.0")
		req.Header.Set("X-Resource-Type", "leave")
		req.Header.Set("X-Event", d.topic)
		return ""
	}
	timestamp := now.Format("2006-01-02T15:04:05Z")
	signature = Sign(to.endpoint.secret, timestamp, d.body)
	req.Header.Set("Lucca-Timestamp", timestamp)
	req.Header.Set("Lucca-Signature", signature)
	return signature
}

// Sign is Lucca's signature: the HMAC-SHA256 of timestamp, a dot and the body, keyed
// with the secret as it is spelt, in base64. See
// https://developers.lucca.fr/documentation/webhooks/catching/validate.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// settle decides what comes after an attempt; s.mu must be held. 404 and 410
// suspend a v5 endpoint at once; every other failure is tried again.
func (s *Service) settle(d *delivery, result attempt) {
	d.attempts = append(d.attempts, result)
	d.next = time.Time{}
	gone := result.status == http.StatusNotFound || result.status == http.StatusGone
	switch delays := s.cfg.Delivery.Delays; {
	case result.status/100 == 2:
		d.status = delivered
	case gone && d.target.endpoint != nil:
		d.status = failed
		d.target.endpoint.suspend(s)
	case len(d.attempts) > len(delays):
		d.status = failed
	case d.target.closed:
		d.status = failed
	default:
		s.retryAfter(d, delays[len(d.attempts)-1])
	}
}

func (s *Service) retryAfter(d *delivery, delay time.Duration) {
	d.next = s.now().Add(delay)
	s.sending.Go(func() {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-s.stop.Done():
		case <-timer.C:
			s.mu.Lock()
			defer s.mu.Unlock()
			s.queue(d)
		}
	})
}

// newWebhookClient follows no redirects, and keeps its connections.
func newWebhookClient(d Delivery) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: d.Concurrency, IdleConnTimeout: time.Minute}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}
