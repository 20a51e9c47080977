package texts

import (
	"maps"
	"regexp"
	"strings"
)

// settingNamed is a setting of a connection as findings name it: by its key in the
// settings file, with a value if need be. People read it as the page calls it.
var settingNamed = regexp.MustCompile(`\b((?:exchange|office365|google)\.[a-z][A-Za-z]*|maxConcurrent)\b` +
	`(: (?:"[^"]*"|\{[^}]*\}|[a-z]+))?`)

// withFields names each setting by its field's label on the page, its key in the settings
// file in brackets: “LoginCompte” (exchange.username).
func withFields(all map[string]Reason) map[string]Reason {
	named := maps.Clone(all)
	for code, reason := range named {
		named[code] = Reason{What: fieldsOf(reason.What), Do: fieldsOf(reason.Do)}
	}
	return named
}

func fieldsOf(text Text) Text {
	return Text{FR: nameFields(text.FR, French), EN: nameFields(text.EN, English)}
}

func nameFields(text string, lang Lang) string {
	return settingNamed.ReplaceAllStringFunc(text, func(found string) string {
		key, value, valued := strings.Cut(found, ": ")
		label, ok := ui["connection."+key]
		if !ok {
			return found
		}
		name := shortLabel(label.In(lang))
		if option, ok := ui["connection."+key+"."+value]; valued && ok {
			name += Text{"\u00a0: ", ": "}.In(lang) + shortLabel(option.In(lang))
		} else if strings.HasPrefix(value, `"`) {
			name += Text{"\u00a0: ", ": "}.In(lang) + strings.Trim(value, `"`)
		}
		return Text{"«\u00a0" + name + "\u00a0»", "“" + name + "”"}.In(lang) + " (" + found + ")"
	})
}

// shortLabel is a label without what it explains behind a colon or, for an option, in
// brackets that hold a sentence.
func shortLabel(label string) string {
	for _, sign := range []string{"\u00a0:", ":", " (si ", " (if ", " (authentification ", " (Windows "} {
		label, _, _ = strings.Cut(label, sign)
	}
	return label
}
