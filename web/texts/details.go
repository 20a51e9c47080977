package texts

import (
	"regexp"
	"strings"
	"time"
)

// Detail puts the detail of a check's step, which adapters tell in English, into a
// language. Codes, names and addresses stay as they are.
func Detail(lang Lang, detail string) string {
	detail = isoDay.ReplaceAllStringFunc(detail, func(day string) string {
		if date, err := time.Parse(time.DateOnly, day); err == nil {
			return Localizer{Lang: lang}.Date(date)
		}
		return day
	})
	if lang == English {
		return detail
	}
	return frenchSigns.Replace(frenchDetails.Replace(detail))
}

var isoDay = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

// frenchDetails are the words of adapters.
var frenchDetails = strings.NewReplacer(
	"roles in the token: none", "aucun rôle dans le jeton",
	"roles in the token: ", "rôles dans le jeton : ",
	"secret until ", "secret valable jusqu’au ",
	"certificate until ", "certificat valable jusqu’au ",
	"offered: ", "proposé par le serveur : ",
	"; granted: ", " ; accordé : ",
	"client id ", "identifiant client ",
	", scope ", ", champ d’application ",
	"; this clock is off by ", " ; l’horloge de cette machine est décalée de ",
	"2019 or Subscription Edition", "2019 ou Subscription Edition",
	"not known whether an event stands on ", "un événement d’essai est peut-être resté à la date du ",
	"; ", " ; ",
)
