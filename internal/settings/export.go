package settings

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/figgosync/figgosync/internal/absence"
)

const exportHead = `# The settings of figgosync, as "figgosync settings export" writes them;
# figgosync.example.yaml explains every key. Secrets are left out: an import
# keeps those that are stored, and takes new ones that are added here as
# KEY: {env: NAME} or KEY: {file: PATH}.

`

// Export writes all settings as a settings file without secrets: what is set is
// named in a comment. It is complete, so that equal settings give equal bytes, and
// reads back with LoadOptions.ForImport.
func Export(ctx context.Context, store Store) ([]byte, error) {
	sources, err := store.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	connections, err := store.Connections(ctx)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	synchronizations, err := store.Synchronizations(ctx)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	timings, err := store.Timings(ctx)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	top := mapping()
	top.put("sources", list(sources, exportSource))
	top.put("connections", list(connections, exportConnection))
	top.put("synchronizations", list(synchronizations, exportSynchronization))
	top.put("timings", exportTimings(timings).node)
	return top.bytes()
}

// block is a mapping under way.
type block struct{ node *yaml.Node }

func mapping() block { return block{&yaml.Node{Kind: yaml.MappingNode}} }

func (b block) bytes() ([]byte, error) {
	buffer := bytes.NewBufferString(exportHead)
	encoder := yaml.NewEncoder(buffer)
	encoder.SetIndent(2)
	if err := encoder.Encode(b.node); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	err := encoder.Close()
	return buffer.Bytes(), err
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func (b block) put(key string, value *yaml.Node) {
	b.node.Content = append(b.node.Content, scalar("!!str", key), value)
}

// texts puts pairs of a key and a text; those without a text are left out.
func (b block) texts(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			b.put(pairs[i], scalar("!!str", pairs[i+1]))
		}
	}
}

func (b block) flag(key string, value bool) { b.put(key, scalar("!!bool", strconv.FormatBool(value))) }

func (b block) number(key string, value int) { b.put(key, scalar("!!int", strconv.Itoa(value))) }

// name puts the name, with the secrets that are set in a comment.
func (b block) name(name string, secrets []SecretField) {
	node := scalar("!!str", name)
	var set []string
	for _, s := range secrets {
		if *s.Value != "" {
			set = append(set, s.Field)
		}
	}
	if len(set) > 0 {
		node.LineComment = "left out: " + strings.Join(set, ", ")
	}
	b.put("name", node)
}

func list[T any](all []T, export func(T) block) *yaml.Node {
	node := &yaml.Node{Kind: yaml.SequenceNode}
	for _, v := range all {
		node.Content = append(node.Content, export(v).node)
	}
	return node
}

func exportSource(s Source) block {
	b := mapping()
	b.name(s.Name, s.SecretsOf())
	b.texts("host", s.Host, "tokenUrl", s.TokenURL, "api", string(s.API), "clientId", s.ClientID)
	return b
}

func exportConnection(c Connection) block {
	b := mapping()
	b.name(c.Name, c.SecretsOf())
	b.texts("provider", string(c.Provider))
	if c.MaxConcurrent != 0 {
		b.number("maxConcurrent", c.MaxConcurrent)
	}
	part := mapping()
	switch {
	case c.Office365 != nil:
		o := c.Office365
		part.texts("tenantId", o.TenantID, "clientId", o.ClientID, "authorityUrl", o.AuthorityURL, "graphUrl", o.GraphURL)
	case c.Exchange != nil:
		e := c.Exchange
		part.texts("url", e.URL, "username", e.Username, "auth", string(e.Auth), "ca", e.CAPEM, "minTls", e.MinTLS)
	case c.Google != nil:
		part.texts("calendarUrl", c.Google.CalendarURL, "tokenUrl", c.Google.TokenURL)
	}
	b.put(string(c.Provider), part.node)
	return b
}

func exportSynchronization(s Synchronization) block {
	b := mapping()
	b.texts("name", s.Name, "source", s.Source, "connection", s.Connection)
	entities := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, id := range s.LegalEntities {
		entities.Content = append(entities.Content, scalar("!!str", id))
	}
	b.put("legalEntities", entities)
	b.texts("zone", s.Zone)
	b.flag("paused", s.Paused)
	b.number("confirmAbove", s.ConfirmAbove)
	b.put("policy", exportPolicy(s.Policy).node)
	return b
}

func exportPolicy(p absence.Policy) block {
	b, hours := mapping(), mapping()
	b.texts("label", p.Label)
	b.flag("showType", p.ShowType)
	b.texts("wholeDay", string(p.WholeDay))
	hours.texts("morning", p.Hours.MorningStart.String()+"-"+p.Hours.MorningEnd.String(),
		"afternoon", p.Hours.AfternoonStart.String()+"-"+p.Hours.AfternoonEnd.String())
	b.put("hours", hours.node)
	b.texts("showPending", string(p.ShowPending), "showApproved", string(p.ShowApproved))
	b.flag("private", p.Private)
	return b
}

func exportTimings(t Timings) block {
	b := mapping()
	b.texts("blockedRetry", short(t.BlockedRetry), "blockedRetryMax", short(t.BlockedRetryMax))
	return b
}
