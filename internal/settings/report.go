package settings

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// report tells problems of the value that was read from f where the file has
// them. Where the reader has told a fault already, of the same place or of one
// within or around it, nothing is added.
func (f fields) report(problems []Problem) {
	for _, p := range problems {
		n := f.of.find(placeOf(p))
		if !slices.ContainsFunc(n.r.faults, func(fault *FieldError) bool { return related(fault.Field, n.path) }) {
			n.fail("%s", fileText(p))
		}
	}
}

// withoutSecrets leaves out that secrets are missing where they may be.
func (r *reader) withoutSecrets(problems []Problem, secrets []SecretField) []Problem {
	return slices.DeleteFunc(problems, func(p Problem) bool {
		return r.opts.ForImport && p.Code == CodeRequired && slices.ContainsFunc(secrets, func(s SecretField) bool { return s.Field == p.Field })
	})
}

// related tells whether one path is the other or leads to it.
func related(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	rest, ok := strings.CutPrefix(b, a)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// placeOf is the path of a problem's field in a settings file, where hours are
// written as two ranges.
func placeOf(p Problem) []string {
	switch {
	case p.Code == CodeRetryOrder:
		return nil
	case p.Code == CodeHoursOrder && p.Field == "policy.hours.afternoonStart":
		return []string{"policy", "hours"}
	}
	path := strings.Split(p.Field, ".")
	last := &path[len(path)-1]
	for _, end := range []string{"Start", "End"} {
		*last = strings.TrimSuffix(*last, end)
	}
	return path
}

// find returns the value behind a path of keys and places in lists. Where it is
// missing the line is that of what is around it.
func (n node) find(path []string) node {
	for _, key := range path {
		child := node{r: n.r, path: join(n.path, key), line: n.line}
		if n.yaml != nil && n.yaml.Kind == yaml.SequenceNode {
			child.path = n.path + "[" + key + "]"
			if i, err := strconv.Atoi(key); err == nil && i < len(n.yaml.Content) {
				child.yaml, child.line = n.yaml.Content[i], n.yaml.Content[i].Line
			}
		}
		if n.isMapping() {
			for i := 0; i+1 < len(n.yaml.Content); i += 2 {
				if n.yaml.Content[i].Value == key {
					child.yaml, child.line = n.yaml.Content[i+1], n.yaml.Content[i].Line
				}
			}
		}
		n = child
	}
	return n
}

const (
	tenantHint      = "write the directory (tenant) id of your Entra application"
	certificateHint = "write a file with a CERTIFICATE and an unencrypted PRIVATE KEY"
	authorityHint   = "write one CERTIFICATE after another, without keys"
	googleKeyHint   = "write the key file as Google hands it out for a service account"
)

// fileText says in a settings file what is wrong and what to write.
func fileText(p Problem) string {
	switch p.Field + " " + p.Code {
	case "policy.label " + CodeRequired:
		return `it is empty: write the title events shall have, such as "Absent"`
	case "office365.clientSecret " + CodeRequired:
		return "it is missing: write a clientSecret or a certificate"
	case "policy.hours.afternoonStart " + CodeHoursOrder:
		return "the afternoon starts at " + p.Values["time"] + ", before the morning ends at " + p.Values["before"] + ": write both, one after the other"
	}
	var pairs []string
	for name, value := range p.Values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(fileTexts[p.Code])
}

var fileTexts = map[string]string{
	CodeRequired:        "it is missing: write it",
	CodeBadName:         "it is not a name: " + nameHint,
	CodeTooLong:         "it has more than {limit} characters: write less",
	CodeTooMany:         "there are more than {limit}: write several synchronizations",
	CodeNotUTF8:         "it is not UTF-8: write it as text",
	CodeControl:         "it has a line break, tab or other control character: write it on one line",
	CodeSpace:           "it has a space or a line break: write it without",
	CodeBadChoice:       "it is not known: write one of {allowed}",
	CodeBadNumber:       "it is not a whole number from {least} to {most}: write one",
	CodeBadDuration:     "it is not a duration from {least} to {most}: write one such as 90s, 5m or 24h",
	CodeRetryOrder:      "blockedRetryMax is {last}, shorter than blockedRetry, {first}: write the longer one last",
	CodeNotAddress:      "it is not an address: write one such as https://host.example.com",
	CodeNotHTTPS:        "it is http: write https, or start with --allow-insecure-endpoints where nothing is real",
	CodeNotWeb:          "it is neither https nor http: write an address that begins with https://",
	CodeHasLogin:        "it holds a login: write it without, before the host there must be no @",
	CodeHasQuery:        "it has parameters: write it without ? and #",
	CodeBadHeader:       "it cannot be an Authorization header: write one line without spaces around it",
	CodeWeak:            "it can be guessed: write at least {least} random characters, such as those of openssl rand -base64 32",
	CodeSecretAgain:     "the address it is sent to is another one: write the secret again, so that no other server gets a stored one",
	CodeNotOneDirectory: "it is not one directory: " + tenantHint,
	CodeTwoSecrets:      "there is a clientSecret as well: write one of the two",
	CodeOtherProvider:   "the provider is {provider}: write a block {provider} and no other",
	CodeBadCertificate:  "it is not PEM with a certificate and the private key to it: " + certificateHint,
	CodeLockedKey:       "its private key is encrypted: " + certificateHint,
	CodeBadAuthority:    "it is not PEM: " + authorityHint,
	CodeAuthorityOther:  "it has something else than certificates: " + authorityHint,
	CodeAuthorityBroken: "certificate {number} in it cannot be read: " + authorityHint,
	CodeBadKeyJSON:      "it is not the JSON of a key: " + googleKeyHint,
	CodeNotService:      "its type is not service_account: " + googleKeyHint,
	CodeBadKeyEmail:     "its client_email is not an address: " + googleKeyHint,
	CodeBadKeyPrivate:   "its private_key is not an RSA key in PEM: " + googleKeyHint,
	CodeBadKeyToken:     "its token_uri is not an https address: " + googleKeyHint + ", or add a tokenUrl",
	CodeBadZone:         `"{zone}" is not known: ` + zoneHint,
	CodeBadClock:        "it is not a time of day: write it as 09:00",
	CodeHoursOrder:      `it is not two times of day, one after the other: write them as "09:00-12:00"`,
	CodeBadEntity:       "it is not an id: write one of 1 to {limit} characters",
	CodeUnknownSource:   `no source is named "{name}"`,
	CodeUnknownConnect:  `no connection is named "{name}"`,
	CodeEntityTaken:     `the legal entity "{legalEntity}" is in the active synchronization {synchronization} already`,
	CodeEntityTwice:     `the legal entity "{legalEntity}" is there twice: keep one`,
}

const (
	nameHint = "write lower-case letters, digits and dashes, 40 at most"
	zoneHint = "write an IANA time zone such as Europe/Paris"
)
