package texts

import "strings"

// typeset gives a text the signs of its language's typography. No line begins
// with a colon, none ends with an opening quotation mark, and "e-mail" is not
// parted at its hyphen.
func typeset(text Text) Text {
	return Text{FR: frenchSigns.Replace(text.FR), EN: hyphens.Replace(text.EN)}
}

// typesetAll is typeset for a table of texts, typesetReasons for one of reasons.
func typesetAll(all map[string]Text) map[string]Text {
	for key, text := range all {
		all[key] = typeset(text)
	}
	return all
}

func typesetReasons(all map[string]Reason) map[string]Reason {
	for code, reason := range all {
		all[code] = Reason{What: typeset(reason.What), Do: typeset(reason.Do)}
	}
	return all
}

var (
	hyphens = strings.NewReplacer("e-mail", "e\u2011mail")
	// frenchSigns are the no-break spaces of French ("Lexique des règles
	// typographiques en usage à l'Imprimerie nationale").
	frenchSigns = strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»", " :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!", " %", "\u00a0%",
		"e-mail", "e\u2011mail", "n° ", "n°\u00a0")
)
