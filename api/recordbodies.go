package api

import (
	"encoding/json"
	"reflect"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// shaped is a body with fields that its type does not have.
type shaped interface {
	// shapes compares such a field with what it should be; known is false for a field
	// nobody knows.
	shapes(name string, raw json.RawMessage) (problems []settings.Problem, known bool)
}

// shapeOfRecord compares a JSON object with the record it is to become, whose
// secrets may be null.
func shapeOfRecord(path string, raw json.RawMessage, of any) []settings.Problem {
	wrong := []settings.Problem{{Field: path, Code: codeWrongType, Values: map[string]string{"wanted": "object"}}}
	if string(raw) == "null" {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return wrong
	}
	known := map[string]record.Field{}
	for _, f := range record.Fields("", of) {
		known[f.Name] = f
	}
	var problems []settings.Problem
	for _, name := range sortedKeys(members) {
		f, ok := known[name]
		switch {
		case !ok:
			problems = append(problems, settings.Problem{Field: under(path, shown(name)), Code: codeUnknownField})
		case f.Secret() != nil:
			problems = append(problems, shape(under(path, name), members[name], reflect.TypeFor[secretBody]())...)
		default:
			problems = append(problems, shape(under(path, name), members[name], f.Type())...)
		}
	}
	return problems
}

// readRecord reads a JSON object into a record, and returns its secrets apart, by path. Its
// shape was compared before.
func readRecord(path string, raw json.RawMessage, into any) map[string]secretBody {
	secrets := map[string]secretBody{}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return secrets
	}
	for _, f := range record.Fields("", into) {
		member, sent := members[f.Name]
		if !sent {
			continue
		}
		if f.Secret() != nil {
			var secret secretBody
			_ = json.Unmarshal(member, &secret)
			secrets[record.Join(path, f.Name)] = secret
			continue
		}
		_ = json.Unmarshal(member, f.Pointer())
	}
	return secrets
}

func inputsOf(secrets map[string]secretBody) map[string]admin.SecretInput {
	inputs := map[string]admin.SecretInput{}
	for path, secret := range secrets {
		inputs[path] = secret.SecretInput
	}
	return inputs
}
