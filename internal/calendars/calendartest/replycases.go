package calendartest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
)

var canReply = capability{"automatic replies", func(h Harness) bool {
	return h.Person.Reply != nil && h.Person.SetReply != nil && len(h.OwnReplies) > 0
}}

// replyCases are about automatic replies.
func replyCases() []testCase {
	return []testCase{
		{name: "replies: every state and audience, read back", needs: canReply, run: repliesReadBack},
		{name: "replies: texts are what was written", needs: canReply, run: replyTexts},
		{name: "replies: given back exactly as the owner had them", needs: canReply, run: repliesGivenBack},
		{name: "replies: a schedule that is over is given back turned off", needs: canReply, run: replyThatIsOver},
		{name: "replies: what the owner edits meanwhile is seen", needs: canReply, run: repliesEdited},
		{name: "replies: those of another system are written from their fields", needs: canReply,
			run: repliesOfAnother},
		{name: "replies: what cannot be sent is refused here", needs: canReply, run: repliesRefusedHere},
		{name: "replies: no such mailbox", needs: canReply, run: func(s *stage) {
			for _, address := range s.Missing {
				s.replyMethodsAre(s.Calendar, address,
					calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox})
			}
		}},
		{name: "replies: a missing grant does not stop the calendar", lacks: needs("a grant for replies",
			func(h Harness) bool { return h.NoReplies != nil }), run: repliesNotGranted},
		{name: "replies: throttled", lacks: needsProxy, run: repliesThrottled},
		{name: "replies: every status", lacks: needsProxy, run: repliesEveryStatus},
		{name: "replies: garbage is no mailbox without a reply", lacks: needsProxy, run: repliesGarbage},
		{name: "replies: lost answers", lacks: needsProxy, run: repliesLost},
	}
}

// away is a reply of ours.
func away(change ...func(*calendars.AutoReply)) calendars.AutoReply {
	from := time.Now().UTC().Truncate(time.Second).Add(48 * time.Hour)
	reply := calendars.AutoReply{
		State: calendars.AutoReplyScheduled, From: from, Until: from.Add(14 * 24 * time.Hour),
		Audience: calendars.AudienceEverybody, Inside: "Back soon", Outside: "Back soon",
	}
	for _, c := range change {
		c(&reply)
	}
	return reply
}

func (s *stage) replier() calendars.AutoReplier {
	s.Helper()
	replier, ok := s.Calendar.(calendars.AutoReplier)
	if !ok {
		s.Fatal("the adapter has no automatic replies")
	}
	return replier
}

func (s *stage) reply() calendars.AutoReply {
	s.Helper()
	reply, err := s.replier().AutoReply(s.Context(), s.Mailbox)
	if err != nil {
		s.Fatalf("AutoReply: %v", err)
	}
	return reply
}

// setReply writes the reply and looks that the mailbox tells what the answer said.
func (s *stage) setReply(reply calendars.AutoReply) calendars.AutoReply {
	s.Helper()
	answered, err := s.replier().SetAutoReply(s.Context(), s.Mailbox, reply)
	if err != nil {
		s.Fatalf("SetAutoReply: %v", err)
	}
	if read := s.reply(); read.Fingerprint() != answered.Fingerprint() {
		s.Errorf("the mailbox has another reply than SetAutoReply said (-said +has):\n%s", cmp.Diff(answered, read))
	}
	return answered
}

// repliesReadBack: each state and audience comes back as it was written, and the same
// written twice is the same.
func repliesReadBack(s *stage) {
	seen := map[string]bool{}
	for _, state := range []calendars.AutoReplyState{calendars.AutoReplyScheduled, calendars.AutoReplyOn,
		calendars.AutoReplyOff} {
		for _, audience := range []calendars.AutoReplyAudience{calendars.AudienceNobody, calendars.AudienceContacts,
			calendars.AudienceEverybody} {
			wanted := away(func(r *calendars.AutoReply) { r.State, r.Audience = state, audience })
			got := s.setReply(wanted)
			if got.State != state || got.Audience != audience || got.Inside != wanted.Inside ||
				state == calendars.AutoReplyScheduled &&
					(!got.From.Equal(wanted.From) || !got.Until.Equal(wanted.Until)) {
				s.Errorf("%s for %s came back as\n%#v", state, audience, fieldsOf(got))
			}
			if person := s.Person.Reply(s.T, s.Mailbox); person.State != state || person.Audience != audience {
				s.Errorf("%s for %s: the owner sees %+v", state, audience, person)
			}
			if again := s.setReply(wanted); again.Fingerprint() != got.Fingerprint() {
				s.Errorf("%s for %s, written again, has another fingerprint", state, audience)
			}
			seen[got.Fingerprint()] = true
		}
	}
	if len(seen) != 9 {
		s.Errorf("9 different replies have %d fingerprints", len(seen))
	}
	s.stands(nil)
}

// fieldsOf is a reply for a message of a test: it prints, as replies do not.
func fieldsOf(r calendars.AutoReply) any {
	type fields calendars.AutoReply
	r.Kept = nil
	return fields(r)
}

