package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

const namespaces = ` xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"`

func create(item string) string {
	return `<m:CreateItem` + namespaces + ` SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>` + item + `</t:CalendarItem></m:Items></m:CreateItem>`
}

func validate(t *testing.T, set schema.Set, text string) error {
	t.Helper()
	node, err := schema.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	known, err := set.Request(node)
	if !known {
		t.Fatalf("%s: unknown operation", text)
	}
	return err
}

func TestRequests(t *testing.T) {
	t.Parallel()
	const zone = `<t:StartTimeZone Id="UTC"/>`
	for name, test := range map[string]struct {
		item             string
		old, new         string // a part of the violation, "" for valid
		atLine, atColumn int
	}{
		"in order":               {item: `<t:Subject>s</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="Text">b</t:Body><t:Start>2026-07-01T00:00:00</t:Start>` + zone},
		"empty":                  {},
		"body before privacy":    {item: `<t:Body BodyType="Text">b</t:Body><t:Sensitivity>Private</t:Sensitivity>`, old: "invalid child element 'Sensitivity'", new: "invalid child element 'Sensitivity'"},
		"zone before start":      {item: zone + `<t:Start>2026-07-01T00:00:00</t:Start>`, old: "invalid child element 'Start'", new: "invalid child element 'Start'"},
		"twice":                  {item: `<t:Subject>s</t:Subject><t:Subject>s</t:Subject>`, old: "invalid child element 'Subject'", new: "invalid child element 'Subject'"},
		"unknown element":        {item: `<t:Colour>red</t:Colour>`, old: "invalid child element 'Colour'", new: "invalid child element 'Colour'"},
		"messages namespace":     {item: `<m:Subject>s</m:Subject>`, old: "invalid child element 'Subject'", new: "invalid child element 'Subject'"},
		"undeclared prefix":      {item: `<x:Subject>s</x:Subject>`, old: "invalid child element 'Subject'", new: "invalid child element 'Subject'"},
		"no namespace":           {item: `<Subject xmlns="">s</Subject>`, old: "invalid child element 'Subject'", new: "invalid child element 'Subject'"},
		"element of 2013":        {item: `<t:StartWallClock>2026-07-01T00:00:00</t:StartWallClock>`, old: "invalid child element 'StartWallClock'"},
		"WorkingElsewhere":       {item: `<t:LegacyFreeBusyStatus>WorkingElsewhere</t:LegacyFreeBusyStatus>`, old: "value 'WorkingElsewhere'"},
		"wrong case":             {item: `<t:LegacyFreeBusyStatus>Oof</t:LegacyFreeBusyStatus>`, old: "value 'Oof'", new: "value 'Oof'"},
		"date only":              {item: `<t:Start>2026-07-01</t:Start>`, old: "value '2026-07-01'", new: "value '2026-07-01'"},
		"no such day":            {item: `<t:Start>2026-02-30T00:00:00</t:Start>`, old: "value '2026-02-30T00:00:00'", new: "value '2026-02-30T00:00:00'"},
		"boolean in words":       {item: `<t:IsAllDayEvent>True</t:IsAllDayEvent>`, old: "value 'True'", new: "value 'True'"},
		"text between elements":  {item: `x<t:Subject>s</t:Subject>`, old: "cannot contain text", new: "cannot contain text"},
		"body without its type":  {item: `<t:Body>b</t:Body>`, old: "'BodyType' is missing", new: "'BodyType' is missing"},
		"attribute too many":     {item: `<t:Subject lang="fr">s</t:Subject>`, old: "attributes", new: "attributes"},
		"GUID in braces":         {item: property(`PropertySetId="{c11ff724-aa03-4555-9952-8fa248a11c3e}" PropertyName="k" PropertyType="String"`), old: "'PropertySetId' attribute is invalid", new: "'PropertySetId' attribute is invalid"},
		"property without type":  {item: property(`PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="k"`), old: "'PropertyType' is missing", new: "'PropertyType' is missing"},
		"property":               {item: property(`PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="k" PropertyType="String"`)},
		"property without value": {item: `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x1" PropertyType="String"/></t:ExtendedProperty>`, old: "incomplete content", new: "incomplete content"},
		"place":                  {item: "\n<t:Start>2026-07-01T00:00:00</t:Start>\n  <t:Subject>s</t:Subject>", old: "invalid child", new: "invalid child", atLine: 3, atColumn: 4},
	} {
		for set, want := range map[schema.Set]string{schema.Exchange2010: test.old, schema.ExchangeSE: test.new} {
			err := validate(t, set, create(test.item))
			var violation *schema.Violation
			switch {
			case want == "" && err != nil:
				t.Errorf("%s, set %d: refused: %v", name, set, err)
			case want != "" && (!errors.As(err, &violation) || !strings.Contains(violation.Text, want)):
				t.Errorf("%s, set %d: %v, want %q", name, set, err, want)
			case test.atLine != 0 && (violation.Line != test.atLine || violation.Column != test.atColumn):
				t.Errorf("%s, set %d: at %d:%d, want %d:%d", name, set, violation.Line, violation.Column, test.atLine, test.atColumn)
			}
		}
	}
}

func property(attributes string) string {
	return `<t:ExtendedProperty><t:ExtendedFieldURI ` + attributes + `/><t:Value>v</t:Value></t:ExtendedProperty>`
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a document type":     `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`,
		"an unknown entity":   `<a>&nbsp;</a>`,
		"two roots":           `<a/><b/>`,
		"nothing":             ``,
		"an open end":         `<a><b></b>`,
		"text after the root": `<a/>x`,
		"an attribute twice":  `<a b="1" b="2"/>`,
		"another encoding":    `<?xml version="1.0" encoding="iso-8859-1"?><a/>`,
		"endless depth":       strings.Repeat("<a>", 10000),
	} {
		if _, err := schema.Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := schema.Parse(strings.NewReader("\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a/>\n")); err != nil {
		t.Errorf("a byte-order mark is refused: %v", err)
	}
}
