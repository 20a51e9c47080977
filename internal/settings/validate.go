package settings

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// ValidateSource returns all that is wrong with a source, nil when it is good.
// Fields of Problems are the keys of a settings file.
func ValidateSource(s Source, rules Rules) []Problem {
	c := &checker{rules: rules}
	c.name(s.Name)
	if c.filled("host", s.Host) {
		c.address("host", s.Host)
	}
	c.address("tokenUrl", s.TokenURL)
	oneOf(c, "api", s.API, APIv5, APIv3)
	if s.API == APIv3 {
		c.filled("apiKey", s.APIKey.Reveal())
		c.text("clientId", s.ClientID, MaxID)
	} else {
		if c.filled("clientId", s.ClientID) {
			c.word("clientId", s.ClientID, MaxID)
		}
		c.filled("clientSecret", s.ClientSecret.Reveal())
	}
	c.secret("clientSecret", s.ClientSecret)
	c.secret("apiKey", s.APIKey)
	if c.text("webhookSecret", s.WebhookSecret.Reveal(), MaxSecret) {
		c.strong("webhookSecret", s.WebhookSecret, s.WebhookSecret.Reveal(), MinWebhookKey)
	}
	if c.header("httpSynchronizationKey", s.HTTPSynchronizationKey.Reveal()) {
		c.strong("httpSynchronizationKey", s.HTTPSynchronizationKey, guessedOf(s.HTTPSynchronizationKey.Reveal()), MinWebhookKey)
	}
	return c.problems
}

// header checks the value of an Authorization header.
func (c *checker) header(field, text string) bool {
	if text != strings.TrimSpace(text) || strings.ContainsFunc(text, unicode.IsControl) {
		c.add(field, CodeBadHeader)
		return false
	}
	return c.text(field, text, MaxSecret)
}

// ValidateConnection returns all that is wrong with a connection, nil when it is
// good.
func ValidateConnection(v Connection, rules Rules) []Problem {
	c := &checker{rules: rules}
	c.name(v.Name)
	c.number("maxConcurrent", v.MaxConcurrent, maxConcurrent)
	before := len(c.problems)
	oneOf(c, "provider", v.Provider, calendars.Office365, calendars.Exchange, calendars.Google)
	if len(c.problems) > before {
		return c.problems
	}
	c.block(v.Provider, calendars.Office365, v.Office365 != nil)
	c.block(v.Provider, calendars.Exchange, v.Exchange != nil)
	c.block(v.Provider, calendars.Google, v.Google != nil)
	switch {
	case v.Provider == calendars.Office365 && v.Office365 != nil:
		c.office365(*v.Office365)
	case v.Provider == calendars.Exchange && v.Exchange != nil:
		c.exchange(*v.Exchange)
	case v.Provider == calendars.Google && v.Google != nil:
		c.google(*v.Google)
	}
	return c.problems
}

// block reports the part of the provider that is missing, and those of others.
func (c *checker) block(chosen, provider calendars.Provider, set bool) {
	switch {
	case provider == chosen && !set:
		c.add(string(provider), CodeRequired)
	case provider != chosen && set:
		c.add(string(provider), CodeOtherProvider, "provider", string(chosen))
	}
}

func (c *checker) office365(o Office365) {
	if c.filled("office365.tenantId", o.TenantID) && c.word("office365.tenantId", o.TenantID, MaxID) {
		// An application signs in to one directory: these stand for any.
		anyTenant := []string{"common", "organizations", "consumers"}
		if !tenantPattern.MatchString(o.TenantID) || slices.Contains(anyTenant, strings.ToLower(o.TenantID)) {
			c.add("office365.tenantId", CodeNotOneDirectory)
		}
	}
	if c.filled("office365.clientId", o.ClientID) {
		c.word("office365.clientId", o.ClientID, MaxID)
	}
	c.address("office365.authorityUrl", o.AuthorityURL)
	c.address("office365.graphUrl", o.GraphURL)
	c.secret("office365.clientSecret", o.ClientSecret)
	switch {
	case o.ClientSecret != "" && o.CertificatePEM != "":
		c.add("office365.certificate", CodeTwoSecrets)
	case strings.TrimSpace(o.ClientSecret.Reveal()) == "" && o.CertificatePEM == "":
		c.add("office365.clientSecret", CodeRequired)
	case o.CertificatePEM != "":
		c.certificate("office365.certificate", o.CertificatePEM.Reveal())
	}
}

func (c *checker) exchange(e Exchange) {
	if c.filled("exchange.url", e.URL) {
		c.address("exchange.url", e.URL)
	}
	if c.filled("exchange.username", e.Username) {
		c.text("exchange.username", e.Username, MaxID)
	}
	if c.filled("exchange.password", e.Password.Reveal()) {
		c.secret("exchange.password", e.Password)
	}
	oneOf(c, "exchange.auth", e.Auth, AuthNTLM, AuthBasic)
	oneOf(c, "exchange.minTls", e.MinTLS, "1.2", "1.1", "1.0")
	c.authorities("exchange.ca", e.CAPEM)
}

func (c *checker) google(g Google) {
	c.address("google.calendarUrl", g.CalendarURL)
	c.address("google.tokenUrl", g.TokenURL)
	if c.filled("google.key", g.KeyJSON.Reveal()) {
		c.googleKey("google.key", g.KeyJSON.Reveal(), g.TokenURL != "")
	}
}

