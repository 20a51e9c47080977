package pages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/web/texts"
)

// scriptPage is the PowerShell with the choices that fill it in.
type scriptPage struct {
	Provider   calendars.Provider
	Form       *form
	Scopes     []option
	Attributes []option
	Steps      []scriptStep
	// Whole is all that is not optional.
	Whole string
}

// scripts are the calendar systems whose administrators are given PowerShell: its
// steps, or the whole of it.
var scripts = map[calendars.Provider]func(loc texts.Localizer, clientID string, input scriptInput) (steps []scriptStep,
	whole string){
	calendars.Exchange: func(loc texts.Localizer, _ string, input scriptInput) ([]scriptStep, string) {
		return exchangeScript(loc, input), ""
	},
	calendars.Office365: func(loc texts.Localizer, clientID string, input scriptInput) ([]scriptStep, string) {
		return nil, office365Script(loc, clientID, input)
	},
}

// scripted is the first calendar system that has one.
func scripted() calendars.Provider {
	all := calendars.Providers()
	return all[slices.IndexFunc(all, func(one calendars.Provider) bool { return scripts[one] != nil })]
}

func newScriptPage(loc texts.Localizer, provider calendars.Provider, input scriptInput, clientID string) *scriptPage {
	f := newForm(0)
	f.Set("scope", input.Scope)
	f.Set("scopeGroup", input.Group)
	f.Set("scopeUnit", input.Unit)
	f.Set("scopeAttribute", input.Attribute)
	f.Set("scopeValue", input.Value)
	f.Problems = input.problems()
	p := &scriptPage{Provider: provider, Form: f, Scopes: choicesOf(loc, "script.scope.", scopes...)}
	for _, name := range scopeAttributes {
		p.Attributes = append(p.Attributes, option{Value: name, Label: name})
	}
	if script := scripts[provider]; script != nil && !f.Bad() {
		p.Steps, p.Whole = script(loc, clientID, input)
	}
	for _, step := range p.Steps {
		if !step.Optional {
			p.Whole += "# " + step.Title + "\n" + step.Code + "\n\n"
		}
	}
	p.Whole = strings.TrimSpace(p.Whole) + "\n"
	return p
}

// connectionScript is the PowerShell as a piece, or without script as a page.
func (s *site) connectionScript(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	input := scriptInput{
		Scope: query.Get("scope"), Group: query.Get("scopeGroup"), Unit: query.Get("scopeUnit"),
		Attribute: query.Get("scopeAttribute"), Value: query.Get("scopeValue"), Account: query.Get("exchange.username"),
	}
	if input.Scope == "" {
		input.Scope = scopeEverybody
	}
	if input.Attribute == "" {
		input.Attribute = scopeAttributes[0]
	}
	provider := calendars.Provider(query.Get("provider"))
	if scripts[provider] == nil {
		provider = scripted()
	}
	p := newScriptPage(s.loc(r), provider, input, query.Get("office365.clientId"))
	if fromHTMX(r) {
		return s.fragment(w, r, "connection-script-text", p)
	}
	return s.show(w, r, page{Template: "connection-script.html", Title: s.loc(r).T("script.title"),
		Nav: "connections", Data: p, Status: p.Form.status()})
}
