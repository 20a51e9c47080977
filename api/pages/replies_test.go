package pages_test

import (
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// withReplies is busy, with automatic replies wanted in paris.
func withReplies(t *testing.T) *world {
	w := busy(t)
	one, err := w.editor.Synchronization(t.Context(), "paris")
	w.must(err)
	one.Policy.AutomaticReplies = absence.AutomaticReplies{Enabled: true, Audience: absence.ReplyNobody}
	_, err = w.editor.PutSynchronization(t.Context(), somebody, one, 1)
	w.must(err)
	return w
}

// The page of an absence tells how its owner's automatic reply stands, in both languages
// and without a text of anybody's.
func TestAnAbsenceTellsOfItsReply(t *testing.T) {
	t.Parallel()
	until := moment.AddDate(0, 0, 7)
	secret := calendars.AutoReply{Inside: "In hospital", Outside: "In hospital"}
	standing := &workflows.StandingReply{Own: secret, Written: secret, Absences: []string{"2"}, Until: until}
	queue := []workflows.RepliedAbsence{{Absence: "2"}}
	for name, test := range map[string]struct {
		state  workflows.RepliesState
		fr, en string
	}{
		"later":      {workflows.RepliesState{Absences: queue}, "programmée peu avant le début", "scheduled shortly before"},
		"stands":     {workflows.RepliesState{Absences: queue, Standing: standing}, "programmée dans la messagerie jusqu’au", "scheduled in the mailbox until"},
		"their own":  {workflows.RepliesState{Absences: queue, LeftUntil: until}, "la personne a la sienne", "the person has their own"},
		"of another": {workflows.RepliesState{Absences: []workflows.RepliedAbsence{{Absence: "77"}}}, "aucune pour cette absence", "none for this absence"},
		"refused": {workflows.RepliesState{Absences: queue, Trouble: &workflows.Trouble{Reason: "auto-reply-not-granted"}},
			"figgosync n’a pas (ou plus) le droit de régler", "figgosync may not (or no longer) set automatic replies"},
	} {
		w := withReplies(t)
		w.engine.replies = map[string]workflows.RepliesState{"417": test.state}
		for _, path := range []string{"/absences/demo/2", "/absences/demo/2/live"} {
			for lang, want := range map[string]string{"fr": test.fr, "en": test.en} {
				page := w.get(consulter, path, "Accept-Language", lang)
				clean(t, path, page)
				if said := text(page.page); !strings.Contains(said, want) || strings.Contains(said, "hospital") {
					t.Errorf("%s, %s %s: %q is missing, or a text is shown: %s", name, lang, path, want, said)
				}
			}
		}
	}
	w := busy(t)
	w.engine.replies = map[string]workflows.RepliesState{"417": {Absences: queue}}
	if page := w.get(consulter, "/absences/demo/2", "Accept-Language", "en"); page.says("Automatic reply") {
		t.Error("a reply is told of that no policy wants")
	}
}

// A missing grant is on the overview, with what to do and the way to the connection.
func TestTheOverviewTellsOfRefusedReplies(t *testing.T) {
	t.Parallel()
	w := withReplies(t)
	w.engine.refused = []starter.RepliesLine{
		{Source: "demo", Employee: "416", Synchronization: "paris"}, {Source: "demo", Employee: "417", Synchronization: "paris"},
	}
	for _, path := range []string{"/", "/overview/live"} {
		page := w.get(consulter, path, "Accept-Language", "en")
		clean(t, path, page)
		said := strings.Join(strings.Fields(text(page.page)), " ")
		for _, want := range []string{"figgosync may not (or no longer) set automatic replies", "2 people have none", "MailboxSettings.ReadWrite"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q is missing: %s", path, want, said)
			}
		}
		if !page.link("/connections/cloud") {
			t.Errorf("%s: no way to the connection", path)
		}
	}
	w = withReplies(t)
	if page := w.get(consulter, "/", "Accept-Language", "en"); page.says("may not (or no longer) set automatic replies") {
		t.Error("it is told though nothing is refused")
	}
}
