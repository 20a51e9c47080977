// Package reference shows an OpenAPI document as a page to read. It needs no
// script, and nothing from elsewhere.
package reference

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/web/texts"
)

//go:embed page.html page.css
var files embed.FS

// SecurityPolicy is the page's Content-Security-Policy: its style and nothing
// else.
const SecurityPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Style is the page's style sheet, text/css.
func Style() []byte {
	style, err := files.ReadFile("page.css")
	if err != nil {
		panic(err) // it is in the program
	}
	return style
}

// Page is an OpenAPI document made ready to be shown.
type Page struct {
	document *document
	template *template.Template
}

// New reads an OpenAPI 3.1 document. Its errors say what cannot be read.
func New(openAPI []byte) (*Page, error) {
	p := &Page{document: &document{}}
	if err := json.Unmarshal(openAPI, p.document); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	p.document.resolve()
	var err error
	p.template, err = template.New("page.html").Funcs(functions).ParseFS(files, "page.html")
	return p, err
}

// Frame says where the page is: Style and Document are addresses.
type Frame struct {
	Lang            texts.Lang
	Style, Document string
}

// Write writes the page.
func (p *Page) Write(w io.Writer, frame Frame) error {
	words := map[string]string{}
	for name, text := range frameTexts {
		words[name] = text.In(frame.Lang)
	}
	other := texts.English
	if frame.Lang == texts.English {
		other = texts.French
	}
	return p.template.Execute(w, map[string]any{
		"Lang": frame.Lang, "Other": other, "Style": frame.Style, "Document": frame.Document, "T": words,
		"Info": p.document.Info, "Sections": p.sections(), "Schemas": p.document.Components.Schemas,
	})
}

// section is the operations of one tag.
type section struct {
	Name, Description string
	Operations        []shownOperation
}

type shownOperation struct {
	Method, Path string
	operation
}

func (p *Page) sections() []section {
	var all []section
	for _, tag := range p.document.Tags {
		one := section{Name: tag.Name, Description: tag.Description}
		for _, path := range p.document.Paths {
			for _, op := range path.Value {
				if slices.Contains(op.Value.Tags, tag.Name) {
					one.Operations = append(one.Operations,
						shownOperation{strings.ToUpper(op.Name), path.Name, op.Value})
				}
			}
		}
		all = append(all, one)
	}
	return all
}

var functions = template.FuncMap{"last": last, "kind": kind, "limits": limits, "pretty": pretty, "requires": requires,
	"fields": fields, "dictOf": dictOf}

// kind names a schema's type, as a link's text or in words.
func kind(s schema) string {
	switch {
	case s.Ref != "":
		return last(s.Ref)
	case s.Items != nil:
		return "array of " + kind(*s.Items)
	}
	text := strings.Join(s.Type, " or ")
	if s.Format != "" {
		text += " (" + s.Format + ")"
	}
	return text
}

// limits are what a value must obey.
func limits(s schema) string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if len(s.Enum) > 0 {
		var words []string
		for _, value := range s.Enum {
			words = append(words, fmt.Sprint(value))
		}
		add("%s", strings.Join(words, " | "))
	}
	if s.MaxLength != nil {
		add("≤ %s", strconv.Itoa(*s.MaxLength))
	}
	if s.MaxItems != nil {
		add("≤ %d ×", *s.MaxItems)
	}
	if s.Minimum != nil && s.Maximum != nil {
		add("%s … %s", *s.Minimum, *s.Maximum)
	} else if s.Minimum != nil {
		add("≥ %s", *s.Minimum)
	}
	if s.Pattern != "" {
		add("%s", s.Pattern)
	}
	if len(s.Default) > 0 {
		add("= %s", s.Default)
	}
	return strings.Join(all, ", ")
}

// pretty indents an example.
func pretty(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	return out.String()
}

func requires(s schema, name string) bool { return slices.Contains(s.Required, name) }

// fields are a schema's own members, with those of what it is made of.
func fields(s schema) ordered[schema] {
	all := slices.Clone(s.Properties)
	for _, part := range s.AllOf {
		all = append(all, part.Properties...)
	}
	return all
}

// dictOf is what the template of a table needs.
func dictOf(words map[string]string, lang texts.Lang, s schema) map[string]any {
	return map[string]any{"T": words, "Lang": lang, "Schema": s}
}

var frameTexts = map[string]texts.Text{
	"title":      {FR: "Référence de l’API", EN: "API reference"},
	"contents":   {FR: "Sommaire", EN: "Contents"},
	"skip":       {FR: "Aller au contenu", EN: "Skip to the content"},
	"language":   {FR: "English", EN: "Français"},
	"home":       {FR: "Retour aux paramètres", EN: "Back to the settings"},
	"document":   {FR: "Document OpenAPI", EN: "OpenAPI document"},
	"note":       {FR: "Les descriptions sont en anglais, la langue des programmes.", EN: ""},
	"role":       {FR: "Rôle", EN: "Role"},
	"open":       {FR: "sans jeton", EN: "no token"},
	"parameters": {FR: "Paramètres", EN: "Parameters"},
	"body":       {FR: "Corps de la demande", EN: "Request body"},
	"responses":  {FR: "Réponses", EN: "Answers"},
	"example":    {FR: "Exemple", EN: "Example"},
	"required":   {FR: "obligatoire", EN: "required"},
	"writeOnly":  {FR: "jamais relu", EN: "never read back"},
	"schemas":    {FR: "Objets", EN: "Objects"},
	"name":       {FR: "Nom", EN: "Name"},
	"type":       {FR: "Type", EN: "Type"},
	"limits":     {FR: "Limites", EN: "Limits"},
	"meaning":    {FR: "Signification", EN: "Meaning"},
	"in":         {FR: "Où", EN: "Where"},
}
