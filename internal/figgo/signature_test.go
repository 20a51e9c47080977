package figgo_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
)

// A test vector made from the algorithm Lucca documents.
const (
	vectorSecret    = "b3YGydKxao0CYEg4-2LM81rviT-TESTSECRET"
	vectorTimestamp = "2025-01-01T08:34:23Z"
	vectorBody      = `{"id":"9001","type":"event","topic":"leave.updated"}`
	vectorSignature = "MIS+2FVefX9bM/rxpiuYLEkPZAeiB1sELBFXMQmlsHE="
)

func signed(signature, timestamp string) http.Header {
	h := http.Header{}
	h.Set("Lucca-Signature", signature)
	h.Set("Lucca-Timestamp", timestamp)
	return h
}

func TestVerifyV5(t *testing.T) {
	t.Parallel()
	sent := time.Date(2025, 1, 1, 8, 34, 23, 0, time.UTC)
	good := signed(vectorSignature, vectorTimestamp)
	cases := map[string]struct {
		secret string
		header http.Header
		body   string
		now    time.Time
		want   string // part of the error, "" for none
	}{
		"the vector":             {vectorSecret, good, vectorBody, sent, ""},
		"five minutes late":      {vectorSecret, good, vectorBody, sent.Add(5 * time.Minute), ""},
		"five minutes early":     {vectorSecret, good, vectorBody, sent.Add(-5 * time.Minute), ""},
		"later":                  {vectorSecret, good, vectorBody, sent.Add(5*time.Minute + time.Second), "more than 5m0s"},
		"earlier":                {vectorSecret, good, vectorBody, sent.Add(-5*time.Minute - time.Second), "more than 5m0s"},
		"years off":              {vectorSecret, good, vectorBody, time.Time{}, "more than 5m0s"},
		"another secret":         {vectorSecret + "x", good, vectorBody, sent, "another secret"},
		"no secret":              {"", good, vectorBody, sent, "no webhook secret"},
		"a byte more":            {vectorSecret, good, vectorBody + " ", sent, "another body"},
		"timestamp written anew": {vectorSecret, signed(vectorSignature, "2025-01-01T08:34:23.000Z"), vectorBody, sent, "another body"},
		"no signature":           {vectorSecret, signed("", vectorTimestamp), vectorBody, sent, "both needed"},
		"no timestamp":           {vectorSecret, signed(vectorSignature, ""), vectorBody, sent, "both needed"},
		"hex":                    {vectorSecret, signed("3084bed8555e7d7f", vectorTimestamp), vectorBody, sent, "another secret"},
		"not base64":             {vectorSecret, signed("sha256=!", vectorTimestamp), vectorBody, sent, "not base64"},
		"half a signature":       {vectorSecret, signed("MIS+2FVefX9bM/rxpiuYLA==", vectorTimestamp), vectorBody, sent, "another secret"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := figgo.VerifyV5(c.secret, c.header, []byte(c.body), c.now)
			if c.want == "" && err != nil {
				t.Fatal(err)
			}
			if c.want != "" && (!errors.Is(err, figgo.ErrSignature) || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("got %v, want ErrSignature with %q", err, c.want)
			}
			if err != nil && c.secret != "" && strings.Contains(err.Error(), c.secret) {
				t.Fatalf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestVerifyV5RefusesASignedTimestampThatIsNoTime(t *testing.T) {
	t.Parallel()
	// HMAC-SHA256("s", "yesterday.{}")
	header := signed("FQE0LYfI4DHf98NkBJFIt6HoktFDlc9S3T2G2CU/LcE=", "yesterday")
	if err := figgo.VerifyV5("s", header, []byte("{}"), time.Now()); !errors.Is(err, figgo.ErrSignature) || !strings.Contains(err.Error(), "RFC 3339") {
		t.Fatalf("got %v", err)
	}
}

func TestVerifyHTTPSynchronization(t *testing.T) {
	t.Parallel()
	const key = "Basic ZGVtbzpkZW1v"
	for name, c := range map[string]struct {
		key, sent string
		ok        bool
	}{
		"the key":          {key, key, true},
		"no key kept":      {"", "", false},
		"no key, any sent": {"", key, false},
		"nothing sent":     {key, "", false},
		"another case":     {key, strings.ToLower(key), false},
		"a part":           {key, key[:10], false},
		"more":             {key, key + "=", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if c.sent != "" {
				header.Set("Authorization", c.sent)
			}
			err := figgo.VerifyHTTPSynchronization(c.key, header)
			if c.ok != (err == nil) || err != nil && !errors.Is(err, figgo.ErrAuthorization) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query, want string
		ok          bool
	}{
		"plain":        {"echo=abc123", "abc123", true},
		"not ASCII":    {"echo=caf%C3%A9%20%2B1", "café +1", true},
		"missing":      {"challenge=abc", "", false},
		"empty":        {"echo=", "", false},
		"not UTF-8":    {"echo=%ff", "", false},
		"far too long": {"echo=" + strings.Repeat("a", 5000), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := figgo.Challenge(query); got != c.want || ok != c.ok {
				t.Fatalf("got %q, %v", got, ok)
			}
		})
	}
}
