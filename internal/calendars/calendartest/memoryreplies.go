package calendartest

import (
	"context"
	"encoding/json"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// Reply is a mailbox's automatic reply as its owner sees it in their settings.
type Reply struct {
	State calendars.AutoReplyState `json:"state"`
	// From and Until are in UTC, of a scheduled one.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Inside and Outside are the texts as the system holds them: HTML, or plain text
	// where Plain. A system with one text for all (Gmail) has it in Inside.
	Inside  string `json:"inside"`
	Outside string `json:"outside"`
	Plain   bool   `json:"plain"`
	// Subject is put before that of the mail answered (Gmail).
	Subject  string                      `json:"subject"`
	Audience calendars.AutoReplyAudience `json:"audience"`
	// ContactsOnly: inside the organization, too, only contacts are answered (Gmail).
	ContactsOnly bool `json:"contactsOnly"`
	// Language is the one of the texts (Exchange).
	Language string `json:"language"`
}

// Replies makes the acts of a Person out of a store's, whose replies have the members of
// Reply in JSON. Times of a reply that is not scheduled are left out: systems make them
// up.
func Replies[T any](read func(mailbox string) (T, error), write func(mailbox string, reply T) error) (
	show func(testing.TB, string) Reply, set func(testing.TB, string, Reply)) {
	show = func(t testing.TB, mailbox string) Reply {
		t.Helper()
		stored, err := read(mailbox)
		if err != nil {
			t.Fatal(err)
		}
		reply := convert[Reply](t, stored)
		if reply.State != calendars.AutoReplyScheduled {
			reply.From, reply.Until = time.Time{}, time.Time{}
		}
		return reply
	}
	set = func(t testing.TB, mailbox string, reply Reply) {
		t.Helper()
		if err := write(mailbox, convert[T](t, reply)); err != nil {
			t.Fatal(err)
		}
	}
	return show, set
}

func convert[T any](t testing.TB, from any) (into T) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, &into)
	}
	if err != nil {
		t.Fatal(err)
	}
	return into
}

// HTMLReplies are replies as owners have them where texts are HTML: prepared and off,
// always on, and scheduled. language is of their texts, where the system keeps it.
func HTMLReplies(language string) []Reply {
	const inside = "<html xmlns=\"http://www.w3.org/TR/REC-html40\">\r\n" +
		"<head>\r\n<style>p {margin:0}</style></head>\r\n" +
		"<body lang=\"DE\">" +
		"<p style=\"color:red\">Bin <b>weg</b> &amp; zurück&nbsp;&lt;bald&gt; – é</p><p>&nbsp;</p></body>\r\n</html>\r\n"
	from := time.Now().UTC().Truncate(time.Second).Add(24 * time.Hour)
	return []Reply{
		{State: calendars.AutoReplyOff, Inside: inside, Audience: calendars.AudienceEverybody, Language: language},
		{State: calendars.AutoReplyOn, Inside: inside, Outside: "<html>\n<body>\nAway\n</body>\n</html>\n",
			Audience: calendars.AudienceContacts, Language: language},
		{State: calendars.AutoReplyOn, Outside: inside, Audience: calendars.AudienceNobody, Language: language},
		{State: calendars.AutoReplyScheduled, From: from, Until: from.Add(100 * time.Hour),
			Inside: inside, Outside: inside, Audience: calendars.AudienceEverybody, Language: language},
	}
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
