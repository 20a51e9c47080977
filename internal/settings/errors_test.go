package settings_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// change returns minimal with a part of it, which must be there, changed.
func change(t *testing.T, pairs ...string) string {
	t.Helper()
	text := minimal
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the file", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// canary is in every wrong secret; no error may show it.
const canary = "hunter2"

// keysOf are the keys of a record as a message lists them.
func keysOf(of any) string {
	var names []string
	for _, f := range record.Fields("", of) {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func TestErrors(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change []string
		want   string // behind figgosync.yaml, lines of several faults
	}{
		// The file.
		"a list":              {[]string{minimal, "- 1\n"}, ":1: it is a list: write keys with values, of sources, connections, synchronizations, timings, recipients"},
		"empty":               {[]string{minimal, "# nothing\n"}, ": it is empty: write sources, connections and synchronizations, as in figgosync.example.yaml"},
		"no sources":          {[]string{minimal, "timings: {}\n"}, ":1: sources: it is missing: write a list with your Lucca account"},
		"sources of none":     {[]string{minimal, "sources: []\n"}, ":1: sources: it is empty: write a list with your Lucca account"},
		"sources as mapping":  {[]string{minimal, "sources: {name: acme}\n"}, ":1: sources: it is a mapping: write a list, each element behind a dash"},
		"two documents":       {[]string{"connections:", "---\nconnections:"}, ":7: a second document begins here (---): write all settings in one"},
		"bad indentation":     {[]string{"    host:", "   host:"}, ":2: it is not YAML from here on: did not find expected '-' indicator"},
		"a tab":               {[]string{"    host:", "\thost:"}, ":2: it is not YAML from here on: found a tab character that violates indentation"},
		"an alias to nothing": {[]string{"s1", "*" + canary}, ":5: it is not YAML: a text that begins with * must be in quotes"},
		"an open bracket":     {[]string{"[1]", "[1"}, ":24: it is not YAML from here on: did not find expected ',' or ']'"},
		"two colons":          {[]string{"clientId: key", "clientId: key: x"}, ":4: it is not YAML from here on: mapping values are not allowed in this context"},
		"an open quote":       {[]string{"zone: Indian/Reunion", "zone: 'Indian/Reunion"}, ":30: it is not YAML from here on: found unexpected end of stream"},
		"an anchor":           {[]string{"name: acme", "name: &x acme"}, ":2: anchors (&) and aliases (*) are not read: write the value out, texts that begin with them in quotes"},
		"unknown at the top":  {[]string{"connections:", "conections:"}, ":7: conections: unknown key: did you mean connections?\n:23: synchronizations[0].connection: no connection is named \"office\": add one under connections\n:28: synchronizations[1].connection: no connection is named \"mail\": add one under connections"},

		// Keys.
		"a key of another spelling": {[]string{"    clientId: key", "    clientID: key"}, ":2: sources[0].clientId: it is missing: write the integration key's client id\n:4: sources[0].clientID: unknown key: did you mean clientId?"},
		"a key like no other":       {[]string{"    host:", "    colour: red\n    host:"}, ":3: sources[0].colour: unknown key: write one of name, title, host, tokenUrl, api, clientId, clientSecret, apiKey, webhookSecret, httpSynchronizationKey, holdDeletionsAbove"},
		"a key twice":               {[]string{"    clientId: key", "    clientId: key\n    clientId: key"}, ":5: sources[0].clientId: the key stands there twice, first on line 4: keep one"},

		// Names and references.
		"a name with capitals":        {[]string{"name: acme", "name: Acme"}, ":2: sources[0].name: it is not a name: write lower-case letters, digits and dashes, 40 at most\n:22: synchronizations[0].source: no source is named \"acme\": add one under sources\n:27: synchronizations[1].source: no source is named \"acme\": add one under sources"},
		"a long name":                 {[]string{"name: first", "name: " + strings.Repeat("a", 41)}, ":21: synchronizations[0].name: it is not a name: write lower-case letters, digits and dashes, 40 at most"},
		"a number for a name":         {[]string{"name: first", "name: 1"}, ":21: synchronizations[0].name: it is a number: put it in quotes to make it a text"},
		"a name twice":                {[]string{"name: second", "name: first"}, ":26: synchronizations[1].name: the synchronization \"first\" is there twice, first on line 21: give it another name"},
		"an unknown source":           {[]string{"source: acme", "source: acne"}, ":22: synchronizations[0].source: no source is named \"acne\": did you mean acme?"},
		"an unknown connection":       {[]string{"connection: mail", "connection: notes-server"}, ":28: synchronizations[1].connection: no connection is named \"notes-server\": write one of mail, office"},
		"a legal entity twice":        {[]string{"[2]", `["1"]`, "paused: true", "paused: false"}, ":29: synchronizations[1].legalEntities[0]: the legal entity \"1\" of the source \"acme\" is there twice, first on line 24: an absence goes to one calendar, keep one"},
		"a legal entity twice in one": {[]string{"[1]", "[1, 3, 1]"}, ":24: synchronizations[0].legalEntities[2]: the legal entity \"1\" of the source \"acme\" is there twice, first on line 24: an absence goes to one calendar, keep one"},
		"no legal entities":           {[]string{"[1]", "[]"}, ":24: synchronizations[0].legalEntities: it is empty: write a list of the legal entities' ids"},
		"one legal entity, no list":   {[]string{"[1]", "1"}, ":24: synchronizations[0].legalEntities: it is a number: write a list, each element behind a dash"},
		"an octal legal entity":       {[]string{"[1]", "[012]"}, ":24: synchronizations[0].legalEntities[0]: it is a number that can be read in two ways: put it in quotes"},
		"an empty legal entity":       {[]string{"[1]", `[1, ""]`}, ":24: synchronizations[0].legalEntities[1]: it is not an id: write one of 1 to 128 characters"},
		"a legal entity of nothing":   {[]string{"[1]", "[1, ]", "[1, ]", "[1, ~]"}, ":24: synchronizations[0].legalEntities[1]: it is empty: write an id"},

		// Values.
		"no host":                 {[]string{"    host: https://acme.ilucca.net\n", ""}, ":2: sources[0].host: it is missing: write your Lucca account's address, such as https://acme.ilucca.net"},
		"an empty host":           {[]string{"host: https://acme.ilucca.net", "host:"}, ":3: sources[0].host: it is empty: write your Lucca account's address, such as https://acme.ilucca.net"},
		"an empty text for host":  {[]string{"host: https://acme.ilucca.net", `host: ""`}, ":3: sources[0].host: it is empty: write your Lucca account's address, such as https://acme.ilucca.net"},
		"http":                    {[]string{"https://acme", "http://acme"}, ":3: sources[0].host: it is http: write https, or start with --allow-insecure-endpoints where nothing is real"},
		"no scheme":               {[]string{"https://acme", "acme"}, ":3: sources[0].host: it is not an address: write one such as https://host.example.com"},
		"another scheme":          {[]string{"https://acme", "ftp://acme"}, ":3: sources[0].host: it is neither https nor http: write an address that begins with https://"},
		"a login in an address":   {[]string{"https://acme", "https://me:" + canary + "@acme"}, ":3: sources[0].host: it holds a login: write it without, before the host there must be no @"},
		"parameters":              {[]string{"ilucca.net", "ilucca.net?x=1"}, ":3: sources[0].host: it has parameters: write it without ? and #"},
		"a space in an id":        {[]string{"clientId: app", "clientId: my app"}, ":12: connections[0].office365.clientId: it has a space or a line break: write it without"},
		"a zone":                  {[]string{"Europe/Paris", "Europe/Pari"}, ":25: synchronizations[0].zone: \"Europe/Pari\" is not known: write an IANA time zone such as Europe/Paris"},
		"the zone of the machine": {[]string{"Europe/Paris", "Local"}, ":25: synchronizations[0].zone: \"Local\" is not known: write an IANA time zone such as Europe/Paris"},
		"no zone":                 {[]string{"    zone: Europe/Paris\n", ""}, ":21: synchronizations[0].zone: it is missing: write an IANA time zone such as Europe/Paris"},
		"yes":                     {[]string{"paused: true", "paused: yes"}, ":31: synchronizations[1].paused: it is a text: write true or false"},
		"concurrency":             {[]string{"provider: exchange", "provider: exchange\n    maxConcurrent: -1"}, ":16: connections[1].maxConcurrent: it is not a whole number from 0 to 1000: write one"},

		// Connections.
		"no provider":            {[]string{"    provider: exchange\n", ""}, ":14: connections[1].provider: it is missing: write office365, exchange or google"},
		"an unknown provider":    {[]string{"provider: exchange", "provider: notes"}, ":15: connections[1].provider: it is not known: write office365, exchange or google"},
		"a block of another":     {[]string{"provider: exchange", "provider: google"}, ":14: connections[1].google: it is missing: write the block of the provider\n:16: connections[1].exchange: the provider is google: write a block google and no other"},
		"any tenant":             {[]string{"acme.example", "Common"}, ":11: connections[0].office365.tenantId: it is not one directory: write the directory (tenant) id of your Entra application"},
		"a tenant as an address": {[]string{"tenantId: acme.example", "tenantId: https://x"}, ":11: connections[0].office365.tenantId: it is not one directory: write the directory (tenant) id of your Entra application"},
		"neither secret":         {[]string{"      clientSecret: s3\n", ""}, ":10: connections[0].office365.clientSecret: it is missing: write a clientSecret or a certificate"},
		"both secrets":           {[]string{"clientSecret: s3", "clientSecret: s3\n      certificate: x"}, ":14: connections[0].office365.certificate: there is a clientSecret as well: write one of the two"},
		"sign-in":                {[]string{"password: s4", "password: s4\n      auth: oauth"}, ":20: connections[1].exchange.auth: it is not known: write ntlm, kerberos or basic"},
		"tls":                    {[]string{"password: s4", "password: s4\n      minTls: 1"}, ":20: connections[1].exchange.minTls: it is not known: write 1.2, 1.1 or 1.0"},
		"no username":            {[]string{`username: ACME\login`, `username: " "`}, `:18: connections[1].exchange.username: it is empty: write the impersonation account, such as EXAMPLE\figgosync or figgosync@example.com`},
		"no block":               {[]string{"    office365:\n      tenantId: acme.example\n      clientId: app\n      clientSecret: s3\n", "    office365: x\n"}, ":10: connections[0].office365: it is a text: write keys with values, of " + keysOf(&graph.Settings{})},

		// Secrets.
		"no secret":             {[]string{"clientSecret: s1", "clientSecret:"}, ":5: sources[0].clientSecret: it is empty: write it here, or {file: PATH}, or {env: NAME}"},
		"a number for a secret": {[]string{"s1", "0123"}, ":5: sources[0].clientSecret: it is a number: put it in quotes to make it a text"},
		"a secret of spaces":    {[]string{"s1", `" "`}, ":5: sources[0].clientSecret: it is empty: write it here, or {file: PATH}, or {env: NAME}"},
		"no such variable":      {[]string{"s1", "{env: " + canary + "}"}, ":5: sources[0].clientSecret.env: the environment variable is not set: set it, or write another name"},
		"an empty variable":     {[]string{"s1", "{env: EMPTY}"}, ":5: sources[0].clientSecret: it is empty: write it here, or {file: PATH}, or {env: NAME}"},
		"no such file":          {[]string{"s1", "{file: " + canary + "}"}, ":5: sources[0].clientSecret.file: there is no such file: write its path, relative to the directory of the settings"},
		"a directory":           {[]string{"s1", "{file: .}"}, ":5: sources[0].clientSecret.file: it is not a file: write the path of a file"},
		"file and variable":     {[]string{"s1", "{file: a, env: SET}"}, ":5: sources[0].clientSecret: it must say one thing where the value is: write {file: PATH} or {env: NAME}"},
		"neither of them":       {[]string{"s1", "{}"}, ":5: sources[0].clientSecret: it must say one thing where the value is: write {file: PATH} or {env: NAME}"},
		"somewhere else":        {[]string{"s1", "{fiel: " + canary + "}"}, ":5: sources[0].clientSecret.fiel: unknown key: did you mean file?"},
		"a header of two lines": {[]string{"webhookSecret: s2-kq3vTz8mWp2hYb7dRn5xJc9g", `httpSynchronizationKey: "` + canary + `\nx"`}, ":6: sources[0].httpSynchronizationKey: it cannot be an Authorization header: write one line without spaces around it"},

		// Policies and timings.
		"no label":                   {[]string{"paused: true", "policy: {label: ''}"}, `:31: synchronizations[1].policy.label: it is empty: write the title events shall have, such as "Absent"`},
		"whole days":                 {[]string{"paused: true", "policy: {wholeDay: allday}"}, ":31: synchronizations[1].policy.wholeDay: it is not known: write all-day or time-range"},
		"show as":                    {[]string{"paused: true", "policy: {showPending: oof}"}, ":31: synchronizations[1].policy.showPending: it is not known: write free, tentative, busy, out-of-office or working-elsewhere"},
		"a morning that ends before": {[]string{"paused: true", `policy: {hours: {morning: "12:00-09:00"}}`}, `:31: synchronizations[1].policy.hours.morning: it is not two times of day, one after the other: write them as "09:00-12:00"`},
		"a time without a zero":      {[]string{"paused: true", `policy: {hours: {morning: "9:00-12:00"}}`}, `:31: synchronizations[1].policy.hours.morning: it is not two times of day, one after the other: write them as "09:00-12:00"`},
		"a morning into the default": {[]string{"paused: true", `policy: {hours: {morning: "09:00-15:00"}}`}, ":31: synchronizations[1].policy.hours: the afternoon starts at 14:00, before the morning ends at 15:00: write both, one after the other"},
		"a rule without accounts":    {[]string{"paused: true", "policy: {rules: [{title: type}]}"}, ":31: synchronizations[1].policy.rules[0].accounts: it is missing: write a list of accounts, such as \"1718\", \"name:Maladie\" or \"category:Congés payés\""},
		"a rule's placeholder":       {[]string{"paused: true", `policy: {rules: [{accounts: [1718], template: "{name}"}]}`}, ":31: synchronizations[1].policy.rules[0].template: {name} stands for nothing: write {label}, {type}, {until}, {back}"},
		"a rule's colour":            {[]string{"paused: true", `policy: {rules: [{accounts: ["name:RTT"], colour: pink}]}`}, ":31: synchronizations[1].policy.rules[0].colour: it is not known: write lavender, sage, grape, flamingo, banana, tangerine, peacock, graphite, blueberry, basil or tomato"},
		"a rule's account":           {[]string{"paused: true", `policy: {rules: [{accounts: ["name:"]}]}`}, `:31: synchronizations[1].policy.rules[0].accounts[0]: it is not an account, or is there twice: write an id, "name:" and a name, or "category:" and a name, of 260 characters at most`},
		"an unknown key of a rule":   {[]string{"paused: true", `policy: {rules: [{accounts: [1], outOfOffice: {declines: all}}]}`}, `:31: synchronizations[1].policy.rules[0].outOfOffice.declines: unknown key: did you mean decline?`},
		"two kinds":                  {[]string{"paused: true", `policy: {rules: [{accounts: [1], outOfOffice: {}, telework: {place: home}}]}`}, `:31: synchronizations[1].policy.rules[0].telework: there is outOfOffice as well: write one of the two`},
		"an empty policy":            {[]string{"paused: true", "policy:"}, ":31: synchronizations[1].policy: it is empty: write keys with values, of label, showType, wholeDay, hours, showPending, showApproved, private, confirmReveals, pendingMark, ownerEdits, ownerDeletes, removeLeavers, language, automaticReplies, rules"},
		"a number of seconds":        {[]string{minimal, minimal + "timings: {blockedRetry: 60}\n"}, ":32: timings.blockedRetry: it is not a duration from 1s to 720h: write one such as 90s, 5m or 24h"},
		"a shorter most":             {[]string{minimal, minimal + "timings:\n  blockedRetry: 48h\n"}, ":32: timings: blockedRetryMax is 24h, shorter than blockedRetry, 48h: write the longer one last"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := parse(change(t, c.change...))
			if err == nil || file != nil {
				t.Fatal("it was accepted")
			}
			want := "figgosync.yaml" + strings.ReplaceAll(c.want, "\n", "\nfiggosync.yaml")
			if err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
			if _, ok := errors.AsType[*settings.FieldError](err); !ok {
				t.Errorf("got a %T", err)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
}

// keysAt puts keys and certificates in files and wants a fault of theirs.
func TestKeyErrors(t *testing.T) {
	t.Parallel()
	c := certificate()
	for name, want := range map[string]struct{ block, text, want string }{
		"no PEM":             {"certificate", canary, "it is not a certificate with the private key to it, or in a form that is not known: write a file with a CERTIFICATE and its PRIVATE KEY, or a .pfx file"},
		"no key":             {"certificate", c.cert, "it is not a certificate with the private key to it, or in a form that is not known: write a file with a CERTIFICATE and its PRIVATE KEY, or a .pfx file"},
		"the key of another": {"certificate", c.cert + c.otherKey, "it is not a certificate with the private key to it, or in a form that is not known: write a file with a CERTIFICATE and its PRIVATE KEY, or a .pfx file"},
		"a broken key":       {"certificate", c.cert + pemText("ENCRYPTED PRIVATE KEY", []byte(canary)), "it is not a certificate with the private key to it, or in a form that is not known: write a file with a CERTIFICATE and its PRIVATE KEY, or a .pfx file"},
		"an authority":       {"ca", canary, "it is not PEM: write one CERTIFICATE after another, without keys"},
		"an authority's key": {"ca", c.cert + c.key, "it has something else than certificates: write one CERTIFICATE after another, without keys"},
		"broken authority":   {"ca", c.cert + pemText("CERTIFICATE", []byte(canary)), "certificate 2 in it cannot be read: write one CERTIFICATE after another, without keys"},
		"no JSON":            {"key", canary, "it is not the JSON of a key: write the key file as Google hands it out for a service account"},
		"an OAuth client":    {"key", googleKey(map[string]any{"type": "authorized_user"}), "its type is not service_account: write the key file as Google hands it out for a service account"},
		"no address":         {"key", googleKey(map[string]any{"client_email": canary}), "its client_email is not an address: write the key file as Google hands it out for a service account"},
		"no private key":     {"key", googleKey(map[string]any{"private_key": canary}), "its private_key is not an RSA key in PEM: write the key file as Google hands it out for a service account"},
		"another algorithm":  {"key", googleKey(map[string]any{"private_key": ellipticKey()}), "its private_key is not an RSA key in PEM: write the key file as Google hands it out for a service account"},
		"tokens by http":     {"key", googleKey(map[string]any{"token_uri": "http://x"}), "its token_uri is not an https address: write the key file as Google hands it out for a service account, or add a tokenUrl"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "it", want.text, 0o600)
			place := map[string]struct {
				change []string
				path   string
			}{
				"certificate": {[]string{"clientSecret: s3", "certificate: {file: it}"}, ":13: connections[0].office365.certificate"},
				"ca":          {[]string{"password: s4", "password: s4\n      ca: {file: it}"}, ":20: connections[1].exchange.ca"},
				"key":         {[]string{"synchronizations:", "  - name: goo\n    provider: google\n    google:\n      key: {file: it}\nsynchronizations:"}, ":23: connections[2].google.key"},
			}[want.block]
			_, err := settings.Parse([]byte(change(t, place.change...)), "figgosync.yaml", settings.LoadOptions{Dir: dir})
			if full := "figgosync.yaml" + place.path + ": " + want.want; err == nil || err.Error() != full {
				t.Errorf("got\n%v\nwant\n%s", err, full)
			}
		})
	}
}

// A .pfx file is binary: it is read as it is.
func TestPFXFiles(t *testing.T) {
	t.Parallel()
	c := certificate()
	leaf, _ := pem.Decode([]byte(c.cert))
	key, _ := pem.Decode([]byte(c.key))
	pfx := must(pkcs12.Modern.Encode(must(x509.ParsePKCS8PrivateKey(key.Bytes)), must(x509.ParseCertificate(leaf.Bytes)), nil, canary))
	dir := t.TempDir()
	write(t, dir, "it", string(pfx), 0o600)
	const place = "figgosync.yaml:14: connections[0].office365.certificatePassword: "
	for password, want := range map[string]string{
		canary:           "",
		canary + "-else": place + "it does not open the certificate's private key: write the password of the certificate's file",
		"":               "certificatePassword: it is missing, and the certificate's private key is encrypted: write the password of the certificate's file",
	} {
		line := "certificate: {file: it}\n"
		if password != "" {
			line += "      certificatePassword: " + password + "\n"
		}
		_, err := settings.Parse([]byte(change(t, "clientSecret: s3\n", line)), "figgosync.yaml", settings.LoadOptions{Dir: dir})
		if (err == nil) != (want == "") || err != nil && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	}
}

func TestInlineKeys(t *testing.T) {
	t.Parallel()
	block := strings.ReplaceAll(strings.TrimSpace(certificate().cert+certificate().key), "\n", "\n        ")
	text := change(t, "clientSecret: s3", "certificate: |\n        "+block,
		"synchronizations:", "  - name: goo\n    provider: google\n    google:\n      key: '"+googleKey(nil)+"'\nsynchronizations:")
	if _, err := parse(text); err != nil {
		t.Fatal(err)
	}
}

func TestAllErrorsAreToldInOrder(t *testing.T) {
	t.Parallel()
	text := change(t, "https://acme", "http://acme", "s1", "", "Europe/Paris", "Paris", "provider: exchange", "provider: notes", "[1]", "[]")
	_, err := parse(text)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %v", err)
	}
	var lines []int
	for _, e := range joined.Unwrap() {
		lines = append(lines, e.(*settings.FieldError).Line)
	}
	if fmt.Sprint(lines) != "[3 5 15 24 25]" {
		t.Errorf("got the lines %v in\n%v", lines, err)
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 8), c-1)
	}
	if _, err := parse(bomb); err == nil || err.Error() != "figgosync.yaml:1: anchors (&) and aliases (*) are not read: write the value out, texts that begin with them in quotes" {
		t.Errorf("the bomb: got %v", err)
	}
	long := minimal + "#" + strings.Repeat("x", 4<<20)
	if _, err := parse(long); err == nil || !strings.Contains(err.Error(), "longer than 4 MiB") {
		t.Errorf("a long file: got %v", err)
	}
	path := write(t, t.TempDir(), "figgosync.yaml", long, 0o600)
	if _, err := settings.Load(path, settings.LoadOptions{}); err == nil || !strings.Contains(err.Error(), "longer than 4 MiB") {
		t.Errorf("a long file on disk: got %v", err)
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "unknown-key-%d: 1\n", i)
	}
	if _, err := parse(many.String()); err == nil || strings.Count(err.Error(), "\n") != 100 || !strings.HasSuffix(err.Error(), "and 901 more") {
		t.Errorf("many faults: got %v", err)
	}
	big := write(t, t.TempDir(), "big", strings.Repeat("x", 2<<20), 0o600)
	_, err := settings.Parse([]byte(change(t, "s1", "{file: "+filepath.Base(big)+"}")), "x", settings.LoadOptions{Dir: filepath.Dir(big)})
	if err == nil || !strings.Contains(err.Error(), "longer than 1 MiB") {
		t.Errorf("a long secret: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(minimal)
	f.Add("sources: [{name: a, host: 'https://x', clientId: b, clientSecret: {env: SET}}]\ntimings: {blockedRetry: 1s}")
	f.Add("sources: [1, ~, [], {}]\nconnections: {}\nsynchronizations: [{policy: {hours: 1}}]")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "file") { // not to read this machine
			return
		}
		file, err := parse(text)
		if (file == nil) == (err == nil) {
			t.Fatal(file, err)
		}
		if file == nil {
			return
		}
		synchronizations, _ := file.Synchronizations(t.Context())
		for _, s := range synchronizations {
			if err := s.Policy.Validate(); err != nil || len(s.LegalEntities) == 0 {
				t.Fatalf("accepted %+v: %v", s, err)
			}
		}
	})
}
