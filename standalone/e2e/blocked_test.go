package e2e_test

import (
	"strings"
	"testing"
)

// noMailboxYet announces absences of people who join next week: the API says what
// is missing and what to do, and the absence comes with the mailbox.
func noMailboxYet(t *testing.T, p *Product, world *World) {
	for _, who := range joiners {
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			date := day(0, 2)
			l := oneDay(who, date)
			p.Send(t, l.approved())
			checkReason(t, p, p.WaitStatus(t, l.id, "blocked"), l.id, "mailbox-missing",
				"Cette personne n’a pas encore de boîte", "This person has no mailbox here yet")
			world.GiveMailbox(t, who.email)
			world.WaitEvents(t, who, date, date, who.allDay(date, nextDay(date), true))
			healed := p.WaitStatus(t, l.id, "synced")
			if healed.Trouble != nil {
				t.Errorf("its trouble is still told: %+v", healed.Trouble)
			}
		})
	}
}

// checkReason checks that the API explains a blocked absence in French and in
// English: what is wrong and what to do.
func checkReason(t *testing.T, p *Product, english Standing, id, reason, french, inEnglish string) {
	t.Helper()
	inFrench, err := p.Absence(id, "fr-FR,fr;q=0.9")
	if err != nil {
		t.Error(err)
		return
	}
	for language, c := range map[string]struct {
		standing Standing
		words    string
	}{"English": {english, inEnglish}, "French": {inFrench, french}} {
		trouble := c.standing.Trouble
		if trouble == nil || trouble.Reason != reason || !strings.Contains(trouble.What, c.words) || trouble.Do == "" {
			t.Errorf("in %s it says %+v, want the reason %s in words like %q, and what to do", language, trouble, reason, c.words)
		}
	}
}
