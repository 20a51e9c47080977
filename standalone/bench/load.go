package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/figgosync/figgosync/sandbox"
)

// employees are people of the demo company, from each legal entity in turn.
var employees = []string{"416", "421", "431", "417", "422", "432"}

// job does the i-th unit of work: accept returns once it is durable, and the
// channel tells when its effect was seen.
type job func(ctx context.Context, i int) (<-chan time.Time, error)

// drive runs count jobs over clients at once, waits for every effect, and
// measures.
func drive(ctx context.Context, clients, count int, do job) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	var (
		mu     sync.Mutex
		took   []time.Duration
		failed error
		last   time.Time
		group  sync.WaitGroup
		queue  = make(chan int)
	)
	started := time.Now()
	effect := func(begun time.Time, ch <-chan time.Time) {
		defer group.Done()
		select {
		case at := <-ch:
			mu.Lock()
			defer mu.Unlock()
			took = append(took, at.Sub(begun))
			if at.After(last) {
				last = at
			}
		case <-ctx.Done():
		}
	}
	var senders sync.WaitGroup
	for range clients {
		senders.Go(func() {
			for i := range queue {
				begun := time.Now()
				ch, err := do(ctx, i)
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					continue
				}
				group.Add(1)
				if clients == 1 {
					effect(begun, ch)
				} else {
					go effect(begun, ch)
				}
			}
		})
	}
	for i := range count {
		queue <- i
	}
	close(queue)
	senders.Wait()
	accepted := time.Since(started)
	group.Wait()
	if failed == nil && len(took) < count {
		failed = fmt.Errorf("%d of %d effects were seen in time", len(took), count)
	}
	if failed != nil {
		return sample{}, failed
	}
	slices.Sort(took)
	return sample{
		accepted: float64(count) / accepted.Seconds(), settled: float64(count) / last.Sub(started).Seconds(),
		p50: took[len(took)/2], p99: took[min(len(took)*99/100, len(took)-1)],
	}, nil
}

func (l *lab) bare(ctx context.Context, clients, count int) (sample, error) {
	return drive(ctx, clients, count, func(ctx context.Context, _ int) (<-chan time.Time, error) {
		id := fmt.Sprintf("bare/%d", l.next.Add(1))
		done := make(chan time.Time, 1)
		l.bareRun.done.Store(id, done)
		_, err := l.bareRun.client.SignalWithStartWorkflow(ctx, id, "go", "x", client.StartWorkflowOptions{TaskQueue: "bench"}, "Bare", id)
		return done, err
	})
}

func (l *lab) product(ctx context.Context, clients, count int) (sample, error) {
	return drive(ctx, clients, count, func(ctx context.Context, i int) (<-chan time.Time, error) {
		id := fmt.Sprintf("bench%d", l.next.Add(1))
		done := l.watch.expect(id)
		return done, l.announce(ctx, id, employees[i%len(employees)], "confirmed")
	})
}

// announce sends the webhook for one day of absence, signed as Lucca signs. status
// is Lucca's: tentative, confirmed, or deleted.
func (l *lab) announce(ctx context.Context, id, employee, status string) error {
	topic := map[string]string{
		"tentative": "leave.created", "confirmed": "leave.updated", "deleted": "leave.deleted",
	}[status]
	if status == "deleted" {
		status = "confirmed" // as it was
	}
	now := time.Now().UTC()
	stamp, changed := now.Format(time.RFC3339), now.Format(time.RFC3339Nano)
	day := now.AddDate(0, 0, 7).Format(time.DateOnly)
	body := fmt.Appendf(nil, `{"id":"e%s","type":"event","topic":%q,"occurredAt":%q,"source":"https://bench.example","data":{"id":%q,"type":"leave",`+
		`"startsOn":%q,"startPosition":"firstHalfDay","endsOn":%q,"endPosition":"secondHalfDay","employee":{"id":%q},"leaveAccount":{"id":"56"},`+
		`"days":[{"date":%q,"range":"allDay","duration":{"iso":"P1D","value":1,"unit":"days"}}],"status":%q,"lastUpdatedAt":%q}}`,
		id+topic, topic, changed, id, day, day, employee, day, status, changed)
	mac := hmac.New(sha256.New, []byte(sandbox.DemoWebhookSecret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	address := l.running.API + "/webhooks/lucca/demo"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Lucca-Timestamp", stamp)
	request.Header.Set("Lucca-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := l.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("webhook answered %s", answer.Status)
	}
	return nil
}
