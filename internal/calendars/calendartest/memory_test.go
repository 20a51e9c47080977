package calendartest_test

import (
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
)

func memoryHarness(chosenIDs, chosenUIDs bool) func(*testing.T) calendartest.Harness {
	return func(t *testing.T) calendartest.Harness {
		const mailbox = "marie.o'neil@example.com"
		memory := calendartest.NewMemory(mailbox)
		memory.ChosenIDs, memory.ChosenUIDs = chosenIDs, chosenUIDs
		return calendartest.Harness{
			Provider: "memory", Calendar: memory, Mailbox: mailbox, Zone: "Europe/Paris",
			AddMailbox:   memory.AddMailbox,
			TellsRepeats: !chosenUIDs,
			TellsTwins:   chosenIDs || chosenUIDs,
			Missing:      []string{"nobody@example.com"},
			Views:        func(_ testing.TB, mailbox string) []calendartest.View { return memory.Views(mailbox) },
			ShowAs:       func(show absence.ShowAs) string { return string(show) },
			Status:       func(e absence.Event) string { return string(e.Status) },
			Person:       memory.Person(),
			SayGone:      memory.SayGone,
			OwnReplies:   calendartest.HTMLReplies(""),
			Complete:     true,
			NotOffered: map[string]string{
				"an owner's additions":       "events in memory have our own fields only",
				"refusals of one mailbox":    "it refuses nobody",
				"the scope of a Retry-After": "it is never busy",
			},
		}
	}
}

// The fake the other tests trust obeys the port too.
func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	t.Run("ids of its own", func(t *testing.T) { calendartest.Run(t, memoryHarness(false, false)) })
	t.Run("chosen ids", func(t *testing.T) { calendartest.Run(t, memoryHarness(true, false)) })
	t.Run("chosen UIDs", func(t *testing.T) { calendartest.Run(t, memoryHarness(false, true)) })
}
