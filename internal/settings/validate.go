package settings

import (
	"cmp"
	"maps"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
)

// ValidateSource returns all that is wrong with a source, nil when it is good.
// Fields of Problems are the keys of a settings file.
func ValidateSource(s Source, rules Rules) []Problem { return record.Check("", &s, rules) }

// ValidateConnection returns all that is wrong with a connection, nil when it is
// good.
func ValidateConnection(c Connection, rules Rules) []Problem { return record.Check("", &c, rules) }

// ValidateSynchronization returns all that is wrong with a synchronization by
// itself, nil when it is good. Whether its source and connection are there, and
// its legal entities free, is for ValidateReferences.
func ValidateSynchronization(s Synchronization, rules Rules) []Problem {
	problems := record.Check("", &s, rules)
	c := &record.Checker{Rules: rules}
	checkHours(c, s.Policy.Hours)
	checkRules(c, s.Policy.Rules)
	checkReplyText(c, "policy.automaticReplies.inside", s.Policy.AutomaticReplies.Inside)
	checkReplyText(c, "policy.automaticReplies.outside", s.Policy.AutomaticReplies.Outside)
	checkFallback(c, s)
	return append(problems, c.Problems()...)
}

// maxFallback is how many further connections a synchronization names at most.
const maxFallback = 5

// checkFallback refuses what no connection can be called, and one that is tried already.
func checkFallback(c *record.Checker, s Synchronization) {
	if len(s.Fallback) > maxFallback {
		c.Add("fallback", CodeTooManyItems, "limit", strconv.Itoa(maxFallback))
		return
	}
	for i, name := range s.Fallback {
		switch path := "fallback." + strconv.Itoa(i); {
		case !namePattern.MatchString(name):
			c.Add(path, CodeUnknownConnect, "name", name)
		case slices.Contains(s.Connections()[:i+1], name):
			c.Add(path, CodeTriedTwice, "name", name)
		}
	}
}

// checkName checks the name of a record. Names go into addresses and workflow ids.
func checkName(c *record.Checker, name string) {
	if c.Filled("name", name) && !namePattern.MatchString(name) {
		c.Replace("name", CodeBadName, "limit", strconv.Itoa(MaxName))
	}
}

// Check implements record.Checked.
func (s *Source) Check(c *record.Checker) {
	checkName(c, s.Name)
	if s.API == APIv3 {
		c.Filled("apiKey", s.APIKey.Reveal())
	} else {
		if c.Good("clientId") && c.Filled("clientId", s.ClientID) {
			c.Word("clientId", s.ClientID, MaxID)
		}
		c.Filled("clientSecret", s.ClientSecret.Reveal())
	}
	if c.Good("webhookSecret") {
		checkStrength(c, "webhookSecret", s.WebhookSecret, s.WebhookSecret.Reveal(), MinWebhookKey)
	}
	s.checkHTTPKey(c)
}

// checkHTTPKey checks the value of an Authorization header.
func (s *Source) checkHTTPKey(c *record.Checker) {
	const field = "httpSynchronizationKey"
	key := s.HTTPSynchronizationKey.Reveal()
	if key != strings.TrimSpace(key) || strings.ContainsFunc(key, unicode.IsControl) {
		c.Replace(field, CodeBadHeader)
		return
	}
	if c.Good(field) {
		checkStrength(c, field, s.HTTPSynchronizationKey, guessedOf(key), MinWebhookKey)
	}
}

// Check implements record.Checked.
func (s *Synchronization) Check(c *record.Checker) {
	checkName(c, s.Name)
	checkLegalEntities(c, s.LegalEntities)
	checkEmployees(c, "exclude", s.Exclude)
	checkEmployees(c, "hideType", s.HideType)
	checkAddresses(c, s.Addresses)
	checkNightly(c, s.Reconciliation)
	checkWatch(c, s.Watch)
	if c.Good("zone") {
		// "Local" would be the zone of whatever machine this runs on.
		if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
			c.Add("zone", CodeBadZone, "zone", s.Zone)
		}
	}
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}

func checkLegalEntities(c *record.Checker, ids []string) {
	switch {
	case len(ids) == 0:
		c.Add("legalEntities", CodeRequired)
	case len(ids) > MaxEntities:
		c.Add("legalEntities", CodeTooMany, "limit", strconv.Itoa(MaxEntities))
		return
	}
	seen := map[string]bool{}
	for i, id := range ids {
		field := "legalEntities." + strconv.Itoa(i)
		switch {
		case id == "" || len(id) > MaxEntity:
			c.Add(field, CodeBadEntity, "limit", strconv.Itoa(MaxEntity))
		case seen[id]:
			c.Add(field, CodeEntityTwice, "legalEntity", id)
		default:
			c.Word(field, id, MaxEntity)
		}
		seen[id] = true
	}
}

// MaxExcluded is the most employees that a synchronization can exclude, or whose types it
// can hide.
const MaxExcluded = 1000

