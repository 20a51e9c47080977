package ews_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
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
	xmllint, err := exec.LookPath("xmllint")
	sets := beside("shared", "schemas", "ews")
	if err != nil || sets == "" {
		if os.Getenv("CI") == "true" {
			return fmt.Errorf("xmllint (libxml2-utils) or shared/schemas/ews is missing")
		}
		fmt.Println("captured requests are not validated: xmllint or the schemas are not at hand")
		return nil
	}
	folder, err := os.MkdirTemp("", "captured")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var current, old []string
	for _, body := range captured.bodies {
		file := filepath.Join(folder, fmt.Sprintf("%05d.xml", len(current)))
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			return err
		}
		current = append(current, file)
		if !strings.Contains(body, "WorkingElsewhere") && strings.Contains(body, `Version="Exchange2010_SP2"`) {
			old = append(old, file)
		}
	}
	for schema, files := range map[string][]string{"extra": current, "exchange2010_sp2": old} {
		output, err := exec.Command(xmllint, append([]string{"--noout", "--schema", filepath.Join(sets, schema, "ews-all.xsd")}, files...)...).CombinedOutput()
		valid := strings.Count(string(output), " validates\n")
		fmt.Printf("ews conformance traffic: %d requests captured, %d shapes, %d of %d valid by %s\n", captured.seen, len(captured.bodies), valid, len(files), schema)
		if err != nil || valid != len(files) || valid == 0 {
			return fmt.Errorf("xmllint: %w\n%s", err, invalidLines(string(output)))
		}
	}
	return nil
}

// beside finds a directory next to the repository, "" when there is none.
func beside(parts ...string) string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		found := filepath.Join(append([]string{filepath.Dir(dir)}, parts...)...)
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			if _, err := os.Stat(found); err == nil {
				return found
			}
		}
	}
	return ""
}
