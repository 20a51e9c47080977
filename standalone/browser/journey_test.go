package browser_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/web/texts"
)

var languages = []texts.Lang{texts.French, texts.English}

// people of the sandbox: one with a mailbox on each calendar system, and one who
// joins next week and has none yet.
const (
	janeID, jane     = "416", "jane.doe@example.com"
	lukasID, lukas   = "421", "lukas.baumann@example.com"
	melissa          = "melissa.payet@example.com"
	joinerID, joiner = "441", "manon.chevalier@example.com"
)

// TestJourney is the whole path of an administrator, in both languages: everything
// is set up with each mistake once, a company is initialized, and an absence that is
// blocked heals. No page has an error in the console, axe finds nothing serious, and
// no secret is found anywhere afterwards.
func TestJourney(t *testing.T) {
	for _, lang := range languages {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			r := newRehearsal(t)
			r.desk(t, http.MethodPost, "/company", map[string]any{"legalEntities": 3, "employees": 90, "absencesPerEmployee": 4, "seed": 7}, nil)
			v := r.visit(t, lang)
			v.goes("/")
			v.shows("sign-in")
			v.signsIn(r.link())
			v.shows("overview-first")
			v.makesSource()
			v.makesConnections()
			v.makesSynchronizations()
			v.initializes()
			blocked := v.watchesOverview()
			v.healsBlockedAbsence(blocked)
			v.looksAround()
			v.judgesTheRest()
			r.searchRunning(t, v)
			v.signsOut()
			r.searchStopped(t)
			v.closes()
		})
	}
}

// makesSource adds the source, with a wrong key first.
func (v *visitor) makesSource() {
	v.t.Helper()
	v.opens("sources")
	v.shows("sources-empty")
	v.clicks(v.T("source.add"))
	v.shows("source-new")
	v.clicks(v.T("source.saveAndTest")) // nothing is filled in
	v.sees(v.T("form.problems", "count", 3))
	v.fillsSource("wrong-lucca-secret-1")
	v.clicks(v.T("source.saveAndTest"))
	v.sees(v.T("source.test.failed"))
	v.shows("source-refused")
	v.types(v.T("source.clientSecret"), v.r.given.Sources[0].ClientSecret)
	v.clicks(v.T("source.saveAndTest"))
	v.sees(v.T("source.test.good", "count", 3))
	v.clicks(v.T("source.webhook.create"))
	v.sees(v.T("source.webhook.on"))
	v.shows("source")
}

// makesConnections adds the three connections, each with a wrong credential first.
func (v *visitor) makesConnections() {
	v.t.Helper()
	v.clicks(v.T("source.next"))
	v.shows("connection-choose")
	v.picks("office365")
	v.shows("connection-office365")
	v.fillsOffice365("wrong-entra-secret-1")
	v.savesAndTests(jane)
	v.seesFinding("secret-wrong")
	v.shows("connection-refused")
	v.mendsSecret(v.T("connection.office365.clientSecret"), v.r.given.Connections[0].Office365.ClientSecret)
	v.shows("connection-good")

	v.addsConnection("exchange")
	v.shows("connection-exchange")
	v.fillsExchange("wrong-exchange-password-1")
	v.savesAndTests(lukas)
	v.seesFinding("password-wrong")
	v.mendsSecret(v.T("connection.exchange.password"), v.r.given.Connections[1].Exchange.Password)

	v.addsConnection("google")
	v.shows("connection-google")
	v.fillsGoogle(v.wrongKey())
	v.savesAndTests(melissa)
	v.seesFinding("key-rotated")
	v.givesKey(v.r.given.Connections[2].Google.Key)
	v.clicks(v.T("connection.saveAndTest"))
	v.sees(v.T("connection.check.good"))
	v.shows("connection-google-good")
}

func (v *visitor) addsConnection(provider string) {
	v.t.Helper()
	v.opens("connections")
	v.clicks(v.T("connection.add"))
	v.picks(provider)
}

// mendsSecret replaces a secret and sees the connection work.
func (v *visitor) mendsSecret(label, secret string) {
	v.t.Helper()
	v.types(label, secret)
	v.clicks(v.T("connection.saveAndTest"))
	v.sees(v.T("connection.check.good"))
}

