package record_test

import (
	"testing"

	"github.com/figgosync/figgosync/internal/record"
)

func TestSecretTextKeepsText(t *testing.T) {
	t.Parallel()
	for contents, want := range map[string]string{
		"":                         "",
		"0123":                     "0123",
		"-----BEGIN CERTIFICATE--": "-----BEGIN CERTIFICATE--",
		"caf\xe9":                  "caf\xe9", // for the rule of files to refuse
		"0\x82\x01\x00":            "MIIBAA==",
	} {
		if got := record.SecretText([]byte(contents)); got != want {
			t.Errorf("%q: %q, want %q", contents, got, want)
		}
	}
}
