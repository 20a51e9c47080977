package fourth_test

import (
	"context"
	"errors"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/record"
)

// A calendar system besides those that figgosync has: the memory that adapters are
// tested with. All that the rest of the program knows of it is said here, and that it
// is in the list.

const memory calendars.Provider = "memory"

func init() {
	calendars.Register(calendars.System{Provider: memory, New: func() calendars.Settings { return new(memorySettings) }})
}

// mailboxes are all there are.
var mailboxes = calendartest.NewMemory("jane.doe@example.com")

const rightKey = "the key of the memory kq3vTz8mWp2"

type memorySettings struct {
	Server string        `json:"server" rule:"address" default:"https://memory.example.com" end:"-" doc:"Where it is."`
	Key    record.Secret `json:"key,omitempty" rule:"required" to:"server" doc:"What opens it."`
	Size   string        `json:"size" choice:"small large" doc:"How much it holds."`
	calendars.ProxySettings
}

// Check implements record.Checked.
func (s *memorySettings) Check(*record.Checker) {}

// Open implements calendars.Settings.
func (s *memorySettings) Open(env calendars.Environment) (calendars.Adapter, error) {
	if s.Server == "" {
		return nil, calendars.CannotWork(errors.New("server: it is missing"))
	}
	return &adapter{Memory: mailboxes, key: s.Key.Reveal(), most: max(env.MaxConcurrent, 2)}, nil
}

type adapter struct {
	*calendartest.Memory
	key  string
	most int
}

// MaxConcurrent implements calendars.Limited.
func (a *adapter) MaxConcurrent() int { return a.most }

// Close implements calendars.Adapter.
func (a *adapter) Close() {}

// Check implements calendars.Checker.
func (a *adapter) Check(ctx context.Context, mailbox string, _ bool) []calendars.Step {
	list := calendars.NewChecklist()
	list.OK(calendars.StepAddress, "")
	list.Skip(calendars.StepTLS, "")
	if a.key != rightKey {
		list.Fail(calendars.StepCredentials, calendars.CredentialsRefused, "")
		return list.Steps()
	}
	list.OK(calendars.StepCredentials, "")
	list.OK(calendars.StepRight, "")
	if _, err := a.Find(ctx, mailbox, calendars.ProbeKey); err != nil {
		finding, code := calendars.FindingOf(err)
		list.Fail(calendars.StepMailbox, finding, code)
		return list.Steps()
	}
	list.OK(calendars.StepMailbox, "")
	return list.Steps()
}
