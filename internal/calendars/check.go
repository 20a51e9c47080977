package calendars

import (
	"context"
	"strings"
	"time"
	"unicode"
)

// StepName names one step of a connection check.
type StepName string

// The steps, in the order in which they are taken. Each presupposes the ones
// before it.
const (
	// StepAddress: the address leads to a server that is what it should be.
	StepAddress StepName = "address"
	// StepTLS: the server proves who it is and encrypts well enough.
	StepTLS StepName = "tls"
	// StepCredentials: the provider takes the connection's credentials.
	StepCredentials StepName = "credentials"
	// StepRight: the connection may write into mailboxes.
	StepRight StepName = "right"
	// StepMailbox: the named mailbox is there and has a calendar.
	StepMailbox StepName = "mailbox"
	// StepWrite: a marked event can be written and found again.
	StepWrite StepName = "write"
	// StepRemove: the marked event can be removed.
	StepRemove StepName = "remove"
	// StepAutoReply: the mailbox's automatic reply can be read; see CheckAutoReply.
	StepAutoReply StepName = "auto-reply"
)

var allSteps = []StepName{StepAddress, StepTLS, StepCredentials, StepRight, StepMailbox, StepWrite, StepRemove}

// StepOutcome is how a step ended.
type StepOutcome string

// The outcomes. A skipped step was not taken, or could not decide. After a failed
// step all are, but for removing what was written.
const (
	StepOK      StepOutcome = "ok"
	StepFailed  StepOutcome = "failed"
	StepSkipped StepOutcome = "skipped"
)

// Step is one step of a check and how it ended.
type Step struct {
	Name    StepName
	Outcome StepOutcome
	// Finding says what a failed step found. On a step that is ok it is a notice:
	// nothing is wrong yet, but an admin should know.
	Finding Finding
	// Detail is short text for admins: hosts, versions, dates, names of roles,
	// the provider's error code. Never a secret, a person or a provider's message.
	Detail string
	// Took is how long the step lasted, to which it counts what was needed for it.
	Took time.Duration
}

// Checker is a Calendar that can tell step by step whether it works, and if not
// why, so that each failure has one meaning and one thing to do.
type Checker interface {
	// Check tries the connection on one mailbox and returns all steps, in order,
	// the skipped ones too. It trusts nothing it remembers: it signs in anew.
	// With probe it also writes the event of Probe into the mailbox and removes
	// it. Without a mailbox ("") it goes as far as one can without.
	//
	// Where wrong passwords lock accounts it signs in twice at most. When ctx ends,
	// the step under way failed for lack of time.
	Check(ctx context.Context, mailbox string, probe bool) []Step
}

// CheckAutoReply takes a further step of a check that passed, where automatic replies
// are used: it reads the mailbox's. It is no part of Check, as the calendar does not
// depend on it.
func CheckAutoReply(ctx context.Context, replier AutoReplier, mailbox string) Step {
	start := time.Now()
	_, err := replier.AutoReply(ctx, mailbox)
	step := Step{Name: StepAutoReply, Outcome: StepOK, Took: time.Since(start)}
	if err != nil {
		finding, code := FindingOf(err)
		step.Outcome, step.Finding, step.Detail = StepFailed, finding, CleanDetail(code)
	}
	return step
}

// Passed tells whether no step failed.
func Passed(steps []Step) bool {
	for _, step := range steps {
		if step.Outcome == StepFailed {
			return false
		}
	}
	return true
}

// Checklist writes down the steps of one check. Not for concurrent use.
type Checklist struct {
	steps  map[StepName]Step
	last   time.Time
	failed bool
}

// NewChecklist returns an empty one; the time of the first step begins now.
func NewChecklist() *Checklist {
	return &Checklist{steps: map[StepName]Step{}, last: time.Now()}
}

// OK writes down that a step went well.
func (c *Checklist) OK(name StepName, detail string) { c.add(name, StepOK, "", detail) }

// Notice writes down that a step went well, and something an admin should know.
func (c *Checklist) Notice(name StepName, finding Finding, detail string) {
	c.add(name, StepOK, finding, detail)
}

// Skip writes down why a step was not taken or could not decide.
func (c *Checklist) Skip(name StepName, detail string) { c.add(name, StepSkipped, "", detail) }

// Fail writes down what a step found. The check ends here.
func (c *Checklist) Fail(name StepName, finding Finding, detail string) {
	c.failed = true
	c.add(name, StepFailed, finding, detail)
}

// Failed tells whether a step failed.
func (c *Checklist) Failed() bool { return c.failed }

// Steps returns every step there is, in order; those nobody wrote down are
// skipped.
func (c *Checklist) Steps() []Step {
	steps := make([]Step, 0, len(allSteps))
	for _, name := range allSteps {
		step, ok := c.steps[name]
		if !ok {
			step = Step{Name: name, Outcome: StepSkipped}
		}
		steps = append(steps, step)
	}
	return steps
}

func (c *Checklist) add(name StepName, outcome StepOutcome, finding Finding, detail string) {
	now := time.Now()
	c.steps[name] = Step{Name: name, Outcome: outcome, Finding: finding, Detail: CleanDetail(detail),
		Took: now.Sub(c.last)}
	c.last = now
}

// maxDetail bounds a detail, in characters.
const maxDetail = 200

// CleanDetail makes one short line of text that may come from outside, such as
// the names in a server's certificate.
func CleanDetail(text string) string {
	line := []rune(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " "))
	if len(line) > maxDetail {
		line = append(line[:maxDetail-1], '…')
	}
	return string(line)
}
