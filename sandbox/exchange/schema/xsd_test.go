package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// schemas finds Microsoft's schema files, which are not part of this repository:
// a directory shared/schemas next to it.
func schemas(t *testing.T) string {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			break
		}
	}
	found := filepath.Join(at, "..", "shared", "schemas", "ews")
	if _, err := os.Stat(found); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the EWS schema files are missing: ../shared/schemas/ews beside the repository")
		}
		t.Skip("skipped: the EWS schema files are not at hand (../shared/schemas/ews beside the repository)")
	}
	return found
}

// xsd is one edition of the schema files.
type xsd struct{ types, groups map[string]*Node }

func readXSD(t *testing.T, dir string) xsd {
	t.Helper()
	x := xsd{types: map[string]*Node{}, groups: map[string]*Node{}}
	for prefix, file := range map[string]string{"t:": "types.xsd", "m:": "messages.xsd"} {
		f, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		root, err := Parse(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, n := range root.Children {
			switch n.Name.Local {
			case "complexType", "simpleType":
				x.types[prefix+n.Value("name")] = n
			case "element":
				x.groups[n.Value("name")] = n
			}
		}
	}
	return x
}

// members lists a substitution group in the order of the file.
func (x xsd) members(head string) []particle {
	var list []particle
	for name, n := range x.groups {
		if n.Value("substitutionGroup") == "t:"+head {
			list = append(list, particle{name: name, kind: kindOf(n.Value("type")), min: 1, max: 1})
		}
	}
	return list
}

// The edition of 2010 and the newer one name these string types differently.
var aliases = map[string]string{
	"PrincipalNameType": "NonEmptyStringType", "SIDType": "NonEmptyStringType",
	"PrimarySmtpAddressType": "NonEmptyStringType", "SmtpAddressType": "NonEmptyStringType", "QueryStringType": "string",
}

func kindOf(qname string) string {
	_, local, _ := strings.Cut(qname, ":")
	if other, ok := aliases[local]; ok {
		return other
	}
	return local
}

// read turns an XSD type with all it extends into a model.
func (x xsd) read(n *Node) model {
	var m model
	m.content = particle{group: '[', min: 1, max: 1}
	x.collect(n, &m)
	return m
}

func (x xsd) collect(n *Node, m *model) {
	for _, c := range n.Children {
		switch c.Name.Local {
		case "complexContent", "simpleContent":
			x.collect(c, m)
		case "extension":
			if base := x.types[c.Value("base")]; base != nil && base.Name.Local == "complexType" {
				x.collect(base, m)
			} else {
				m.text = kindOf(c.Value("base"))
			}
			x.collect(c, m)
		case "sequence", "choice":
			m.content.inner = append(m.content.inner, x.group(c)...)
		case "attribute":
			if prefix, local, ok := strings.Cut(c.Value("ref"), ":"); ok {
				m.attributes = append(m.attributes, attribute{prefix, local, c.Value("use") == "required"})
				continue
			}
			m.attributes = append(m.attributes, attribute{c.Value("name"), kindOf(c.Value("type")), c.Value("use") == "required"})
		}
	}
}

// group reads a sequence or choice; a sequence that comes exactly once is
// dissolved in what surrounds it.
func (x xsd) group(n *Node) []particle {
	p := particle{group: '['}
	p.min, p.max = occurs(n)
	if n.Name.Local == "choice" {
		p.group = '('
	}
	for _, c := range n.Children {
		switch {
		case c.Name.Local == "sequence" || c.Name.Local == "choice":
			p.inner = append(p.inner, x.group(c)...)
		case c.Name.Local == "element" && inTypes[kindOf(c.Value("ref"))]:
			min, max := occurs(c)
			name := kindOf(c.Value("ref"))
			p.inner = append(p.inner, particle{name: name, kind: kindOf(x.groups[name].Value("type")), min: min, max: max})
		case c.Name.Local == "element" && c.Value("ref") != "":
			min, max := occurs(c)
			p.inner = append(p.inner, particle{group: '(', inner: x.members(kindOf(c.Value("ref"))), min: min, max: max})
		case c.Name.Local == "element":
			min, max := occurs(c)
			p.inner = append(p.inner, particle{name: c.Value("name"), kind: kindOf(c.Value("type")), min: min, max: max})
		}
	}
	if p.group == '[' && p.min == 1 && p.max == 1 {
		return p.inner
	}
	return []particle{p}
}

func occurs(n *Node) (least, most int) {
	least, most = 1, 1
	if v, ok := n.Attr("minOccurs"); ok {
		fmt.Sscan(v, &least)
	}
	if v, ok := n.Attr("maxOccurs"); ok {
		if v == "unbounded" {
			return least, -1
		}
		fmt.Sscan(v, &most)
	}
	return least, most
}

// lines writes a model one particle a line; the alternatives of a choice have no
// order.
func lines(m model) []string {
	list := write(m.content, "")
	for _, a := range m.attributes {
		list = append(list, fmt.Sprintf("@%s:%s required=%t", a.name, a.kind, a.required))
	}
	return append(list, "#"+m.text)
}

func write(p particle, indent string) []string {
	if p.group == 0 {
		return []string{fmt.Sprintf("%s%s:%s %d..%d", indent, p.name, p.kind, p.min, p.max)}
	}
	var inner []string
	for _, q := range p.inner {
		inner = append(inner, strings.Join(write(q, indent+" "), "\n"))
	}
	if p.group == '(' {
		slices.Sort(inner)
	}
	return append([]string{fmt.Sprintf("%s%c %d..%d", indent, p.group, p.min, p.max)}, inner...)
}

// Every type of the tables must be what Microsoft's files say, in both editions:
// the calendar item with its base, the item, above all.
func TestTablesEqualTheSchemaFiles(t *testing.T) {
	dir := schemas(t)
	for set, files := range map[Set]string{Exchange2010: filepath.Join(dir, "exchange2010_sp2"), ExchangeSE: dir} {
		x := readXSD(t, files)
		for table, types := range map[string]map[string]string{"m:": requestTypes, "t:": headerTypes, "t: ": commonTypes, "t:  ": searchTypes} {
			for name := range types {
				official := x.types[strings.TrimSpace(table)+name]
				if name == "RequestServerVersionType" {
					continue // a type without a name
				}
				if official == nil {
					t.Errorf("set %d: %s is not in the schema files", set, name)
					continue
				}
				if diff := cmp.Diff(lines(x.read(official)), lines(models()[set][name])); diff != "" {
					t.Errorf("set %d: %s differs (- file, + table):\n%s", set, name, diff)
				}
			}
		}
	}
}

func TestOperationsEqualTheServiceDescription(t *testing.T) {
	dir := schemas(t)
	input := regexp.MustCompile(`(?s)<wsdl:message name="\w+SoapIn">.*?element="tns:(\w+)"`)
	for set, folder := range map[Set]string{Exchange2010: filepath.Join(dir, "exchange2010_sp2"), ExchangeSE: dir} {
		text, err := os.ReadFile(filepath.Join(folder, "services.wsdl"))
		if err != nil {
			t.Fatal(err)
		}
		var official []string
		for _, match := range input.FindAllStringSubmatch(string(text), -1) {
			official = append(official, match[1])
		}
		slices.Sort(official)
		if diff := cmp.Diff(official, operationNames()[set]); diff != "" {
			t.Errorf("set %d differs (- file, + table):\n%s", set, diff)
		}
	}
}

func TestEnumerationsEqualTheSchemaFiles(t *testing.T) {
	dir := schemas(t)
	for set, files := range map[Set]string{Exchange2010: filepath.Join(dir, "exchange2010_sp2"), ExchangeSE: dir} {
		x := readXSD(t, files)
		for kind := range enums {
			official, name := map[string]bool{}, kind
			if kind == "FieldURI" {
				name = "UnindexedFieldURIType"
			}
			for _, value := range values(x.types["t:"+name]) {
				prefix, _, _ := strings.Cut(value, ":")
				if kind != "FieldURI" || slices.Contains([]string{"item", "calendar", "folder"}, prefix) {
					official[value] = true
				}
				if simple, _ := set.simple(name); !simple(value) {
					t.Errorf("set %d: %s %q is refused", set, name, value)
				}
			}
			if diff := cmp.Diff(official, set.values()[kind]); diff != "" {
				t.Errorf("set %d: %s differs (- file, + table):\n%s", set, kind, diff)
			}
		}
	}
}

func values(n *Node) []string {
	if n == nil {
		return nil
	}
	var list []string
	if n.Name.Local == "enumeration" {
		list = append(list, n.Value("value"))
	}
	for _, c := range n.Children {
		list = append(list, values(c)...)
	}
	return list
}

// A type named in a table and held by none is never checked, so a simple one
// must not be forgotten.
func TestNoSimpleTypeIsForgotten(t *testing.T) {
	x := readXSD(t, schemas(t))
	for name, m := range models()[ExchangeSE] {
		for _, kind := range kinds(m) {
			_, simple := ExchangeSE.simple(kind)
			if official := x.types["t:"+kind]; official != nil && official.Name.Local == "simpleType" && !simple {
				t.Errorf("%s: the values of %s are not checked", name, kind)
			}
			if x.types["t:"+kind] == nil && !simple && models()[ExchangeSE][kind].content.max == 0 {
				t.Errorf("%s: %s is no type at all", name, kind)
			}
		}
	}
}

func kinds(m model) []string {
	var list []string
	var visit func(particle)
	visit = func(p particle) {
		if p.group == 0 {
			list = append(list, p.kind)
		}
		for _, inner := range p.inner {
			visit(inner)
		}
	}
	visit(m.content)
	for _, a := range m.attributes {
		list = append(list, a.kind)
	}
	if m.text != "" {
		list = append(list, m.text)
	}
	return list
}
