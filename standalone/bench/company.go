package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// since is before every absence of the generated companies, which begin in the
// week after next: all their workflows stay open.
func since() string { return time.Now().AddDate(0, 0, 7).Format(time.DateOnly) }

// grow adds a company of so many absences, ten an employee, spread over the three
// legal entities.
func (l *lab) grow(ctx context.Context, absences int) error {
	const each = 10
	body := map[string]any{
		"legalEntities": 3, "employees": (absences + each - 1) / each, "absencesPerEmployee": each, "seed": absences,
		"since": time.Now().AddDate(0, 0, 14).Format(time.DateOnly),
	}
	return l.desk(ctx, http.MethodPost, "/sandbox/company", body, nil)
}

// requests counts what each system was asked, by the sandbox's targets.
func (l *lab) requests(ctx context.Context) (map[string]int, error) {
	var targets map[string]struct {
		Total int `json:"total"`
	}
	if err := l.desk(ctx, http.MethodGet, "/sandbox/requests", nil, &targets); err != nil {
		return nil, err
	}
	totals := map[string]int{}
	for name, target := range targets {
		totals[name] = target.Total
	}
	return totals, nil
}

func (l *lab) desk(ctx context.Context, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, l.sandbox+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		detail, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return fmt.Errorf("%s %s answered %s: %s", method, path, response.Status, detail)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
