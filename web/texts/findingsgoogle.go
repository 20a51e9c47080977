package texts

var googleFindings = map[string]Reason{
	"key-rotated": {
		What: Text{"Google ne reconnaît plus cette clé : elle a été supprimée ou remplacée.", "Google no longer recognizes this key: it was deleted or replaced."},
		Do: Text{"https://console.cloud.google.com > IAM et administration > Comptes de service > votre compte > Clés > Ajouter une clé > JSON ; mettez le fichier dans google.key. La délégation reste, elle ne dépend pas de la clé.",
			"https://console.cloud.google.com > IAM & Admin > Service accounts > your account > Keys > Add key > JSON; put the file into google.key. The delegation stays, it does not depend on the key."},
	},
	"service-account-gone": {
		What: Text{"Le compte de service de cette clé n’existe plus ou est désactivé.", "The service account of this key no longer exists or is disabled."},
		Do: Text{"IAM et administration > Comptes de service : réactivez-le. S’il a été supprimé il y a moins de 30 jours : gcloud iam service-accounts undelete NUMÉRO. Sinon créez-en un autre, puis refaites la délégation avec son nouvel identifiant client.",
			"IAM & Admin > Service accounts: enable it again. If it was deleted less than 30 days ago: gcloud iam service-accounts undelete NUMBER. Else make another, then delegate anew with its new client id."},
	},
	"delegation-missing": {
		What: Text{"Le compte de service n’a pas la délégation au niveau du domaine.", "The service account does not have domain-wide delegation."},
		Do: Text{"https://admin.google.com/ac/owl/domainwidedelegation (super-administrateur ; Sécurité > Contrôle des accès et des données > Commandes des API) > Ajouter : l’identifiant client et le champ d’application affichés, à la lettre près. Cela peut prendre jusqu’à 24 heures.",
			"https://admin.google.com/ac/owl/domainwidedelegation (super administrator; Security > Access and data control > API controls) > Add new: the client id and the scope shown, letter by letter. It can take up to 24 hours."},
	},
	"delegation-blocked": {
		What: Text{"Une règle de l’entreprise interdit cette délégation.", "A rule of the company forbids this delegation."},
		Do: Text{"Console d’administration > Sécurité > Commandes des API > Contrôle de l’accès des applications : passez l’identifiant client affiché en « Approuvée ».",
			"Admin console > Security > API controls > App access control: set the client id shown to “Trusted”."},
	},
	"scope-mismatch": {
		What: Text{"La délégation existe, mais pour un autre champ d’application (scope) que celui que figgosync demande.", "The delegation exists, but for another scope than figgosync asks for."},
		Do: Text{"Dans https://admin.google.com/ac/owl/domainwidedelegation, modifiez la ligne de l’identifiant client affiché et ajoutez exactement https://www.googleapis.com/auth/calendar.events.owned ; ceux qui finissent par « readonly » ne suffisent pas.",
			"At https://admin.google.com/ac/owl/domainwidedelegation edit the line of the client id shown and add exactly https://www.googleapis.com/auth/calendar.events.owned; scopes that end in “readonly” are not enough."},
	},
	"api-not-enabled": {
		What: Text{"L’API Google Calendar n’est pas activée dans le projet du compte de service.", "The Google Calendar API is not enabled in the service account's project."},
		Do: Text{"https://console.cloud.google.com/apis/library/calendar-json.googleapis.com > choisissez le projet > Activer, ou gcloud services enable calendar-json.googleapis.com --project PROJET. Attendez cinq minutes.",
			"https://console.cloud.google.com/apis/library/calendar-json.googleapis.com > choose the project > Enable, or gcloud services enable calendar-json.googleapis.com --project PROJECT. Wait five minutes."},
	},
	"project-suspended": {
		What: Text{"Le projet Google Cloud du compte de service est suspendu, fermé ou bloqué pour une raison de facturation.", "The service account's Google Cloud project is suspended, closed or blocked for billing."},
		Do: Text{"https://console.cloud.google.com > choisissez le projet : un bandeau dit pourquoi. Rétablissez la facturation ou faites appel, ou prenez un compte de service d’un autre projet.",
			"https://console.cloud.google.com > choose the project: a banner tells why. Restore billing or appeal, or take a service account of another project."},
	},
	"user-unknown": {
		What: Text{"Le domaine Google n’a pas (ou plus) d’utilisateur à cette adresse, ou il est suspendu.", "The Google domain has no user at this address (any more), or the user is suspended."},
		Do: Text{"Console d’administration > Annuaire > Utilisateurs : cherchez l’adresse. L’adresse principale est la plus sûre. Créez ou réactivez l’utilisateur, ou corrigez l’adresse dans Figgo.",
			"Admin console > Directory > Users: look for the address. The primary address is the safest. Create or restore the user, or correct the address in Figgo."},
	},
	"user-suspended": {
		What: Text{"Le compte Google de cette personne est suspendu, restreint ou supprimé.", "This person's Google account is suspended, restricted or deleted."},
		Do: Text{"Console d’administration > Annuaire > Utilisateurs > la personne > Réactiver. Si elle est partie, retirez-la de Figgo.",
			"Admin console > Directory > Users > the person > Reactivate. If they left, remove them from Figgo."},
	},
	"calendar-service-off": {
		What: Text{"La personne existe, mais Google Agenda est désactivé pour elle.", "The person exists, but Google Calendar is turned off for them."},
		Do: Text{"Console d’administration > Applications > Google Workspace > Agenda > État du service : activez-le pour son unité organisationnelle, et vérifiez qu’elle a une licence Workspace.",
			"Admin console > Apps > Google Workspace > Calendar > Service status: turn it on for their organizational unit, and check that they have a Workspace licence."},
	},
	"quota": {
		What: Text{"Le quota de Google est épuisé pour plusieurs heures.", "Google's quota is used up for several hours."},
		Do: Text{"Attendez quelques heures ; figgosync reprend de lui-même. https://console.cloud.google.com/apis/api/calendar-json.googleapis.com/quotas montre lequel ; demandez-y un relèvement, ou cherchez quel autre outil l’utilise.",
			"Wait some hours; figgosync goes on by itself. https://console.cloud.google.com/apis/api/calendar-json.googleapis.com/quotas shows which one; ask for more there, or find which other tool uses it."},
	},
}
