package settings

import (
	"regexp"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
)

// The public addresses of Microsoft and Google.
const (
	DefaultAuthorityURL = "https://login.microsoftonline.com"
	DefaultGraphURL     = "https://graph.microsoft.com/v1.0"
	DefaultCalendarURL  = "https://www.googleapis.com/calendar/v3/"
)

// maxConcurrent bounds a connection's maxConcurrent.
const maxConcurrent = 1000

// readConnection reads one element of connections.
func readConnection(n node, known *names) Connection {
	providers := []calendars.Provider{calendars.Office365, calendars.Exchange, calendars.Google}
	f := n.mapping("name", "provider", "maxConcurrent", "office365", "exchange", "google")
	c := Connection{Name: known.read(f), MaxConcurrent: f.at("maxConcurrent").integer(maxConcurrent)}
	if !f.required("provider", "write office365, exchange or google") {
		return c
	}
	before := len(n.r.faults)
	if c.Provider = choice(f.at("provider"), providers...); len(n.r.faults) > before {
		return c
	}
	for _, other := range providers {
		if block := f.at(string(other)); other != c.Provider && block.yaml != nil {
			block.fail("the provider is %s: write a block %s and no other", c.Provider, c.Provider)
		}
	}
	if !f.required(string(c.Provider), "write the block of the provider") {
		return c
	}
	switch block := f.at(string(c.Provider)); c.Provider {
	case calendars.Office365:
		c.Office365 = readOffice365(block)
	case calendars.Exchange:
		c.Exchange = readExchange(block)
	case calendars.Google:
		c.Google = readGoogle(block)
	}
	problems := ValidateConnection(c, n.r.rules())
	if f.at("office365").find([]string{"certificate"}).present() {
		// One that could not be read is told as such.
		problems = slices.DeleteFunc(problems, func(p Problem) bool { return p.Field == "office365.clientSecret" && p.Code == CodeRequired })
	}
	f.report(n.r.withoutSecrets(problems, c.SecretsOf()))
	return c
}

var tenantPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)

// readOffice365 reads the block office365.
func readOffice365(n node) *Office365 {
	f := n.mapping("tenantId", "clientId", "clientSecret", "certificate", "authorityUrl", "graphUrl")
	o := &Office365{
		TenantID:       f.word("tenantId", tenantHint),
		ClientID:       f.word("clientId", "write the application (client) id of your Entra application"),
		ClientSecret:   f.at("clientSecret").secret(),
		CertificatePEM: f.at("certificate").secret(),
		AuthorityURL:   strings.TrimRight(f.at("authorityUrl").endpoint(DefaultAuthorityURL), "/"),
		GraphURL:       strings.TrimRight(f.at("graphUrl").endpoint(DefaultGraphURL), "/"),
	}
	return o
}

// readExchange reads the block exchange.
func readExchange(n node) *Exchange {
	f := n.mapping("url", "username", "password", "auth", "ca", "minTls")
	e := &Exchange{
		URL:      f.address("url", "write the server's EWS address, such as https://mail.example.com/ews/exchange.asmx"),
		Username: f.text("username", `write the impersonation account, such as EXAMPLE\figgosync or figgosync@example.com`),
		Password: f.secret("password"),
		Auth:     choice(f.at("auth"), AuthNTLM, AuthBasic),
		CAPEM:    f.at("ca").kept(false),
		MinTLS:   choice(f.at("minTls"), "1.2", "1.1", "1.0"),
	}
	return e
}

// readGoogle reads the block google.
func readGoogle(n node) *Google {
	f := n.mapping("key", "calendarUrl", "tokenUrl")
	g := &Google{
		KeyJSON:     f.secret("key"),
		CalendarURL: strings.TrimRight(f.at("calendarUrl").endpoint(DefaultCalendarURL), "/") + "/",
		TokenURL:    f.at("tokenUrl").endpoint(""),
	}
	return g
}
