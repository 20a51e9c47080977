package calendars

import (
	"cmp"
	"maps"
	"slices"

	"github.com/figgosync/figgosync/internal/absence"
)

// candidates are the found events that may be ours: all but owners' copies.
func candidates(found []Placed) []Placed {
	return slices.DeleteFunc(slices.Clone(found), func(p Placed) bool { return p.Identity == IdentityCopy })
}

// choose picks the candidate that shall become event: of its run, an id that is
// known before one whose marker names it, before one that is right already, and
// else the oldest, as a copy is younger than its original. rest is all others.
func choose(found []Placed, event absence.Event, opts Options) (kept *Placed, rest []Placed) {
	right := Fingerprint(event)
	best := -1
	for i, placed := range found {
		if placed.Marker.Run == event.Run && (best < 0 || opts.prefers(placed, found[best], right)) {
			best = i
		}
	}
	if best < 0 {
		return nil, found
	}
	chosen := found[best]
	return &chosen, slices.Concat(found[:best], found[best+1:])
}

// prefers tells whether a is rather ours than b, where an event with the
// fingerprint right is wanted.
func (o Options) prefers(a, b Placed, right string) bool {
	order := cmp.Or(
		compareBool(o.knows(a), o.knows(b)),
		compareBool(a.Identity == IdentityOwn, b.Identity == IdentityOwn),
		compareBool(a.Fingerprint == right, b.Fingerprint == right),
		compareBool(isOlder(a, b), isOlder(b, a)),
	)
	return order > 0
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// standsRight tells that a chosen event needs no write. One of several that are
// not bound is written once more, which binds it, so that nothing has to guess
// again which of them is ours; but not before those are removed that surplus
// tells by its being a guess.
func standsRight(kept Placed, event absence.Event, rest []Placed, opts Options) bool {
	guessed, older := false, false
	for _, p := range rest {
		if p.Marker.Run == event.Run && !opts.isCertain(kept) {
			guessed, older = true, older || isOlder(p, kept)
		}
	}
	return kept.Fingerprint == Fingerprint(event) && (!guessed || older)
}

// surplus are the candidates to remove after kept (by run) was written: what is
// certainly ours, and of what is not certain only what cannot be a copy of the
// event that is ours, or, of a run that is no longer wanted, the oldest. What may
// be an owner's copy is left alone.
//
// The uncertain ones come first: as long as the known ones are there, a
// repetition after a lost answer does not take a copy for the original.
func surplus(found []Placed, kept map[int]Placed, opts Options) []Placed {
	var certain, uncertain []Placed
	runs := map[int][]Placed{}
	for _, placed := range found {
		run := placed.Marker.Run
		switch {
		case opts.keeps(placed):
		case opts.isCertain(placed):
			certain = append(certain, placed)
		default:
			runs[run] = append(runs[run], placed)
		}
	}
	for run, unbound := range runs {
		isOurs := slices.ContainsFunc(certain, func(p Placed) bool { return p.Marker.Run == run })
		one, wanted := kept[run]
		switch {
		case isOurs || wanted && opts.isCertain(one):
		case wanted:
			uncertain = append(uncertain,
				slices.DeleteFunc(unbound, func(p Placed) bool { return !isOlder(p, one) })...)
		case !opts.missesOne(found, kept):
			uncertain = append(uncertain, slices.MinFunc(unbound, oldestFirst))
		}
	}
	slices.SortStableFunc(uncertain, func(a, b Placed) int { return cmp.Compare(a.Marker.Run, b.Marker.Run) })
	return append(uncertain, certain...)
}

// isCertain tells that an event is ours and no copy.
func (o Options) isCertain(p Placed) bool { return p.Identity == IdentityOwn || o.knows(p) }

func (o Options) knows(p Placed) bool { return slices.Contains(o.Known, p.ID) }

// missesOne tells that a known event is neither found nor kept: its owner may have
// removed it and have a copy of it, or it is what an earlier attempt removed.
func (o Options) missesOne(found []Placed, kept map[int]Placed) bool {
	there := slices.AppendSeq(slices.Clone(found), maps.Values(kept))
	return slices.ContainsFunc(o.Known, func(id string) bool {
		return !slices.ContainsFunc(there, func(p Placed) bool { return p.ID == id })
	})
}

// keeps tells that an event was just written through another place.
func (o Options) keeps(p Placed) bool {
	return slices.ContainsFunc(o.Keep, func(k Placed) bool {
		return k.ID == p.ID && (k.Version == "" || p.Version == "" || k.Version == p.Version)
	})
}

// isOlder tells that a was made before b, as far as both ages are known.
func isOlder(a, b Placed) bool {
	return !a.CreatedAt.IsZero() && !b.CreatedAt.IsZero() && a.CreatedAt.Before(b.CreatedAt)
}

func oldestFirst(a, b Placed) int { return -compareBool(isOlder(a, b), isOlder(b, a)) }
