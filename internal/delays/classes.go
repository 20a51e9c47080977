package delays

import (
	"slices"
	"time"
)

// The classes grow by half from 50 ms until they hold a month: what was blocked
// until somebody mended the cause takes days.
const (
	firstClass = 50 * time.Millisecond
	lastClass  = 30 * 24 * time.Hour
)

// classes are the upper bounds of the classes in milliseconds, inclusive. They are
// what is stored: classes of an older figgosync stay readable.
var classes = func() []int64 {
	var bounds []int64
	bound := float64(firstClass.Milliseconds())
	for ; bound < float64(lastClass.Milliseconds()); bound *= 1.5 {
		bounds = append(bounds, int64(bound))
	}
	return append(bounds, int64(bound))
}()

// classOf returns the class of a delay. The last also has what took longer, the
// first what took no time or, by clocks that differ, less.
func classOf(took time.Duration) int64 {
	ms := took.Milliseconds()
	if took > time.Duration(ms)*time.Millisecond {
		ms++ // a bound is what they did not exceed
	}
	i, _ := slices.BinarySearch(classes, ms)
	return classes[min(i, len(classes)-1)]
}

// histogram counts changes by class.
type histogram map[int64]int64

func (h histogram) total() int64 {
	sum := int64(0)
	for _, n := range h {
		sum += n
	}
	return sum
}

// quantile returns the upper bound of the class in which the part-th percent of
// all changes ends (nearest rank), 0 for none.
func (h histogram) quantile(percent int64) time.Duration {
	rank := (h.total()*percent + 99) / 100
	bounds := make([]int64, 0, len(h))
	for bound := range h {
		bounds = append(bounds, bound)
	}
	slices.Sort(bounds)
	for _, bound := range bounds {
		if rank -= h[bound]; rank <= 0 {
			return time.Duration(bound) * time.Millisecond
		}
	}
	return 0
}
