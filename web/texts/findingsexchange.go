package texts

var exchangeFindings = map[string]Reason{
	"ntlm-not-offered": {
		What: Text{"Le serveur n’offre pas l’authentification Windows (NTLM) pour EWS.", "The server does not offer Windows sign-in (NTLM) for EWS."},
		Do: Text{"Activez-la : Set-WebServicesVirtualDirectory -Identity \"SERVEUR\\EWS (Default Web Site)\" -WindowsAuthentication $true, puis iisreset. Ou, si le serveur n’offre que Basic, choisissez exchange.auth: basic. Un proxy inverse peut aussi retirer l’offre.",
			"Turn it on: Set-WebServicesVirtualDirectory -Identity \"SERVER\\EWS (Default Web Site)\" -WindowsAuthentication $true, then iisreset. Or, if the server offers only Basic, choose exchange.auth: basic. A reverse proxy may also strip the offer."},
	},
	"basic-not-offered": {
		What: Text{"La connexion est réglée sur « basic », que le serveur n’offre pas. Le mot de passe n’a pas été envoyé.", "The connection is set to “basic”, which the server does not offer. The password was not sent."},
		Do: Text{"Choisissez exchange.auth: ntlm si le détail montre NTLM ou Negotiate. Sinon : Set-WebServicesVirtualDirectory -Identity \"SERVEUR\\EWS (Default Web Site)\" -BasicAuthentication $true.",
			"Choose exchange.auth: ntlm if the detail shows NTLM or Negotiate. Else: Set-WebServicesVirtualDirectory -Identity \"SERVER\\EWS (Default Web Site)\" -BasicAuthentication $true."},
	},
	"ntlm-variant-unsupported": {
		What: Text{"Le serveur exige une forme de NTLM que figgosync ne prend pas en charge (sécurité de session avec échange de clés).", "The server demands a form of NTLM that figgosync does not speak (session security with key exchange)."},
		Do: Text{"Stratégie locale du serveur > Options de sécurité > « Sécurité réseau : sécurité de session minimale pour les serveurs NTLM SSP » : retirez l’exigence pour ce serveur, ou activez Basic pour EWS par TLS et choisissez exchange.auth: basic.",
			"The server's Local Policies > Security Options > “Network security: Minimum session security for NTLM SSP based servers”: lift the demand for this server, or turn Basic on for EWS over TLS and choose exchange.auth: basic."},
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
		What: Text{"Cause possible : EWS exige la protection étendue (liaison de canal) et voit un autre certificat que figgosync. Le même compte est accepté ailleurs sur ce serveur, donc le mot de passe est bon.", "Possible: EWS demands Extended Protection (channel binding) and sees another certificate than figgosync does. The same account is accepted elsewhere on this server, so the password is right."},
		Do: Text{"Un équipement termine le TLS entre les deux : donnez l’adresse directe du serveur, ou le même certificat à l’équipement. Sinon : IIS > Default Web Site > EWS > Authentification > Authentification Windows > Paramètres avancés > Protection étendue : « Désactivé », ou activez Basic pour EWS et choisissez exchange.auth: basic.",
			"A device ends TLS between the two: give the server's direct address, or the same certificate to the device. Else: IIS > Default Web Site > EWS > Authentication > Windows Authentication > Advanced Settings > Extended Protection: “Off”, or turn Basic on for EWS and choose exchange.auth: basic."},
	},
	"kerberos-only": {
		What: Text{"Le serveur n’accepte que des tickets Kerberos : NTLM y est désactivé.", "The server takes Kerberos tickets only: NTLM is switched off there."},
		Do: Text{"Choisissez exchange.auth: kerberos, et le domaine Active Directory, en majuscules, dans exchange.realm. L’adresse de la connexion doit porter le nom du serveur, pas son adresse IP.",
			"Choose exchange.auth: kerberos, and write the Active Directory domain, in capitals, into exchange.realm. The connection's address must have the server's name, not its IP address."},
	},
	"kerberos-not-offered": {
		What: Text{"La connexion est réglée sur « kerberos », que le serveur n’offre pas (Negotiate).", "The connection is set to “kerberos”, which the server does not offer (Negotiate)."},
		Do: Text{"Choisissez exchange.auth: ntlm si le détail montre NTLM. Sinon : Set-WebServicesVirtualDirectory -Identity \"SERVEUR\\EWS (Default Web Site)\" -WindowsAuthentication $true, et, dans IIS, le fournisseur « Negotiate » de l’authentification Windows.",
			"Choose exchange.auth: ntlm if the detail shows NTLM. Else: Set-WebServicesVirtualDirectory -Identity \"SERVER\\EWS (Default Web Site)\" -WindowsAuthentication $true, and in IIS the provider “Negotiate” of Windows sign-in."},
	},
	"kerberos-service-unknown": {
		What: Text{"L’annuaire ne connaît pas le service de cette adresse : son nom (SPN) n’est pas enregistré.", "The directory does not know the service at this address: its name (SPN) is not registered."},
		Do: Text{"Donnez le nom du serveur dans exchange.url, pas une adresse IP. Puis « setspn -Q HTTP/NOM » : rien n’en sort ? Enregistrez-le pour le compte de l’équilibrage (ASA) ou du serveur : « setspn -S HTTP/NOM COMPTE ».",
			"Give the server's name in exchange.url, not an IP address. Then “setspn -Q HTTP/NAME”: nothing? Register it for the load balancing's account (ASA) or the server's: “setspn -S HTTP/NAME ACCOUNT”."},
	},
	"kerberos-ticket-refused": {
		What: Text{"L’annuaire a donné un ticket, et le serveur le refuse.", "The directory gave a ticket, and the server refuses it."},
		Do: Text{"« setspn -Q HTTP/NOM » doit nommer un seul compte, celui du serveur (ou de l’équilibrage, ASA, réglé sur chaque serveur). Avec la protection étendue, un équipement qui termine le TLS avec un autre certificat fait refuser le ticket : donnez l’adresse directe.",
			"“setspn -Q HTTP/NAME” must name one account only, the server's (or the load balancing's, ASA, set on each server). With Extended Protection a device that ends TLS with another certificate makes the ticket be refused: give the direct address."},
	},
	"kerberos-directory-unreachable": {
		What: Text{"Aucun contrôleur de domaine ne répond : pas de ticket Kerberos.", "No domain controller answers: there is no Kerberos ticket."},
		Do: Text{"Ouvrez le port 88 (TCP) de la machine du worker vers un contrôleur de domaine. Si le DNS de cette machine ne connaît pas le domaine (« nslookup -type=SRV _kerberos._tcp.DOMAINE »), écrivez-les dans exchange.kdc.",
			"Open port 88 (TCP) from the worker's machine to a domain controller. If that machine's DNS does not know the domain (“nslookup -type=SRV _kerberos._tcp.DOMAIN”), write them into exchange.kdc."},
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
		What: Text{"Ce serveur Exchange est antérieur à 2010 SP2 et n’offre pas ce dont figgosync a besoin.", "This Exchange server is older than 2010 SP2 and does not speak what figgosync needs."},
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
