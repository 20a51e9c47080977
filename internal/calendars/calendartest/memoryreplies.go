package calendartest

import (
	"context"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// Reply is a mailbox's automatic reply as its owner sees it in their settings.
type Reply struct {
	State calendars.AutoReplyState
	// From and Until are in UTC, of a scheduled one.
	From, Until time.Time
	// Inside and Outside are the texts as the system holds them: HTML, or plain text
	// where Plain. A system with one text for all (Gmail) has it in Inside.
	Inside, Outside string
	Plain           bool
	// Subject is put before that of the mail answered (Gmail).
	Subject  string
	Audience calendars.AutoReplyAudience
	// ContactsOnly: inside the organization, too, only contacts are answered (Gmail).
	ContactsOnly bool
	// Language is the one of the texts (Exchange).
	Language string
}

var _ calendars.AutoReplier = (*Memory)(nil)

// memorySystem is whose the Kept of Memory's replies are.
const memorySystem calendars.Provider = "memory"

// AutoReply implements calendars.AutoReplier. It has the traps of the real systems:
// texts come back as HTML that the system made of them.
func (m *Memory) AutoReply(ctx context.Context, mailbox string) (calendars.AutoReply, error) {
	var reply calendars.AutoReply
	err := m.do(ctx, Operation{Name: "auto-reply-read", Mailbox: mailbox}, func(box *memoryBox) (err error) {
		reply, err = box.reply.read()
		return err
	})
	if err != nil {
		return calendars.AutoReply{}, err
	}
	return reply, nil
}

// SetAutoReply implements calendars.AutoReplier.
func (m *Memory) SetAutoReply(ctx context.Context, mailbox string,
	wanted calendars.AutoReply) (calendars.AutoReply, error) {
	var reply calendars.AutoReply
	err := m.do(ctx, Operation{Name: "auto-reply-write", Mailbox: mailbox}, func(box *memoryBox) (err error) {
		var kept Reply
		if wanted.ReadKept(memorySystem, &kept) {
			if kept.State == calendars.AutoReplyScheduled && !kept.Until.After(m.now()) {
				kept.State = calendars.AutoReplyOff
			}
			box.reply = kept
		} else if err := wanted.Check(); err != nil {
			return err
		} else {
			box.reply = Reply{
				State: wanted.State, From: wanted.From, Until: wanted.Until, Audience: wanted.Answers(),
				Inside: madeHTML(wanted.Inside), Outside: madeHTML(wanted.Outside),
			}
		}
		reply, err = box.reply.read()
		return err
	})
	if err != nil {
		return calendars.AutoReply{}, err
	}
	return reply, nil
}

// madeHTML is what the systems make of a text.
func madeHTML(text string) string {
	if text == "" {
		return ""
	}
	return "<html><body>" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + "</body></html>"
}

var madeText = strings.NewReplacer("<html><body>", "", "</body></html>", "", "<br>", "\n")

func (r Reply) read() (calendars.AutoReply, error) {
	if r.State == "" {
		r.State, r.Audience = calendars.AutoReplyOff, calendars.AudienceNobody
	}
	kept, err := calendars.KeepReply(memorySystem, r)
	if err != nil {
		return calendars.AutoReply{}, err
	}
	return calendars.AutoReply{
		State: r.State, From: r.From, Until: r.Until, Audience: r.Audience,
		Inside:  html.UnescapeString(madeText.Replace(r.Inside)),
		Outside: html.UnescapeString(madeText.Replace(r.Outside)),
		Digest:  calendars.TextDigest(r.Inside, r.Outside, r.Subject), Kept: kept,
	}, nil
}

// Reply is what the owner of the mailbox sees in their settings.
func (m *Memory) Reply(t testing.TB, mailbox string) Reply {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	box := m.boxes[strings.ToLower(mailbox)]
	if box == nil {
		t.Fatalf("no mailbox %q", mailbox)
	}
	reply := box.reply
	if reply.State == "" {
		reply.State, reply.Audience = calendars.AutoReplyOff, calendars.AudienceNobody
	}
	return reply
}

// SetReply changes the automatic reply as the owner of the mailbox does.
func (m *Memory) SetReply(t testing.TB, mailbox string, reply Reply) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	box := m.boxes[strings.ToLower(mailbox)]
	if box == nil {
		t.Fatalf("no mailbox %q", mailbox)
	}
	box.reply = reply
}

func (m *Memory) now() time.Time {
	if m.Now != nil {
		return m.Now()
	}
	return time.Now()
}