// replyTexts: words come back as they were written, and none of them is HTML.
func replyTexts(s *stage) {
	for _, text := range []string{
		"Zurück am Montag, œuvres à finir – 再见", "one\ntwo\n\nfour",
		`a < b && c > "d" <script>alert(1)</script>`,
		"</div></body></html> & so on", strings.Repeat("A long line of many words. ", 200) + "End",
	} {
		got := s.setReply(away(func(r *calendars.AutoReply) { r.Inside, r.Outside = text, text }))
		if got.Inside != text || got.Outside != text {
			s.Errorf("%.60q came back as %.60q and %.60q", text, got.Inside, got.Outside)
		}
		person := s.Person.Reply(s.T, s.Mailbox)
		if !person.Plain && (strings.Contains(person.Inside, "<script") ||
			strings.Count(person.Inside, "</html>") > 1) {
			s.Errorf("the owner's settings hold HTML that was a text: %s", person.Inside)
		}
	}
	quiet := s.setReply(away(func(r *calendars.AutoReply) { r.Outside = "" }))
	if person := s.Person.Reply(s.T, s.Mailbox); person.Audience != calendars.AudienceNobody ||
		quiet.Audience != calendars.AudienceNobody || quiet.Inside != "Back soon" {
		s.Errorf("without a text for outside, the owner sees %+v", person)
	}
}

func repliesGivenBack(s *stage) {
	for i, own := range append([]Reply{{}}, s.OwnReplies...) {
		if own.State != "" { // the first is what nobody ever set
			s.Person.SetReply(s.T, s.Mailbox, own)
		}
		before := s.Person.Reply(s.T, s.Mailbox)
		kept := s.reply()
		first := s.setReply(away())
		s.setReply(away(func(r *calendars.AutoReply) { r.Inside, r.Outside = "Another leave", "Another leave" }))
		back := s.setReply(kept)
		if diff := cmp.Diff(before, s.Person.Reply(s.T, s.Mailbox)); diff != "" {
			s.Errorf("reply %d of the owner's (-had +has):\n%s", i, diff)
		}
		if back.Fingerprint() != kept.Fingerprint() || back.Fingerprint() == first.Fingerprint() {
			s.Errorf("reply %d of the owner's has another fingerprint once it is given back", i)
		}
		if again := s.setReply(kept); again.Fingerprint() != kept.Fingerprint() {
			s.Errorf("reply %d of the owner's, given back twice, has another fingerprint", i)
		}
	}
}

func replyThatIsOver(s *stage) {
	for _, own := range s.OwnReplies {
		if own.State != calendars.AutoReplyScheduled || own.Until.IsZero() {
			continue
		}
		own.From, own.Until = time.Now().UTC().Truncate(time.Second).Add(-72*time.Hour),
			time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
		s.Person.SetReply(s.T, s.Mailbox, own)
		kept := s.reply()
		if !kept.IsOver(time.Now()) {
			s.Errorf("a schedule of the past is read as %#v", fieldsOf(kept))
		}
		s.setReply(away())
		back := s.setReply(kept)
		person := s.Person.Reply(s.T, s.Mailbox)
		if back.State != calendars.AutoReplyOff || person.State != calendars.AutoReplyOff ||
			person.Inside != own.Inside || person.Outside != own.Outside || person.Audience != own.Audience {
			s.Errorf("the owner had %+v\nand has %+v", own, person)
		}
	}
}

// repliesEdited: the least change of the owner's gives another fingerprint, and none
// gives the same.
func repliesEdited(s *stage) {
	ours := s.setReply(away())
	for range 3 {
		if s.reply().Fingerprint() != ours.Fingerprint() {
			s.Fatal("another fingerprint though nobody changed anything")
		}
	}
	person := s.Person.Reply(s.T, s.Mailbox)
	for name, change := range map[string]func(*Reply){
		"formatting": func(r *Reply) { r.Inside = strings.Replace(r.Inside, "soon", "<b>soon</b>", 1) },
		"one letter": func(r *Reply) { r.Inside = strings.Replace(r.Inside, "soon", "noon", 1) },
		"until":      func(r *Reply) { r.Until = r.Until.Add(-time.Hour) },
		"audience":   func(r *Reply) { r.Audience = calendars.AudienceNobody },
		"off":        func(r *Reply) { r.State = calendars.AutoReplyOff },
	} {
		edited := person
		change(&edited)
		s.Person.SetReply(s.T, s.Mailbox, edited)
		if s.reply().Fingerprint() == ours.Fingerprint() {
			s.Errorf("%s: the owner's edit does not show", name)
		}
		s.Person.SetReply(s.T, s.Mailbox, person)
		if s.reply().Fingerprint() != ours.Fingerprint() {
			s.Errorf("%s: undone by the owner, it still shows", name)
		}
	}
}

// repliesOfAnother: a mailbox may have moved since its reply was read.
func repliesOfAnother(s *stage) {
	kept, err := calendars.KeepReply("elsewhere", map[string]string{"inside": "<p>Mine</p>"})
	if err != nil {
		s.Fatal(err)
	}
	got := s.setReply(calendars.AutoReply{
		State: calendars.AutoReplyOn, Audience: calendars.AudienceEverybody, Inside: "Mine", Outside: "Mine",
		Kept: kept,
	})
	if got.State != calendars.AutoReplyOn || got.Inside != "Mine" {
		s.Errorf("it came back as %#v", fieldsOf(got))
	}
}
