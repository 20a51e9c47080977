package record_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/record"
)

type server struct {
	URL      string        `json:"url" rule:"address required" hint:"write the server's address"`
	Password record.Secret `json:"password,omitempty" rule:"required"`
	MinTLS   string        `json:"minTls" choice:"1.2 1.1"`
	Base     string        `json:"base" rule:"address" default:"https://example.com/v1" end:"/"`
	CA       string        `json:"ca,omitempty" rule:"file" show:"digest"`
}

func (s *server) Check(c *record.Checker) {
	if strings.HasSuffix(s.URL, "/forbidden") {
		c.Add("url", "forbidden", "why", "because")
	}
}

type part interface{ Check(*record.Checker) }

type system struct {
	Name  string   `json:"name" show:"never"`
	Kind  string   `json:"kind"`
	Limit int      `json:"limit,omitempty" rule:"max=10"`
	Tags  []string `json:"tags"`
	Part  part     `json:"-" named:"Kind"`
}

func newSystem() *system {
	return &system{Name: "one", Kind: "mail", Limit: 3, Tags: []string{"a", "b"}, Part: &server{URL: "https://a.example", Password: "s3cret"}}
}

func texts(fields []record.Field) map[string]string {
	all := map[string]string{}
	for _, f := range fields {
		all[f.Path] = f.Text()
	}
	return all
}

func TestFields(t *testing.T) {
	t.Parallel()
	one := newSystem()
	record.Defaults(one)
	want := map[string]string{
		"name": "one", "kind": "mail", "limit": "3", "tags": "a, b", "mail.url": "https://a.example", "mail.password": "[secret]",
		"mail.minTls": "1.2", "mail.base": "https://example.com/v1/", "mail.ca": "",
	}
	if diff := cmp.Diff(want, texts(record.Fields("", one))); diff != "" {
		t.Error(diff)
	}
	one.Part = nil
	if diff := cmp.Diff([]string{"x.name", "x.kind", "x.limit", "x.tags"}, paths(record.Fields("x", one))); diff != "" {
		t.Error(diff)
	}
}

// shared is a struct of settings that several records embed.
type shared struct {
	Via   string        `json:"via,omitempty" rule:"address http" end:"-"`
	Login record.Secret `json:"login,omitempty" to:"via"`
}

type embedding struct {
	URL string `json:"url" rule:"address required"`
	shared
}

// Embedded settings are the record's own in everything that handles records.
func TestEmbeddedSettings(t *testing.T) {
	t.Parallel()
	one := &embedding{URL: "https://a.example", shared: shared{Via: "http://proxy.example:3128/", Login: "s3cret"}}
	record.Defaults(one)
	want := map[string]string{"x.url": "https://a.example", "x.via": "http://proxy.example:3128", "x.login": "[secret]"}
	if diff := cmp.Diff(want, texts(record.Fields("x", one))); diff != "" {
		t.Error(diff)
	}
	if problems := record.Check("", one, record.Rules{}); problems != nil {
		t.Errorf("%+v", problems)
	}
	copied := record.WithoutSecrets(one)
	copied.Via = "ftp://proxy.example"
	if one.Login == "" || copied.Login != "" || one.Via == copied.Via {
		t.Errorf("%+v, %+v", one, copied)
	}
	problems := record.Check("", copied, record.Rules{})
	if diff := cmp.Diff([]record.Problem{{Field: "via", Code: record.CodeNotWeb}}, problems); diff != "" {
		t.Error(diff)
	}
	copied.Via, copied.URL = "http://user:pass@proxy.example", "http://a.example"
	want2 := []record.Problem{{Field: "url", Code: record.CodeNotHTTPS}, {Field: "via", Code: record.CodeHasLogin}}
	if diff := cmp.Diff(want2, record.Check("", copied, record.Rules{})); diff != "" {
		t.Error(diff)
	}
	fields := record.Fields("", one)
	if !fields[2].IsSentTo(fields[1]) || fields[2].IsSentTo(fields[0]) {
		t.Error("the login goes to the proxy only")
	}
}

func paths(fields []record.Field) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Path)
	}
	return all
}

