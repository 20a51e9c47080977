package access

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// Refusals in the audit log. Strangers can make as many as they like: one line says
// that there was one, and another, refusalWindow later, how many like it there were.
// More different ones than mostRefusals in that time are one line for all networks.
const (
	refusalWindow = 10 * time.Minute
	mostRefusals  = 50
)

// refusal is what was refused, where and why.
type refusal struct {
	// door is "api", "oidc", "link" or that of a webhook, "webhooks/SOURCE".
	door, reason string
	by           settings.Author // whom it concerns, nobody where that is not known
	network      string
}

// refusals gathers what is alike.
type refusals struct {
	take func(refusal, int)

	mu    sync.Mutex
	since map[refusal]*repeated
}

// repeated is how often a refusal was repeated since its line was written.
type repeated struct {
	at    time.Time
	times int
}

// add writes a refusal, or counts it with the one it repeats.
func (r *refusals) add(one refusal, now time.Time) {
	r.mu.Lock()
	due := r.over(now)
	if r.since == nil {
		r.since = map[refusal]*repeated{}
	}
	if r.since[one] == nil && len(r.since) >= mostRefusals {
		one = refusal{door: one.door, reason: one.reason}
	}
	before := r.since[one]
	switch {
	case before != nil:
		before.times++
	case len(r.since) < 2*mostRefusals:
		r.since[one] = &repeated{at: now}
		due[one] = 1
	}
	r.mu.Unlock()
	for each, times := range due {
		r.take(each, times)
	}
}

// over takes out what began a window ago, with how often it was repeated.
func (r *refusals) over(now time.Time) map[refusal]int {
	due := map[refusal]int{}
	for one, before := range r.since {
		if now.Sub(before.at) < refusalWindow {
			continue
		}
		if before.times > 0 {
			due[one] = before.times
		}
		delete(r.since, one)
	}
	return due
}

// flush writes what is due though nothing is refused any more.
func (r *refusals) flush(now time.Time) {
	r.mu.Lock()
	due := r.over(now)
	r.mu.Unlock()
	for each, times := range due {
		r.take(each, times)
	}
}

// noteRefusal adds a refusal to the audit log.
func (g *Gate) noteRefusal(r *http.Request, one refusal) {
	if g.config.Audit == nil {
		return
	}
	one.network = coarseNet(r, g.config.TrustedProxies)
	g.refused.add(one, g.config.Now())
	time.AfterFunc(refusalWindow+time.Second, func() { g.refused.flush(g.config.Now()) })
}

// Refused adds to the audit log that somebody was refused at a door, such as
// "webhooks/acme", or that they lack a role; a flood of it is a few lines.
func (g *Gate) Refused(r *http.Request, door, reason string) {
	one := refusal{door: door, reason: reason}
	if p, ok := From(r.Context()); ok {
		one.by = p.Author()
	}
	g.noteRefusal(r, one)
}

// takeRefusal writes a line; times is 1 for one that was not repeated.
func (g *Gate) takeRefusal(one refusal, times int) {
	change := settings.Change{
		By: one.by, Action: settings.ActionRefused, Kind: settings.KindDoor, Name: one.door, Network: one.network,
		Fields: []settings.FieldChange{{Field: "reason", To: one.reason}},
	}
	if one.door == string(wayOIDC) || one.door == string(wayLink) {
		change.Action, change.Kind = settings.ActionSignInRefused, settings.KindSession
	}
	if change.By.ID == "" {
		change.By.ID = "figgosync"
	}
	if times > 1 {
		change.Fields = append(change.Fields, settings.FieldChange{Field: "times", To: strconv.Itoa(times)})
	}
	// The entry may be about several requests, which may be over.
	g.note(context.Background(), change)
}
