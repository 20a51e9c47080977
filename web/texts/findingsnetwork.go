package texts

var networkFindings = map[string]Reason{
	"settings-invalid": {
		What: Text{"Les paramètres de cette connexion sont inutilisables tels quels.", "This connection's settings cannot be used as they are."},
		Do: Text{"Corrigez la clé nommée dans le détail, puis lancez « figgosync settings check » : elle liste toutes les fautes avec leur ligne.",
			"Correct the key named in the detail, then run “figgosync settings check”: it lists every mistake with its line."},
	},
	"connection-unknown-to-worker": {
		What: Text{"Le worker ne connaît pas cette connexion : il ne lit pas les mêmes paramètres que l’API.", "The worker does not know this connection: it reads other settings than the API."},
		Do: Text{"Donnez à tous les processus (api et worker) le même fichier de paramètres et redémarrez le worker.",
			"Give all processes (api and worker) the same settings file and restart the worker."},
	},
	"name-not-resolved": {
		What: Text{"Le nom du serveur est introuvable dans le DNS vu d’ici.", "The server's name is not found in the DNS as seen from here."},
		Do: Text{"Vérifiez l’orthographe de l’adresse, puis « nslookup NOM » sur la machine du worker. Un nom interne demande le DNS interne : réglez-le sur la machine ou dans le conteneur.",
			"Check the address's spelling, then “nslookup NAME” on the worker's machine. An internal name needs the internal DNS: set it on the machine or in the container."},
	},
	"connection-refused": {
		What: Text{"La machine répond, mais rien n’écoute sur ce port.", "The machine answers, but nothing listens on this port."},
		Do: Text{"Vérifiez le port dans l’adresse (443 d’ordinaire) et que le service web tourne : sur Exchange, « Get-Service W3SVC » et le pool MSExchangeServicesAppPool dans IIS.",
			"Check the port in the address (443 as a rule) and that the web service runs: on Exchange, “Get-Service W3SVC” and the pool MSExchangeServicesAppPool in IIS."},
	},
	"connection-timeout": {
		What: Text{"Le serveur n’a pas répondu à temps : d’ordinaire un pare-feu qui rejette les paquets en silence.", "The server did not answer in time: as a rule a firewall that drops packets without a word."},
		Do: Text{"Ouvrez la route de la machine du worker vers ce serveur, port 443, puis essayez « curl -v ADRESSE » depuis cette machine. S’il faut un proxy, donnez-le à la connexion, ou réglez HTTPS_PROXY.",
			"Open the way from the worker's machine to this server, port 443, then try “curl -v ADDRESS” from that machine. If a proxy is needed, give it to the connection, or set HTTPS_PROXY."},
	},
	"network-unreachable": {
		What: Text{"Il n’y a pas de route réseau vers ce serveur.", "There is no network route to this server."},
		Do: Text{"Vérifiez la passerelle, le VPN et, dans un conteneur, le réseau auquel il est rattaché (« ip route get ADRESSE-IP »).",
			"Check the gateway, the VPN and, in a container, the network it is attached to (“ip route get IP-ADDRESS”)."},
	},
	"connection-cut": {
		What: Text{"La connexion a été coupée avant toute réponse, par le serveur ou par un équipement intermédiaire.", "The connection was cut before any answer, by the server or by something in between."},
		Do: Text{"Cherchez un pare-feu applicatif, une inspection TLS ou un répartiteur de charge entre le worker et le serveur, et autorisez-y ce trafic ; consultez son journal à l’heure de la vérification.",
			"Look for an application firewall, TLS inspection or a load balancer between the worker and the server, and allow this traffic there; read its log at the time of the check."},
	},
	"proxy-unreachable": {
		What: Text{"Le proxy HTTP de cette connexion, ou de ce processus, ne répond pas.", "The HTTP proxy of this connection, or of this process, does not answer."},
		Do: Text{"Corrigez le proxy de la connexion ; s’il est vide, corrigez la variable HTTPS_PROXY du worker, ou ajoutez le serveur à NO_PROXY si le proxy n’est pas nécessaire.",
			"Correct the connection's proxy; if it is empty, correct the worker's HTTPS_PROXY, or add the server to NO_PROXY if the proxy is not needed."},
	},
	"proxy-refuses": {
		What: Text{"Le proxy HTTP refuse de nous relier à ce serveur.", "The HTTP proxy refuses to connect us to this server."},
		Do: Text{"Autorisez ce nom et le port 443 dans les règles du proxy. Avec un code 407, le proxy veut un compte (authentification Basic) : donnez-le à la connexion, ou HTTPS_PROXY=http://UTILISATEUR:MOT-DE-PASSE@PROXY:PORT.",
			"Allow this name and port 443 in the proxy's rules. With a code 407 the proxy wants an account (Basic): give it to the connection, or HTTPS_PROXY=http://USER:PASSWORD@PROXY:PORT."},
	},
	"not-that-service": {
		What: Text{"Quelque chose répond à cette adresse, mais ce n’est pas le service attendu.", "Something answers at this address, but not the service that should."},
		Do: Text{"Corrigez l’adresse. Exchange : celle que montre « Get-WebServicesVirtualDirectory | fl InternalUrl,ExternalUrl », terminée par /EWS/Exchange.asmx. Office 365 et Google : retirez office365.authorityUrl, office365.graphUrl, google.calendarUrl, google.gmailUrl et google.tokenUrl pour garder les adresses publiques.",
			"Correct the address. Exchange: the one “Get-WebServicesVirtualDirectory | fl InternalUrl,ExternalUrl” shows, ending in /EWS/Exchange.asmx. Office 365 and Google: leave out office365.authorityUrl, office365.graphUrl, google.calendarUrl, google.gmailUrl and google.tokenUrl to use the public addresses."},
	},
	"redirected": {
		What: Text{"Le serveur redirige ailleurs : d’ordinaire une page de connexion (ADFS, proxy d’application web) placée devant lui.", "The server redirects elsewhere: as a rule a sign-in page (ADFS, Web Application Proxy) put in front of it."},
		Do: Text{"Faites passer /EWS/* sans préauthentification (mode « pass-through » du proxy d’application web), ou donnez l’adresse interne du serveur à la place de l’adresse publiée.",
			"Let /EWS/* pass without pre-authentication (“pass-through” in Web Application Proxy), or give the server's internal address instead of the published one."},
	},
	"service-unavailable": {
		What: Text{"Le service est joignable mais en panne ou en maintenance en ce moment.", "The service can be reached but is down or under maintenance right now."},
		Do: Text{"Rien à régler ici : figgosync réessaiera. Voyez l’état du service (https://status.cloud.microsoft, https://www.google.com/appsstatus) ou, pour un serveur Exchange, « Test-ServiceHealth ».",
			"Nothing to set here: figgosync will try again. See the service's status (https://status.cloud.microsoft, https://www.google.com/appsstatus) or, for an Exchange server, “Test-ServiceHealth”."},
	},
	"clock-skew": {
		What: Text{"L’horloge de la machine du worker n’est pas à l’heure : ce qu’elle signe est refusé.", "The clock of the worker's machine is wrong: what it signs is refused."},
		Do: Text{"Mettez-la à l’heure et gardez-la ainsi : « timedatectl set-ntp true » (Linux) ou « w32tm /resync » (Windows). L’écart toléré est de cinq minutes.",
			"Set it right and keep it so: “timedatectl set-ntp true” (Linux) or “w32tm /resync” (Windows). Five minutes are tolerated."},
	},
	"autodiscover-address": {
		What: Text{"C’est l’adresse d’Autodiscover, pas celle d’EWS.", "This is the address of Autodiscover, not that of EWS."},
		Do: Text{"Écrivez dans exchange.url l’adresse terminée par /EWS/Exchange.asmx que montre « Get-WebServicesVirtualDirectory | fl InternalUrl,ExternalUrl ». figgosync n’utilise pas Autodiscover : il enverrait le mot de passe à des noms devinés.",
			"Write into exchange.url the address ending in /EWS/Exchange.asmx that “Get-WebServicesVirtualDirectory | fl InternalUrl,ExternalUrl” shows. figgosync does not use Autodiscover: it would send the password to guessed names."},
	},
	"exchange-online-needs-graph": {
		What: Text{"C’est l’adresse EWS d’Office 365, que Microsoft ferme à partir d’octobre 2026.", "This is the EWS address of Office 365, which Microsoft closes from October 2026 on."},
		Do: Text{"Créez une connexion « provider: office365 » (une application Entra avec Calendars.ReadWrite) et donnez-la aux synchronisations de ces personnes. « exchange » est pour vos propres serveurs.",
			"Make a connection with “provider: office365” (an Entra application with Calendars.ReadWrite) and give it to these people's synchronizations. “exchange” is for servers of your own."},
	},
}
