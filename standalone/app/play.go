package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// player acts at the sandbox's desk as a person would and looks into calendars.
type player struct {
	base string
	out  io.Writer
}

// actor is a person with a mailbox on each calendar system.
type actor struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	System string `json:"system"`
	// HasMailbox is false for people who join next week.
	HasMailbox bool `json:"hasMailbox"`
}

var systemNames = map[string]string{
	"office365": "Outlook (Office 365)", "exchange": "Outlook (Exchange)", "google": "Google Calendar",
}

// play takes one absence through its three states in each calendar system, and
// leaves one pending and one approved absence for the eye.
func (p *player) play(ctx context.Context) error {
	actors, err := p.actors(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, "One absence in each calendar: requested, approved, deleted.")
	for _, actor := range actors {
		if err := p.lifeOf(ctx, actor); err != nil {
			return fmt.Errorf("%s: %w", systemNames[actor.System], err)
		}
	}
	for i, actor := range actors {
		day := nextMonday().AddDate(0, 0, i)
		if _, err := p.request(ctx, actor, day, day); err != nil {
			return err
		}
		later := day.AddDate(0, 0, 2)
		id, err := p.request(ctx, actor, later, later)
		if err != nil {
			return err
		}
		if err := p.send(ctx, http.MethodPost, "/sandbox/leaves/"+id+"/approve", nil, nil); err != nil {
			return err
		}
	}
	fmt.Fprintln(p.out)
	return nil
}

func (p *player) actors(ctx context.Context) ([]actor, error) {
	var all []actor
	if err := p.send(ctx, http.MethodGet, "/sandbox/employees", nil, &all); err != nil {
		return nil, err
	}
	var chosen []actor
	for _, system := range []string{"office365", "exchange", "google"} {
		for _, candidate := range all {
			if candidate.System == system && candidate.HasMailbox {
				chosen = append(chosen, candidate)
				break
			}
		}
	}
	return chosen, nil
}

func (p *player) lifeOf(ctx context.Context, actor actor) error {
	before, err := p.statuses(ctx, actor)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "  %-20s  %-16s", systemNames[actor.System], actor.Name)
	monday := nextMonday()
	id, err := p.request(ctx, actor, monday, monday.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	steps := []struct {
		method, path, shown string
		want                []string
	}{
		{"", "", "tentative", append(before, "tentative")},
		{http.MethodPost, "/sandbox/leaves/" + id + "/approve", "confirmed", append(before, "confirmed")},
		{http.MethodDelete, "/sandbox/leaves/" + id, "gone", before},
	}
	for _, step := range steps {
		started := time.Now()
		if step.method != "" {
			if err := p.send(ctx, step.method, step.path, nil, nil); err != nil {
				return err
			}
		}
		if err := p.waitFor(ctx, actor, step.want); err != nil {
			return fmt.Errorf("waiting for %q: %w", step.shown, err)
		}
		fmt.Fprintf(p.out, "  %s in %.1f s", step.shown, time.Since(started).Seconds())
	}
	fmt.Fprintln(p.out)
	return nil
}

// waitFor looks until the calendar holds events of exactly these statuses.
func (p *player) waitFor(ctx context.Context, actor actor, want []string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		got, err := p.statuses(ctx, actor)
		if err != nil {
			return err
		}
		if sameSet(got, want) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the calendar shows %v: %w", got, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func sameSet(a, b []string) bool {
	counts := map[string]int{}
	for _, one := range a {
		counts[one]++
	}
	for _, one := range b {
		counts[one]--
	}
	for _, count := range counts {
		if count != 0 {
			return false
		}
	}
	return true
}

func (p *player) statuses(ctx context.Context, actor actor) ([]string, error) {
	var events []struct {
		Status string `json:"status"`
	}
	path := "/sandbox/mailboxes/" + url.PathEscape(actor.Email) + "/events"
	if err := p.send(ctx, http.MethodGet, path, nil, &events); err != nil {
		return nil, err
	}
	statuses := []string{}
	for _, event := range events {
		statuses = append(statuses, event.Status)
	}
	return statuses, nil
}

func (p *player) request(ctx context.Context, actor actor, from, to time.Time) (id string, err error) {
	var leave struct {
		ID string `json:"id"`
	}
	body := map[string]string{
		"employee": actor.ID, "startsOn": from.Format(time.DateOnly), "endsOn": to.Format(time.DateOnly),
	}
	err = p.send(ctx, http.MethodPost, "/sandbox/leaves", body, &leave)
	return leave.ID, err
}

func (p *player) send(ctx context.Context, method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var payload bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, p.base+path, &payload)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %s", method, path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// nextMonday is the Monday of this week, or of the next when the week is over:
// the week the sandbox's page shows first.
func nextMonday() time.Time {
	today := time.Now()
	days := (int(time.Monday) - int(today.Weekday()) + 7) % 7
	if weekday := today.Weekday(); weekday >= time.Monday && weekday <= time.Friday {
		days = int(time.Monday - weekday)
	}
	return today.AddDate(0, 0, days)
}
