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
				got, _, err := zones.Of(t.Context(), mailbox, "Romance Standard Time", func() mailboxzone.Answer {
					questions++
					return mailboxzone.Answer{Zone: test.zone, Heard: test.answered}
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
	_, _, err := zones.Of(ctx, "jean@example.com", "UTC", func() mailboxzone.Answer {
		cancel()
		return mailboxzone.Answer{}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	got, _, err := zones.Of(t.Context(), "jean@example.com", "UTC", func() mailboxzone.Answer {
		return mailboxzone.Answer{Zone: "Tokyo Standard Time", Heard: true}
	})
	if got != "Tokyo Standard Time" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A question that fails in passing is asked again by the next try, which comes soon,
// instead of a whole day being written in a guessed zone; but it holds no write back for
// long.
func TestAQuestionThatFailsInPassing(t *testing.T) {
	busy := errors.New("busy")
	for name, test := range map[string]struct {
		fails int
		want  []string // of each try, "busy" for the error
	}{
		"once":         {1, []string{"busy", "Tokyo Standard Time", "Tokyo Standard Time"}},
		"twice":        {2, []string{"busy", "busy", "Tokyo Standard Time"}},
		"all the time": {99, []string{"busy", "busy", "UTC", "UTC"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			zones, questions := mailboxzone.New(), 0
			of := func() string {
				got, guess, err := zones.Of(t.Context(), "jean@example.com", "UTC", func() mailboxzone.Answer {
					if questions++; questions <= test.fails {
						return mailboxzone.Answer{Passing: busy}
					}
					return mailboxzone.Answer{Zone: "Tokyo Standard Time", Heard: true}
				})
				if err != nil {
					return err.Error()
				}
				if guess != (got == "UTC") {
					t.Errorf("%s: %q, a guess: %t", name, got, guess)
				}
				return got
			}
			for i, want := range test.want {
				if got := of(); got != want {
					t.Errorf("%s, try %d: %q, want %q", name, i+1, got, want)
				}
			}
			if questions != 3 && test.fails > 2 {
				t.Errorf("%s: asked %d times at once", name, questions)
			}
			time.Sleep(16 * time.Minute)
			test.fails = min(test.fails, questions)
			if got := of(); got != "Tokyo Standard Time" {
				t.Errorf("%s: a quarter of an hour later: %q", name, got)
			}
		})
	}
}
