package settings

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
)

// connectionJSON is a connection without its system's settings.
type connectionJSON Connection

// MarshalJSON writes the settings of the system under the provider's name.
func (c Connection) MarshalJSON() ([]byte, error) {
	plain, err := json.Marshal(connectionJSON(c))
	if err != nil || c.System == nil {
		return plain, err
	}
	part, err := json.Marshal(map[string]any{string(c.Provider): c.System})
	if err != nil {
		return nil, err
	}
	return slices.Concat(plain[:len(plain)-1], []byte(","), part[1:]), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Connection) UnmarshalJSON(data []byte) error {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if err := json.Unmarshal(data, (*connectionJSON)(c)); err != nil {
		return err
	}
	if c.System = calendars.SettingsOf(c.Provider); c.System == nil {
		return fmt.Errorf("this program knows no calendar system %q", c.Provider)
	}
	if part, ok := parts[string(c.Provider)]; ok {
		return json.Unmarshal(part, c.System)
	}
	return nil
}

// Check implements record.Checked.
func (c *Connection) Check(check *record.Checker) {
	checkName(check, c.Name)
	known := calendars.Providers()
	if !slices.Contains(known, c.Provider) {
		check.Choice("provider", string(c.Provider), texts(known)...)
	} else if c.System == nil || reflect.TypeOf(c.System) != reflect.TypeOf(calendars.SettingsOf(c.Provider)) {
		check.Add(string(c.Provider), CodeRequired)
	}
}

// readConnection reads one element of connections.
func readConnection(n node, known *names) Connection {
	providers := calendars.Providers()
	f := n.mapping(append([]string{"name", "title", "provider", "maxConcurrent"}, texts(providers)...)...)
	c := Connection{Name: known.read(f), Title: f.at("title").text(),
		MaxConcurrent: f.at("maxConcurrent").integer(maxConcurrent)}
	if !f.required("provider", "write "+either(texts(providers))) {
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
	c.System = calendars.SettingsOf(c.Provider)
	f.at(string(c.Provider)).record(c.System)
	record.Defaults(c.System)
	all := record.Fields("", &c)
	var alternatives []string
	if of, ok := c.System.(calendars.Alternatives); ok {
		alternatives = of.SecretAlternatives()
	}
	f.report(f.withoutSecrets(ValidateConnection(c, n.r.rules()), all, alternatives), all)
	return c
}

// maxConcurrent bounds a connection's maxConcurrent.
const maxConcurrent = 1000

// either lists texts, one of which is to be chosen.
func either(texts []string) string {
	last := len(texts) - 1
	if last < 1 {
		return strings.Join(texts, "")
	}
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}
