package graph_test

import (
	"net/http"
	"strings"
	"testing"
)

const question = `{"schedules":["anna@example.com","nobody@example.com"],"availabilityViewInterval":60,
	"startTime":{"dateTime":"2026-02-02T09:00:00","timeZone":"UTC"},"endTime":{"dateTime":"2026-02-02T12:00:00","timeZone":"UTC"}}`

func TestGetScheduleTellsTheMailboxsZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	answer := w.do(http.MethodPost, "/users/"+anna+"/calendar/getSchedule", question)
	if answer.status != http.StatusOK {
		t.Fatalf("%d %s", answer.status, answer.text)
	}
	for _, want := range []string{`"scheduleId":"anna@example.com"`, `"timeZone":{"name":"Romance Standard Time"}`, `"ErrorMailRecipientNotFound"`, `"availabilityView":"000"`} {
		if !strings.Contains(string(answer.text), want) {
			t.Errorf("%s lacks %s", answer.body, want)
		}
	}
	for name, bad := range map[string]string{
		"no schedules": strings.Replace(question, `"anna@example.com","nobody@example.com"`, "", 1),
		"no start":     strings.Replace(question, "startTime", "starts", 1),
		"interval":     strings.Replace(question, ":60", ":1", 1),
		"backwards":    strings.Replace(question, "T12:00", "T08:00", 1),
	} {
		if answer := w.do(http.MethodPost, "/users/"+anna+"/calendar/getSchedule", bad); answer.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, answer.status, answer.text)
		}
	}
}
