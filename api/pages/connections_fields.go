package pages

import (
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/web/texts"
)

// fieldTypes are the types of inputs for kinds of fields; others are texts.
var fieldTypes = map[record.Kind]string{
	record.KindAddress: "url", record.KindFile: "textarea", record.KindChoice: "select", record.KindNumber: "number",
	record.KindFlag: "checkbox", record.KindSecret: "secret", record.KindSecretFile: "secret-text",
}

// systemFields makes a form of the settings of a calendar system, for those that
// have no template of their own. A field without a text is named as in a settings
// file.
func systemFields(loc texts.Localizer, f *form, provider calendars.Provider) ([]*field, error) {
	var all []*field
	for _, one := range record.Fields(string(provider), calendars.SettingsOf(provider)) {
		kind := fieldTypes[one.Kind()]
		if kind == "" {
			kind = "text"
		}
		pairs := []any{"type", kind, "required", one.Required()}
		if !loc.Has(textOf(loc, "connection", one.Path)) {
			pairs = append(pairs, "label", one.Name)
		}
		var options []option
		for _, choice := range one.Choices {
			options = append(options, option{Value: choice, Label: choice})
		}
		made, err := newField(loc, f, "connection", one.Path, append(pairs, "options", options))
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	return all, nil
}
