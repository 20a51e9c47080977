package settings

import (
	"slices"
	"strings"
)

// suggest tells what to write instead of an unknown key: the nearest known one,
// all of them where none is near.
func suggest(key string, known []string) string {
	best := slices.MinFunc(known, func(a, b string) int { return distance(key, a) - distance(key, b) })
	if distance(key, best) <= max(2, len(best)/3) {
		return "did you mean " + best + "?"
	}
	return "write one of " + strings.Join(known, ", ")
}

// distance is the Levenshtein distance, without case.
func distance(a, b string) int {
	const long = 64
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) > long {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
