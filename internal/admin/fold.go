package admin

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters are those that the decomposition of Unicode leaves as they are, though
// people type others for them.
var letters = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th",
	"ı", "i")

// fold writes a name or an address as it is searched: lower case, no accents, and
// one space for whatever stands between words. Of an address only the @ and the
// letters stay.
func fold(text string) string {
	var out strings.Builder
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '@':
			out.WriteRune(unicode.ToLower(r))
		default:
			out.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(letters.Replace(out.String())), " ")
}

// rankOf tells whether every word that is wanted is in what fold wrote, which
// begins with a space, and whether each begins a word: 0, else 1.
func rankOf(words string, wanted []string) (rank int, ok bool) {
	for _, one := range wanted {
		if !strings.Contains(words, one) {
			return 0, false
		}
		if !strings.Contains(words, " "+one) {
			rank = 1
		}
	}
	return rank, true
}
