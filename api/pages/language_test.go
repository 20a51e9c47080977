package pages_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// spoken are the rules for what a reader sees in a language.
var spoken = map[texts.Lang][]*regexp.Regexp{
	texts.French: {
		regexp.MustCompile(` [:;?!»%]|« `),
		regexp.MustCompile(`(?i)\b(the|and|with|from|your|not|true|false|session link|link|configure|consult|none|until|offered)\b`),
	},
	texts.English: {regexp.MustCompile(`(?i)\b(le|les|des|une|est|dans|pour|avec|oui|non|depuis)\b`)},
}

// unfinished are codes, parameters and dates as programs write them.
var unfinished = regexp.MustCompile(`\{[a-z]+[|}]|\b\d{4}-\d{2}-\d{2}|e-mail|\b(init|sync|audit|counted|status|health|phase|connection|source|absence)\.[a-z]+\.?[a-z-]*\b`)

// quoted tells of what is not our own text: code, examples, addresses and names.
func quotedNode(n *html.Node) bool {
	for at := n; at != nil; at = at.Parent {
		if at.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"code", "pre", "script", "style", "head", "svg", "datalist", "template", "option"}, at.Data) || attribute(at, "lang") != "" && at.Data != "html" {
			return true
		}
	}
	return false
}

// Every page speaks its language, and says nothing as programs write it.
func TestEveryPageSpeaksItsLanguage(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1", "2")
	w.speakingWorld()
	for lang, rules := range spoken {
		seen := map[string]bool{}
		for queue := slices.Clone(unlinked); len(queue) > 0; queue = queue[1:] {
			path := queue[0]
			if seen[path] {
				continue
			}
			seen[path] = true
			a := w.get(configurer, path, "Accept-Language", string(lang))
			if !strings.HasPrefix(a.Header().Get("Content-Type"), "text/html") {
				continue
			}
			if primary := a.elements(isPrimary); len(primary) > 1 {
				t.Errorf("%s has %d primary buttons: %s, %s", path, len(primary), text(primary[0]), text(primary[1]))
			}
			for n := range a.page.Descendants() {
				if n.Type == html.ElementNode && n.Data == "a" {
					queue = append(queue, localLink(attribute(n, "href"))...)
				}
				if n.Type != html.TextNode || strings.TrimSpace(n.Data) == "" || quotedNode(n) {
					continue
				}
				for _, rule := range append(rules, unfinished) {
					if found := rule.FindString(n.Data); found != "" {
						t.Errorf("%s in %s says %q: %s", path, lang, found, strings.TrimSpace(n.Data))
					}
				}
			}
		}
		for _, path := range everyPage {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(one string) bool { return strings.HasPrefix(one, path) }) {
				t.Errorf("%s was not seen in %s", path, lang)
			}
		}
	}
}

// unlinked are where the crawl begins: the overview, and pages that forms lead to.
// everyPage must have been seen at its end.
var (
	unlinked = []string{
		"/", "/no-such-page", "/signed-in", "/absences?from=2026-02-30", "/connections/script?provider=exchange", "/connections/script?provider=office365",
		"/initializations/acme.dry?person=nobody", "/initializations/acme.dry/people/12", "/absences/acme/none", "/synchronizations/acme-office365?look=now",
		"/synchronizations/acme-office365?created=1", "/synchronizations/acme-office365/initializations",
		"/initializations/acme.stopped", "/initializations/acme.failed",
	}
	everyPage = []string{
		"/sources/new", "/sources/acme", "/sources/acme/remove", "/connections/new?provider=office365", "/connections/new?provider=exchange",
		"/connections/new?provider=google", "/connections/office365", "/connections/office365/remove", "/connections/new?like=", "/synchronizations/new",
		"/synchronizations/new?like=", "/synchronizations/acme-office365/remove", "/synchronizations/acme-office365/initializations",
		"/initializations/acme.done", "/initializations/acme.dry", "/initializations/acme.stopped", "/initializations/acme.failed",
		"/initializations/acme.big/cancel", "/absences?sort=", "/absences/acme/", "/audit-log", "/alerts", "/tokens", "/sessions", "/help",
	}
)

// isPrimary tells of the button that a page is for; those of dialogs are of
// another page.
func isPrimary(n *html.Node) bool {
	for at := n.Parent; at != nil; at = at.Parent {
		if at.Data == "dialog" {
			return false
		}
	}
	return slices.Contains(strings.Fields(attribute(n, "class")), "primary")
}

// localLink is the page a link leads to, nothing for other hosts, files and
// changes of the language.
func localLink(address string) []string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host != "" || !strings.HasPrefix(parsed.Path, "/") || strings.HasPrefix(parsed.Path, "/static/") ||
		strings.HasPrefix(parsed.Path, "/api/") || strings.HasPrefix(parsed.Path, "/sign") || parsed.Query().Has("lang") {
		return nil
	}
	parsed.Fragment = ""
	return []string{parsed.String()}
}

// speakingWorld has one of everything that pages tell of.
func (w *world) speakingWorld() {
	w.Helper()
	w.engine.initializations = runs()
	stopped, failed := runs()[0], runs()[0]
	stopped.WorkflowID, stopped.Phase = "initialization/acme/stopped", workflows.PhaseCancelled
	failed.WorkflowID, failed.Phase, failed.Failure = "initialization/acme/failed", workflows.PhaseFailed, "Figgo cannot be read: source-rejected (invalid_client)"
	w.engine.initializations = append(w.engine.initializations, stopped, failed)
	for i, status := range []workflows.Status{workflows.StatusSynced, workflows.StatusBlocked, workflows.StatusSkipped, workflows.StatusRetrying, workflows.StatusPending} {
		id := string(rune('1'+i)) + "0"
		line := starter.AbsenceLine{Source: "acme", Absence: id, Employee: "12", Synchronization: "acme-office365", Status: status, StartedAt: moment}
		if status == workflows.StatusBlocked {
			line.Reason = "no-email"
		}
		w.engine.lines = append(w.engine.lines, line)
	}
	by := settings.Author{ID: "person:jane", Name: "Jane Doe"}
	for _, change := range []settings.Change{
		{Action: settings.ActionSignedIn, Kind: settings.KindSession, Name: "link", Fields: []settings.FieldChange{{Field: "role", To: "configure"}}},
		{Action: settings.ActionChecked, Kind: settings.KindConnection, Name: "office365", Fields: []settings.FieldChange{{Field: "result", To: "mailbox-unknown"}}},
		{Action: settings.ActionChanged, Kind: settings.KindSynchronization, Name: "acme-office365", Fields: []settings.FieldChange{{Field: "paused", From: "true", To: "false"}}},
		{Action: settings.ActionStarted, Kind: settings.KindInitialization, Name: "acme.done", Fields: []settings.FieldChange{
			{Field: "synchronization", To: "acme-office365"}, {Field: "since", To: "2026-02-01"}, {Field: "dryRun", To: "false"},
		}},
		{Action: settings.ActionCreated, Kind: settings.KindToken, Name: "backup", Fields: []settings.FieldChange{{Field: "expires", To: "2026-12-01T10:00:00Z"}}},
	} {
		change.By = by
		w.must(w.editor.Note(w.Context(), change))
	}
}
