package pages

import (
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// nightsChart draws the differences that the last reconciliations found, a bar each,
// the oldest at the left.
type nightsChart struct {
	Width, Height int
	Bars          []nightBar
	// Highest is the most differences, the chart's height; Right counts the runs
	// that found none, Ended all that were carried through.
	Highest, Right, Ended int
	First, Last           time.Time
}

// nightBar is one run: what was found, and before it what was put right.
type nightBar struct {
	X, Y, H, YRepaired, HRepaired, Width int
	// Tone is "good", "warn" or "bad".
	Tone string
}

const nightWidth, nightGap = 16, 4

// newNightsChart returns nil when no reconciliation has ended. runs are the newest
// first.
func newNightsChart(runs []*operationView) *nightsChart {
	c := &nightsChart{Width: admin.ShownOperations * nightWidth, Height: chartHeight}
	var ended []*operationView
	for _, one := range runs {
		if one.Kind != settings.KindReconciliation || one.Live || one.Phase == workflows.PhaseCancelled {
			continue
		}
		ended = append(ended, one)
		c.Highest = max(c.Highest, one.Reconciliation.Counts.Differences())
	}
	if len(ended) == 0 {
		return nil
	}
	c.First, c.Last = ended[len(ended)-1].StartsAt, ended[0].StartsAt
	for i, one := range ended {
		bar := c.bar(one)
		bar.X = c.Width - (i+1)*nightWidth + nightGap/2
		c.Bars = append(c.Bars, bar)
		if one.Phase == workflows.PhaseCompleted {
			c.Ended++
		}
		if bar.Tone == "good" {
			c.Right++
		}
	}
	return c
}

func (c *nightsChart) bar(one *operationView) nightBar {
	counts := one.Reconciliation.Counts
	bar := nightBar{Width: nightWidth - nightGap, Tone: "warn", H: c.height(counts.Differences())}
	switch {
	case one.Phase == workflows.PhaseFailed:
		bar.Tone, bar.H = "bad", c.Height
	case counts.Differences() == 0:
		bar.Tone, bar.H = "good", 2*leastBar
	case counts.Repaired > 0:
		bar.HRepaired = c.height(counts.Repaired)
	}
	bar.Y, bar.YRepaired = c.Height-bar.H, c.Height-bar.HRepaired
	return bar
}

func (c *nightsChart) height(differences int) int {
	return max(2*leastBar, differences*c.Height/max(c.Highest, 1))
}
