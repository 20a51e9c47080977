package e2e_test

import "testing"

func TestFindTellsSecretsFromChance(t *testing.T) {
	for _, c := range []struct {
		name, text, word string
		want             int
	}{
		{"JSON in a database's page", "\x01\x81{\"familyName\":\"Doe\"}\x03\xff", "Doe", 17},
		{"a log line", "owner=Doe took=3ms", "Doe", 6},
		{"part of another word", `{"title":"Doering is away"}`, "Doe", -1},
		{"ciphertext", "\x9a-S\xd8\"Doe\xa1\x0e\x97", "Doe", -1},
		{"ciphertext, then readable", "\x9a-S\xd8\"Doe\xa1\x0e\x97 {\"name\":\"Doe\"}", "Doe", 21},
		{"a whole name among bytes", "\x0a\x08Jane Doe\x12", "Jane Doe", 2},
		{"nowhere", "nothing at all here", "Doe", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := find(c.text, c.word); got != c.want {
				t.Errorf("find(%q, %q) = %d, want %d", c.text, c.word, got, c.want)
			}
		})
	}
}
