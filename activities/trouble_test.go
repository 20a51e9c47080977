package activities

import (
	"slices"
	"testing"
	"time"
)

func TestTroubleIsToldAgainAtEachDouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait time.Duration
		want []int
	}{
		"at Temporal's own pace":   {0, []int{3, 6, 12, 24, 48, 96}},
		"the wait is short":        {5 * time.Second, []int{3, 6, 12, 24, 48, 96}},
		"a quota lasts four hours": {4 * time.Hour, []int{1, 2, 3, 6, 12, 24, 48, 96}},
	} {
		var told []int
		for attempt := 1; attempt <= 100; attempt++ {
			if tellsTrouble(attempt, c.wait) {
				told = append(told, attempt)
			}
		}
		if !slices.Equal(told, c.want) {
			t.Errorf("%s: told at attempts %v, want %v", name, told, c.want)
		}
	}
}
