package api

import (
	"strings"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// forms are the texts of what only a JSON body can have wrong.
var forms = map[string]texts.Text{
	codeUnknownField: {FR: "Ce champ n’existe pas.", EN: "There is no such field."},
	codeWrongType: {
		FR: "Cette valeur n’est pas du bon type : {wanted} est attendu.",
		EN: "This value is of another type: {wanted} is wanted.",
	},
	codeNotADate: {
		FR: "Ce n’est pas une date. Écrivez-la comme 2026-10-01.",
		EN: "This is not a date: write one such as 2026-10-01.",
	},
	codeOtherName: {
		FR: "Le nom ne change pas : c’est celui de l’adresse.",
		EN: "The name does not change: it is the one in the address.",
	},
}

// fieldText tells what is wrong with a field.
func fieldText(lang texts.Lang, problem settings.Problem) string {
	text, ok := forms[problem.Code]
	if !ok {
		return texts.Problem(lang, problem.Code, problem.Values)
	}
	filled := text.In(lang)
	for name, value := range problem.Values {
		filled = strings.ReplaceAll(filled, "{"+name+"}", value)
	}
	return filled
}
