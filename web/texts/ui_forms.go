package texts

// Words that the pages of sources, connections, synchronizations and
// initializations share.
var _ = pages(map[string]Text{
	"forms.advanced":            {"Réglages avancés", "Advanced settings"},
	"connection.list.used":      {"Utilisée par", "Used by"},
	"connection.list.checked":   {"Dernière vérification", "Last check"},
	"connection.list.unchecked": {"jamais", "never"},
	"connection.list.unused":    {"Pas encore utilisée", "Not used yet"},
})

var _ = pages(map[string]Text{
	"forms.changed":    {"Dernière modification", "Last changed"},
	"forms.changed.by": {"par {who}", "by {who}"},
	"flash.paused":     {"La synchronisation est en pause.", "The synchronization is paused."},
	"flash.resumed":    {"La synchronisation a repris : les absences qui attendaient sont écrites.", "The synchronization is resumed: the absences that waited are being written."},

	"connection.card.choose":               {"Choisir", "Choose"},
	"connection.expires.certificate":       {"Certificat valable jusqu’au", "Certificate valid until"},
	"connection.expires.secret":            {"Secret client valable jusqu’au", "Client secret valid until"},
	"connection.next.source":               {"Étape suivante : ajouter la source", "Next step: add the source"},
	"connection.redirect":                  {"Adresse de redirection", "Redirect URI"},
	"connection.trial":                     {"Tester aussitôt", "Test right away"},
	"connection.google.keyFile":            {"Fichier de clé (JSON)", "Key file (JSON)"},
	"connection.exchange.caFile":           {"Fichier de l’autorité (PEM)", "File of the authority (PEM)"},
	"connection.office365.certificateFile": {"Fichier du certificat et de sa clé (.pem ou .pfx)", "File of the certificate and its key (.pem or .pfx)"},
	"connection.outcome.ok":                {"réussi", "passed"},
	"connection.outcome.failed":            {"échec", "failed"},
	"connection.outcome.skipped":           {"non vérifié", "not checked"},
	"connection.step.address":              {"Adresse du serveur", "Address of the server"},
	"connection.step.tls":                  {"Identité du serveur (TLS)", "Identity of the server (TLS)"},
	"connection.step.credentials":          {"Identifiants", "Credentials"},
	"connection.step.right":                {"Droit d’écrire", "Right to write"},
	"connection.step.mailbox":              {"Boîte aux lettres et calendrier", "Mailbox and calendar"},
	"connection.step.write":                {"Écriture d’un événement d’essai", "Writing a test event"},
	"connection.step.remove":               {"Retrait de l’événement d’essai", "Removing the test event"},
	"connection.step.auto-reply":           {"Réponse automatique", "Automatic reply"},

	"init.history.loading": {"Lecture de l’historique…", "Reading the history…"},
	"init.history.result":  {"Résultat", "Result"},
	"init.result":          {"Résultat", "Result"},
	"init.result.counts":   {"{synced} {synced|écrite|écrites}, {unchanged} déjà à jour", "{synced} written, {unchanged} right already"},
	"init.result.preview":  {"{created} à créer, {updated} à modifier", "{created} to create, {updated} to change"},
	"init.result.blocked":  {"{count} {count|bloquée|bloquées}", "{count} blocked"},

	"preview.label":   {"Aperçu", "Preview"},
	"preview.inWords": {"Les mêmes événements, sous forme de texte", "The same events, in words"},

	"source.test.mend":                    {"Corriger", "Correct it"},
	"source.legacy.above":                 {"La clé ci-dessus", "The key above"},
	"source.list.webhook":                 {"par webhook", "by webhook"},
	"source.list.legacy":                  {"par synchronisation HTTP", "by HTTP synchronization"},
	"source.list.nothing":                 {"pas encore", "not yet"},
	"source.webhook.legacy":               {"L’ancienne API de Lucca ne sait pas créer de webhook. Créez-le à la main, ou utilisez la synchronisation HTTP ci-dessous.", "Lucca’s legacy API cannot create a webhook. Create it by hand, or use the HTTP synchronization below."},
	"source.what.webhook-suspended":       {"Lucca a créé le webhook, mais n’a pas pu joindre figgosync : il est suspendu.", "Lucca created the webhook, but could not reach figgosync: it is suspended."},
	"source.do.webhook-suspended":         {"L’adresse publique de figgosync doit répondre depuis internet, en https, avec un certificat valable. Corrigez cela, puis recréez le webhook.", "figgosync’s public address must answer from the internet, over https, with a valid certificate. Correct that, then create the webhook again."},
	"source.what.webhook-scope-missing":   {"Il manque à la clé le droit de créer des webhooks.", "The key lacks the right to create webhooks."},
	"source.do.webhook-scope-missing":     {"Dans Lucca, ajoutez à la clé d’intégration le droit webhook-endpoints.readwrite, puis recommencez. Ou créez le webhook à la main.", "In Lucca, add the right webhook-endpoints.readwrite to the integration key, then try again. Or create the webhook by hand."},
	"source.what.network":                 {"Lucca ne répond pas à cette adresse.", "Lucca does not answer at this address."},
	"source.do.network":                   {"Vérifiez l’adresse du compte Lucca et celle des jetons, et que figgosync a accès à internet (pare-feu, proxy).", "Check the Lucca account’s address and the token address, and that figgosync can reach the internet (firewall, proxy)."},
	"source.what.unreadable-answer":       {"Quelque chose répond à cette adresse, mais ce n’est pas l’API de Lucca.", "Something answers at this address, but it is not Lucca’s API."},
	"source.do.unreadable-answer":         {"Vérifiez l’adresse du compte Lucca : c’est celle que vous voyez dans le navigateur quand vous ouvrez Lucca.", "Check the Lucca account’s address: it is the one you see in the browser when you open Lucca."},
	"source.what.invalid_client":          {"Lucca ne connaît pas cet identifiant client, ou le secret est erroné.", "Lucca does not know this client id, or the secret is wrong."},
	"source.do.invalid_client":            {"Recopiez l’identifiant et le secret de la clé d’intégration. Si le secret est perdu, créez-en un nouveau dans Lucca.", "Copy the integration key’s id and secret again. If the secret is lost, make a new one in Lucca."},
	"source.what.invalid_scope":           {"Il manque un droit à la clé d’intégration.", "The integration key lacks a right."},
	"source.do.invalid_scope":             {"Dans Lucca, ajoutez à la clé les droits listés sous « Où créer cette clé ? ».", "In Lucca, add the rights listed under “Where to make this key?” to the key."},
	"source.what.private-address-refused": {"Cette adresse est privée : figgosync n’a pas le droit de s’y connecter.", "This address is private: figgosync may not connect to it."},
	"source.do.private-address-refused":   {"Écrivez l’adresse publique de votre compte Lucca. Si figgosync tourne chez vous, votre administrateur peut autoriser les adresses privées.", "Write your Lucca account’s public address. If figgosync runs on your own machines, your administrator can allow private addresses."},

	"sync.absences":      {"Ses absences", "Its absences"},
	"sync.save":          {"Enregistrer", "Save"},
	"sync.next.go":       {"Aller à l’initialisation", "Go to the initialization"},
	"sync.warning.title": {"Données de santé", "Health data"},

	"script.place.group": {"GROUPE", "GROUP"},
	"script.place.unit":  {"UNITE", "UNIT"},
	"script.place.value": {"VALEUR", "VALUE"},
})

// Problems that only the pages find: the settings never see such values.
var _ = pageProblems(map[string]Text{
	"not-a-date":      {"Ce n’est pas une date : choisissez un jour.", "This is not a date: choose a day."},
	"not-that-number": {"Ce n’est pas ce nombre. Écrivez {number} pour confirmer.", "This is not that number. Write {number} to confirm."},
	"bad-file":        {"Ce fichier ne peut pas être lu comme du texte : ce n’est pas celui attendu. Choisissez-en un autre.", "This file cannot be read as text: it is not the one expected. Choose another one."},
})

func pageProblems(more map[string]Text) bool {
	for code, text := range more {
		if _, twice := problems[code]; twice {
			panic("two texts for the problem " + code)
		}
		problems[code] = typeset(text)
	}
	return true
}
