package texts

var exchangeFindings = map[string]Reason{
	"ntlm-not-offered": {
		What: Text{"Le serveur n’offre pas l’authentification Windows (NTLM) pour EWS.", "The server does not offer Windows sign-in (NTLM) for EWS."},
		Do: Text{"Activez-la : Set-WebServicesVirtualDirectory -Identity \"SERVEUR\\EWS (Default Web Site)\" -WindowsAuthentication $true, puis iisreset. Ou, si le serveur n’offre que Basic, écrivez exchange.auth: basic. Un proxy inverse peut aussi retirer l’offre.",
			"Turn it on: Set-WebServicesVirtualDirectory -Identity \"SERVER\\EWS (Default Web Site)\" -WindowsAuthentication $true, then iisreset. Or, if the server offers only Basic, write exchange.auth: basic. A reverse proxy may also strip the offer."},
	},
	"basic-not-offered": {
		What: Text{"La connexion est réglée sur « basic », que le serveur n’offre pas. Le mot de passe n’a pas été envoyé.", "The connection is set to “basic”, which the server does not offer. The password was not sent."},
		Do: Text{"Écrivez exchange.auth: ntlm (ou retirez la ligne) si le détail montre NTLM ou Negotiate. Sinon : Set-WebServicesVirtualDirectory -Identity \"SERVEUR\\EWS (Default Web Site)\" -BasicAuthentication $true.",
			"Write exchange.auth: ntlm (or leave the line out) if the detail shows NTLM or Negotiate. Else: Set-WebServicesVirtualDirectory -Identity \"SERVER\\EWS (Default Web Site)\" -BasicAuthentication $true."},
	},
	"ntlm-variant-unsupported": {
		What: Text{"Le serveur exige une forme de NTLM que figgosync ne prend pas en charge (sécurité de session avec échange de clés).", "The server demands a form of NTLM that figgosync does not speak (session security with key exchange)."},
		Do: Text{"Stratégie locale du serveur > Options de sécurité > « Sécurité réseau : sécurité de session minimale pour les serveurs NTLM SSP » : retirez l’exigence pour ce serveur, ou activez Basic pour EWS par TLS et écrivez exchange.auth: basic.",
			"The server's Local Policies > Security Options > “Network security: Minimum session security for NTLM SSP based servers”: lift the demand for this server, or turn Basic on for EWS over TLS and write exchange.auth: basic."},
	},
	"ntlm-connection-split": {
		What: Text{"Les étapes de l’authentification NTLM arrivent au serveur par des connexions différentes : elle ne peut jamais aboutir.", "The steps of the NTLM sign-in reach the server over different connections: it can never succeed."},
		Do: Text{"Réglez le répartiteur de charge ou le proxy inverse pour qu’il garde une connexion au serveur par connexion du client (affinité de connexion, « keep-alive », HAProxy : « http-reuse never »), ou donnez l’adresse directe d’un serveur.",
			"Set the load balancer or reverse proxy to keep one server connection for each client connection (connection affinity, keep-alive, HAProxy: “http-reuse never”), or give the direct address of a server."},
	},
	"password-wrong": {
		What: Text{"Le serveur refuse l’identifiant ou le mot de passe du compte de service.", "The server refuses the service account's login or password."},
		Do: Text{"Écrivez DOMAINE\\compte ou compte@domaine dans exchange.username et essayez-les dans Outlook sur le web. Puis regardez le compte : Get-ADUser COMPTE -Properties LockedOut,PasswordExpired,Enabled. Ne répétez pas la vérification : les essais comptent pour le verrouillage.",
			"Write DOMAIN\\account or account@domain into exchange.username and try them in Outlook on the web. Then look at the account: Get-ADUser ACCOUNT -Properties LockedOut,PasswordExpired,Enabled. Do not repeat the check: tries count towards the lock."},
	},
	"password-expired": {
		What: Text{"Le mot de passe du compte de service a expiré ou doit être changé.", "The service account's password has expired or must be changed."},
		Do: Text{"Changez-le et mettez-le dans exchange.password. Pour un compte de service : Set-ADUser COMPTE -PasswordNeverExpires $true, avec un mot de passe long, si votre règle le permet.",
			"Change it and put it into exchange.password. For a service account: Set-ADUser ACCOUNT -PasswordNeverExpires $true, with a long password, if your rules allow it."},
	},
	"account-locked-or-throttled": {
		What: Text{"Le compte vient d’être accepté et est maintenant refusé : il s’est verrouillé, ou le serveur limite ses connexions.", "The account was accepted a moment ago and is refused now: it got locked, or the server throttles its connections."},
		Do: Text{"Get-ADUser COMPTE -Properties LockedOut, puis Unlock-ADAccount COMPTE s’il est verrouillé (cherchez quel autre poste garde l’ancien mot de passe). Sinon donnez-lui une stratégie : New-ThrottlingPolicy figgosync -EwsMaxConcurrency 27, puis Set-ThrottlingPolicyAssociation COMPTE -ThrottlingPolicy figgosync.",
			"Get-ADUser ACCOUNT -Properties LockedOut; Unlock-ADAccount ACCOUNT if it is locked (find which other machine keeps the old password). Else give it a policy: New-ThrottlingPolicy figgosync -EwsMaxConcurrency 27; Set-ThrottlingPolicyAssociation ACCOUNT -ThrottlingPolicy figgosync."},
	},
	"extended-protection-required": {
		What: Text{"Cause possible : la protection étendue (liaison de canal) est exigée pour EWS. Le même compte est accepté ailleurs sur ce serveur, donc le mot de passe est bon.", "Possible: Extended Protection (channel binding) is demanded for EWS. The same account is accepted elsewhere on this server, so the password is right."},
		Do: Text{"IIS > Default Web Site > EWS > Authentification > Authentification Windows > Paramètres avancés > Protection étendue : « Accepter » (c’est le réglage normal du frontal). Ou activez Basic pour EWS et écrivez exchange.auth: basic. Vérifiez aussi que le TLS n’est pas terminé par un équipement avec un autre certificat.",
			"IIS > Default Web Site > EWS > Authentication > Windows Authentication > Advanced Settings > Extended Protection: “Accept” (the front end's normal setting). Or turn Basic on for EWS and write exchange.auth: basic. Check too that TLS does not end at a device with another certificate."},
	},
	"ews-disabled-or-client-not-allowed": {
		What: Text{"Le compte est accepté, mais EWS est désactivé pour lui ou n’admet pas l’agent « figgosync ».", "The account is accepted, but EWS is turned off for it or does not admit the client “figgosync”."},
		Do: Text{"Get-OrganizationConfig | fl Ews* et Get-CASMailbox COMPTE | fl Ews*. Puis Set-CASMailbox COMPTE -EwsEnabled $true et, avec une liste d’applications admises, Set-OrganizationConfig -EwsAllowList @{Add=\"figgosync*\"}. Faites de même pour la boîte si seule elle est refusée.",
			"Get-OrganizationConfig | fl Ews* and Get-CASMailbox ACCOUNT | fl Ews*. Then Set-CASMailbox ACCOUNT -EwsEnabled $true; and, with a list of admitted applications, Set-OrganizationConfig -EwsAllowList @{Add=\"figgosync*\"}. Do the same for the mailbox if it alone is refused."},
	},
	"impersonation-missing": {
		What: Text{"Le compte de service n’a pas le rôle ApplicationImpersonation.", "The service account does not have the role ApplicationImpersonation."},
		Do: Text{"New-ManagementRoleAssignment -Name figgosync -Role ApplicationImpersonation -User COMPTE. Vérifiez avec Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers, et attendez quelques minutes.",
			"New-ManagementRoleAssignment -Name figgosync -Role ApplicationImpersonation -User ACCOUNT. Verify with Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers, and wait some minutes."},
	},
	"impersonation-out-of-scope": {
		What: Text{"Le compte ne peut pas agir au nom de cette personne : il n’a pas le rôle ApplicationImpersonation, ou son étendue ne contient pas cette boîte.", "The account may not act for this person: it does not have the role ApplicationImpersonation, or the role’s scope does not hold this mailbox."},
		Do: Text{"Get-ManagementRoleAssignment -RoleAssignee COMPTE dit si le rôle est là (New-ManagementRoleAssignment -Name figgosync -Role ApplicationImpersonation -User COMPTE le donne). S’il y est : Get-ManagementRoleAssignment figgosync | fl CustomRecipientWriteScope, puis Get-ManagementScope ÉTENDUE | fl RecipientFilter : changez le filtre, ou mettez la personne dans le groupe ou l’unité d’organisation qu’il nomme.",
			"Get-ManagementRoleAssignment -RoleAssignee ACCOUNT says whether the role is there (New-ManagementRoleAssignment -Name figgosync -Role ApplicationImpersonation -User ACCOUNT gives it). If it is: Get-ManagementRoleAssignment figgosync | fl CustomRecipientWriteScope, then Get-ManagementScope SCOPE | fl RecipientFilter: change the filter, or put the person into the group or organizational unit it names."},
	},
	"impersonation-failed": {
		What: Text{"Le serveur n’arrive pas à agir au nom de la personne : il est mal réglé ou ne joint pas Active Directory.", "The server fails to act in the person's name: it is set up wrong or does not reach Active Directory."},
		Do: Text{"Sur le serveur : Test-ServiceHealth, puis le journal d’application (sources MSExchange Web Services et MSExchange ADAccess) à l’heure de la vérification ; redémarrez MSExchangeServicesAppPool s’il le faut.",
			"On the server: Test-ServiceHealth, then the application log (sources MSExchange Web Services and MSExchange ADAccess) at the time of the check; restart MSExchangeServicesAppPool if need be."},
	},
	"exchange-version-too-old": {
		What: Text{"Ce serveur Exchange est antérieur à 2010 et n’offre pas ce dont figgosync a besoin.", "This Exchange server is older than 2010 and does not speak what figgosync needs."},
		Do: Text{"Donnez l’adresse d’un serveur Exchange 2010 SP2 ou plus récent (Get-ExchangeServer | fl Name,AdminDisplayVersion), ou migrez ces boîtes.",
			"Give the address of a server with Exchange 2010 SP2 or newer (Get-ExchangeServer | fl Name,AdminDisplayVersion), or migrate these mailboxes."},
	},
	"mailbox-on-another-server": {
		What: Text{"La boîte est sur un autre serveur ou un autre site que celui-ci ne peut pas joindre pour nous.", "The mailbox is on another server or site which this one cannot reach for us."},
		Do: Text{"Get-Mailbox ADRESSE | fl Database,ServerName dit où elle est. Créez une connexion vers ce site, ou rétablissez le relais entre les serveurs. Si Get-RemoteMailbox la trouve, elle est dans Office 365 : utilisez une connexion « office365 ».",
			"Get-Mailbox ADDRESS | fl Database,ServerName tells where it is. Make a connection to that site, or restore the proxying between the servers. If Get-RemoteMailbox finds it, it is in Office 365: use an “office365” connection."},
	},
	"calendar-missing": {
		What: Text{"La boîte répond, mais elle n’a pas de calendrier par défaut.", "The mailbox answers, but it has no default calendar."},
		Do: Text{"Ouvrez-la une fois dans Outlook avec « outlook.exe /resetfolders », ou dans Outlook sur le web, pour que ses dossiers soient créés ; puis refaites la vérification.",
			"Open it once in Outlook with “outlook.exe /resetfolders”, or in Outlook on the web, so that its folders are made; then check again."},
	},
}
