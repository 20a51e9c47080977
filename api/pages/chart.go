package pages

import (
	"time"

	"github.com/figgosync/figgosync/internal/delays"
)

// The chart's size in its own units; the page scales it.
const (
	chartHours  = 24
	chartWidth  = 480
	chartHeight = 88
	barWidth    = 14
	leastBar    = 2
)

// chart draws the delays of the last 24 hours, a bar for each hour.
type chart struct {
	Width, Height int
	Bars          []bar
	// Highest is the longest p95, the chart's height.
	Highest time.Duration
	Buckets []delays.Bucket
	Count   int
}

// bar is one hour: the p95 behind, the p50 before it.
type bar struct {
	delays.Bucket
	X, Y50, H50, Y95, H95 int
}

// newChart returns nil when nothing was written.
func newChart(series []delays.Bucket, now time.Time) *chart {
	c := &chart{Width: chartWidth, Height: chartHeight, Buckets: series}
	for _, bucket := range series {
		c.Highest = max(c.Highest, bucket.P95)
		c.Count += bucket.Count
	}
	if c.Highest <= 0 {
		return nil
	}
	first := now.UTC().Truncate(time.Hour).Add(-(chartHours - 1) * time.Hour)
	for _, bucket := range series {
		hour := int(bucket.Start.Sub(first) / time.Hour)
		if hour < 0 || hour >= chartHours {
			continue
		}
		one := bar{Bucket: bucket, X: hour*chartWidth/chartHours + (chartWidth/chartHours-barWidth)/2}
		one.H50, one.H95 = c.height(bucket.P50), c.height(bucket.P95)
		one.Y50, one.Y95 = chartHeight-one.H50, chartHeight-one.H95
		c.Bars = append(c.Bars, one)
	}
	return c
}

func (c *chart) height(d time.Duration) int {
	return max(leastBar, int(int64(d)*chartHeight/int64(c.Highest)))
}
