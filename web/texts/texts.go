// Package texts holds what figgosync says to people, in French and English: the
// reasons why an absence is not in a calendar, with what to do, and the lines of
// an absence's story. The words behind them are the codes of calendars.Reason,
// the activities and the workflows.
package texts

import "golang.org/x/text/language"

// Lang is a language figgosync speaks.
type Lang string

// The languages, French first.
const (
	French  Lang = "fr"
	English Lang = "en"
)

var matcher = language.NewMatcher([]language.Tag{language.French, language.English})

// Pick chooses the language for an Accept-Language header; French when it names
// none that we speak.
func Pick(acceptLanguage string) Lang {
	_, index := language.MatchStrings(matcher, acceptLanguage)
	if index == 1 {
		return English
	}
	return French
}

// Text is one text in every language.
type Text struct{ FR, EN string }

// In returns the text in a language.
func (t Text) In(lang Lang) string {
	if lang == English {
		return t.EN
	}
	return t.FR
}
