package texts

// ConsentText is what the page after an administrator's consent says.
type ConsentText struct{ Title, What, Next Text }

// Consent returns the texts of a kind of page; an unknown kind gets that of a
// proof that could not be tried.
func Consent(kind string) ConsentText {
	text, ok := consentTexts[kind]
	if !ok {
		text = consentTexts["unproved"]
	}
	return ConsentText{Title: typeset(text.Title), What: typeset(text.What), Next: typeset(text.Next)}
}

var consentTexts = map[string]ConsentText{
	"stale": {
		Title: Text{"Ce lien n’est plus valable", "This link is no longer valid"},
		What: Text{"La demande de consentement est inconnue ici, a plus de 15 minutes ou a déjà servi. Rien n’a été changé dans figgosync.",
			"The request for consent is unknown here, is more than 15 minutes old or was used before. Nothing was changed in figgosync."},
		Next: Text{"Demandez un nouveau lien à la personne qui vous a envoyé celui-ci. Un consentement déjà donné chez Microsoft reste valable.",
			"Ask whoever sent you this link for a new one. A consent already given at Microsoft stays valid."},
	},
	"refused": {
		Title: Text{"Le consentement a été refusé", "Consent was refused"},
		What:  Text{"Microsoft annonce un refus. figgosync n’a reçu aucun accès.", "Microsoft reports a refusal. figgosync was given no access."},
		Next: Text{"Il faut le rôle d’administrateur général, ou d’administrateur de rôle privilégié. Ouvrez le lien avec un tel compte et choisissez « Accepter ».",
			"It takes the role Global Administrator or Privileged Role Administrator. Open the link with such an account and choose “Accept”."},
	},
	"other-tenant": {
		Title: Text{"Le consentement vient d’un autre annuaire", "Consent came from another directory"},
		What: Text{"Vous étiez connecté à un autre annuaire Microsoft que celui de la connexion. Cet accord ne lui sert à rien.",
			"You were signed in to another Microsoft directory than the connection's. This consent is of no use to it."},
		Next: Text{"Retirez l’application dans Entra > Applications d’entreprise de l’annuaire où vous venez d’accepter, puis recommencez avec un administrateur du bon annuaire (une fenêtre privée évite la confusion).",
			"Remove the application at Entra > Enterprise applications of the directory where you just accepted, then begin again with an administrator of the right one (a private window avoids the mix-up)."},
	},
	"granted": {
		Title: Text{"L’accès est accordé", "Access is granted"},
		What: Text{"C’est prouvé : figgosync a obtenu un jeton avec ses propres identifiants et Microsoft Graph l’a accepté.",
			"It is proved: figgosync got a token with its own credentials, and Microsoft Graph accepted it."},
		Next: Text{"Vous pouvez fermer cette page. Les absences en attente seront écrites automatiquement. Pour limiter l’accès à certaines boîtes, voyez la page « Connecter Office 365 » de la documentation.",
			"You may close this page. Waiting absences will be written by themselves. To limit access to some mailboxes see the documentation's page “Connect Office 365”."},
	},
	"waiting": {
		Title: Text{"Microsoft a répondu, l’accès n’est pas encore effectif", "Microsoft answered, access is not in effect yet"},
		What: Text{"Aucun refus, mais le droit ne se voit pas encore partout. C’est normal juste après un consentement.",
			"No refusal, but the right does not show everywhere yet. That is normal right after a consent."},
		Next: Text{"Attendez quelques minutes (parfois une heure), puis vérifiez la connexion. Si rien ne change :",
			"Wait some minutes (an hour at times), then check the connection. If nothing changes:"},
	},
	"failed": {
		Title: Text{"L’accès ne fonctionne pas encore", "Access does not work yet"},
		What:  Text{"Microsoft n’annonce pas de refus, mais la connexion échoue pour une autre raison :", "Microsoft reports no refusal, but the connection fails for another reason:"},
		Next:  Text{"Corrigez ceci ; le consentement n’est pas à refaire :", "Correct this; consent need not be given again:"},
	},
	"unproved": {
		Title: Text{"Le consentement n’a pas pu être vérifié", "Consent could not be verified"},
		What: Text{"Microsoft n’annonce pas de refus, mais figgosync n’a pas pu essayer l’accès : le worker n’a pas répondu.",
			"Microsoft reports no refusal, but figgosync could not try the access: the worker did not answer."},
		Next: Text{"Vérifiez qu’un worker tourne, puis vérifiez la connexion. Le consentement, s’il a été donné, reste valable.",
			"See that a worker runs, then check the connection. The consent, if it was given, stays valid."},
	},
}
