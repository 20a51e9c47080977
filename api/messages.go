package api

import "github.com/figgosync/figgosync/web/texts"

// messages are what problems say, by their codes; where one code has several, the
// others stand behind a dot.
var messages = map[string]texts.Text{
	"already-retrying": {
		FR: "Ces absences sont déjà en cours de nouvel essai : attendez une minute.",
		EN: "These absences are being tried again already: wait a minute.",
	},
	"bad-body": {FR: "Le corps ne peut pas être lu.", EN: "The body cannot be read."},
	"bad-body.confirmation": {
		FR: `Écrivez le corps comme {"employees": N}, avec le nombre de salariés que l’initialisation indique.`,
		EN: `Write the body as {"employees": N}, with the number of employees the initialization tells.`,
	},
	"bad-body.empty": {
		FR: "Le corps est vide : envoyez un objet JSON.", EN: "The body is empty: send a JSON object.",
	},
	"bad-body.not-json": {
		FR: "Le corps n’est pas du JSON, à partir de l’octet {at}.", EN: "The body is not JSON, from byte {at} on.",
	},
	"bad-body.recipients": {
		FR: "Envoyez {\"recipients\": [...]}, avec tous les destinataires.",
		EN: "Send {\"recipients\": [...]}, with all recipients.",
	},
	"bad-body.truncated": {FR: "Le corps s’arrête avant sa fin.", EN: "The body ended before its end."},
	"bad-encoding":       {FR: "Le corps n’est pas en UTF-8.", EN: "The body is not UTF-8."},
	"bad-mailbox": {
		FR: "« mailbox » doit être une adresse e-mail, ou être omis.",
		EN: "“mailbox” must be an e-mail address, or be left out.",
	},
	"bad-signature": {
		FR: "La signature, son horodatage ou la clé manque, est faux ou trop ancien.",
		EN: "The signature, its timestamp or the key is missing, wrong or too old.",
	},
	"changed": {
		FR: "Quelqu’un d’autre l’a modifié entre-temps : relisez-le, puis recommencez.",
		EN: "Somebody else has changed it meanwhile: read it again, then try again.",
	},
	"nothing-held": {FR: "Aucune suppression n’est retenue.", EN: "No deletion is held."},
	"not-waiting": {
		FR: "Aucun accord n’est attendu.", EN: "It waits for no approval.",
	},
	"other-numbers": {
		FR: "Ce ne sont pas les nombres attendus : {deletions} suppressions et {changes} écritures le sont.",
		EN: "These are not the numbers: it waits for {deletions} deletions and {changes} changes.",
	},
	"engine-down": {
		FR: "Temporal, ou le worker qui répond, ne répond pas ; réessayez plus tard.",
		EN: "Temporal, or the worker that answers, does not answer; try again later.",
	},
	"engine-down.check": {
		FR: "Temporal ne répond pas, ou le contrôle a échoué dans le worker ; réessayez plus tard.",
		EN: "Temporal does not answer, or the check failed in the worker; try again later.",
	},
	"engine-down.webhook": {
		FR: "Le webhook n’a pas pu être enregistré ; renvoyez-le plus tard.",
		EN: "The webhook could not be stored; send it again later.",
	},
	"figgo-not-asked": {
		FR: "Figgo ne dit pas à qui est cette adresse.", EN: "Figgo does not tell whose address this is.",
	},
	"foreign-origin": {
		FR: "Seule l’interface web de Temporal peut appeler cette adresse.",
		EN: "Only the Temporal Web UI may call this address.",
	},
	"forbidden": {
		FR: "Il faut pour cela le rôle « configurer » ; vous avez le rôle « consulter ».",
		EN: "This needs the role configure; yours is consult.",
	},
	"in-use": {
		FR: "Une synchronisation s’en sert encore : voyez usedBy.", EN: "A synchronization needs it: see usedBy.",
	},
	"internal": {
		FR: "Quelque chose d’imprévu s’est mal passé.", EN: "Something unforeseen went wrong.",
	},
	"invalid": {
		FR: "La demande n’est pas valable : voyez les champs.", EN: "The request is not valid: see the fields.",
	},
	"name-taken": {FR: "Ce nom est déjà pris.", EN: "The name is taken."},
	"legacy-source": {
		FR: "Cette source est lue avec une clé de l’ancienne API : Lucca ne crée de webhooks que par son API v5. " +
			"Créez-le à la main dans Lucca.",
		EN: "The source is read with a legacy key: Lucca makes webhook endpoints by its v5 API only. Make it in " +
			"Lucca by hand.",
	},
	"method-not-allowed": {
		FR: "Cette adresse n’accepte pas cette méthode.", EN: "This address does not take requests of this method.",
	},
	"no-answer": {
		FR: "Le worker n’a pas répondu à temps. Fonctionne-t-il, et peut-il joindre le système de calendriers ?",
		EN: "The worker did not answer in time. Is it running, and can it reach the calendar system?",
	},
	"no-echo": {
		FR: "La demande d’activation de Lucca a un paramètre « echo » ; celle-ci n’en a pas. Les webhooks eux-mêmes " +
			"sont des requêtes POST.",
		EN: "Lucca's activation request has a parameter “echo”; this one has none. Webhooks themselves are POST " +
			"requests.",
	},
	"no-public-url": {
		FR: "figgosync ne sait pas à quelle adresse on le joint : démarrez-le avec --public-url " +
			"https://figgosync.example.com.",
		EN: "figgosync does not know the address it is reached at: start it with --public-url " +
			"https://figgosync.example.com.",
	},
	"no-alerts": {
		FR: "Les paramètres viennent d’un fichier : il n’y a pas d’alertes.",
		EN: "The settings come from a file: there are no alerts.",
	},
	"unknown-recipient": {
		FR: "Aucun destinataire n’a cet identifiant ; GET /api/v1/alerts les énumère.",
		EN: "There is no recipient of this id; GET /api/v1/alerts lists them.",
	},
	"no-token-configured": {
		FR: "Les adresses d’administration sont fermées : démarrez figgosync avec FIGGOSYNC_API_TOKEN.",
		EN: "The admin routes are closed: start figgosync with FIGGOSYNC_API_TOKEN set.",
	},
	"no-token-store": {
		FR: "Les jetons d’API et les sessions sont dans la base de données des paramètres, et il n’y en a pas.",
		EN: "API tokens and sessions are kept in the settings' database, and there is none.",
	},
	"no-worker": {
		FR: "Aucun worker n’a pris le contrôle en charge. Y en a-t-il un, avec la même adresse et le même espace de " +
			"noms de Temporal ?",
		EN: "No worker took the check up. Is a worker running, with the same Temporal address and namespace?",
	},
	"not-confirmable": {
		FR: "Elle n’attend pas de confirmation, ou pas pour ce nombre.",
		EN: "It does not wait for a confirmation, or not for this number.",
	},
	"not-found":      {FR: "Rien ne porte ce nom.", EN: "Nothing has this name."},
	"not-found.path": {FR: "Il n’y a rien à cette adresse.", EN: "There is nothing at this address."},
	"not-json":       {FR: "Envoyez le corps en application/json.", EN: "Send the body as application/json."},
	"not-office365": {
		FR: "Seules les connexions à Office 365 demandent le consentement d’un administrateur.",
		EN: "Only connections to Office 365 need an administrator's consent.",
	},
	"people-only": {
		FR: "Seules les personnes connectées créent des jetons d’API : ouvrez la page des jetons.",
		EN: "Only people who signed in make API tokens: open the page of tokens.",
	},
	"read-only": {
		FR: "Les paramètres viennent d’un fichier : modifiez-les là.",
		EN: "The settings come from a file: change them there.",
	},
	"settings-down": {
		FR: "Les paramètres ne répondent pas ; réessayez plus tard.",
		EN: "The settings do not answer; try again later.",
	},
	"too-large": {FR: "Le corps dépasse {limit} octets.", EN: "The body is longer than {limit} bytes."},
	"too-many-refused": {
		FR: "Trop de signatures ou de clés fausses. Réessayez dans quelques secondes.",
		EN: "Too many wrong signatures or keys. Try again in some seconds.",
	},
	"unauthorized": {
		FR: "Envoyez un jeton d’API : « Authorization: Bearer JETON ».",
		EN: "Send an API token as “Authorization: Bearer TOKEN”.",
	},
	"unauthorized.codec": {
		FR: "Envoyez le jeton de FIGGOSYNC_CODEC_TOKEN : « Authorization: Bearer JETON ». Aucun autre n’ouvre cette " +
			"adresse.",
		EN: "Send the token of FIGGOSYNC_CODEC_TOKEN as “Authorization: Bearer TOKEN”. No other opens this address.",
	},
	"no-auto-replies": {
		FR: "Aucune réponse automatique n’est tenue pour cette personne : sa synchronisation n’en demande pas, ou aucune " +
			"absence approuvée n’est à venir.",
		EN: "No automatic replies are kept for this person: their synchronization asks for none, or no approved absence " +
			"is to come.",
	},
	"unknown-absence": {
		FR: "Cette absence n’est pas connue : Figgo ne l’a jamais annoncée, ou elle n’est plus suivie ici.",
		EN: "No such absence is known: Figgo never announced it, or it is no longer followed here.",
	},
	"unknown-connection": {
		FR: "Aucune connexion ne porte ce nom ; GET /api/v1/connections les énumère.",
		EN: "There is no connection of this name; GET /api/v1/connections lists them.",
	},
	"unknown-reconciliation": {
		FR: "Aucune vérification n’a cet identifiant.", EN: "There is no reconciliation of this id.",
	},
	"unknown-removal": {
		FR: "Aucun retrait n’a cet identifiant.", EN: "There is no removal of this id.",
	},
	"unknown-initialization": {
		FR: "Aucune initialisation n’a cet identifiant.", EN: "There is no initialization of this id.",
	},
	"unknown-session": {
		FR: "Aucune session ouverte n’a cet identifiant ; GET /api/v1/sessions les énumère.",
		EN: "There is no open session of this id; GET /api/v1/sessions lists them.",
	},
	"unknown-source": {
		FR: "Aucune source ne porte ce nom ; GET /api/v1/sources les énumère.",
		EN: "There is no source of this name; GET /api/v1/sources lists them.",
	},
	"unknown-source.webhook": {
		FR: "Aucune source ne porte ce nom dans les paramètres.", EN: "No source of this name is in the settings.",
	},
	"unknown-synchronization": {
		FR: "Aucune synchronisation ne porte ce nom ; GET /api/v1/synchronizations les énumère.",
		EN: "There is no synchronization of this name; GET /api/v1/synchronizations lists them.",
	},
	"unknown-token": {
		FR: "Aucun jeton n’a cet identifiant ; GET /api/v1/tokens les énumère.",
		EN: "There is no token of this id; GET /api/v1/tokens lists them.",
	},
	"unknown-webhook": {
		FR: "Aucun webhook n’est reçu à cette adresse. Elle se termine par /webhooks/lucca/{source} ou " +
			"/webhooks/figgo/{source}.",
		EN: "No webhook is received at this address. It should end in /webhooks/lucca/{source} or " +
			"/webhooks/figgo/{source}.",
	},
	"unreadable-body": {
		FR: "Le corps ne peut pas être lu, ou dépasse 1 Mio.", EN: "The body cannot be read, or is over 1 MiB.",
	},
	"unreadable-body.field": {
		FR: "Le corps ne peut pas être lu, au champ {field}.", EN: "The body cannot be read, at the field {field}.",
	},
	"version-required": {
		FR: "Envoyez dans If-Match l’ETag de ce que vous avez lu, pour ne rien écraser.",
		EN: "Send in If-Match the ETag of what you read, so that nothing is overwritten.",
	},
}
