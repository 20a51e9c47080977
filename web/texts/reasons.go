package texts

// Reason explains one cause: what is wrong, and what a person does about it.
type Reason struct{ What, Do Text }

// ReasonFor explains a reason's code; an unknown code gets a general answer.
func ReasonFor(code string) Reason {
	if reason, ok := reasons[code]; ok {
		return reason
	}
	return reasons["internal"]
}

// Reasons lists the codes that have a text of their own.
func Reasons() map[string]Reason { return reasons }

var reasons = typesetReasons(map[string]Reason{
	"consent-missing": {
		What: Text{"L’accès aux calendriers n’est pas (ou plus) accordé à figgosync.", "figgosync is not (or no longer) granted access to the calendars."},
		Do: Text{"Un administrateur accorde de nouveau l’accès : consentement administrateur (Office 365), rôle ApplicationImpersonation (Exchange) ou délégation au niveau du domaine (Google). S’il s’agit d’une seule personne, la connexion n’est pas en cause : son adresse n’est pas de votre organisation, ou y est restreinte.",
			"An administrator grants access again: admin consent (Office 365), the ApplicationImpersonation role (Exchange) or domain-wide delegation (Google). If it is one person only, nothing is wrong with the connection: the address is not of your organization, or restricted there."},
	},
	"no-exchange-online": {
		What: Text{"L’annuaire Entra de cette connexion n’a pas Exchange Online : personne n’y a de calendrier.", "The Entra directory of this connection has no Exchange Online: nobody has a calendar there."},
		Do: Text{"Vérifiez l’identifiant de l’annuaire (tenantId) de la connexion ; si c’est le bon, activez une licence qui contient Exchange Online.",
			"Check the connection's directory id (tenantId); if it is the right one, activate a licence that holds Exchange Online."},
	},
	"credentials-rejected": {
		What: Text{"Le système de calendrier refuse les identifiants de la connexion.", "The calendar system refuses the connection's credentials."},
		Do: Text{"Vérifiez le secret, le certificat, la clé ou le mot de passe de la connexion, et leur date d’expiration. S’il s’agit d’une seule personne, ils sont bons : regardez le compte et l’adresse de cette personne.",
			"Check the connection's secret, certificate, key or password, and when it expires. If it is one person only, these are right: look at that person's account and address."},
	},
	"access-denied": {
		What: Text{"La connexion n’a pas le droit d’écrire dans cette boîte aux lettres.", "The connection may not write to this mailbox."},
		Do: Text{"Ajoutez la personne au périmètre de la connexion (stratégie d’accès, étendue de gestion ou unité d’organisation).",
			"Add the person to the connection's scope (access policy, management scope or organizational unit)."},
	},
	"mailbox-missing": {
		What: Text{"Cette personne n’a pas encore de boîte aux lettres ici.", "This person has no mailbox here yet."},
		Do: Text{"Créez la boîte aux lettres ou corrigez l’adresse e-mail dans Figgo. L’absence sera écrite automatiquement dès que la boîte existera.",
			"Create the mailbox, or correct the e-mail address in Figgo. The absence is written by itself once the mailbox exists."},
	},
	"calendar-disabled": {
		What: Text{"Le service de calendrier est désactivé pour cette personne.", "The calendar service is turned off for this person."},
		Do: Text{"Activez Google Agenda pour cette personne dans la console d’administration.",
			"Turn Google Calendar on for this person in the Admin console."},
	},
	"mailbox-full": {
		What: Text{"La boîte aux lettres est pleine.", "The mailbox is full."},
		Do:   Text{"Libérez de l’espace ou augmentez le quota de la boîte.", "Free some space or raise the mailbox's quota."},
	},
	"server-unreachable": {
		What: Text{"Le serveur de calendrier ne peut pas être joint à cette adresse de façon sûre.", "The calendar server cannot be reached safely at this address."},
		Do: Text{"Vérifiez l’adresse, le certificat TLS du serveur et l’autorité de certification indiquée dans la connexion.",
			"Check the address, the server's TLS certificate and the certificate authority given in the connection."},
	},
	"request-rejected": {
		What: Text{"Le système de calendrier a rejeté notre requête, qu’il juge incorrecte.", "The calendar system refused our request as malformed."},
		Do:   Text{"C’est une erreur de figgosync : signalez-la avec le code affiché.", "This is a fault of figgosync: please report it with the code shown."},
	},
	"auto-reply-not-granted": {
		What: Text{"figgosync n’a pas (ou plus) le droit de régler les réponses automatiques. Les absences du calendrier n’en dépendent pas.", "figgosync may not (or no longer) set automatic replies. Absences in the calendar do not depend on it."},
		Do: Text{"Un administrateur accorde ce droit : l’autorisation d’application MailboxSettings.ReadWrite (Office 365), le rôle ApplicationImpersonation (Exchange) ou la délégation du champ d’application gmail.settings.basic, avec l’API Gmail activée (Google). Sinon, désactivez les réponses automatiques de la synchronisation.",
			"An administrator grants this right: the application permission MailboxSettings.ReadWrite (Office 365), the ApplicationImpersonation role (Exchange), or delegation of the scope gmail.settings.basic with the Gmail API turned on (Google). Else turn the synchronization's automatic replies off."},
	},
	"unknown-source": {
		What: Text{"Cette source n’est pas (ou plus) dans les paramètres.", "This source is not (or no longer) in the settings."},
		Do:   Text{"Ajoutez la source aux paramètres, ou supprimez le webhook dans Lucca.", "Add the source to the settings, or remove the webhook in Lucca."},
	},
	"unknown-connection": {
		What: Text{"Cette connexion n’est plus dans les paramètres.", "This connection is no longer in the settings."},
		Do:   Text{"Remettez la connexion dans les paramètres ; les événements qu’elle a écrits ne peuvent être retirés sans elle.", "Put the connection back into the settings; the events it wrote cannot be removed without it."},
	},
	"unknown-employee": {
		What: Text{"Figgo ne connaît pas cette personne, ou notre clé n’y a pas accès.", "Figgo does not know this person, or our key has no access to them."},
		Do: Text{"Vérifiez que la clé d’intégration Lucca couvre l’établissement de la personne. Une suppression dont Figgo ne dit pas à qui elle appartient reste visible trente jours ; s’il y a un événement, retirez-le à la main.",
			"Check that the Lucca integration key covers the person's establishment. A deletion of which Figgo does not tell whose it is stays visible for thirty days; if there is an event, remove it by hand."},
	},
	"no-email": {
		What: Text{"Cette personne n’a pas d’adresse e-mail professionnelle dans Figgo.", "This person has no professional e-mail address in Figgo."},
		Do:   Text{"Complétez l’adresse e-mail dans la fiche du collaborateur.", "Fill in the e-mail address on the employee's record."},
	},
	"no-synchronization": {
		What: Text{"L’entité légale de cette personne n’est dans aucune synchronisation.", "This person's legal entity is in no synchronization."},
		Do:   Text{"Ajoutez l’entité légale à une synchronisation si ses absences doivent être écrites.", "Add the legal entity to a synchronization if its absences are to be written."},
	},
	"synchronization-paused": {
		What: Text{"La synchronisation est en pause.", "The synchronization is paused."},
		Do:   Text{"Reprenez la synchronisation : les absences en attente seront écrites.", "Resume the synchronization: the waiting absences will be written."},
	},
	"deletion-waiting": {
		What: Text{"Plusieurs absences sont supprimées dans Figgo en ce moment : la suppression attend de savoir combien, deux minutes au plus.", "Several absences are being deleted in Figgo at the moment: the deletion waits to know how many, two minutes at most."},
		Do:   Text{"Rien : elle est exécutée d’elle-même, ou retenue avec les autres si elles sont trop nombreuses.", "Nothing: it is carried out by itself, or held with the others where they are too many."},
	},
	"deletions-held": {
		What: Text{"Beaucoup d’absences ont été supprimées dans Figgo en peu de temps : leurs suppressions sont retenues, les événements restent.", "Many absences were deleted in Figgo within a short time: their deletions are held, the events stay."},
		Do:   Text{"Vérifiez dans Lucca que ces suppressions sont voulues, puis exécutez-les toutes ou refusez-les.", "See in Lucca whether these deletions are meant, then carry all of them out or refuse them."},
	},
	"deletion-dropped": {
		What: Text{"La suppression dans Figgo a été refusée ici : l’événement reste.", "The deletion in Figgo was refused here: the event stays."},
		Do:   Text{"Pour retirer l’événement malgré tout, resynchronisez l’absence.", "To remove the event after all, resynchronize the absence."},
	},
	"employee-excluded": {
		What: Text{"Cette personne est exclue de la synchronisation.", "This person is excluded from the synchronization."},
		Do:   Text{"Retirez-la des personnes exclues si ses absences doivent être écrites.", "Take them off the excluded people if their absences are to be written."},
	},
	"employee-left": {
		What: Text{"Cette personne a quitté l’entreprise : ses événements à venir sont retirés de son calendrier, comme le veut la synchronisation.", "This person has left the company: their events that are not over are taken out of their calendar, as the synchronization wants."},
		Do:   Text{"Rien n’est à faire. Si la personne est toujours là, corrigez sa date de départ dans Lucca.", "Nothing is to be done. If they are still there, correct their date of leaving in Lucca."},
	},
	"workflow-ended": {
		What: Text{"Le suivi de cette absence a été interrompu dans Temporal, et son événement n’a pas été écrit.", "This absence’s workflow was ended in Temporal, and its event was not written."},
		Do:   Text{"Relancez l’initialisation de son entité légale : l’absence sera de nouveau suivie.", "Run the initialization of its legal entity once more: the absence is then followed again."},
	},
	"bad-settings": {
		What: Text{"Les paramètres de la synchronisation ne permettent pas de calculer l’événement.", "The synchronization's settings do not allow the event to be computed."},
		Do:   Text{"Vérifiez le fuseau horaire et les horaires de la synchronisation.", "Check the synchronization's time zone and hours."},
	},
	"accounts-unreadable": {
		What: Text{"La clé d’intégration n’a pas le droit de lire les types d’absence : les règles qui les nomment ne peuvent pas s’appliquer aux absences que Lucca annonce par leur seul identifiant.", "The integration key may not read the absence types: rules that name them cannot apply to absences that Lucca announces by an id alone."},
		Do:   Text{"Ajoutez le droit leaves.readonly à la clé dans Lucca, ou écrivez des identifiants dans les règles.", "Add the scope leaves.readonly to the key in Lucca, or write ids in the rules."},
	},
	"accounts-unlisted": {
		What: Text{"L’ancienne API de Lucca n’a pas de liste des types d’absence ; elle donne le nom avec chaque absence.", "Lucca’s legacy API has no list of the absence types; it tells the name with each absence."},
		Do:   Text{"Écrivez dans les règles les noms tels que Lucca les affiche.", "Write the names in rules as Lucca shows them."},
	},
	"unknown-absence-type": {
		What: Text{"Les règles de la synchronisation dépendent du nom ou de la catégorie du type d’absence, que Lucca ne nous dit pas : rien n’est écrit plutôt que d’en montrer trop.", "The synchronization's rules depend on the name or the category of the absence type, which Lucca does not tell us: nothing is written rather than too much shown."},
		Do: Text{"Donnez à la clé d’intégration le droit leaves.readonly (la vérification de la source dit s’il manque), ou nommez le type par son numéro dans la règle et dites s’il est sensible. Lucca ne dit la catégorie que par la synchronisation HTTP.",
			"Give the integration key the scope leaves.readonly (the source's check tells whether it is missing), or name the type by its id in the rule and say whether it is sensitive. Lucca tells the category by HTTP synchronization only."},
	},
	"unknown-legal-entity": {
		What: Text{"Lucca ne connaît pas (ou plus) cette entité légale, ou notre clé n’y a pas accès.", "Lucca does not (or no longer) know this legal entity, or our key has no access to it."},
		Do:   Text{"Retirez l’entité légale de la synchronisation, ou ajoutez l’établissement à la clé d’intégration.", "Remove the legal entity from the synchronization, or add the establishment to the integration key."},
	},
	"webhook-scope-missing": {
		What: Text{"La clé d’intégration n’a pas le droit de créer un webhook (webhook-endpoints.readwrite).", "The integration key lacks the scope that makes webhooks (webhook-endpoints.readwrite)."},
		Do:   Text{"Ajoutez ce droit à la clé dans Lucca, ou créez le webhook à la main dans Lucca.", "Add the scope to the key in Lucca, or make the webhook by hand in Lucca."},
	},
	"webhook-suspended": {
		What: Text{"Lucca n’a pas pu joindre l’adresse de notre webhook.", "Lucca could not reach the address of our webhook."},
		Do:   Text{"Vérifiez que l’adresse publique de figgosync est joignable depuis internet, puis créez le webhook de nouveau.", "See that figgosync’s public address can be reached from the internet, then make the webhook again."},
	},
	"source-rejected": {
		What: Text{"Lucca refuse notre clé d’intégration, ou il lui manque un droit.", "Lucca refuses our integration key, or the key lacks a scope."},
		Do: Text{"Vérifiez la clé et ses droits : employees.readonly, job-positions.readonly et business-establishments.readonly, et leaves.readonly pour une initialisation ou une vérification.",
			"Check the key and its scopes: employees.readonly, job-positions.readonly and business-establishments.readonly, and leaves.readonly for an initialization or a reconciliation."},
	},
	"source-empty": {
		What: Text{"Figgo ne liste plus aucune absence pour cette entité légale, alors que ses calendriers en montrent : rien n’est conclu de cette liste.",
			"Figgo lists no absence at all for this legal entity while its calendars show some: nothing is concluded from that list."},
		Do: Text{"Vérifiez les droits de la clé d’intégration et le périmètre de l’entité légale dans Lucca, puis relancez. Pour vider les calendriers, utilisez un retrait.",
			"Check the integration key’s scopes and the legal entity in Lucca, then start again. To empty the calendars, use a removal."},
	},
	"source-address-refused": {
		What: Text{"figgosync refuse de se connecter à l’adresse de cette source : elle mène à un réseau privé, ou à aucun serveur.", "figgosync refuses to connect to this source’s address: it leads to a private network, or to no server."},
		Do: Text{"Corrigez l’adresse de la source. Si elle est bien dans votre réseau, démarrez figgosync avec --allow-private-addresses. La clé de Lucca n’y est pour rien.",
			"Correct the source’s address. If it is in your own network, start figgosync with --allow-private-addresses. Lucca’s key has nothing to do with it."},
	},
	"temporary": {
		What: Text{"Un système extérieur est en panne ou surchargé.", "An outside system is down or overloaded."},
		Do:   Text{"Rien à faire : figgosync réessaie de lui-même.", "Nothing to do: figgosync tries again by itself."},
	},
	"internal": {
		What: Text{"Une erreur imprévue s’est produite.", "An unforeseen error occurred."},
		Do:   Text{"figgosync réessaie de lui-même ; si cela dure, consultez les journaux.", "figgosync tries again by itself; if it lasts, look into the logs."},
	},
})