func TestChanges(t *testing.T) {
	t.Parallel()
	from, to := newSystem(), newSystem()
	to.Limit, to.Name = 0, "other"
	to.Part.(*server).Password = "an0ther"
	to.Part.(*server).CA = "-----BEGIN"
	want := []record.Change{
		{Path: "limit", From: "3"}, {Path: "mail.password", From: "[secret]", To: "[secret]"},
		{Path: "mail.ca", To: "[sha256:3e3ab5d6a1ae]"},
	}
	got := record.Changes(record.Shown(record.Fields("", from)), record.Shown(record.Fields("", to)))
	for i := range got {
		if got[i].Path == "mail.ca" && strings.HasPrefix(got[i].To, "[sha256:") {
			got[i].To = want[len(want)-1].To
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// What only the first has is told last.
	to.Part = nil
	got = record.Changes(record.Fields("", from), record.Fields("", to))
	if last := got[len(got)-1]; last.To != "" || !strings.HasPrefix(last.Path, "mail.") {
		t.Errorf("got %v", got)
	}
}

func TestClone(t *testing.T) {
	t.Parallel()
	one := newSystem()
	other := record.Clone(one)
	other.Tags[0], other.Part.(*server).URL = "changed", "changed"
	if one.Tags[0] != "a" || one.Part.(*server).URL != "https://a.example" {
		t.Error("the copy shares something")
	}
}

func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	one := newSystem()
	bare := record.WithoutSecrets(one)
	if got := bare.Part.(*server).Password; got != "" {
		t.Errorf("got %q", got.Reveal())
	}
	if one.Part.(*server).Password != "s3cret" {
		t.Error("the original lost its secret")
	}
	raw, err := json.Marshal(bare.Part)
	if err != nil || strings.Contains(string(raw), "password") {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	one := server{Password: "s3cret"}
	raw, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %q %x", one, one, one, one.Password, one.Password), string(raw)} {
		if strings.Contains(text, "s3cret") {
			t.Errorf("shown: %s", text)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*system, *server)
		want   []record.Problem
	}{
		"good":            {func(*system, *server) {}, nil},
		"missing":         {func(_ *system, s *server) { s.URL = " " }, []record.Problem{{Field: "mail.url", Code: record.CodeRequired}}},
		"no secret":       {func(_ *system, s *server) { s.Password = "" }, []record.Problem{{Field: "mail.password", Code: record.CodeRequired}}},
		"not https":       {func(_ *system, s *server) { s.URL = "http://a.example" }, []record.Problem{{Field: "mail.url", Code: record.CodeNotHTTPS}}},
		"a login":         {func(_ *system, s *server) { s.URL = "https://me@a.example" }, []record.Problem{{Field: "mail.url", Code: record.CodeHasLogin}}},
		"a query":         {func(_ *system, s *server) { s.Base = "https://a.example/?x" }, []record.Problem{{Field: "mail.base", Code: record.CodeHasQuery}}},
		"no web address":  {func(_ *system, s *server) { s.URL = "ftp://a.example" }, []record.Problem{{Field: "mail.url", Code: record.CodeNotWeb}}},
		"no address":      {func(_ *system, s *server) { s.URL = "a.example" }, []record.Problem{{Field: "mail.url", Code: record.CodeNotAddress}}},
		"two lines":       {func(_ *system, s *server) { s.Password = "a\nb" }, []record.Problem{{Field: "mail.password", Code: record.CodeControl}}},
		"an unknown word": {func(_ *system, s *server) { s.MinTLS = "3" }, []record.Problem{{Field: "mail.minTls", Code: record.CodeBadChoice, Values: map[string]string{"allowed": "1.2, 1.1"}}}},
		"too many":        {func(y *system, _ *server) { y.Limit = 11 }, []record.Problem{{Field: "limit", Code: record.CodeBadNumber, Values: map[string]string{"least": "0", "most": "10"}}}},
		"its own rule":    {func(_ *system, s *server) { s.URL = "https://a.example/forbidden" }, []record.Problem{{Field: "mail.url", Code: "forbidden", Values: map[string]string{"why": "because"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := newSystem()
			record.Defaults(one)
			c.change(one, one.Part.(*server))
			if diff := cmp.Diff(c.want, record.Check("", one, record.Rules{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	one := newSystem()
	for _, f := range record.Fields("", one) {
		text := map[string]string{"limit": "7", "tags": "x, y", "mail.url": "https://b.example"}[f.Path]
		if text == "" {
			continue
		}
		if err := f.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"x", "y"}, one.Tags); diff != "" || one.Limit != 7 || one.Part.(*server).URL != "https://b.example" {
		t.Errorf("got %+v", one)
	}
}

func TestInvisibleCharacters(t *testing.T) {
	type account struct {
		URL    string            `json:"url" rule:"address"`
		Login  string            `json:"login" rule:"visible"`
		Title  string            `json:"title"`
		Ids    []string          `json:"ids" rule:"visible"`
		People map[string]string `json:"people" rule:"visible"`
		Secret record.Secret     `json:"secret"`
	}
	ids := []string{"\u200b1", "2\u00a0"}
	got := account{
		URL: "https://a.example\u200b/ews\ufeff", Login: "\u2066EX\\service\u00ad account\u2069 ", Title: "a\u200db ",
		Ids: ids, People: map[string]string{"\ufeff416": "jane\u200e@example.com"}, Secret: "s\u200b",
	}
	record.Defaults(&got)
	want := account{
		URL: "https://a.example/ews", Login: `EX\service account`, Title: "a\u200db ",
		Ids: []string{"1", "2"}, People: map[string]string{"416": "jane@example.com"}, Secret: "s\u200b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if ids[0] != "\u200b1" {
		t.Error("the list of the caller changed")
	}
}

// A problem quotes the beginning of what was written, however long that is.
func TestProblemsQuoteTheBeginning(t *testing.T) {
	t.Parallel()
	c := &record.Checker{}
	c.Add("name", record.CodeTooLong, "name", strings.Repeat("é", 300_000), "limit", "80")
	values := c.Problems()[0].Values
	if want := strings.Repeat("é", 300) + "…"; values["name"] != want || values["limit"] != "80" {
		t.Errorf("%d bytes are told, want %d", len(values["name"]), len(want))
	}
}
