package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

// deliveries is the wire between Lucca and figgosync. It passes webhooks on once or
// twice, late, or answers for figgosync: with an error, so that Lucca repeats, or with a
// success that nobody was told of.
type deliveries struct {
	url    string
	server *http.Server
	log    *slog.Logger
	to     atomic.Pointer[string] // figgosync's address
	count  atomic.Int64           // what was not passed on once and at once
	late   atomic.Int64           // under way
	// patience is how long a late webhook is passed on again and again.
	patience time.Duration
	// slots are how many of them are passed on at once: as many as Lucca has under way to
	// one endpoint. More would take all of a busy machine with tries that are in vain.
	slots chan struct{}

	mu     sync.Mutex
	random *rand.Rand
	lost   map[int]bool // absences one of whose webhooks was swallowed or given up
}

func newDeliveries(seed uint64, log *slog.Logger) (*deliveries, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &deliveries{url: "http://" + listener.Addr().String(), log: log, lost: map[int]bool{},
		patience: 4 * time.Minute, slots: make(chan struct{}, 3), random: rand.New(rand.NewPCG(seed, 2))}
	d.server = &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(listener) }()
	return d, nil
}

func (d *deliveries) close() error { return d.server.Close() }

// disturbed is how many webhooks met something.
func (d *deliveries) disturbed() int { return int(d.count.Load()) }

// ServeHTTP decides by luck what becomes of a webhook: of 100, 3 are swallowed, 6
// refused, 10 late, 8 doubled.
func (d *deliveries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	luck, delay := d.random.IntN(100), time.Duration(d.random.IntN(4000))*time.Millisecond
	d.mu.Unlock()
	leave := leaveOf(body)
	if luck < 27 {
		d.count.Add(1)
	}
	switch {
	case luck < 3 && leave > 0:
		d.lose(leave)
		w.WriteHeader(http.StatusAccepted)
	case luck < 9:
		http.Error(w, "no", http.StatusServiceUnavailable)
	case luck < 19:
		// Accepted on figgosync's behalf, so it must arrive.
		d.late.Add(1)
		go d.deliverLate(r.Header.Clone(), r.URL.Path, body, delay)
		w.WriteHeader(http.StatusAccepted)
	case luck < 27:
		_ = d.forward(r.Context(), r.Header, r.URL.Path, body)
		w.WriteHeader(d.forward(r.Context(), r.Header, r.URL.Path, body))
	default:
		w.WriteHeader(d.forward(r.Context(), r.Header, r.URL.Path, body))
	}
}

func (d *deliveries) lose(leave int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lost[leave] = true
}

// leaveOf is the id of the absence that a webhook of the Lucca API (v5) or a post of the
// HTTP synchronization is about, 0 for others. The id of a post's half-day begins with it.
func leaveOf(body []byte) int {
	var event struct {
		ID   string `json:"id"`
		Date string `json:"date"`
		Data struct {
			ID   string `json:"id"`
			Type string `json:"type"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &event) != nil {
		return 0
	}
	text := ""
	switch {
	case event.Data.Type == "leave":
		text = event.Data.ID
	case event.Date != "":
		text, _, _ = strings.Cut(event.ID, "-")
	}
	id, _ := strconv.Atoi(text)
	return id
}

// deliverLate passes a webhook on until figgosync takes it. A signature is good for five
// minutes, longer than any kill here lasts; a machine too busy for figgosync to answer may
// need longer, and then nobody was told.
func (d *deliveries) deliverLate(header http.Header, path string, body []byte, delay time.Duration) {
	defer d.late.Add(-1)
	for deadline := time.Now().Add(d.patience); time.Now().Before(deadline); {
		time.Sleep(delay)
		if d.tryLate(header, path, body)/100 == 2 {
			return
		}
		delay = min(delay+time.Second, longestDelay)
	}
	if leave := leaveOf(body); leave > 0 {
		d.lose(leave)
	}
}

// longestDelay is the longest pause between two tries of a late webhook.
const longestDelay = 10 * time.Second

// tryLate passes a late webhook on once it is its turn.
func (d *deliveries) tryLate(header http.Header, path string, body []byte) (status int) {
	d.slots <- struct{}{}
	defer func() { <-d.slots }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return d.forward(ctx, header, path, body)
}

// forward passes a webhook on and returns the answer's status, 502 for none.
func (d *deliveries) forward(ctx context.Context, header http.Header, path string, body []byte) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, *d.to.Load()+path, bytes.NewReader(body))
	if err != nil {
		return http.StatusBadGateway
	}
	r.Header = header.Clone()
	response, err := client.Do(r)
	if err != nil {
		return http.StatusBadGateway
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// everyDelivery is more than the sandbox keeps.
const everyDelivery = 1_000_000

// waiting is how many webhooks are under way.
func (d *deliveries) waiting(company *lucca.Service) int {
	waiting := int(d.late.Load())
	for _, sent := range company.Deliveries(0, everyDelivery) {
		if sent.State == "undelivered" {
			waiting++
		}
	}
	return waiting
}

// lostLeaves are the absences that figgosync was not told everything of, as far as the
// sandbox still knows and was asked before.
func (d *deliveries) lostLeaves(company *lucca.Service) map[int]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, sent := range company.Deliveries(0, everyDelivery) {
		if sent.State == "failed" && sent.Leave > 0 {
			d.lost[sent.Leave] = true
		}
	}
	all := map[int]bool{}
	for id := range d.lost {
		all[id] = true
	}
	return all
}

// sent is what Lucca knows of the webhooks about an absence, the oldest first, for somebody
// who looks for a failure.
func sent(company *lucca.Service, leave int) (all []string) {
	for _, one := range slices.Backward(company.Deliveries(0, everyDelivery)) {
		if one.Leave == leave {
			all = append(all, fmt.Sprintf("%s %s %s (%d tries, then %d)",
				one.At.Format(time.TimeOnly+".000"), one.Topic, one.State, one.Attempts, one.Status))
		}
	}
	return all
}
