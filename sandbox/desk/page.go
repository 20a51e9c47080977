package desk

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

// contentPolicy allows our own files and nothing else: no inline script or style.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var pageTemplate = template.Must(template.ParseFS(files, "templates/*.html"))

// pageData is what the page's template shows.
type pageData struct {
	Lang, Other string // "fr" and "en", or the other way round
	T           map[string]string
	Texts       string // T as JSON, for the script
	Panels      []panel
	Values      []Values
	Figgosync   string
	DayAccounts []lucca.Account
	HourAccount []lucca.Account
}

// panel is one of the three mailboxes side by side.
type panel struct {
	System string
	Title  string
	Kind   string
	T      map[string]string
	Page   *pageData
}

// page answers the page in French, or in English when ?lang= or Accept-Language says so.
func (d *Desk) page(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	data := &pageData{Lang: lang, Other: map[string]string{"fr": "en", "en": "fr"}[lang], T: texts[lang],
		Values: d.values, Figgosync: d.figgosync}
	encoded, _ := json.Marshal(data.T) // a map of texts
	data.Texts = string(encoded)
	for _, account := range d.company.Accounts() {
		if account.Unit == lucca.WorkingHours {
			data.HourAccount = append(data.HourAccount, account)
		} else {
			data.DayAccounts = append(data.DayAccounts, account)
		}
	}
	for _, p := range []panel{
		{System: "office365", Title: "Outlook", Kind: "Office 365"},
		{System: "exchange", Title: "Outlook", Kind: data.T["onPremises"]},
		{System: "google", Title: data.T["googleCalendar"], Kind: "Google Workspace"},
	} {
		p.T, p.Page = data.T, data
		data.Panels = append(data.Panels, p)
	}
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "page.html", data); err != nil {
		Problem(w, http.StatusInternalServerError, "The page cannot be made.")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Vary", "Accept-Language")
	_, _ = out.WriteTo(w)
}

// language is ?lang=, else the first of French and English in Accept-Language, else
// French.
func language(r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); texts[lang] != nil {
		return lang
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		name, _, _ = strings.Cut(strings.ToLower(name), "-")
		if texts[name] != nil {
			return name
		}
	}
	return "fr"
}

// staticFiles serves the embedded style and scripts, to be asked for again each time:
// they change with the program.
func staticFiles() http.Handler {
	served := http.StripPrefix("/sandbox/", http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		served.ServeHTTP(w, r)
	})
}
