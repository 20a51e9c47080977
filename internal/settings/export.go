package settings

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
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
	recipients, err := store.Recipients(ctx)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	top := mapping()
	top.put("sources", list(sources, exportSource))
	top.put("connections", list(connections, exportConnection))
	top.put("synchronizations", list(synchronizations, exportSynchronization))
	top.put("timings", exportTimings(timings).node)
	if len(recipients) > 0 {
		top.put("recipients", list(recipients, exportRecipient))
	}
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

// fields puts the fields of a record, in the order of the record, without secrets
// and what has no value; inner are the records in it by their keys.
func (b block) fields(of any, inner map[string]block) {
	for _, f := range record.Fields("", of) {
		key, _, isInner := strings.Cut(f.Path, ".")
		switch part, there := inner[key]; {
		case isInner && there:
			b.put(key, part.node)
			delete(inner, key)
		case isInner || f.Secret() != nil || key == "name" || f.IsZero() && (f.Optional || f.Text() == ""):
		default:
			b.put(key, valueOf(f))
		}
	}
	for _, part := range record.Parts(of) {
		b.part(part)
	}
}

// part puts a record that may be missing, or a list of records, where it is there.
func (b block) part(part record.Part) {
	records := part.Records()
	if !part.Optional || len(records) == 0 {
		return
	}
	blocks := make([]block, len(records))
	for i, one := range records {
		blocks[i] = mapping()
		blocks[i].fields(one, nil)
	}
	if part.IsList {
		b.put(part.Name, list(blocks, func(one block) block { return one }))
		return
	}
	b.put(part.Name, blocks[0].node)
}

func valueOf(f record.Field) *yaml.Node {
	switch f.Kind() {
	case record.KindFlag:
		return scalar("!!bool", f.Text())
	case record.KindNumber:
		return scalar("!!int", f.Text())
	case record.KindList:
		items := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, item := range f.Items() {
			items.Content = append(items.Content, scalar("!!str", item))
		}
		return items
	case record.KindMap:
		entries := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range slices.Sorted(maps.Keys(f.Entries())) {
			entries.Content = append(entries.Content, scalar("!!str", key), scalar("!!str", f.Entries()[key]))
		}
		return entries
	case record.KindFile:
		return scalar("!!str", f.Raw())
	default:
		return scalar("!!str", f.Text())
	}
}

func exportSource(s Source) block {
	b := mapping()
	b.name(s.Name, s.SecretsOf())
	b.fields(&s, nil)
	return b
}

func exportConnection(c Connection) block {
	b, part := mapping(), mapping()
	b.name(c.Name, c.SecretsOf())
	part.fields(c.System, nil)
	b.fields(&c, nil)
	b.put(string(c.Provider), part.node)
	return b
}

func exportSynchronization(s Synchronization) block {
	b, policy, hours := mapping(), mapping(), mapping()
	h := s.Policy.Hours
	hours.put("morning", scalar("!!str", h.MorningStart.String()+"-"+h.MorningEnd.String()))
	hours.put("afternoon", scalar("!!str", h.AfternoonStart.String()+"-"+h.AfternoonEnd.String()))
	parts := map[string]block{"hours": hours}
	if s.Policy.AutomaticReplies != (absence.AutomaticReplies{}) {
		replies := mapping()
		replies.fields(&s.Policy.AutomaticReplies, nil)
		parts["automaticReplies"] = replies
	}
	policy.fields(&s.Policy, parts)
	b.name(s.Name, nil)
	inner := map[string]block{"policy": policy}
	if s.Reconciliation != (Nightly{}) {
		night := mapping()
		night.fields(&s.Reconciliation, nil)
		inner["reconciliation"] = night
	}
	if s.Breaker != (BreakerLimits{}) {
		breaker := mapping()
		breaker.fields(&s.Breaker, nil)
		inner["breaker"] = breaker
	}
	if s.Watch != (Watch{}) {
		watch := mapping()
		watch.fields(&s.Watch, nil)
		inner["watch"] = watch
	}
	b.fields(&s, inner)
	return b
}

func exportTimings(t Timings) block {
	b := mapping()
	b.fields(&t, nil)
	return b
}
