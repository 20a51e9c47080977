package texts

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Problem says what is wrong with a field and what to write instead. values fill
// the words in braces; an unknown code gets a general answer.
func Problem(lang Lang, code string, values map[string]string) string {
	text, ok := problems[code]
	if !ok {
		text = problems["invalid"]
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, "{"+name+"}", bound(lang, name, values[name]))
	}
	return strings.NewReplacer(pairs...).Replace(text.In(lang))
}

// bound writes a limit that is a number as people do; every other value is as it was.
func bound(lang Lang, name, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || name != "least" && name != "most" && name != "limit" {
		return value
	}
	return Localizer{Lang: lang}.Number(n)
}

// Problems lists the codes that have a text of their own.
func Problems() map[string]Text { return problems }

var problems = typesetAll(map[string]Text{
	"invalid": {"Cette valeur n’est pas acceptée. Corrigez-la, puis enregistrez de nouveau.", "This value is not accepted. Correct it, then save again."},

	// Texts.
	"required":           {"Ce champ est obligatoire.", "This field is required."},
	"bad-name":           {"Utilisez des lettres minuscules sans accent, des chiffres et des tirets, {limit} au plus.", "Use lower-case letters without accents, digits and dashes, {limit} at most."},
	"taken":              {"Ce nom est déjà pris : choisissez-en un autre.", "This name is taken already: choose another one."},
	"reserved":           {"Ce nom est réservé à figgosync : choisissez-en un autre.", "This name is reserved for figgosync: choose another one."},
	"too-long":           {"Le texte est trop long : {limit} caractères au plus.", "The text is too long: {limit} characters at most."},
	"too-many":           {"Il y en a trop : {limit} au plus. Répartissez-les sur plusieurs synchronisations.", "There are too many: {limit} at most. Spread them over several synchronizations."},
	"not-utf8":           {"Le texte contient des caractères illisibles. Saisissez-le de nouveau, ou enregistrez le fichier en UTF-8.", "The text holds unreadable characters. Type it again, or save the file as UTF-8."},
	"bad-text":           {"Le texte contient des caractères illisibles. Saisissez-le de nouveau.", "The text holds unreadable characters. Type it again."},
	"control-characters": {"Le texte contient un caractère invisible, ou un retour à la ligne là où il n’en faut pas. Retirez-le.", "The text has an invisible character, or a line break where none may be. Remove it."},
	"has-space":          {"Le texte contient une espace : retirez-la.", "The text has a space in it: remove it."},

	// Choices and numbers.
	"bad-choice":     {"Ce choix n’existe pas. Valeurs possibles : {allowed}.", "There is no such choice. Possible values: {allowed}."},
	"unknown-choice": {"Ce choix n’existe pas : prenez l’un de ceux qui sont proposés.", "There is no such choice: take one of those offered."},
	"bad-number":     {"Écrivez un nombre entier de {least} à {most}.", "Write a whole number from {least} to {most}."},
	"not-a-number":   {"Écrivez un nombre entier, sans autre caractère.", "Write a whole number and nothing else."},
	"bad-duration":   {"Écrivez une durée de {least} à {most}, par exemple 90s, 5m ou 24h.", "Write a duration from {least} to {most}, such as 90s, 5m or 24h."},
	"retry-order":    {"L’attente la plus longue ({last}) est plus courte que la première ({first}). Écrivez une durée au moins égale à la première.", "The longest wait ({last}) is shorter than the first one ({first}). Write one that is at least as long as the first."},
	"in-the-past":    {"Cette date est passée : choisissez une date à venir.", "This date is past: choose one to come."},
	"unknown-page":   {"Cette page de résultats n’existe plus. Recommencez la recherche.", "This page of results is no longer there. Search again."},

	// Addresses.
	"not-an-address": {"Ce n’est pas une adresse web. Exemple : https://hote.example.com", "This is not a web address. Example: https://host.example.com"},
	"not-https":      {"L’adresse doit commencer par https:// : sans chiffrement, n’importe qui sur le réseau pourrait lire vos secrets.", "The address must begin with https://: without encryption anybody on the network could read your secrets."},
	"not-web":        {"L’adresse doit commencer par https://", "The address must begin with https://"},
	"has-login":      {"L’adresse contient un identifiant ou un mot de passe. Écrivez-la sans : il ne doit pas y avoir de @ avant le nom du serveur.", "The address holds a login or a password. Write it without: there must be no @ before the server’s name."},
	"has-query":      {"L’adresse contient des paramètres. Écrivez-la sans ce qui suit ? ou #.", "The address has parameters. Write it without what follows ? or #."},
	"not-an-email":   {"Ce n’est pas une adresse e-mail. Exemple : prenom.nom@example.com", "This is not an e-mail address. Example: first.last@example.com"},
	"to-before-from": {"Le dernier jour est avant le premier.", "The last day is before the first."},
	"not-a-mailbox":  {"Ce n’est pas l’adresse e-mail d’une boîte aux lettres. Exemple : prenom.nom@example.com", "This is not a mailbox’s e-mail address. Example: first.last@example.com"},

	// Addresses that figgosync does not connect to (package egress).
	"private-address":    {"Cette adresse est dans un réseau privé. Si c’est bien le vôtre, démarrez figgosync avec --allow-private-addresses.", "This address is in a private network. If it is your own, start figgosync with --allow-private-addresses."},
	"loopback-address":   {"Cette adresse est celle de la machine de figgosync elle-même. Écrivez celle du serveur, ou démarrez figgosync avec --allow-private-addresses.", "This address is that of figgosync’s own machine. Write the server’s, or start figgosync with --allow-private-addresses."},
	"local-name":         {"Ce nom n’existe que dans un réseau privé. Écrivez le nom complet du serveur, ou démarrez figgosync avec --allow-private-addresses.", "This name exists in a private network only. Write the server’s full name, or start figgosync with --allow-private-addresses."},
	"link-local-address": {"Cette adresse ne désigne aucun serveur (adresse de liaison locale). Écrivez celle du serveur.", "This is no server’s address (it is link-local). Write the server’s."},
	"metadata-address":   {"Cette adresse est celle des services internes d’un hébergeur. figgosync ne s’y connecte jamais. Écrivez celle du serveur.", "This address belongs to a hosting provider’s internal services. figgosync never connects to it. Write the server’s."},
	"not-a-host-address": {"Cette adresse ne désigne pas un serveur. Écrivez celle du serveur.", "This is not the address of one server. Write the server’s."},
	"unusual-spelling":   {"Cette adresse est écrite d’une façon inhabituelle. Écrivez le nom du serveur, par exemple mail.example.com.", "This address is written in an unusual way. Write the server’s name, such as mail.example.com."},

	"secret-again": {"L’adresse a changé de serveur : saisissez de nouveau ce secret, pour qu’il ne parte pas chez quelqu’un d’autre à votre insu.", "The address leads to another server: fill in this secret again, so that it does not go to somebody else unnoticed."},
	"not-text":     {"Ce n’est pas un texte lisible. Saisissez-le de nouveau.", "This is not readable text. Write it again."},
	"unknown":      {"Cette valeur n’est pas connue. Choisissez-en une dans la liste.", "This value is not known. Choose one from the list."},
	"over-a-year":  {"Un jeton est valable un an au plus. Choisissez une date plus proche.", "A token works for a year at most. Choose an earlier date."},
	"past":         {"Cette date est passée. Choisissez-en une à venir.", "This date is past. Choose one to come."},

	// Sources.
	"bad-header": {"Cette clé ne peut pas servir d’en-tête Authorization : écrivez-la sur une seule ligne, sans espace au début ni à la fin.", "This key cannot be an Authorization header: write it on one line, with no space before or after it."},

	"weak-secret": {"Ce secret est trop facile à deviner. Écrivez au moins {least} caractères pris au hasard, par exemple ceux que donne openssl rand -base64 32.", "This secret can be guessed. Write at least {least} random characters, such as those of openssl rand -base64 32."},

	// Connections.
	"not-one-directory":            {"Ce n’est pas l’identifiant d’un annuaire précis. Copiez « ID de l’annuaire (locataire) » depuis votre application Entra.", "This is not the id of one directory. Copy “Directory (tenant) ID” from your Entra application."},
	"two-secrets":                  {"Il y a un secret et un certificat : gardez l’un des deux.", "There are both a secret and a certificate: keep one of the two."},
	"other-provider":               {"Ces champs ne vont pas avec le système choisi ({provider}). Retirez-les.", "These fields do not go with the chosen system ({provider}). Remove them."},
	"bad-certificate":              {"Ce n’est pas un certificat avec sa clé privée, ou sa forme n’est pas connue. Il faut un fichier PEM avec un bloc CERTIFICATE et le bloc PRIVATE KEY qui va avec (RSA), ou un fichier .pfx.", "This is not a certificate with its private key, or its form is not known. It takes a PEM file with a CERTIFICATE block and the PRIVATE KEY block that belongs to it (RSA), or a .pfx file."},
	"certificate-password-missing": {"La clé privée du certificat est protégée par un mot de passe : écrivez-le.", "The certificate’s private key is protected by a password: write it."},
	"certificate-password-wrong":   {"Ce mot de passe n’ouvre pas la clé privée du certificat. C’est celui choisi lors de l’exportation du fichier.", "This password does not open the certificate’s private key. It is the one chosen when the file was exported."},
	"bad-authority":                {"Ce n’est pas un certificat au format PEM. Il commence par « -----BEGIN CERTIFICATE----- ».", "This is not a certificate in PEM format. One begins with “-----BEGIN CERTIFICATE-----”."},
	"authority-has-other":          {"Le texte contient autre chose que des certificats. Gardez les blocs CERTIFICATE seulement, sans clé privée.", "The text holds something else than certificates. Keep the CERTIFICATE blocks only, without private keys."},
	"authority-unreadable":         {"Le certificat n° {number} du texte ne peut pas être lu. Exportez-le de nouveau au format PEM.", "Certificate number {number} in the text cannot be read. Export it again in PEM format."},
	"bad-key-json":                 {"Ce n’est pas un fichier de clé JSON. Chargez le fichier tel que Google vous l’a remis.", "This is not a JSON key file. Upload the file just as Google handed it out."},
	"not-a-service-account":        {"Cette clé n’est pas celle d’un compte de service. Dans la console Google Cloud, créez une clé JSON pour un compte de service.", "This key is not a service account’s. In the Google Cloud console create a JSON key for a service account."},
	"bad-key-email":                {"La clé ne contient pas l’adresse du compte de service (client_email). Chargez le fichier tel que Google vous l’a remis.", "The key does not hold the service account’s address (client_email). Upload the file just as Google handed it out."},
	"bad-key-private":              {"La clé privée du fichier (private_key) ne peut pas être lue. Chargez le fichier tel que Google vous l’a remis.", "The private key in the file (private_key) cannot be read. Upload the file just as Google handed it out."},
	"bad-key-token-address":        {"L’adresse des jetons dans la clé (token_uri) n’est pas une adresse https. Chargez le fichier tel que Google vous l’a remis, ou indiquez une adresse des jetons.", "The token address in the key (token_uri) is not an https address. Upload the file just as Google handed it out, or give a token address."},
	"not-scriptable":               {"Ce texte ne peut pas être repris dans une commande PowerShell : retirez les guillemets et les caractères spéciaux.", "This text cannot go into a PowerShell command: remove quotes and special characters."},

	// Recipients of alerts.
	"bad-email": {"Ce n’est pas une adresse e-mail. Exemple : rh@entreprise.example", "This is not an e-mail address. Example: hr@company.example"},
	"one-place": {"Indiquez une adresse e-mail ou un webhook, pas les deux.", "Give an e-mail address or a webhook, not both."},

	// Synchronizations.
	"bad-zone":                {"Le fuseau horaire « {zone} » n’est pas connu. Exemple : Europe/Paris", "The time zone “{zone}” is not known. Example: Europe/Paris"},
	"bad-quiet-hours":         {"Écrivez deux heures différentes. Exemple : 20:00-07:00", "Write two different times. Example: 20:00-07:00"},
	"bad-window":              {"Ce ne sont pas deux heures d’un même jour. Exemple : 02:00-05:00", "These are not two times of one day. Example: 02:00-05:00"},
	"bad-clock":               {"Ce n’est pas une heure. Exemple : 09:00", "This is not a time of day. Example: 09:00"},
	"hours-order":             {"{time} est trop tôt : l’heure doit venir après {before}.", "{time} is too early: the time must come after {before}."},
	"unknown-source":          {"Il n’y a pas de source « {name} ».", "There is no source “{name}”."},
	"tried-twice":             {"La connexion « {name} » est déjà dans la liste.", "The connection “{name}” is in the list already."},
	"unknown-connection":      {"Il n’y a pas de connexion « {name} ».", "There is no connection “{name}”."},
	"legal-entity-taken":      {"L’entité légale {legalEntity} est déjà dans la synchronisation active « {synchronization} ». Retirez-la d’un côté, ou mettez l’une des deux en pause.", "Legal entity {legalEntity} is in the active synchronization “{synchronization}” already. Remove it from one of the two, or pause one."},
	"legal-entity-twice":      {"L’entité légale {legalEntity} figure deux fois : gardez-en une.", "Legal entity {legalEntity} is there twice: keep one."},
	"too-many-items":          {"Il y en a plus de {limit} : retirez-en.", "There are more than {limit}: leave some out."},
	"bad-account":             {"Ce n’est pas un compte, ou il figure deux fois. Écrivez un identifiant, « name: » suivi d’un nom, ou « category: » suivi d’une catégorie.", "This is not an account, or it is there twice. Write an id, “name:” and a name, or “category:” and a category."},
	"bad-placeholder":         {"{placeholder} ne correspond à rien. Les mots possibles : {known}.", "{placeholder} stands for nothing. What may be used: {known}."},
	"bad-category":            {"Une catégorie d’Outlook n’a ni virgule ni point-virgule.", "A category of Outlook has no comma and no semicolon."},
	"one-of-two":              {"Il y a aussi « {other} » : gardez l’un des deux.", "There is “{other}” as well: keep one of the two."},
	"bad-line":                {"La ligne {line} n’est pas un identifiant Figgo et une adresse e-mail, séparés par un point-virgule. Exemple : 416;jeanne.martin@example.com", "Line {line} is not a Figgo id and an e-mail address with a semicolon between. Example: 416;jane.martin@example.com"},
	"line-twice":              {"La ligne {line} concerne la même personne que la ligne {first} : gardez-en une.", "Line {line} is about the same person as line {first}: keep one."},
	"reveals-sensitive":       {"Ce réglage montrerait des absences sensibles (maladie, famille, handicap, syndicat…) à ceux qui voient le calendrier. Changez-le, ou confirmez-le.", "This setting would show sensitive absences (sickness, family, disability, union…) to those who see the calendar. Change it, or confirm it."},
	"bad-legal-entity":        {"Ce n’est pas l’identifiant d’une entité légale : écrivez de 1 à {limit} caractères.", "This is not a legal entity’s id: write 1 to {limit} characters."},
	"unknown-synchronization": {"Il n’y a pas de synchronisation « {name} ».", "There is no synchronization “{name}”."},
	"synchronization-paused":  {"La synchronisation « {synchronization} » est en pause : reprenez-la d’abord.", "The synchronization “{synchronization}” is paused: activate it first."},
	"synchronization-active":  {"La synchronisation « {synchronization} » est active et réécrirait tout : mettez-la d’abord en pause dans le fichier de paramètres.", "The synchronization “{synchronization}” is active and would write everything again: pause it in the settings file first."},
	"not-synchronized":        {"La source « {source} » n’a aucune synchronisation : rien ne mène aux calendriers de cette entité légale. Ajoutez-la à une synchronisation, même en pause.", "The source “{source}” has no synchronization: nothing leads to the calendars of this legal entity. Add it to a synchronization, which may be paused."},
	"other-number":            {"Ce n’est pas le nombre des suppressions retenues en ce moment.", "This is not the number of deletions that are held now."},
	"other-numbers":           {"Les nombres ont changé entre-temps : relisez-les avant de donner votre accord.", "The numbers have changed meanwhile: read them again before you approve."},
	"one-scope":               {"Indiquez une seule chose : une synchronisation, une entité légale ou une personne d’une source, ou une initialisation.", "Give one thing only: a synchronization, a legal entity or an employee of a source, or an initialization."},
	"unknown-initialization":  {"Aucune initialisation n’a cet identifiant, ou Temporal l’a oubliée.", "There is no initialization of this id, or Temporal has forgotten it."},
	"not-in-synchronization":  {"L’entité légale {legalEntity} n’est pas dans la synchronisation « {synchronization} ».", "Legal entity {legalEntity} is not in the synchronization “{synchronization}”."},
})
