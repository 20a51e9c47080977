// Package consent is the page an administrator sees after Microsoft's consent
// page: what happened, and what comes next.
package consent

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"

	"github.com/figgosync/figgosync/web/texts"
)

// Kind is what became of the consent.
type Kind string

// The kinds of pages.
const (
	// Stale: the state is missing, not ours, too old or used before.
	Stale Kind = "stale"
	// Refused: Microsoft reports a refusal.
	Refused Kind = "refused"
	// OtherTenant: consent was given in another directory than the connection's.
	OtherTenant Kind = "other-tenant"
	// Granted: proved by a token and a call.
	Granted Kind = "granted"
	// Waiting: given, but not yet to be seen everywhere.
	Waiting Kind = "waiting"
	// Failed: something else than consent is missing.
	Failed Kind = "failed"
	// Unproved: the proof could not be tried.
	Unproved Kind = "unproved"
)

// Page is what the page tells.
type Page struct {
	Kind       Kind
	Connection string
	// Finding is what the check found, "" for nothing.
	Finding string
	// Detail is a code or another short text without people.
	Detail string
}

//go:embed page.html
var pageText string

//go:embed page.css
var style string

var page = template.Must(template.New("consent").Parse(pageText))

// SecurityPolicy is the page's Content-Security-Policy: its own style and
// nothing else, no script at all.
var SecurityPolicy = "default-src 'none'; style-src 'sha256-" + digest(style) +
	"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Render writes the page in a language.
func Render(w io.Writer, lang texts.Lang, p Page) error {
	loc := texts.Consent(string(p.Kind))
	data := map[string]any{
		"Lang": lang, "Style": template.CSS(style), "Good": p.Kind == Granted, "Page": p,
		"Title": loc.Title.In(lang), "What": loc.What.In(lang), "Next": loc.Next.In(lang),
		"ConnectionLabel": texts.Text{FR: "Connexion", EN: "Connection"}.In(lang),
		"CodeLabel":       texts.Text{FR: "Détail", EN: "Detail"}.In(lang),
		"NextLabel":       texts.Text{FR: "Et maintenant", EN: "What next"}.In(lang),
		"CommandLabel":    texts.Text{FR: "Vérifier la connexion", EN: "Check the connection"}.In(lang),
	}
	if p.Finding != "" {
		finding := texts.FindingFor(p.Finding)
		data["FindingWhat"], data["FindingDo"] = finding.What.In(lang), finding.Do.In(lang)
	}
	return page.Execute(w, data)
}
