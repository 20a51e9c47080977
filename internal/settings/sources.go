package settings

import (
	"strings"
)

// DefaultTokenURL is the one token endpoint of all Lucca accounts
// (https://developers.lucca.fr/documentation/using-api/authentication).
const DefaultTokenURL = "https://accounts.world.luccasoftware.com/connect/token"

// readSource reads one element of sources.
func readSource(n node, known *names) Source {
	f := n.mapping("name", "webhookSecret", "httpSynchronizationKey", "host", "tokenUrl", "api", "clientId", "clientSecret", "apiKey")
	source := Source{
		Name:                   known.read(f),
		WebhookSecret:          f.at("webhookSecret").secret(),
		HTTPSynchronizationKey: f.at("httpSynchronizationKey").secret(),
		Host:                   strings.TrimRight(f.address("host", "write your Lucca account's address, such as https://acme.ilucca.net"), "/"),
		TokenURL:               f.at("tokenUrl").endpoint(DefaultTokenURL),
		API:                    choice(f.at("api"), APIv5, APIv3),
		APIKey:                 f.at("apiKey").secret(),
	}
	if source.API == APIv3 {
		source.APIKey = f.secret("apiKey")
		source.ClientID, source.ClientSecret = f.at("clientId").text(), f.at("clientSecret").secret()
	} else {
		source.ClientID, source.ClientSecret = f.word("clientId", "write the integration key's client id"), f.secret("clientSecret")
	}
	f.report(n.r.withoutSecrets(ValidateSource(source, n.r.rules()), source.SecretsOf()))
	if source.WebhookSecret == "" && source.HTTPSynchronizationKey == "" && !n.r.opts.ForImport {
		n.warn("it has neither webhookSecret nor httpSynchronizationKey: no webhook is accepted until it has")
	}
	return source
}
