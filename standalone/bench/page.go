package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Figures stand on a page between these lines.
const figuresBegin, figuresEnd = "<!-- make bench: begin -->", "<!-- make bench: end -->"

// writePage replaces the figures on a page by what was measured, and says on how many
// processors.
func writePage(path, measured string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(page), figuresBegin)
	_, after, ends := strings.Cut(rest, figuresEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no lines %s and %s between which the figures go", path, figuresBegin, figuresEnd)
	}
	figures := fmt.Sprintf("%s\n%d processors, %s/%s\n\n```\n%s\n```\n%s", figuresBegin, runtime.NumCPU(), runtime.GOOS,
		runtime.GOARCH, strings.TrimRight(measured, "\n"), figuresEnd)
	return os.WriteFile(path, []byte(before+figures+after), 0o644)
}
