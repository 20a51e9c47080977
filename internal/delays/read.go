package delays

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/database"
)

// Read returns one Bucket for each synchronization and hour that wrote anything,
// in time order and then by name, from the hour that since is in to now, and
// totals, by name: one Bucket for each synchronization over that whole stretch.
//
// With a database it is what all processes have written to it: a few seconds old.
// Without one it is what this process observed. Its errors are the database's.
func (b *Book) Read(ctx context.Context, since time.Time) (buckets, totals []Bucket, err error) {
	from := hourOf(since)
	all, err := b.numbersSince(ctx, from)
	if err != nil {
		return nil, nil, err
	}
	hours, whole := map[key]*stretch{}, map[string]*stretch{}
	for k, n := range all {
		hour := key{synchronization: k.synchronization, hour: k.hour}
		into(hours, hour).add(k, n)
		into(whole, k.synchronization).add(k, n)
	}
	for k, s := range hours {
		buckets = append(buckets, s.bucket(k.synchronization, database.Time(k.hour), time.Hour))
	}
	slices.SortFunc(buckets, func(x, y Bucket) int {
		return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.Synchronization, y.Synchronization))
	})
	start := database.Time(from)
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		totals = append(totals, whole[name].bucket(name, start, b.now().Sub(start)))
	}
	return buckets, totals, nil
}

// numbersSince returns what was observed in the hour from and later.
func (b *Book) numbersSince(ctx context.Context, from int64) (numbers, error) {
	if b.db != nil {
		return read(ctx, b.db, from)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all := numbers{}
	for k, n := range b.pending {
		if k.hour >= from {
			all[k] = n
		}
	}
	return all, nil
}

// stretch is what happened in one stretch of time.
type stretch struct {
	histogram histogram
	last      int64
}

// into returns the stretch of a key, a new one for the first.
func into[K comparable](all map[K]*stretch, k K) *stretch {
	if all[k] == nil {
		all[k] = &stretch{histogram: histogram{}}
	}
	return all[k]
}

func (s *stretch) add(k key, n number) {
	s.histogram[k.upper] += n.changes
	s.last = max(s.last, n.last)
}

func (s *stretch) bucket(name string, start time.Time, width time.Duration) Bucket {
	return Bucket{
		Synchronization: name, Start: start, Width: width, Count: int(s.histogram.total()),
		P50: s.histogram.quantile(50), P95: s.histogram.quantile(95), Last: database.Time(s.last),
	}
}
