package browser_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"github.com/figgosync/figgosync/sandbox"
	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// figgosync's own pages, as the sandbox is told where they are.
const settingsPage = "http://127.0.0.1:18080"

// deskVisitor looks at the page of a sandbox in which Lukas Baumann, on Exchange, has an
// absence of one day on a Tuesday; the week before, nothing.
func deskVisitor(t *testing.T) (*visitor, *sandbox.Sandbox) {
	t.Helper()
	var world *sandbox.Sandbox
	v := visitorOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { world.Handler().ServeHTTP(w, r) }))
	world, err := sandbox.New(sandbox.Config{BaseURL: v.r.URL, WebhookBaseURL: settingsPage})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	return v, world
}

// put puts an event into a mailbox on Exchange as its owner would.
func put(t *testing.T, world *sandbox.Sandbox, email string, start, end time.Time) {
	t.Helper()
	owner := exchange.New(world.Mailboxes(), exchange.Config{})
	err := world.Mailboxes().Within(mailboxes.Exchange, email, func(tx *mailboxes.Tx) error {
		return owner.Unpack(tx, mailboxes.Carried{UID: "1", Subject: "Absent", Start: start, End: end, AllDay: true, Zone: "Romance Standard Time", ShowAs: "oof"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDeskPage: the sandbox's page acts as the owner of a mailbox and in Figgo, with and
// without a word to figgosync; it names legal entities and leads to the settings. It fits
// a window of 1280 pixels.
func TestDeskPage(t *testing.T) {
	const lukas, panel = "lukas.baumann@example.com", "Outlook, Exchange on premises"
	v, world := deskVisitor(t)
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	monday := now.AddDate(0, 0, -(int(now.Weekday())+6)%7)
	if weekday := now.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		monday = monday.AddDate(0, 0, 7) // the page begins with a working day
	}
	tuesday := time.Date(monday.Year(), monday.Month(), monday.Day()+1, 0, 0, 0, 0, zurich)
	put(t, world, lukas, tuesday, tuesday.AddDate(0, 0, 1))
	seen := func() []string {
		views, err := world.Mailboxes().Views(lukas)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, view := range views {
			list = append(list, view.Subject+" "+view.Start)
		}
		return list
	}
	day := func(at time.Time) string { return at.Format(time.DateOnly) }
	named := func(subject string, at time.Time) string { return subject + ", " + at.Format("Monday 2 January") }
	shows := func(want ...string) {
		t.Helper()
		v.waits(func() bool { return strings.Join(seen(), "; ") == strings.Join(want, "; ") }, strings.Join(want, "; "))
	}

	v.goes(v.r.URL + "/sandbox?lang=en")
	v.sees("Zürich · Exchange on premises")
	if evaluate[bool](v, `(e => e.scrollWidth > e.clientWidth)(document.querySelector(".exchange .event strong"))`) {
		t.Error("the title of an event is cut off")
	}
	v.clicks(named("Absent", tuesday), panel)
	v.judge("desk-owner")
	v.fills("Title", "At home")
	v.clicks("Save")
	shows("At home " + day(tuesday))

	v.clicks(named("At home", tuesday), panel)
	v.fills("Start", day(tuesday.AddDate(0, 0, 2)))
	v.fills("End", day(tuesday.AddDate(0, 0, 2)))
	v.clicks("Copy to these dates")
	shows("At home "+day(tuesday), "At home "+day(tuesday.AddDate(0, 0, 2)))

	v.clicks(named("At home", tuesday), panel)
	v.clicks("Delete the event")
	shows("At home " + day(tuesday.AddDate(0, 0, 2)))

	v.ticks("without telling figgosync", panel)
	v.clicks("Request", panel)
	v.waits(func() bool { return len(world.Lucca().Leaves(421)) == 1 }, "Figgo has the absence")
	if sent := world.Lucca().Deliveries(421, 10); len(sent) != 0 {
		t.Errorf("figgosync was told: %v", sent)
	}
	v.sees("No webhook for this absence")
	if overflow := evaluate[int](v, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); overflow > 0 {
		t.Errorf("the page is %d pixels wider than a window of 1280", overflow)
	}
	if cut := evaluate[string](v, cutTexts); cut != "" {
		t.Errorf("cut off: %s", cut)
	}
	if link := evaluate[string](v, `document.querySelector(".side a").href`); link != settingsPage+"/" {
		t.Errorf("the page leads to %q", link)
	}
	v.judge("desk")
	if dir := os.Getenv("FIGGOSYNC_SCREENSHOTS"); dir != "" {
		shot := send(v, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
		must(v, os.MkdirAll(dir, 0o755), "make the directory of the screenshots")
		must(v, os.WriteFile(filepath.Join(dir, "desk.png"), shot.Data, 0o644), "write the screenshot")
	}
}

// cutTexts finds controls and headings whose content is wider than they are.
const cutTexts = `[...document.querySelectorAll("main h2, main button, main .kinds span, main label > span")]
	.filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && !e.closest(".visually-hidden, .event, .leaves"))
	.map((e) => e.textContent.trim()).join("; ")`
