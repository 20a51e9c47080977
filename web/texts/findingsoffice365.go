package texts

var office365Findings = map[string]Reason{
	"secret-expired": {
		What: Text{"Le secret client de l’application Entra a expiré.", "The client secret of the Entra application has expired."},
		Do: Text{"https://entra.microsoft.com > Inscriptions d’applications > votre application > Certificats et secrets > Nouveau secret client ; copiez sa Valeur dans office365.clientSecret. Un certificat, dans office365.certificate, dure plus longtemps, et son échéance est signalée ici.",
			"https://entra.microsoft.com > App registrations > your application > Certificates & secrets > New client secret; copy its Value into office365.clientSecret. A certificate, in office365.certificate, lasts longer, and its end is announced here."},
	},
	"secret-wrong": {
		What: Text{"Ce n’est pas un secret de cette application : le plus souvent l’identifiant du secret a été copié au lieu de sa valeur.", "This is no secret of this application: most often the secret's id was copied instead of its value."},
		Do: Text{"La valeur ne s’affiche qu’à la création. Dans Entra > Inscriptions d’applications > votre application > Certificats et secrets, créez un secret et copiez la colonne « Valeur », pas « ID de secret », dans office365.clientSecret.",
			"The value shows only when it is made. In Entra > App registrations > your application > Certificates & secrets make a secret and copy the column “Value”, not “Secret ID”, into office365.clientSecret."},
	},
	"certificate-expired": {
		What: Text{"Le certificat avec lequel figgosync se connecte à Entra a expiré.", "The certificate figgosync signs in to Entra with has expired."},
		Do: Text{"Créez-en un autre (openssl req -x509 -newkey rsa:2048 -nodes -days 730 -subj /CN=figgosync -keyout cle.pem -out cert.pem), chargez cert.pem dans Certificats et secrets > Certificats, et mettez les deux fichiers à la suite dans office365.certificate.",
			"Make another (openssl req -x509 -newkey rsa:2048 -nodes -days 730 -subj /CN=figgosync -keyout key.pem -out cert.pem), upload cert.pem at Certificates & secrets > Certificates, and put both files one after the other into office365.certificate."},
	},
	"secret-expires-soon": {
		What: Text{"Le secret client avec lequel figgosync se connecte à Entra expire dans moins de 30 jours.", "The client secret figgosync signs in to Entra with expires in less than 30 days."},
		Do: Text{"Créez dès maintenant un second secret dans Entra > votre application > Certificats et secrets > Secrets client (les deux valent en même temps) ; mettez sa Valeur dans office365.clientSecret et son dernier jour dans office365.secretExpires.",
			"Make a second secret now at Entra > your application > Certificates & secrets > Client secrets (both count at the same time); put its Value into office365.clientSecret and its last day into office365.secretExpires."},
	},
	"certificate-expires-soon": {
		What: Text{"Le certificat avec lequel figgosync se connecte à Entra expire dans moins de 30 jours.", "The certificate figgosync signs in to Entra with expires in less than 30 days."},
		Do: Text{"Chargez dès maintenant un second certificat dans Entra > votre application > Certificats et secrets > Certificats (les deux valent en même temps), puis remplacez office365.certificate.",
			"Upload a second certificate now at Entra > your application > Certificates & secrets > Certificates (both count at the same time), then replace office365.certificate."},
	},
	"certificate-unknown": {
		What: Text{"L’application Entra ne connaît pas le certificat de cette connexion.", "The Entra application does not know this connection's certificate."},
		Do: Text{"Chargez le certificat public (sans sa clé) dans Entra > Inscriptions d’applications > votre application > Certificats et secrets > Certificats, et comparez l’empreinte : openssl x509 -in cert.pem -noout -fingerprint.",
			"Upload the public certificate (without its key) at Entra > App registrations > your application > Certificates & secrets > Certificates, and compare the thumbprint: openssl x509 -in cert.pem -noout -fingerprint."},
	},
	"app-unknown": {
		What: Text{"Cette application n’est pas dans cet annuaire : mauvais clientId, mauvais tenantId, ou consentement jamais donné.", "This application is not in this directory: a wrong clientId, a wrong tenantId, or consent never given."},
		Do: Text{"Comparez office365.clientId et office365.tenantId avec Entra > Inscriptions d’applications > votre application > Vue d’ensemble. Si l’application vient d’un autre annuaire, faites donner le consentement : GET /api/v1/connections/NOM/consent rend le lien.",
			"Compare office365.clientId and office365.tenantId with Entra > App registrations > your application > Overview. If the application comes from another directory, have consent given: GET /api/v1/connections/NAME/consent answers the link."},
	},
	"app-disabled": {
		What: Text{"L’application a été désactivée dans votre annuaire.", "The application was disabled in your directory."},
		Do: Text{"Entra > Applications d’entreprise > votre application > Propriétés > « Activé pour que les utilisateurs se connectent ? » : Oui. Demandez d’abord à l’équipe sécurité pourquoi elle l’a désactivée.",
			"Entra > Enterprise applications > your application > Properties > “Enabled for users to sign-in?”: Yes. Ask the security team first why it was turned off."},
	},
	"tenant-unknown": {
		What: Text{"Il n’y a pas d’annuaire Entra de ce nom.", "There is no Entra directory of this name."},
		Do: Text{"Copiez l’« ID de locataire » d’Entra > Vue d’ensemble dans office365.tenantId. Pour un cloud national, réglez aussi office365.authorityUrl.",
			"Copy the “Tenant ID” of Entra > Overview into office365.tenantId. For a national cloud set office365.authorityUrl too."},
	},
	"wrong-cloud": {
		What: Text{"L’annuaire est dans un autre cloud de Microsoft que l’adresse de Graph.", "The directory is in another of Microsoft's clouds than the address of Graph."},
		Do: Text{"Réglez les deux ensemble : public login.microsoftonline.com et graph.microsoft.com ; GCC High login.microsoftonline.us et graph.microsoft.us ; DoD login.microsoftonline.us et dod-graph.microsoft.us ; Chine login.partner.microsoftonline.cn et microsoftgraph.chinacloudapi.cn.",
			"Set the two together: public login.microsoftonline.com and graph.microsoft.com; GCC High login.microsoftonline.us and graph.microsoft.us; DoD login.microsoftonline.us and dod-graph.microsoft.us; China login.partner.microsoftonline.cn and microsoftgraph.chinacloudapi.cn."},
	},
	"consent-missing": {
		What: Text{"Aucun administrateur de l’annuaire n’a consenti à l’application, ou le consentement a été retiré.", "No administrator of the directory consented to the application, or the consent was withdrawn."},
		Do: Text{"Un administrateur général ouvre le lien que rend GET /api/v1/connections/NOM/consent ; ou Entra > Inscriptions d’applications > votre application > Autorisations d’API > « Accorder un consentement d’administrateur ».",
			"A Global Administrator opens the link GET /api/v1/connections/NAME/consent answers; or Entra > App registrations > your application > API permissions > “Grant admin consent”."},
	},
	"conditional-access-blocks": {
		What: Text{"Une stratégie d’accès conditionnel interdit à l’application de se connecter d’ici.", "A Conditional Access policy forbids the application to sign in from here."},
		Do: Text{"Entra > Identités de charge de travail > Journaux de connexion nomme la stratégie. Excluez-en le principal de service, ou ajoutez l’adresse IP publique du worker à ses emplacements nommés.",
			"Entra > Workload identities > Sign-in logs names the policy. Exclude the service principal from it, or add the worker's public IP address to its named locations."},
	},
	"consent-propagating": {
		What: Text{"Le droit est accordé et figure dans le jeton, mais Graph ne l’applique pas encore.", "The right is granted and in the token, but Graph does not honour it yet."},
		Do: Text{"Attendez : cela prend d’ordinaire quelques minutes, parfois une heure. Refaites ensuite la vérification ; les absences en attente seront écrites automatiquement.",
			"Wait: it takes some minutes as a rule, an hour at times. Then check again; waiting absences will be written by themselves."},
	},
	"role-missing-rbac-possible": {
		What: Text{"Le jeton n’a pas Calendars.ReadWrite et aucun rôle d’Exchange (RBAC pour les applications) n’ouvre cette boîte.", "The token lacks Calendars.ReadWrite, and no role of Exchange (RBAC for Applications) opens this mailbox."},
		Do: Text{"Choisissez une voie. Toutes les boîtes : autorisation d’application (pas déléguée) Calendars.ReadWrite, puis consentement d’administrateur. Certaines boîtes : New-ManagementRoleAssignment -App CLIENT-ID -Role \"Application Calendars.ReadWrite\" -CustomResourceScope ÉTENDUE, puis Test-ServicePrincipalAuthorization -Identity CLIENT-ID -Resource ADRESSE. Après l’un ou l’autre, attendez jusqu’à une heure (Exchange : deux).",
			"Choose one way. All mailboxes: the application (not delegated) permission Calendars.ReadWrite, then admin consent. Some mailboxes: New-ManagementRoleAssignment -App CLIENT-ID -Role \"Application Calendars.ReadWrite\" -CustomResourceScope SCOPE, then Test-ServicePrincipalAuthorization -Identity CLIENT-ID -Resource ADDRESS. After either wait up to an hour (Exchange: two)."},
	},
	"role-read-only": {
		What: Text{"L’application n’a que Calendars.Read : elle peut lire les calendriers, pas y écrire.", "The application has Calendars.Read only: it may read calendars, not write to them."},
		Do: Text{"Entra > Inscriptions d’applications > votre application > Autorisations d’API > Ajouter > Microsoft Graph > Autorisations d’application > Calendars.ReadWrite, puis « Accorder un consentement d’administrateur ».",
			"Entra > App registrations > your application > API permissions > Add > Microsoft Graph > Application permissions > Calendars.ReadWrite, then “Grant admin consent”."},
	},
	"tenant-without-exchange": {
		What: Text{"Cet annuaire Entra n’a pas Exchange Online : Graph n’y trouve aucune organisation de messagerie.", "This Entra directory has no Exchange Online: Graph finds no mail organization in it."},
		Do: Text{"Comparez office365.tenantId avec Entra > Vue d’ensemble de l’annuaire où sont les boîtes. Si c’est le bon, une licence avec Exchange Online y manque ou a expiré : centre d’administration Microsoft 365 > Facturation > Vos produits.",
			"Compare office365.tenantId with Entra > Overview of the directory that has the mailboxes. If it is the right one, a licence with Exchange Online is missing or has expired: Microsoft 365 admin center > Billing > Your products."},
	},
	"access-policy-denies": {
		What: Text{"L’application a le droit, mais une stratégie d’accès d’Exchange Online lui ferme cette boîte.", "The application has the right, but an access policy of Exchange Online closes this mailbox to it."},
		Do: Text{"Test-ApplicationAccessPolicy -AppId CLIENT-ID -Identity ADRESSE le confirme. Ajoutez la personne au groupe de la stratégie (Get-ApplicationAccessPolicy, puis Add-DistributionGroupMember) et attendez jusqu’à 30 minutes.",
			"Test-ApplicationAccessPolicy -AppId CLIENT-ID -Identity ADDRESS confirms it. Add the person to the policy's group (Get-ApplicationAccessPolicy, then Add-DistributionGroupMember) and wait up to 30 minutes."},
	},
	"token-refused": {
		What: Text{"Entra a donné un jeton, mais Graph ne l’accepte pas.", "Entra gave a token, but Graph does not accept it."},
		Do: Text{"Vérifiez que office365.authorityUrl et office365.graphUrl sont du même cloud (https://learn.microsoft.com/graph/deployments) ; le mieux est de les retirer tous deux pour le cloud public. Vérifiez aussi qu’aucun proxy ne retire l’en-tête Authorization.",
			"Check that office365.authorityUrl and office365.graphUrl are of one cloud (https://learn.microsoft.com/graph/deployments); best leave both out for the public cloud. Check too that no proxy strips the Authorization header."},
	},
	"mailbox-on-premises-or-unlicensed": {
		What: Text{"La personne existe dans l’annuaire, mais sa boîte n’est pas dans Exchange Online : elle est sur un serveur de l’entreprise, ou il lui manque une licence.", "The person is in the directory, but the mailbox is not in Exchange Online: it is on a server of the company, or a licence is missing."},
		Do: Text{"Get-Recipient ADRESSE | fl RecipientTypeDetails : « MailUser » veut dire sur site ; mettez alors son entité légale dans une synchronisation « exchange », ou migrez la boîte. Sinon donnez une licence Exchange Online ; la boîte répond après quelques heures.",
			"Get-Recipient ADDRESS | fl RecipientTypeDetails: “MailUser” means on premises; then put the legal entity into an “exchange” synchronization, or migrate the mailbox. Else give an Exchange Online licence; the mailbox answers after some hours."},
	},
}
