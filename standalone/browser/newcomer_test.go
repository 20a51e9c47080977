package browser_test

import (
	"strings"
	"testing"

	"github.com/figgosync/figgosync/web/texts"
)

// atMost is how many interactions a newcomer needs at most: each click, each field
// filled and each key pressed is one. Waiting and reading are free.
const atMost = 22

// TestNewcomer goes the quick start's way: from an empty data directory to the
// first synchronized absence, seen in the sandbox's calendar, through the pages
// alone.
func TestNewcomer(t *testing.T) {
	for _, lang := range languages {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			r := newRehearsal(t)
			r.knowsTheSandbox(t, lang)
			v := r.visit(t, lang)
			v.signsIn(r.link())

			v.clicks(v.T("step.button.source"))
			v.fillsSource(r.given.Sources[0].ClientSecret)
			v.clicks(v.T("source.saveAndTest"))
			v.sees(v.T("source.test.good", "count", 3))
			v.clicks(v.T("source.webhook.create"))
			v.sees(v.T("source.webhook.on"))

			v.clicks(v.T("source.next"))
			v.picks("exchange")
			v.fillsExchange(r.given.Connections[1].Exchange.Password)
			v.savesAndTests(lukas)
			v.sees(v.T("connection.check.good"))
			v.shows("quick-connection")

			v.clicks(v.T("connection.next"))
			v.ticksOnly("Zürich")
			v.shows("quick-synchronization")
			v.clicks(v.T("sync.create"))
			v.sees(v.T("sync.next.title"))

			v.requestsAtDesk()
			t.Logf("a newcomer's first synchronized absence took %d interactions", v.did)
			if v.did > atMost {
				t.Errorf("that is more than %d", atMost)
			}
		})
	}
}

// requestsAtDesk enters an absence as an employee would, on the sandbox's page, and
// sees it come into the calendar beside it.
func (v *visitor) requestsAtDesk() {
	v.t.Helper()
	v.goes(v.r.Sandbox + "/sandbox?lang=" + string(v.loc.Lang))
	panel := "Outlook, Exchange"
	shown := func() int {
		count := 0
		for _, one := range v.all(panel, []string{"button"}) {
			if strings.HasPrefix(one.name, "Absent, ") {
				count++
			}
		}
		return count
	}
	if shown() > 0 {
		v.t.Fatal("the calendar shows an absence already")
	}
	v.clicks(texts.Text{FR: "Demander", EN: "Request"}.In(v.loc.Lang), panel)
	v.waits(func() bool { return shown() == 1 }, "the calendar shows the absence")
	v.shows("first-absence")
}