// makesSynchronizations adds one for each legal entity.
func (v *visitor) makesSynchronizations() {
	v.t.Helper()
	for i, c := range []struct{ connection, entity string }{{"office365", "Paris"}, {"exchange", "Zürich"}, {"google", "Saint-Denis"}} {
		v.opens("synchronizations")
		v.clicks(v.T("sync.add"))
		v.chooses(v.T("sync.connection"), c.connection)
		v.ticksOnly(c.entity)
		if i == 0 {
			v.shows("synchronization-new")
		}
		v.clicks(v.T("sync.create"))
		v.sees(v.T("sync.next.title"))
	}
	v.opens("synchronizations")
	v.shows("synchronizations")
}

// ticksOnly leaves one legal entity ticked.
func (v *visitor) ticksOnly(entity string) {
	v.t.Helper()
	group := v.T("sync.legalEntities")
	for _, box := range v.all(group, []string{"checkbox"}) {
		ticked := on[bool](v, box, "function() { return this.checked }")
		if wanted := strings.HasPrefix(box.name, entity); ticked != wanted && !v.disabled(box) {
			v.clickOn(box, 1)
			v.settle()
		}
	}
}

func (v *visitor) disabled(target thing) bool {
	v.t.Helper()
	return on[bool](v, target, "function() { return this.disabled }")
}

// initializes looks at the preview, starts, and watches the bar move to its end.
func (v *visitor) initializes() {
	v.t.Helper()
	v.opens("synchronizations")
	v.clicks("lucca-office365")
	v.shows("synchronization")
	v.clicks(v.T("init.preview"))
	v.waitsWhile(v.text, func() bool { return v.has(v.startButton(), buttons) }, "the preview is complete")
	v.shows("initialization-preview")
	v.doesNotWrite(jane)
	v.clicks(v.startButton())
	v.watchesBar()
	v.shows("initialization-done")
}

// startButton is how the name of the button begins that starts what was previewed.
func (v *visitor) startButton() string {
	return texts.Text{FR: "Démarrer", EN: "Start:"}.In(v.loc.Lang)
}

// doesNotWrite checks that a preview wrote nothing.
func (v *visitor) doesNotWrite(email string) {
	v.t.Helper()
	if events := v.r.events(v.t, email); len(events) > 0 {
		v.t.Errorf("the preview wrote %+v", events)
	}
}

// watchesBar reads the progress bar until it is full. The bar and the words beside it are
// read at one moment, because the page is replaced meanwhile.
func (v *visitor) watchesBar() {
	v.t.Helper()
	var seen []float64
	v.waitsWhile(func() string { return fmt.Sprint(seen) }, func() bool {
		page := evaluate[struct {
			Bar  float64
			Text string
		}](v, `(() => {
			const bar = document.querySelector("progress")
			return {Bar: bar ? bar.position : -1, Text: document.body ? document.body.innerText : ""}
		})()`)
		if page.Bar >= 0 && (len(seen) == 0 || page.Bar != seen[len(seen)-1]) {
			seen = append(seen, page.Bar)
		}
		return strings.Contains(plain(page.Text), v.T("init.phase.completed"))
	}, "the initialization has ended")
	if len(seen) < 3 || seen[len(seen)-1] < 1 || !slices.IsSorted(seen) {
		v.t.Errorf("the bar did not move to its end without going back: %v", seen)
	}
}

// watchesOverview has people enter absences in Figgo, one of whom has no mailbox yet,
// and sees on the overview what became of them: it follows by itself.
func (v *visitor) watchesOverview() leave {
	v.t.Helper()
	v.opens("overview")
	for i, employee := range []string{janeID, "417", "418", "419", "421", "422", "423", "431", "432"} {
		v.r.requestLeave(v.t, employee, day(6+i%2, i%5), day(6+i%2, i%5))
	}
	blocked := v.r.requestLeave(v.t, joinerID, day(1, 2), day(1, 2))
	v.sees(v.T("overview.last"))
	v.seesReason("mailbox-missing")
	v.waits(func() bool {
		return strings.Count(v.text(), v.T("overview.delays")) == 3 && !strings.Contains(v.text(), v.T("health.working"))
	}, "all delays are charted")
	v.shows("overview")
	return blocked
}

