package texts

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// elidable ends in a word that drops its e.
var elidable = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:de|que|jusque|lorsque|puisque) $`)

// elides tells whether French drops the e of "de" or "que" at the end of before, because
// value begins with the sound of a vowel: d’Adèle, d’Hélène, but de Hassan, de Yann.
func elides(before, value string) bool {
	if !elidable.MatchString(before) {
		return false
	}
	letters := plainLetters(value)
	switch {
	case letters == "":
		return false
	case strings.ContainsRune("aeiouœæ", []rune(letters)[0]):
		return true
	case letters[0] == 'y': // Yves, Yvonne; not Yann, Youssef
		return len(letters) > 1 && !strings.ContainsRune("aeiou", rune(letters[1]))
	case letters[0] == 'h':
		return muteH(letters)
	}
	return false
}

// muteH tells whether a given name begins with an h that French does not breathe. Names
// from Greek and Latin do; German, English and Arabic ones are breathed.
func muteH(letters string) bool {
	for _, beginning := range []string{
		"hecto", "hedw", "hegesi", "helen", "helia", "helie", "helio", "helois", "henri", "henry", "herbert", "hercul", "hermance", "hermel",
		"hermin", "hermione", "herve", "hilaire", "hilari", "hilda", "hippol", "honor", "horac", "hortens", "hubert", "hugo", "hugu", "humbert",
		"hyacinth",
	} {
		if strings.HasPrefix(letters, beginning) {
			return true
		}
	}
	return false
}

// plainLetters are the letters a value begins with, small and without accents.
func plainLetters(value string) string {
	var out strings.Builder
	for _, letter := range norm.NFD.String(value) {
		switch {
		case unicode.Is(unicode.Mn, letter):
		case unicode.IsLetter(letter):
			out.WriteRune(unicode.ToLower(letter))
		default:
			return out.String()
		}
	}
	return out.String()
}
