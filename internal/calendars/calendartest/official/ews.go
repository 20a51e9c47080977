package official

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// XSD are Exchange's schema files and xmllint, which reads them.
type XSD struct{ dir, xmllint string }

// EWS finds them.
var EWS = sync.OnceValues(func() (*XSD, error) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		return nil, fmt.Errorf("xmllint is not at hand, install libxml2-utils: %w", err)
	}
	dir, err := Schemas("ews")
	return &XSD{dir, xmllint}, err
})

// asked is the version a request asks for.
var asked = regexp.MustCompile(`RequestServerVersion Version="(Exchange2010[^"]*)"`)

// Check holds requests against the schemas of today's Exchange, and those that a server of
// 2010 shall understand against its own, too. It tells how many were valid by each.
func (x *XSD) Check(ctx context.Context, bodies []string) (current, old int, err error) {
	folder, err := os.MkdirTemp("", "ews")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(folder)
	var all, elder []string
	for i, body := range bodies {
		file := filepath.Join(folder, fmt.Sprintf("%05d.xml", i))
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			return 0, 0, err
		}
		all = append(all, file)
		version := asked.FindStringSubmatch(body)
		if version == nil {
			continue // it asks for 2013, whose names a server of 2010 does not know
		}
		// The old set is that of one service pack and fixes its own name.
		renamed := strings.Replace(body, version[0], `RequestServerVersion Version="Exchange2010_SP2"`, 1)
		file = strings.TrimSuffix(file, ".xml") + "-2010.xml"
		if err := os.WriteFile(file, []byte(renamed), 0o600); err != nil {
			return 0, 0, err
		}
		elder = append(elder, file)
	}
	if current, err = x.validate(ctx, "extra", all); err != nil {
		return current, 0, err
	}
	old, err = x.validate(ctx, "exchange2010_sp2", elder)
	return current, old, err
}

// validate returns how many of the files are valid by a set of schemas; an error when not all.
func (x *XSD) validate(ctx context.Context, set string, files []string) (int, error) {
	if len(files) == 0 {
		return 0, nil
	}
	arguments := append([]string{"--noout", "--schema", filepath.Join(x.dir, set, "ews-all.xsd")}, files...)
	output, err := exec.CommandContext(ctx, x.xmllint, arguments...).CombinedOutput()
	valid := strings.Count(string(output), " validates\n")
	if err != nil || valid != len(files) {
		return valid, fmt.Errorf("xmllint, %s: %d of %d requests are valid: %w\n%s", set, valid, len(files), err, invalid(string(output)))
	}
	return valid, nil
}

func invalid(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		if !strings.HasSuffix(line, " validates\n") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
