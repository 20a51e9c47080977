package ews_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/calendartest/official"
)

// captured are the requests of the conformance run, one of each shape: ids, keys
// and times are left out of a shape, elements, their order and their values from
// the schemas' lists are not.
var captured = struct {
	sync.Mutex
	seen   int
	bodies map[[32]byte]string
}{bodies: map[[32]byte]string{}}

var varying = regexp.MustCompile(`Id="[A-Za-z0-9+/=]{20,}"|ChangeKey="[^"]*"|\d+|<t:(Value|Subject|SmtpAddress)>[^<]*|Constant Value="[^"]*"`)

// capture keeps a request of the conformance run for the validation at its end.
func capture(body []byte) {
	if len(body) == 0 {
		return // a step of the sign-in
	}
	shape := sha256.Sum256(varying.ReplaceAll(body, nil))
	captured.Lock()
	defer captured.Unlock()
	captured.seen++
	if _, known := captured.bodies[shape]; !known {
		captured.bodies[shape] = string(body)
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	captured.Lock()
	defer captured.Unlock()
	if code == 0 && captured.seen > 0 {
		if err := validateCaptured(); err != nil {
			fmt.Println("FAIL:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// validateCaptured holds what was captured against both of Exchange's schema sets.
func validateCaptured() error {
	schemas, err := official.EWS()
	if err != nil {
		if os.Getenv("CI") == "true" {
			return err
		}
		fmt.Println("captured requests are not validated:", err)
		return nil
	}
	bodies := slices.Collect(maps.Values(captured.bodies))
	current, old, err := schemas.Check(context.Background(), bodies)
	fmt.Printf("ews conformance traffic: %d requests captured, %d shapes, %d valid, %d by the schemas of 2010 too\n", captured.seen, len(bodies), current, old)
	if err == nil && (current == 0 || old == 0) {
		return errors.New("no captured request was validated")
	}
	return err
}
