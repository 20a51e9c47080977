package texts

var tlsFindings = map[string]Reason{
	"tls-unknown-authority": {
		What: Text{"Le certificat du serveur vient d’une autorité que cette machine ne connaît pas.", "The server's certificate comes from an authority this machine does not know."},
		Do: Text{"Donnez le certificat racine de votre entreprise (PEM) à la connexion : exchange.ca: {file: secrets/ca.pem} ; pour les autres systèmes, ajoutez-le aux autorités de la machine (update-ca-certificates). Si la racine est déjà connue, faites envoyer les certificats intermédiaires par le serveur.",
			"Give your company's root certificate (PEM) to the connection: exchange.ca: {file: secrets/ca.pem}; for other systems add it to the machine's authorities (update-ca-certificates). If the root is known already, make the server send its intermediate certificates."},
	},
	"tls-expired": {
		What: Text{"Le certificat du serveur a expiré.", "The server's certificate has expired."},
		Do: Text{"Renouvelez-le sur le serveur et affectez-le au service web : « Enable-ExchangeCertificate -Thumbprint EMPREINTE -Services IIS ». Si seul le répartiteur de charge présente l’ancien, remplacez-le là.",
			"Renew it on the server and assign it to the web service: “Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS”. If only the load balancer shows the old one, replace it there."},
	},
	"tls-expires-soon": {
		What: Text{"Le certificat du serveur expire dans moins de trois semaines ; la synchronisation s’arrêtera ce jour-là.", "The server's certificate expires in less than three weeks; synchronization will stop that day."},
		Do: Text{"Faites-le renouveler avant la date affichée (« Get-ExchangeCertificate | fl Subject,NotAfter,Services » montre ceux d’un serveur Exchange).",
			"Have it renewed before the date shown (“Get-ExchangeCertificate | fl Subject,NotAfter,Services” shows those of an Exchange server)."},
	},
	"tls-not-yet-valid": {
		What: Text{"Le certificat du serveur n’est pas encore valable à l’heure de cette machine.", "The server's certificate is not valid yet by this machine's clock."},
		Do: Text{"Si l’horloge de cette machine retarde, réglez-la (« timedatectl status ») ; sinon remettez l’ancien certificat jusqu’à la date affichée.",
			"If this machine's clock is slow, set it (“timedatectl status”); else put the former certificate back until the date shown."},
	},
	"tls-name-mismatch": {
		What: Text{"Le certificat est établi pour d’autres noms que celui de l’adresse.", "The certificate is for other names than the one in the address."},
		Do: Text{"Écrivez dans l’adresse un des noms affichés, ou émettez un certificat dont les « autres noms de l’objet » (SAN) contiennent le nom de l’adresse. Le nom commun (CN) seul ne compte plus.",
			"Write one of the names shown into the address, or issue a certificate whose subject alternative names (SAN) hold the address's name. The common name (CN) alone no longer counts."},
	},
	"tls-too-old": {
		What: Text{"Le serveur ne prend en charge que des versions de TLS antérieures à 1.2.", "The server speaks only a version of TLS older than 1.2."},
		Do: Text{"Activez TLS 1.2 dans Windows (https://learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/exchange-tls-configuration). En attendant, exchange.minTls: \"1.0\" l’accepte, dans un réseau de confiance seulement.",
			"Turn TLS 1.2 on in Windows (https://learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/exchange-tls-configuration). Until then exchange.minTls: \"1.0\" accepts it, in a trusted network only."},
	},
	"tls-weak": {
		What: Text{"Le serveur n’offre que du chiffrement abandonné : signature SHA-1, échange de clés RSA, 3DES ou RC4.", "The server offers only encryption given up as weak: SHA-1 signatures, RSA key exchange, 3DES or RC4."},
		Do: Text{"Émettez un certificat signé en SHA-256 et activez les suites ECDHE (par exemple avec IIS Crypto, modèle « Best Practices »). Pour l’échange de clés RSA seulement, exchange.minTls: \"1.1\" l’accepte en attendant.",
			"Issue a certificate signed with SHA-256 and turn the ECDHE suites on (with IIS Crypto, template “Best Practices”, for example). For the RSA key exchange alone exchange.minTls: \"1.1\" accepts it meanwhile."},
	},
	"tls-certificate-unusable": {
		What: Text{"Le certificat présenté n’est pas fait pour un serveur web.", "The certificate shown is not made for a web server."},
		Do: Text{"Affectez au site web un certificat avec l’usage « authentification du serveur » (1.3.6.1.5.5.7.3.1), émis par une autorité qui a le droit d’en émettre pour ce nom.",
			"Assign a certificate with the usage “server authentication” (1.3.6.1.5.5.7.3.1) to the web site, issued by an authority that may do so for this name."},
	},
	"tls-client-certificate": {
		What: Text{"Le serveur exige un certificat client, que figgosync n’a pas.", "The server demands a client certificate, which figgosync does not have."},
		Do: Text{"Dans IIS, site par défaut > EWS > Paramètres SSL, mettez « Certificats clients : Ignorer » ; ou levez l’exigence pour ce trafic sur le proxy inverse.",
			"In IIS, Default Web Site > EWS > SSL Settings, set “Client certificates: Ignore”; or lift the demand for this traffic on the reverse proxy."},
	},
	"tls-not-spoken": {
		What: Text{"Le port répond sans TLS : c’est un service http à une adresse https.", "The port answers without TLS: an http service at an https address."},
		Do: Text{"Donnez le port https du serveur (443 d’ordinaire). Si le chiffrement s’arrête sur un répartiteur, donnez l’adresse de celui-ci. figgosync n’envoie rien en clair.",
			"Give the server's https port (443 as a rule). If encryption ends at a load balancer, give its address. figgosync sends nothing in clear."},
	},
	"tls-refused": {
		What: Text{"Le serveur interrompt la négociation TLS sans dire pourquoi.", "The server breaks the TLS handshake off without telling why."},
		Do: Text{"Vérifiez qu’un certificat est lié au port 443 pour ce nom (« netsh http show sslcert », ou les liaisons SNI du proxy inverse), puis l’événement Schannel du journal système de Windows à cette heure.",
			"Check that a certificate is bound to port 443 for this name (“netsh http show sslcert”, or the SNI bindings of the reverse proxy), then the Schannel event in Windows' system log at that time."},
	},
}
