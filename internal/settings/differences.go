package settings

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// fieldText is one field of a record as people read it. secret is what is behind
// "[secret]", only to be compared.
type fieldText struct {
	field, text string
	secret      Secret
}

// SourceChanges tells fields that differ, in the order of a settings file. From
// or to may be a zero Source, for one that is made or removed.
func SourceChanges(from, to Source) []FieldChange {
	return changes(fieldsOfSource(from), fieldsOfSource(to))
}

// ConnectionChanges does what SourceChanges does.
func ConnectionChanges(from, to Connection) []FieldChange {
	return changes(fieldsOfConnection(from), fieldsOfConnection(to))
}

// SynchronizationChanges does what SourceChanges does.
func SynchronizationChanges(from, to Synchronization) []FieldChange {
	return changes(fieldsOfSynchronization(from), fieldsOfSynchronization(to))
}

// TimingsChanges does what SourceChanges does.
func TimingsChanges(from, to Timings) []FieldChange {
	return changes(fieldsOfTimings(from), fieldsOfTimings(to))
}

func changes(from, to []fieldText) []FieldChange {
	var all []FieldChange
	old := map[string]fieldText{}
	for _, f := range from {
		old[f.field] = f
	}
	for _, f := range to {
		if before := old[f.field]; before.text != f.text || before.secret != f.secret {
			all = append(all, FieldChange{Field: f.field, From: before.text, To: f.text})
		}
		delete(old, f.field)
	}
	// What only the old one has: the block of another provider.
	for _, f := range from {
		if before, gone := old[f.field]; gone && before.text != "" {
			all = append(all, FieldChange{Field: f.field, From: before.text})
		}
	}
	return all
}

func secretText(field string, s Secret) fieldText { return fieldText{field, s.String(), s} }

func fieldsOfSource(s Source) []fieldText {
	return []fieldText{
		{field: "host", text: s.Host}, {field: "tokenUrl", text: s.TokenURL}, {field: "api", text: string(s.API)},
		{field: "clientId", text: s.ClientID}, secretText("clientSecret", s.ClientSecret), secretText("apiKey", s.APIKey),
		secretText("webhookSecret", s.WebhookSecret), secretText("httpSynchronizationKey", s.HTTPSynchronizationKey),
	}
}

func fieldsOfConnection(c Connection) []fieldText {
	all := []fieldText{{field: "provider", text: string(c.Provider)}, {field: "maxConcurrent", text: count(c.MaxConcurrent)}}
	if o := c.Office365; o != nil {
		all = append(all, fieldText{field: "office365.tenantId", text: o.TenantID}, fieldText{field: "office365.clientId", text: o.ClientID},
			secretText("office365.clientSecret", o.ClientSecret), secretText("office365.certificate", o.CertificatePEM),
			fieldText{field: "office365.authorityUrl", text: o.AuthorityURL}, fieldText{field: "office365.graphUrl", text: o.GraphURL})
	}
	if e := c.Exchange; e != nil {
		all = append(all, fieldText{field: "exchange.url", text: e.URL}, fieldText{field: "exchange.username", text: e.Username},
			secretText("exchange.password", e.Password), fieldText{field: "exchange.auth", text: string(e.Auth)},
			fieldText{field: "exchange.ca", text: certificatesText(e.CAPEM)}, fieldText{field: "exchange.minTls", text: e.MinTLS})
	}
	if g := c.Google; g != nil {
		all = append(all, secretText("google.key", g.KeyJSON), fieldText{field: "google.calendarUrl", text: g.CalendarURL},
			fieldText{field: "google.tokenUrl", text: g.TokenURL})
	}
	return all
}

func fieldsOfSynchronization(s Synchronization) []fieldText {
	if s.Name == "" {
		return nil
	}
	p := s.Policy
	texts := []string{
		"source", s.Source, "connection", s.Connection, "legalEntities", strings.Join(s.LegalEntities, ", "), "zone", s.Zone,
		"paused", strconv.FormatBool(s.Paused), "confirmAbove", strconv.Itoa(s.ConfirmAbove),
		"policy.label", p.Label, "policy.showType", strconv.FormatBool(p.ShowType), "policy.wholeDay", string(p.WholeDay),
		"policy.hours.morning", p.Hours.MorningStart.String() + "-" + p.Hours.MorningEnd.String(),
		"policy.hours.afternoon", p.Hours.AfternoonStart.String() + "-" + p.Hours.AfternoonEnd.String(),
		"policy.showPending", string(p.ShowPending), "policy.showApproved", string(p.ShowApproved),
		"policy.private", strconv.FormatBool(p.Private),
	}
	var all []fieldText
	for pair := range slices.Chunk(texts, 2) {
		all = append(all, fieldText{field: pair[0], text: pair[1]})
	}
	return all
}

func fieldsOfTimings(t Timings) []fieldText {
	return []fieldText{{field: "blockedRetry", text: short(t.BlockedRetry)}, {field: "blockedRetryMax", text: short(t.BlockedRetryMax)}}
}

// count writes a number, nothing for 0.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// certificatesText stands for certificates, which are long.
func certificatesText(pem string) string {
	if pem == "" {
		return ""
	}
	return fmt.Sprintf("[certificates sha256:%.6x]", sha256.Sum256([]byte(pem)))
}
