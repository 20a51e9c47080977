package admin

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
)

// Person is an employee's name and professional address, for a page or an answer.
type Person = figgo.Person

const (
	// peopleTTL is how long names are believed. A list that is older answers until
	// the next one is there.
	peopleTTL = time.Hour
	// mostPeople bounds what is kept of one source, about 20 MB.
	mostPeople = 50_000
	// loadTime bounds one load, loadRetry keeps loads that fail apart. loadTries is
	// how often a page is asked for that fails for a while.
	loadTime  = 90 * time.Minute
	loadRetry = time.Minute
	loadTries = 3
	// eagerPages are read without a pause: most companies have no more.
	eagerPages = 2
	// lookUpRetry keeps look-ups of single people apart.
	lookUpRetry = 5 * time.Second
	// firstLoadTimeout is how long a load that has just begun is waited for, before the
	// people of a page are asked for by themselves.
	firstLoadTimeout = 400 * time.Millisecond
)

// people are the names of one source's employees. They are in memory only: no
// name is logged, written to the audit log or a database, or sent to Temporal.
type people struct {
	reader figgo.PeopleReader
	now    func() time.Time
	// pause is the wait between two pages. It leaves a third of the calls that
	// admin may make to those for which somebody waits.
	pause time.Duration

	mu  sync.Mutex
	all map[string]knownPerson
	// loadedAt is when the last whole list began to be read, zero before the first.
	loadedAt time.Time
	// load and lookUp are the ones under way, or the last.
	load, lookUp errand
}

// knownPerson is a person, or the knowledge that Lucca has none of the id.
type knownPerson struct {
	Person
	unknown bool
	// words are what is searched: name and address, folded.
	words string
	at    time.Time
}

// errand is something that one goroutine does for all.
type errand struct {
	begun time.Time
	over  chan struct{}
}

func (e errand) running() bool {
	select {
	case <-e.done():
		return false
	default:
		return true
	}
}

var nothing = func() chan struct{} {
	closed := make(chan struct{})
	close(closed)
	return closed
}()

// done is closed once it is over.
func (e errand) done() <-chan struct{} {
	if e.over == nil {
		return nothing
	}
	return e.over
}

func newPeople(reader figgo.PeopleReader, perMinute int, now func() time.Time) *people {
	steady := max(perMinute-perMinute/4, 1) // see figgo.NewThrottleOf
	return &people{reader: reader, now: now, pause: time.Minute * 3 / 2 / time.Duration(steady),
		all: map[string]knownPerson{}}
}

// People returns names and addresses by employee id. Whom Figgo does not tell of
// is left out, and so is everybody of a source that is not in the settings. It
// does not wait for Figgo for more than a second: the list of all is read in the
// background, once an hour at most, and only while somebody asks.
func (s *Service) People(ctx context.Context, source string, ids []string) map[string]Person {
	one, err := s.config.Settings.Source(ctx, source)
	if err != nil || len(ids) == 0 {
		return map[string]Person{}
	}
	return s.luccas.of(one).people.named(ctx, ids)
}

// FindPeople returns at most limit people of a source in whose name or address
// every word of the text is found, whatever its case and accents: first those
// where each begins a word. Like People it waits for a second at most; while the
// list of all is read for the first time some may be missing.
func (s *Service) FindPeople(ctx context.Context, source, text string, limit int) []Person {
	one, err := s.config.Settings.Source(ctx, source)
	if err != nil {
		return nil
	}
	found, _ := s.luccas.of(one).people.find(ctx, text)
	return found[:min(len(found), max(limit, 0))]
}

// named returns the people whose names are known.
func (p *people) named(ctx context.Context, ids []string) map[string]Person {
	p.refresh(ctx)
	known, missing := p.known(ids)
	if len(missing) == 0 {
		return known
	}
	ctx, cancel := context.WithTimeout(ctx, namesTimeout)
	defer cancel()
	p.awaitStart(ctx)
	if known, missing = p.known(ids); len(missing) == 0 {
		return known
	}
	select {
	case <-p.ask(ctx, missing):
	case <-ctx.Done():
	}
	known, _ = p.known(ids)
	return known
}

func (p *people) known(ids []string) (known map[string]Person, missing []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known = map[string]Person{}
	for _, id := range ids {
		switch one, ok := p.all[id]; {
		case !ok || one.unknown && p.now().Sub(one.at) >= peopleTTL:
			missing = append(missing, id)
		case !one.unknown:
			known[id] = one.Person
		}
	}
	return known, missing
}

