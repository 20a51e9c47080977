package settings

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/figgosync/figgosync/internal/record"
)

// report tells problems of the value that was read from f where the file has
// them; known are its fields. Where the reader has told a fault already, of the same
// place or of one within or around it, nothing is added.
func (f fields) report(problems []Problem, known []record.Field) {
	for _, p := range problems {
		n := f.of.find(placeOf(p))
		if !slices.ContainsFunc(n.r.faults, func(fault *FieldError) bool { return related(fault.Field, n.path) }) {
			n.fail("%s", fileText(p, hintOf(p, known), n.yaml != nil))
		}
	}
}

// hintOf is what to write in a problem's field.
func hintOf(p Problem, known []record.Field) string {
	i := slices.IndexFunc(known, func(f record.Field) bool { return f.Path == p.Field })
	switch {
	case i < 0:
		return ""
	case p.Code == CodeRequired && known[i].Secret() != nil &&
		(known[i].Hint == "" || known[i].Kind() == record.KindSecretFile):
		return secretHint
	}
	return known[i].Hint
}

// withoutSecrets leaves out that secrets are missing where they may be, and that one
// of several alternatives is missing where another is there: if it could not be read,
// that is told already.
func (f fields) withoutSecrets(problems []Problem, known []record.Field, alternatives []string) []Problem {
	given := slices.ContainsFunc(known, func(one record.Field) bool {
		return slices.Contains(alternatives, one.Name) && f.of.find(strings.Split(one.Path, ".")).present()
	})
	return slices.DeleteFunc(problems, func(p Problem) bool {
		i := slices.IndexFunc(known, func(one record.Field) bool { return one.Path == p.Field && one.Secret() != nil })
		if i < 0 || p.Code != CodeRequired {
			return false
		}
		return f.of.r.opts.ForImport || given && slices.Contains(alternatives, known[i].Name)
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

// fileText says in a settings file what is wrong and what to write: hint, where a
// field has one. there says that the field is there, at least its key.
func fileText(p Problem, hint string, there bool) string {
	text := fileTexts[p.Code]
	switch {
	case p.Code == CodeRequired && hint != "" && there:
		text = "it is empty: {hint}"
	case p.Code == CodeRequired && hint != "":
		text = "it is missing: {hint}"
	case p.Field == "policy.hours.afternoonStart" && p.Code == CodeHoursOrder:
		text = "the afternoon starts at {time}, before the morning ends at {before}: write both, one after the other"
	}
	pairs := []string{"{hint}", hint}
	for name, value := range p.Values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
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
	"not-one-directory": "it is not one directory: {hint}",
	"two-secrets":       "there is a clientSecret as well: write one of the two",
	CodeOtherProvider:   "the provider is {provider}: write a block {provider} and no other",
	"bad-certificate":   "it is not a certificate with the private key to it, or in a form that is not known: {hint}",

	"certificate-password-missing": "it is missing, and the certificate's private key is encrypted: {hint}",
	"certificate-password-wrong":   "it does not open the certificate's private key: {hint}",

	"bad-authority":         "it is not PEM: {hint}",
	"authority-has-other":   "it has something else than certificates: {hint}",
	"authority-unreadable":  "certificate {number} in it cannot be read: {hint}",
	"bad-key-json":          "it is not the JSON of a key: {hint}",
	"not-a-service-account": "its type is not service_account: {hint}",
	"bad-key-email":         "its client_email is not an address: {hint}",
	"bad-key-private":       "its private_key is not an RSA key in PEM: {hint}",
	"bad-key-token-address": "its token_uri is not an https address: {hint}, or add a tokenUrl",
	CodeBadEmail:            "it is not an e-mail address: {hint}",
	CodeOnePlace:            "write an e-mail address or a webhook, one of the two",
	CodeBadZone:             `"{zone}" is not known: {hint}`,
	CodeBadClock:            "it is not a time of day: write it as 09:00",
	CodeHoursOrder:          `it is not two times of day, one after the other: write them as "09:00-12:00"`,
	CodeBadEntity:           "it is not an id: write one of 1 to {limit} characters",
	CodeUnknownSource:       `no source is named "{name}"`,
	CodeTriedTwice:          `the connection "{name}" is tried before already: keep one`,
	CodeUnknownConnect:      `no connection is named "{name}"`,
	CodeEntityTaken:         `the legal entity "{legalEntity}" is in the active synchronization {synchronization} already`,
	CodeTooManyItems:        "there are more than {limit}: leave some out",
	CodeBadAccount:          `it is not an account, or is there twice: write an id, "name:" and a name, or "category:" and a name, of {limit} characters at most`,
	CodePlaceholder:         "{placeholder} stands for nothing: write {known}",
	CodeBadCategory:         "it has a comma or a semicolon: write it without",
	CodeOneOfTwo:            "there is {other} as well: write one of the two",
	CodeBadLine:             "line {line} is not an id and an e-mail address",
	CodeLineTwice:           "line {line} is about the same employee as line {first}",
	CodeReveals:             "it would show sensitive absence types: write otherwise, or add confirmReveals: true to the policy",
	CodeEntityTwice:         `the legal entity "{legalEntity}" is there twice: keep one`,
}

const (
	nameHint = "write lower-case letters, digits and dashes, 40 at most"
)