// healsBlockedAbsence finds an absence that is blocked, mends the cause and sees it
// heal.
func (v *visitor) healsBlockedAbsence(made leave) {
	v.t.Helper()
	r, t := v.r, v.t
	v.opens("absences")
	v.chooses(v.T("absences.status"), v.T("status.blocked"))
	first, err := time.Parse(time.DateOnly, day(1, 2))
	must(v, err, "read the day")
	named := v.loc.Date(first) // an absence goes by its days
	v.waits(func() bool {
		v.clicks(v.T("absences.search"))
		return v.has(named, buttons)
	}, "the blocked absence is found")
	v.shows("absences")
	v.clicks(named)
	v.sees(made.ID)
	v.seesReason("mailbox-missing")
	v.shows("absence-blocked")
	r.desk(t, http.MethodPost, "/mailboxes/"+joiner, nil, nil)
	v.clicks(v.T("absence.resync"))
	v.sees(v.T("status.synced"))
	v.sees(texts.Story(v.loc.Lang, texts.Line{Event: "written", Provider: "office365", Created: 1}))
	v.shows("absence-healed")
	if count := r.waitEvent(t, joiner, day(1, 2)); count != 1 {
		t.Errorf("the calendar shows %d events, want 1", count)
	}
}

// looksAround visits what the path did not pass.
func (v *visitor) looksAround() {
	v.t.Helper()
	v.opens("audit-log")
	v.shows("audit-log")
	v.makesToken()
	v.opens("help")
	v.shows("help")
}

// judgesTheRest has axe look at one page of each kind that the path did not pass, and
// at the page for an address that leads nowhere.
func (v *visitor) judgesTheRest() {
	v.t.Helper()
	for kind, path := range kinds(crawled(v.machine())) {
		v.goes(path)
		v.judge("page " + kind)
	}
	v.allow("/nowhere answered 404")
	v.goes("/nowhere")
	v.sees(v.T("failure.not-found.title"))
	v.judge("page not found")
	v.opens("overview")
}

// kinds picks one address of each kind: names and ids stand for each other.
func kinds(paths []string) map[string]string {
	fixed := []string{"new", "remove", "cancel", "docs", "check", "initializations"}
	one := map[string]string{}
	for _, path := range paths {
		parts := strings.Split(strings.Trim(pathOf("http://host"+path), "/"), "/")
		kind := parts[0] + " " + strconv.Itoa(len(parts))
		if last := parts[len(parts)-1]; slices.Contains(fixed, last) {
			kind += " " + last
		}
		one[kind] = path
	}
	return one
}

// makesToken makes an API token and a key for the HTTP synchronization, which are
// shown once, and must be found nowhere later.
func (v *visitor) makesToken() {
	v.t.Helper()
	v.opens("tokens")
	v.fills(v.T("token.label"), "monitoring")
	v.clicks(v.T("token.create"))
	v.sees(v.T("token.once"))
	v.r.Secrets.add("API token", v.shown(v.T("token.plain")))
	v.opens("tokens")
	v.shows("tokens")
	v.opens("sources")
	v.clicks("lucca")
	v.clicks(v.T("source.legacy.title"))
	v.clicks(v.T("source.legacy.generate"))
	v.sees(v.T("source.legacy.once"))
	key := v.shown(v.T("source.legacy.header"))
	v.r.Secrets.add("HTTP synchronization key", strings.TrimPrefix(key, "Basic "))
}

// shown is the text to copy with this name.
func (v *visitor) shown(name string) string {
	v.t.Helper()
	const read = `name => { const shown = [...document.querySelectorAll("code")].find(c => c.getAttribute("aria-label") === name); return shown ? shown.innerText : "" }`
	text := evaluate[string](v, "("+read+")("+strconv.Quote(name)+")")
	if len(text) < 20 {
		v.t.Fatalf("nothing to copy is named %q\n%s", name, v.where())
	}
	return text
}