// find returns everybody who matches; whole is false where the list of all was
// not read to its end yet.
func (p *people) find(ctx context.Context, text string) (found []Person, whole bool) {
	wanted := strings.Fields(fold(text))
	if len(wanted) == 0 {
		return nil, true
	}
	ctx, cancel := context.WithTimeout(ctx, namesTimeout)
	defer cancel()
	p.refresh(ctx)
	if load, whole := p.state(); !whole {
		select {
		case <-load.done():
		case <-ctx.Done():
		}
	}
	_, whole = p.state()
	return p.matching(wanted), whole
}

// byEmail returns the ids of those who have exactly this address, as far as is
// known without a call.
func (p *people) byEmail(ctx context.Context, email string) (ids []string) {
	p.refresh(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, one := range p.all {
		if one.Email != "" && strings.EqualFold(one.Email, email) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (p *people) matching(wanted []string) []Person {
	type match struct {
		knownPerson
		rank int
	}
	var matches []match
	p.mu.Lock()
	for _, one := range p.all {
		if rank, ok := rankOf(one.words, wanted); ok && !one.unknown {
			matches = append(matches, match{one, rank})
		}
	}
	p.mu.Unlock()
	slices.SortFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.words, b.words), cmp.Compare(a.ID, b.ID))
	})
	found := make([]Person, len(matches))
	for i, one := range matches {
		found[i] = one.Person
	}
	return found
}

// state is the load and whether there ever was a whole list.
func (p *people) state() (load errand, whole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load, !p.loadedAt.IsZero()
}

// refresh begins to read the list of all in the background where it is old or
// missing.
func (p *people) refresh(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	switch {
	case p.load.running():
		return
	case !p.loadedAt.IsZero() && now.Sub(p.loadedAt) < peopleTTL:
		return
	case !p.load.begun.IsZero() && now.Sub(p.load.begun) < loadRetry:
		return
	}
	p.load = errand{begun: now, over: make(chan struct{})}
	go p.loadAll(context.WithoutCancel(ctx), p.load)
}

// awaitStart waits for a load that has just begun.
func (p *people) awaitStart(ctx context.Context) {
	load, _ := p.state()
	if !load.running() || p.now().Sub(load.begun) >= firstLoadTimeout {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, firstLoadTimeout)
	defer cancel()
	select {
	case <-load.done():
	case <-ctx.Done():
	}
}

// loadAll reads the list page by page. What was read before an error stays known;
// after the last page everybody is forgotten whom it did not have.
func (p *people) loadAll(ctx context.Context, load errand) {
	defer close(load.over)
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	cursor, count := "", 0
	for number := 1; ; number++ {
		page, err := p.page(ctx, cursor)
		if err != nil {
			return
		}
		p.keep(page.People, nil)
		count += len(page.People)
		if cursor = page.Next; cursor == "" || count >= mostPeople {
			break
		}
		if number >= eagerPages && !sleep(ctx, p.pause) {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.all, func(_ string, one knownPerson) bool { return one.at.Before(load.begun) })
	p.loadedAt = load.begun
}

// page reads one page, and waits temporary trouble out for a while.
func (p *people) page(ctx context.Context, cursor string) (page figgo.PeoplePage, err error) {
	wait := time.Second
	for range loadTries {
		if page, err = p.reader.PeoplePage(ctx, cursor); err == nil {
			return page, nil
		}
		api, ok := errors.AsType[*figgo.APIError](err)
		if !ok || !api.Temporary() || !sleep(ctx, max(wait, api.RetryAfter)) {
			return page, err
		}
		wait *= 4
	}
	return page, err
}

func sleep(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ask looks single people up in the background, by one call for all of them: those
// who left, and everybody while a long list is read. The channel is closed once
// that is over, or at once where it is too early to ask again.
func (p *people) ask(ctx context.Context, ids []string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.lookUp.running() || !p.lookUp.begun.IsZero() && now.Sub(p.lookUp.begun) < lookUpRetry {
		return p.lookUp.done()
	}
	p.lookUp = errand{begun: now, over: make(chan struct{})}
	ids = ids[:min(len(ids), figgo.MostPeople)]
	go func(over chan struct{}) {
		defer close(over)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkSourceTime)
		defer cancel()
		if found, err := p.reader.People(ctx, ids); err == nil {
			p.keep(found, ids)
		}
	}(p.lookUp.over)
	return p.lookUp.over
}

// keep remembers people, and that of those who were asked for and not found there
// are none.
func (p *people) keep(found []Person, asked []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	put := func(id string, one knownPerson) {
		if _, again := p.all[id]; again || len(p.all) < mostPeople {
			p.all[id] = one
		}
	}
	for _, id := range asked {
		put(id, knownPerson{unknown: true, at: now})
	}
	for _, one := range found {
		put(one.ID, knownPerson{Person: one, words: " " + fold(one.Name+" "+one.Email), at: now})
	}
}
