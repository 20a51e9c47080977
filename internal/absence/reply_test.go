package absence_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
)

// leave is an approved absence of a type, from a half-day to another, both inclusive.
func leave(t *testing.T, name, from string, first absence.Part, to string, last absence.Part) absence.Absence {
	t.Helper()
	start, err := absence.ParseDate(from)
	if err != nil {
		t.Fatal(err)
	}
	end, err := absence.ParseDate(to)
	if err != nil {
		t.Fatal(err)
	}
	a, err := absence.FromPeriod(start, first, end, last, true)
	if err != nil {
		t.Fatal(err)
	}
	a.Account, a.AccountName = "1", name
	return a
}

func replying(change ...func(*absence.Policy)) absence.Policy {
	p := absence.DefaultPolicy()
	p.Language = absence.English
	p.AutomaticReplies = absence.AutomaticReplies{
		Enabled: true, Inside: "in: {until}, {back}", Outside: "out: {until}, {back}", Audience: absence.ReplyEverybody,
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// 30 November 2026 is a Monday.
func TestReplies(t *testing.T) {
	t.Parallel()
	const am, pm = absence.Morning, absence.Afternoon
	withRule := func(r absence.Rule) absence.Policy {
		return replying(func(p *absence.Policy) { p.Rules = []absence.Rule{r} })
	}
	week := leave(t, "Congés", "2026-11-30", am, "2026-12-04", pm)
	pending := leave(t, "Congés", "2026-11-30", am, "2026-11-30", pm)
	pending.HalfDays[0].Confirmed, pending.HalfDays[1].Confirmed = false, false
	hours := leave(t, "Congés", "2026-11-30", am, "2026-11-30", am)
	hours.HalfDays[0].Minutes = 90
	off := leave(t, "Congés", "2026-11-30", am, "2026-12-03", pm)
	off.Off = []absence.Date{{Year: 2026, Month: 12, Day: 4}}
	const weekReply = "2026-11-30T00:00 2026-12-07T00:00 in: 4 December, 7 December / out: 4 December, 7 December"
	for name, test := range map[string]struct {
		absences []absence.Absence
		policy   absence.Policy
		want     []string
	}{
		"off by default":       {[]absence.Absence{week}, absence.DefaultPolicy(), nil},
		"a week, back Monday":  {[]absence.Absence{week}, replying(), []string{weekReply}},
		"not yet approved":     {[]absence.Absence{pending}, replying(), nil},
		"some hours":           {[]absence.Absence{hours}, replying(), nil},
		"a day off at its end": {[]absence.Absence{off}, replying(), []string{"2026-11-30T00:00 2026-12-07T00:00 in: 3 December, 7 December / out: 3 December, 7 December"}},
		"a morning": {[]absence.Absence{leave(t, "Congés", "2026-11-30", am, "2026-11-30", am)}, replying(),
			[]string{"2026-11-30T00:00 2026-11-30T14:00 in: 30 November, 30 November / out: 30 November, 30 November"}},
		"a Friday afternoon": {[]absence.Absence{leave(t, "Congés", "2026-12-04", pm, "2026-12-04", pm)}, replying(),
			[]string{"2026-12-04T14:00 2026-12-07T00:00 in: 4 December, 7 December / out: 4 December, 7 December"}},
		"two, a weekend between": {[]absence.Absence{leave(t, "RTT", "2026-12-07", am, "2026-12-08", pm), week}, replying(),
			[]string{"2026-11-30T00:00 2026-12-09T00:00 in: 8 December, 9 December / out: 8 December, 9 December"}},
		"two, a working day between": {[]absence.Absence{week, leave(t, "RTT", "2026-12-08", am, "2026-12-08", pm)}, replying(),
			[]string{weekReply, "2026-12-08T00:00 2026-12-09T00:00 in: 8 December, 9 December / out: 8 December, 9 December"}},
		"overlapping": {[]absence.Absence{week, leave(t, "Congés", "2026-12-03", am, "2026-12-04", pm)}, replying(), []string{weekReply}},
		"nobody outside": {[]absence.Absence{week}, replying(func(p *absence.Policy) { p.AutomaticReplies.Audience = "" }),
			[]string{"2026-11-30T00:00 2026-12-07T00:00 in: 4 December, 7 December / "}},
		"a rule says no":    {[]absence.Absence{week}, withRule(absence.Rule{Accounts: []string{"1"}, AutomaticReply: new(false)}), nil},
		"never written":     {[]absence.Absence{week}, withRule(absence.Rule{Accounts: []string{"1"}, Write: absence.WriteNever}), nil},
		"telework":          {[]absence.Absence{week}, withRule(absence.Rule{Accounts: []string{"1"}, Telework: &absence.Telework{Place: "home"}}), nil},
		"a rule's own text": {[]absence.Absence{week}, withRule(absence.Rule{Accounts: []string{"1"}, ReplyText: "Ask Bob until {until}."}), []string{"2026-11-30T00:00 2026-12-07T00:00 Ask Bob until 4 December. / Ask Bob until 4 December."}},
		"a sensitive type's own text": {[]absence.Absence{leave(t, "Maladie", "2026-11-30", am, "2026-12-04", pm)},
			withRule(absence.Rule{Accounts: []string{"1"}, ReplyText: "Get well cards to room 12"}), []string{weekReply}},
		"confirmed": {[]absence.Absence{leave(t, "Maladie", "2026-11-30", am, "2026-12-04", pm)},
			replying(func(p *absence.Policy) {
				p.ConfirmReveals, p.Rules = true, []absence.Rule{{Accounts: []string{"1"}, ReplyText: "Ill"}}
			}), []string{"2026-11-30T00:00 2026-12-07T00:00 Ill / Ill"}},
		"own text and not, back to back": {[]absence.Absence{week, func() absence.Absence {
			other := leave(t, "RTT", "2026-12-07", am, "2026-12-07", pm)
			other.Account = "2"
			return other
		}()}, withRule(absence.Rule{Accounts: []string{"2"}, ReplyText: "Ask Bob"}),
			[]string{"2026-11-30T00:00 2026-12-08T00:00 in: 7 December, 8 December / out: 7 December, 8 December"}},
	} {
		var got []string
		for _, r := range absence.Replies(test.absences, test.policy) {
			got = append(got, fmt.Sprintf("%s %s %s / %s", r.Start, r.End, r.Inside, r.Outside))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDefaultRepliesTellNoType(t *testing.T) {
	t.Parallel()
	for language, back := range map[absence.Language]string{absence.French: "le 7 décembre", absence.English: "on 7 December"} {
		policy := absence.DefaultPolicy()
		policy.Language, policy.ShowType = language, true
		policy.AutomaticReplies = absence.AutomaticReplies{Enabled: true, Audience: absence.ReplyContacts}
		replies := absence.Replies([]absence.Absence{leave(t, "Congés", "2026-11-30", absence.Morning, "2026-12-04", absence.Afternoon)}, policy)
		if len(replies) != 1 || !strings.Contains(replies[0].Inside, back) || replies[0].Outside != replies[0].Inside ||
			strings.Contains(replies[0].Inside, "Congés") || strings.Contains(replies[0].Inside, "{") {
			t.Errorf("%s: %+v", language, replies)
		}
	}
}

func TestReplyTextOfASensitiveTypeTells(t *testing.T) {
	t.Parallel()
	p := replying(func(p *absence.Policy) {
		p.Rules = []absence.Rule{{Accounts: []string{"name:Maladie"}, ReplyText: "Back soon"}}
	})
	want := []absence.Telling{{Rule: 0, Field: "replyText"}}
	if diff := cmp.Diff(want, p.Tellings()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
