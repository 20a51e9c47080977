package stored

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

// The JSON of records, without secrets. Keys are those of a settings file.

type sourceJSON struct {
	Host     string             `json:"host"`
	TokenURL string             `json:"tokenUrl"`
	API      settings.SourceAPI `json:"api"`
	ClientID string             `json:"clientId,omitempty"`
}

type connectionJSON struct {
	Provider      calendars.Provider `json:"provider"`
	MaxConcurrent int                `json:"maxConcurrent,omitempty"`
	Office365     *office365JSON     `json:"office365,omitempty"`
	Exchange      *exchangeJSON      `json:"exchange,omitempty"`
	Google        *googleJSON        `json:"google,omitempty"`
}

type office365JSON struct {
	TenantID     string `json:"tenantId"`
	ClientID     string `json:"clientId"`
	AuthorityURL string `json:"authorityUrl"`
	GraphURL     string `json:"graphUrl"`
}

type exchangeJSON struct {
	URL      string                `json:"url"`
	Username string                `json:"username"`
	Auth     settings.ExchangeAuth `json:"auth"`
	CA       string                `json:"ca,omitempty"`
	MinTLS   string                `json:"minTls"`
}

type googleJSON struct {
	CalendarURL string `json:"calendarUrl"`
	TokenURL    string `json:"tokenUrl,omitempty"`
}

type synchronizationJSON struct {
	Source        string         `json:"source"`
	Connection    string         `json:"connection"`
	LegalEntities []string       `json:"legalEntities"`
	Zone          string         `json:"zone"`
	Policy        absence.Policy `json:"policy"`
	Paused        bool           `json:"paused"`
	ConfirmAbove  int            `json:"confirmAbove"`
}

type timingsJSON struct {
	BlockedRetry    string `json:"blockedRetry"`
	BlockedRetryMax string `json:"blockedRetryMax"`
}

func sourceRow(s settings.Source) any { return sourceJSON{s.Host, s.TokenURL, s.API, s.ClientID} }

func connectionRow(c settings.Connection) any {
	row := connectionJSON{Provider: c.Provider, MaxConcurrent: c.MaxConcurrent}
	if o := c.Office365; o != nil {
		row.Office365 = &office365JSON{o.TenantID, o.ClientID, o.AuthorityURL, o.GraphURL}
	}
	if e := c.Exchange; e != nil {
		row.Exchange = &exchangeJSON{e.URL, e.Username, e.Auth, e.CAPEM, e.MinTLS}
	}
	if g := c.Google; g != nil {
		row.Google = &googleJSON{g.CalendarURL, g.TokenURL}
	}
	return row
}

func synchronizationRow(s settings.Synchronization) any {
	return synchronizationJSON{s.Source, s.Connection, s.LegalEntities, s.Zone, s.Policy, s.Paused, s.ConfirmAbove}
}

func timingsRow(t settings.Timings) any {
	return timingsJSON{t.BlockedRetry.String(), t.BlockedRetryMax.String()}
}

func readSource(name, text string) (settings.Source, error) {
	var row sourceJSON
	err := json.Unmarshal([]byte(text), &row)
	return settings.Source{Name: name, Host: row.Host, TokenURL: row.TokenURL, API: row.API, ClientID: row.ClientID}, err
}

func readConnection(name, text string) (settings.Connection, error) {
	var row connectionJSON
	err := json.Unmarshal([]byte(text), &row)
	c := settings.Connection{Name: name, Provider: row.Provider, MaxConcurrent: row.MaxConcurrent}
	if o := row.Office365; o != nil {
		c.Office365 = &settings.Office365{TenantID: o.TenantID, ClientID: o.ClientID, AuthorityURL: o.AuthorityURL, GraphURL: o.GraphURL}
	}
	if e := row.Exchange; e != nil {
		c.Exchange = &settings.Exchange{URL: e.URL, Username: e.Username, Auth: e.Auth, CAPEM: e.CA, MinTLS: e.MinTLS}
	}
	if g := row.Google; g != nil {
		c.Google = &settings.Google{CalendarURL: g.CalendarURL, TokenURL: g.TokenURL}
	}
	return c, err
}

func readSynchronization(name, text string) (settings.Synchronization, error) {
	var row synchronizationJSON
	err := json.Unmarshal([]byte(text), &row)
	return settings.Synchronization{
		Name: name, Source: row.Source, Connection: row.Connection, LegalEntities: row.LegalEntities, Zone: row.Zone,
		Policy: row.Policy, Paused: row.Paused, ConfirmAbove: row.ConfirmAbove,
	}, err
}

func readTimings(text string) (settings.Timings, error) {
	var row timingsJSON
	if err := json.Unmarshal([]byte(text), &row); err != nil {
		return settings.Timings{}, err
	}
	first, err := time.ParseDuration(row.BlockedRetry)
	if err != nil {
		return settings.Timings{}, fmt.Errorf("blockedRetry: %w", err)
	}
	last, err := time.ParseDuration(row.BlockedRetryMax)
	if err != nil {
		return settings.Timings{}, fmt.Errorf("blockedRetryMax: %w", err)
	}
	return settings.Timings{BlockedRetry: first, BlockedRetryMax: last}, nil
}