// ValidateSynchronization returns all that is wrong with a synchronization by
// itself, nil when it is good. Whether its source and connection are there, and
// its legal entities free, is for ValidateReferences.
func ValidateSynchronization(s Synchronization, rules Rules) []Problem {
	c := &checker{rules: rules}
	c.name(s.Name)
	c.filled("source", s.Source)
	c.filled("connection", s.Connection)
	c.legalEntities(s.LegalEntities)
	if c.filled("zone", s.Zone) && c.word("zone", s.Zone, MaxZone) {
		// "Local" would be the zone of whatever machine this runs on.
		if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
			c.add("zone", CodeBadZone, "zone", s.Zone)
		}
	}
	c.number("confirmAbove", s.ConfirmAbove, maxConfirmAbove)
	c.policy(s.Policy)
	return c.problems
}

// maxConfirmAbove bounds confirmAbove.
const maxConfirmAbove = 10_000_000

func (c *checker) legalEntities(ids []string) {
	switch {
	case len(ids) == 0:
		c.add("legalEntities", CodeRequired)
	case len(ids) > MaxEntities:
		c.add("legalEntities", CodeTooMany, "limit", strconv.Itoa(MaxEntities))
		return
	}
	seen := map[string]bool{}
	for i, id := range ids {
		field := "legalEntities." + strconv.Itoa(i)
		switch {
		case id == "" || len(id) > MaxEntity:
			c.add(field, CodeBadEntity, "limit", strconv.Itoa(MaxEntity))
		case seen[id]:
			c.add(field, CodeEntityTwice, "legalEntity", id)
		default:
			c.word(field, id, MaxEntity)
		}
		seen[id] = true
	}
}

func (c *checker) policy(p absence.Policy) {
	if c.filled("policy.label", p.Label) {
		c.text("policy.label", p.Label, MaxLabel)
	}
	oneOf(c, "policy.wholeDay", p.WholeDay, absence.AllDay, absence.TimeRange)
	oneOf(c, "policy.showPending", p.ShowPending, absence.Free, absence.Tentative, absence.Busy, absence.OutOfOffice, absence.Elsewhere)
	oneOf(c, "policy.showApproved", p.ShowApproved, absence.Free, absence.Tentative, absence.Busy, absence.OutOfOffice, absence.Elsewhere)
	c.hours(p.Hours)
}

func (c *checker) hours(h absence.Hours) {
	before := len(c.problems)
	for _, clock := range []struct {
		field string
		value absence.Clock
	}{
		{"morningStart", h.MorningStart}, {"morningEnd", h.MorningEnd}, {"afternoonStart", h.AfternoonStart}, {"afternoonEnd", h.AfternoonEnd},
	} {
		if _, err := clock.value.MarshalText(); err != nil {
			c.add("policy.hours."+clock.field, CodeBadClock)
		}
	}
	if len(c.problems) > before {
		return
	}
	order := func(field string, time, before absence.Clock) {
		c.add("policy.hours."+field, CodeHoursOrder, "time", time.String(), "before", before.String())
	}
	if h.MorningEnd <= h.MorningStart {
		order("morningEnd", h.MorningEnd, h.MorningStart)
	}
	if h.AfternoonStart < h.MorningEnd {
		order("afternoonStart", h.AfternoonStart, h.MorningEnd)
	}
	if h.AfternoonEnd <= h.AfternoonStart {
		order("afternoonEnd", h.AfternoonEnd, h.AfternoonStart)
	}
}

// ValidateReferences returns what is wrong with a synchronization among others: a
// source or connection that is not there, and, when it is active, legal entities
// that another active synchronization of the source has. others may hold the
// synchronization itself, which is not compared.
func ValidateReferences(s Synchronization, sources, connections []string, others []Synchronization) []Problem {
	c := &checker{}
	if s.Source != "" && !slices.Contains(sources, s.Source) {
		c.add("source", CodeUnknownSource, "name", s.Source)
	}
	if s.Connection != "" && !slices.Contains(connections, s.Connection) {
		c.add("connection", CodeUnknownConnect, "name", s.Connection)
	}
	if s.Paused {
		return c.problems
	}
	taken := map[string]string{}
	for _, other := range others {
		if other.Name != s.Name && other.Source == s.Source && !other.Paused {
			for _, id := range other.LegalEntities {
				taken[id] = other.Name
			}
		}
	}
	for i, id := range s.LegalEntities {
		if name, ok := taken[id]; ok {
			c.add("legalEntities."+strconv.Itoa(i), CodeEntityTaken, "legalEntity", id, "synchronization", name)
		}
	}
	return c.problems
}

func (c *checker) duration(field string, d time.Duration) {
	if d < leastRetry || d > mostRetry {
		c.add(field, CodeBadDuration, "least", short(leastRetry), "most", short(mostRetry))
	}
}

// ValidateTimings returns all that is wrong with waiting times, nil when they are
// good.
func ValidateTimings(t Timings) []Problem {
	c := &checker{}
	c.duration("blockedRetry", t.BlockedRetry)
	c.duration("blockedRetryMax", t.BlockedRetryMax)
	if t.BlockedRetryMax < t.BlockedRetry {
		c.add("blockedRetryMax", CodeRetryOrder, "first", short(t.BlockedRetry), "last", short(t.BlockedRetryMax))
	}
	return c.problems
}