func checkEmployees(c *record.Checker, list string, ids []string) {
	if len(ids) > MaxExcluded {
		c.Add(list, CodeTooMany, "limit", strconv.Itoa(MaxExcluded))
		return
	}
	for i, id := range ids {
		field := list + "." + strconv.Itoa(i)
		if id == "" || len(id) > MaxEntity {
			c.Add(field, CodeBadEntity, "limit", strconv.Itoa(MaxEntity))
			continue
		}
		c.Word(field, id, MaxEntity)
	}
}

// MaxAddresses is the most addresses that a synchronization can have of its own.
const MaxAddresses = 10_000

func checkAddresses(c *record.Checker, addresses map[string]string) {
	if len(addresses) > MaxAddresses {
		c.Add("addresses", CodeTooMany, "limit", strconv.Itoa(MaxAddresses))
		return
	}
	for _, id := range slices.Sorted(maps.Keys(addresses)) {
		if code, values := wrongAddress(id, addresses[id]); code != "" {
			c.Add("addresses."+id, code, values...)
		}
	}
}

// wrongAddress is what is wrong with the address of an employee, "" where nothing is.
func wrongAddress(id, address string) (code string, values []string) {
	switch {
	case id == "" || len(id) > MaxEntity || strings.ContainsFunc(id, unicode.IsSpace):
		return CodeBadEntity, []string{"limit", strconv.Itoa(MaxEntity)}
	case !isMailAddress(address):
		return CodeBadEmail, nil
	}
	return "", nil
}

// isMailAddress tells whether a text is an address alone, without a name.
func isMailAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == text && len(text) <= maxMailAddress
}

// maxMailAddress is the longest address that mail servers take (RFC 5321 4.5.3.1.3, without
// the angle brackets).
const maxMailAddress = 254

// Address is where the mailbox of an employee is of whom Figgo has an address, or none.
func (s Synchronization) Address(employee, figgo string) string {
	return cmp.Or(s.Addresses[employee], figgo)
}

// PolicyFor is the policy for an employee: without what tells a type of those who wish so.
func (s Synchronization) PolicyFor(employee string) absence.Policy {
	if slices.Contains(s.HideType, employee) {
		return s.Policy.Discreet()
	}
	return s.Policy
}

// ReplyPolicyFor is the policy of automatic replies for an employee: without texts of
// certain types' own for those who wish that nothing tells them.
func (s Synchronization) ReplyPolicyFor(employee string) absence.Policy {
	policy := s.Policy
	if slices.Contains(s.HideType, employee) {
		policy.Rules = slices.Clone(policy.Rules)
		for i := range policy.Rules {
			policy.Rules[i].ReplyText = ""
		}
	}
	return policy
}

// Excludes tells that nothing of the employee is written.
func (s Synchronization) Excludes(employee string) bool { return slices.Contains(s.Exclude, employee) }

// checkHours checks the clock times of a policy. Package absence knows no records.
func checkHours(c *record.Checker, h absence.Hours) {
	bad := false
	for _, clock := range []struct {
		field string
		value absence.Clock
	}{
		{"morningStart", h.MorningStart}, {"morningEnd", h.MorningEnd}, {"afternoonStart", h.AfternoonStart},
		{"afternoonEnd", h.AfternoonEnd},
	} {
		if _, err := clock.value.MarshalText(); err != nil {
			c.Add("policy.hours."+clock.field, CodeBadClock)
			bad = true
		}
	}
	if bad {
		return
	}
	order := func(field string, time, before absence.Clock) {
		c.Add("policy.hours."+field, CodeHoursOrder, "time", time.String(), "before", before.String())
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
	c := &record.Checker{}
	if s.Source != "" && !slices.Contains(sources, s.Source) {
		c.Add("source", CodeUnknownSource, "name", s.Source)
	}
	if s.Connection != "" && !slices.Contains(connections, s.Connection) {
		c.Add("connection", CodeUnknownConnect, "name", s.Connection)
	}
	for i, name := range s.Fallback {
		if !slices.Contains(connections, name) {
			c.Add("fallback."+strconv.Itoa(i), CodeUnknownConnect, "name", name)
		}
	}
	if s.Paused {
		return c.Problems()
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
			c.Add("legalEntities."+strconv.Itoa(i), CodeEntityTaken, "legalEntity", id, "synchronization", name)
		}
	}
	return c.Problems()
}

// ValidateTimings returns all that is wrong with waiting times, nil when they are
// good.
func ValidateTimings(t Timings) []Problem {
	c := &record.Checker{}
	duration := func(field string, d time.Duration) {
		if d < leastRetry || d > mostRetry {
			c.Add(field, CodeBadDuration, "least", record.ShortDuration(leastRetry), "most",
				record.ShortDuration(mostRetry))
		}
	}
	duration("blockedRetry", t.BlockedRetry)
	duration("blockedRetryMax", t.BlockedRetryMax)
	if t.BlockedRetryMax < t.BlockedRetry {
		c.Add("blockedRetryMax", CodeRetryOrder, "first", record.ShortDuration(t.BlockedRetry), "last",
			record.ShortDuration(t.BlockedRetryMax))
	}
	return c.Problems()
}
