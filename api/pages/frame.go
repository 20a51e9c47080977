package pages

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"sync"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/web/texts"
)

// page is what a handler shows.
type page struct {
	// Template is the file in web/templates, such as "absences.html".
	Template string
	// Title is the page's name in words; Nav the code of its entry in the
	// navigation, "" for none.
	Title, Nav string
	// Data is .Data in the template.
	Data any
	// Status is the HTTP status, 200 when 0.
	Status int
	// Bare leaves the navigation out, as before signing in.
	Bare bool
	// Guide is the name of the page's guide in docs, "" for that of Nav.
	Guide string
}

// view is the dot of every page's template.
type view struct {
	page
	texts.Localizer
	// Path is the page's own address with its query.
	Path string
	// Other is the language to change to.
	Other texts.Lang
	Theme string
	// User is who is signed in, nil for nobody.
	User *access.Principal
	// CanAct is true for somebody who may configure; CanEdit also needs settings
	// that can be changed here. ReadOnly is true when they come from a file.
	CanAct, CanEdit, ReadOnly bool
	// Rehearsal is true where outside systems may have any address: forms show the
	// fields for them at once.
	Rehearsal bool
	Flash     *flash
	Entries   []entry
	Sandbox   string
	// GuideURL is the address of the documentation of the page.
	GuideURL string
	// titles are how people call records; they are read when a page names one.
	titles func() admin.Titles
	// Body is the page's own part, inside the layout.
	Body template.HTML
}

// entry is a line of the navigation.
type entry struct {
	Code, Path, Icon string
	Current          bool
}

var entries = []entry{
	{Code: "overview", Path: "/", Icon: "overview"},
	{Code: "sources", Path: "/sources", Icon: "source"},
	{Code: "connections", Path: "/connections", Icon: "connection"},
	{Code: "synchronizations", Path: "/synchronizations", Icon: "synchronization"},
	{Code: "absences", Path: "/absences", Icon: "absence"},
	{Code: "reconciliations", Path: "/reconciliations", Icon: "shield"},
	{Code: "alerts", Path: "/alerts", Icon: "warn"},
	{Code: "audit-log", Path: "/audit-log", Icon: "journal"},
	{Code: "tokens", Path: "/tokens", Icon: "token"},
	{Code: "help", Path: "/help", Icon: "help"},
}

// view makes the dot for a page.
func (s *site) view(w http.ResponseWriter, r *http.Request, p page) *view {
	v := &view{
		page: p, Localizer: s.loc(r), Path: r.URL.RequestURI(), Theme: theme(r), ReadOnly: s.config.Admin.ReadOnly(),
		Rehearsal: s.config.Admin.AllowsInsecure(), Sandbox: s.config.Sandbox,
		Other: texts.English, titles: sync.OnceValue(func() admin.Titles { return s.config.Admin.Titles(r.Context()) }),
	}
	v.GuideURL = guideOf(v.Lang, cmp.Or(p.Guide, guides[p.Nav]))
	if v.Lang == texts.English {
		v.Other = texts.French
	}
	if who, ok := access.From(r.Context()); ok {
		v.User = &who
		v.CanAct = who.Role.Allows(access.Configure)
		v.CanEdit = v.CanAct && !v.ReadOnly
	}
	for _, e := range entries {
		e.Current = e.Code == p.Nav
		v.Entries = append(v.Entries, e)
	}
	if !fromHTMX(r) || r.Header.Get("HX-Boosted") == "true" {
		v.Flash = s.takeFlash(w, r, v.Localizer)
	}
	return v
}

// guides are the pages of the documentation by navigation entry.
var guides = map[string]string{
	"overview": "settings-page", "sources": "lucca", "connections": "check", "synchronizations": "what-is-synchronized",
	"absences": "troubleshooting", "reconciliations": "reconciliation", "alerts": "alerts",
	"audit-log": "settings-page",
	"tokens":    "sign-in", "help": "README",
}

// documentation is where the guides are read.
const documentation = "https://github.com/figgosync/figgosync/blob/main/docs/"

// guideOf is the address of a guide in a language, "" for none.
func guideOf(lang texts.Lang, name string) string {
	if name == "" {
		return ""
	}
	if lang == texts.French {
		name = "fr/" + name
	}
	return documentation + name + ".md"
}

// show answers with a whole page.
func (s *site) show(w http.ResponseWriter, r *http.Request, p page) error {
	v := s.view(w, r, p)
	body, err := s.execute(v.Lang, p.Template, v)
	if err != nil {
		return err
	}
	v.Body = template.HTML(body) //nolint:gosec // html/template made it
	whole, err := s.execute(v.Lang, "layout.html", v)
	if err != nil {
		return err
	}
	if p.Status >= http.StatusBadRequest && fromHTMX(r) {
		w.Header().Set("HX-Push-Url", "false") // no new step to go back to
	}
	write(w, v.Lang, p.Status, whole)
	return nil
}

// fragment answers with a piece of a page, for htmx; name is a file or a
// template defined in one. The dot is the same as in pages.
func (s *site) fragment(w http.ResponseWriter, r *http.Request, name string, data any) error {
	v := s.view(w, r, page{Data: data})
	piece, err := s.execute(v.Lang, name, v)
	if err != nil {
		return err
	}
	write(w, v.Lang, http.StatusOK, piece)
	return nil
}

func (s *site) execute(lang texts.Lang, name string, v *view) ([]byte, error) {
	var out bytes.Buffer
	if err := s.templates[lang].ExecuteTemplate(&out, name, v); err != nil {
		return nil, fmt.Errorf("make the page %s: %w", name, err)
	}
	return out.Bytes(), nil
}

func write(w http.ResponseWriter, lang texts.Lang, status int, body []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
