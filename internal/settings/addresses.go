package settings

import (
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/record"
)

// ReadAddresses reads addresses of mailboxes from CSV: an employee's id and an address a
// line, with a semicolon, a comma or a tab between, as spreadsheets write them. A first
// line of two short cells without an address is a heading. The problems are of the field addresses and name
// their lines, counted from 1; the good lines are in the answer nevertheless.
func ReadAddresses(text string) (map[string]string, []Problem) {
	addresses, first := map[string]string{}, map[string]int{}
	var problems []Problem
	add := func(code string, line int, values ...string) {
		p := Problem{Field: "addresses", Code: code, Values: map[string]string{"line": strconv.Itoa(line)}}
		if len(values) > 0 {
			p.Values["first"] = values[0]
		}
		problems = append(problems, p)
	}
	line := 0
	for row := range strings.Lines(strings.TrimPrefix(text, "\uFEFF")) {
		line++
		cells, err := cellsOf(row)
		switch {
		case err == nil && len(cells) == 0 || line == 1 && isHeading(row):
		case err != nil || len(cells) != 2 || cells[0] == "":
			add(CodeBadLine, line)
		case first[cells[0]] > 0:
			add(CodeLineTwice, line, strconv.Itoa(first[cells[0]]))
		default:
			if code, _ := wrongAddress(cells[0], cells[1]); code != "" {
				add(CodeBadLine, line)
				continue
			}
			first[cells[0]], addresses[cells[0]] = line, cells[1]
		}
	}
	return addresses, problems
}

// longestHeading bounds a line that is taken for a heading, and not for one to mend.
const longestHeading = 200

func isHeading(row string) bool {
	cells, err := cellsOf(row)
	return err == nil && len(cells) == 2 && len(row) <= longestHeading && !strings.Contains(row, "@")
}

// WithoutHeading is CSV of addresses without its heading, where it has one.
func WithoutHeading(text string) string {
	if first, rest, _ := strings.Cut(strings.TrimPrefix(text, "\uFEFF"), "\n"); isHeading(first) {
		return rest
	}
	return text
}

// cellsOf are the cells of a line of CSV without spaces around them and invisible
// characters, none of an empty line.
func cellsOf(row string) ([]string, error) {
	row = strings.TrimSpace(row)
	reader := csv.NewReader(strings.NewReader(row))
	reader.TrimLeadingSpace = true
	for _, between := range []rune{';', '\t'} {
		if strings.ContainsRune(row, between) {
			reader.Comma = between
			break
		}
	}
	cells, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	for i := range cells {
		cells[i] = record.Visible(cells[i])
	}
	return cells, err
}

// WriteAddresses writes what ReadAddresses reads, by ids.
func WriteAddresses(addresses map[string]string) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(addresses)) {
		b.WriteString(id + ";" + addresses[id] + "\n")
	}
	return b.String()
}
