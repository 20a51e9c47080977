package mailboxzone_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/mailboxzone"
)

func TestAZoneIsAskedForOnceADay(t *testing.T) {
	for name, test := range map[string]struct {
		zone     string
		answered bool
		want     string
		age      time.Duration
	}{
		"told":          {"Tokyo Standard Time", true, "Tokyo Standard Time", 24 * time.Hour},
		"not told":      {"", true, "Romance Standard Time", 24 * time.Hour},
		"nothing heard": {"", false, "Romance Standard Time", 15 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			zones, questions := mailboxzone.New(), 0
			of := func(mailbox string) {
				t.Helper()
				got, err := zones.Of(t.Context(), mailbox, "Romance Standard Time", func() (string, bool) {
					questions++
					return test.zone, test.answered
				})
				if got != test.want || err != nil {
					t.Errorf("%s: %q, %v; want %q", name, got, err, test.want)
				}
			}
			of("jean@example.com")
			time.Sleep(test.age - time.Second)
			of("Jean@Example.com")
			if questions != 1 {
				t.Errorf("%s: asked %d times before its time", name, questions)
			}
			time.Sleep(2 * time.Second)
			of("jean@example.com")
			of("marie@example.com")
			if questions != 3 {
				t.Errorf("%s: asked %d times, want 3", name, questions)
			}
		})
	}
}

// A question that was given up is no answer: it is neither written with nor kept.
func TestAGivenUpQuestionIsNotRemembered(t *testing.T) {
	t.Parallel()
	zones := mailboxzone.New()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := zones.Of(ctx, "jean@example.com", "UTC", func() (string, bool) {
		cancel()
		return "", false
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	got, err := zones.Of(t.Context(), "jean@example.com", "UTC", func() (string, bool) { return "Tokyo Standard Time", true })
	if got != "Tokyo Standard Time" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
