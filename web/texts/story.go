package texts

import "fmt"

// Line is what a line of an absence's story is made of.
type Line struct {
	// Event and Kind are the codes of the workflows package.
	Event, Kind string
	// Reason and Code say why, Provider where.
	Reason, Code, Provider string
	// RequestID is the provider's id of the refused request, for its support.
	RequestID                            string
	Created, Updated, Deleted, Unchanged int
}

// Story tells one line in plain words.
func Story(lang Lang, line Line) string {
	return typeset(Text{FR: story(lang, line), EN: story(lang, line)}).In(lang)
}

func story(lang Lang, line Line) string {
	switch line.Event {
	case "received":
		return fmt.Sprintf(Text{"Figgo annonce : %s.", "Figgo announces: %s."}.In(lang), kind(lang, line.Kind))
	case "outdated":
		return fmt.Sprintf(Text{"Annonce ancienne ou répétée, ignorée : %s.", "Old or repeated notification, ignored: %s."}.In(lang), kind(lang, line.Kind))
	case "invalid":
		return Text{"Annonce inutilisable, ignorée : il y manque l’absence ou son propriétaire.", "Unusable notification, ignored: the absence or its owner is missing."}.In(lang)
	case "written":
		return fmt.Sprintf(Text{"%s est à jour : %s.", "%s is up to date: %s."}.In(lang), Provider(lang, line.Provider), counts(lang, line))
	case "removed":
		return fmt.Sprintf(Text{"%s ne montre plus l’absence : %s.", "%s no longer shows the absence: %s."}.In(lang), Provider(lang, line.Provider), counts(lang, line))
	case "already-right":
		return fmt.Sprintf(Text{"%s montre déjà l’absence : rien à écrire.", "%s shows the absence already: nothing to write."}.In(lang), Provider(lang, line.Provider))
	case "trouble", "retrying":
		text := ReasonFor(line.Reason).What.In(lang)
		return text + details(line)
	case "taken-out":
		return Text{"Retrait : l’événement est retiré du calendrier ; il y reviendra à la reprise de la synchronisation.",
			"Removal: the event is taken out of the calendar; it comes back when the synchronization is resumed."}.In(lang)
	case "owner-deleted":
		return Text{"L’événement a été supprimé par la personne : d’après la synchronisation, il reste supprimé jusqu’à ce que l’absence change.",
			"Its owner deleted the event: as the synchronization says, it stays deleted until the absence changes."}.In(lang)
	case "retry":
		return Text{"Nouvel essai : demandé par une personne, ou la connexion fonctionne de nouveau.",
			"A new try: a person asked for it, or the connection works again."}.In(lang)
	default:
		return replyStory(lang, line)
	}
}

// replyStory tells what became of an automatic reply.
func replyStory(lang Lang, line Line) string {
	switch line.Event {
	case "reply-written":
		return fmt.Sprintf(Text{"La réponse automatique est programmée (%s).", "The automatic reply is scheduled (%s)."}.In(lang), Provider(lang, line.Provider))
	case "reply-left":
		return Text{"La personne a sa propre réponse automatique, activée ou programmée : elle reste, et figgosync n’en programme pas.",
			"The person has an automatic reply of their own that is on or scheduled: it stays, and figgosync schedules none."}.In(lang)
	case "reply-edited":
		return Text{"La personne a modifié la réponse automatique de figgosync : la sienne reste telle quelle.",
			"The person changed figgosync’s automatic reply: theirs stays as it is."}.In(lang)
	case "reply-given-back":
		return Text{"La réponse automatique que la personne avait avant est rendue.", "The automatic reply that the person had before is given back."}.In(lang)
	case "reply-trouble":
		return Text{"Réponse automatique : ", "Automatic reply: "}.In(lang) + ReasonFor(line.Reason).What.In(lang) + details(line)
	default:
		return line.Event
	}
}

// details are what the provider's support wants to know of a refusal.
func details(line Line) string {
	switch {
	case line.Code != "" && line.RequestID != "":
		return " (" + line.Code + ", request-id " + line.RequestID + ")"
	case line.Code != "":
		return " (" + line.Code + ")"
	}
	return ""
}

// Provider is a calendar system's name as people know it.
func Provider(lang Lang, code string) string {
	switch code {
	case "office365":
		return "Outlook (Office 365)"
	case "exchange":
		return "Outlook (Exchange)"
	case "google":
		return Text{"Google Agenda", "Google Calendar"}.In(lang)
	default:
		return code
	}
}

func kind(lang Lang, code string) string {
	switch code {
	case "requested":
		return Text{"demande en attente d’approbation", "request awaiting approval"}.In(lang)
	case "approved":
		return Text{"absence approuvée", "absence approved"}.In(lang)
	case "deleted":
		return Text{"absence supprimée", "absence deleted"}.In(lang)
	default:
		return code
	}
}

func counts(lang Lang, line Line) string {
	text := ""
	for _, part := range []struct {
		count int
		word  Text
	}{
		{line.Created, Text{"{n} {n|événement créé|événements créés}", "{n} {n|event|events} created"}},
		{line.Updated, Text{"{n} {n|événement modifié|événements modifiés}", "{n} {n|event|events} updated"}},
		{line.Deleted, Text{"{n} {n|événement retiré|événements retirés}", "{n} {n|event|events} removed"}},
		{line.Unchanged, Text{"{n} {n|événement inchangé|événements inchangés}", "{n} {n|event|events} unchanged"}},
	} {
		if part.count == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += Localizer{Lang: lang}.Fill(part.word, "n", part.count)
	}
	if text == "" {
		return Text{"rien à faire", "nothing to do"}.In(lang)
	}
	return text
}
