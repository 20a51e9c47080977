package calendars

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

// BreakerOptions are the options of NewBreaker; zero values are the defaults.
type BreakerOptions struct {
	// FirstWait is how long a blocked connection is left alone before one call
	// tries it again, 30 s by default. Each try that is blocked as well doubles
	// the wait, up to MaxWait, 10 min by default.
	FirstWait time.Duration
	MaxWait   time.Duration
	// LoginWait is how long it is left alone after a login that never worked or
	// was refused three times in a row, 30 min by default: directories lock an
	// account for all who use it after a handful of failures.
	LoginWait time.Duration
	// Spread lengthens a wait, so that many processes do not try at the same
	// moment; nil adds up to a quarter.
	Spread func(time.Duration) time.Duration
	// OnClose is told that the connection works again, and why it did not; nil is
	// nobody. It is called once for each time the breaker was open and must not
	// wait for anything.
	OnClose func(Reason)
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

func (o BreakerOptions) withDefaults() BreakerOptions {
	orDefault := func(wait *time.Duration, otherwise time.Duration) {
		if *wait <= 0 {
			*wait = otherwise
		}
	}
	orDefault(&o.FirstWait, 30*time.Second)
	orDefault(&o.MaxWait, 10*time.Minute)
	orDefault(&o.LoginWait, 30*time.Minute)
	o.MaxWait = max(o.MaxWait, o.FirstWait)
	if o.Spread == nil {
		o.Spread = func(wait time.Duration) time.Duration { return wait + rand.N(wait/4+1) }
	}
	if o.OnClose == nil {
		o.OnClose = func(Reason) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// NewBreaker returns a circuit breaker around cal: it keeps a connection that is
// blocked as a whole from being tried by every absence behind it.
//
// It opens with an answer of Blocked. One of ScopeConnection is certain and opens
// it at once. One of ScopeUnclear is that mailbox's own trouble, and is answered
// as ScopeMailbox, until a second mailbox is refused for the same reason with no
// success in between, or as long as nothing ever worked; then it is answered as
// ScopeConnection. Temporary errors and those of a mailbox never open it.
//
// While it is open, calls get the error that opened it, and the provider hears
// nothing but one call at a time after each wait, of another mailbox than those
// that were refused if there is one. Any other answer to such a call, a Temporary
// error too, closes it. The very first call goes alone, and the others wait for
// its answer: a wrong password and a long queue must cost one login.
//
// It lets as many calls through at once as cal says that it makes (Limited), of
// them at most half for bulk work (WithBulk), and live calls before bulk ones.
// What waits here is still within reach when the connection turns out to be
// blocked; what waits inside an adapter is not.
//
// What is asked about automatic replies has a breaker of its own inside: their grant is
// another one, and whether it is missing must not stop the calendar. While the calendar
// is blocked they are held back too.
//
// It is a Calendar with all the promises of one, and an AutoReplier where cal is. Its
// state is its own: make a new one when the credentials change.
func NewBreaker(cal Calendar, opts BreakerOptions) *Breaker {
	b := newBreaker(opts.withDefaults())
	b.around = around{cal, b.through}
	if limited, ok := cal.(Limited); ok {
		b.places = newPlaces(limited.MaxConcurrent())
	}
	b.replies = b.newOfReplies()
	return b
}

// newBreaker is a breaker around nothing yet; opts have their defaults.
func newBreaker(opts BreakerOptions) *Breaker {
	return &Breaker{opts: opts, suspects: map[Reason]string{}}
}

// Breaker is a circuit breaker around a Calendar. See NewBreaker.
type Breaker struct {
	around
	opts   BreakerOptions
	places *places // nil: no bound
	// replies is the breaker of automatic replies; it has none itself.
	replies *Breaker

	mu sync.Mutex
	// closed says that the connection answered and calls may pass; worked that a
	// call ever succeeded.
	closed, worked bool
	// opening is why and since when it is open; its blocked is nil before the first
	// answer and while it is closed.
	opening opening
	// trying is closed when the one call that tries the connection ends, nil
	// when none does.
	trying chan struct{}
	// reopened is why it was open, as long as nothing succeeded since.
	reopened Reason
	// suspects are the mailboxes that were last refused for an unclear reason,
	// with no success since.
	suspects map[Reason]string
}

// opening is the state of an open breaker.
type opening struct {
	blocked *Blocked
	// unclear says that mailboxes were refused, which may be their own trouble, and
	// refused which ones; confirmed, that there are two of them.
	unclear, confirmed bool
	refused            map[string]bool
	// failures are the refused tries in a row for this reason, wait how long the
	// last of them made it wait.
	failures int
	wait     time.Duration
	// since is when it was last refused.
	since time.Time
	// Nobody tries before until; a mailbox that was refused, not before again.
	until, again time.Time
}

var (
	_ Calendar    = (*Breaker)(nil)
	_ AutoReplier = (*Breaker)(nil)
)

// Standing is what a Breaker knows of its connection.
type Standing struct {
	// Answers is true while the connection answers and calls may pass, Works when one
	// of them succeeded since it was opened last. Before the first answer both are
	// false, and Reason is "".
	Answers, Works bool
	// Reason is why it is open, Since when it was last refused, and Until when it lets the
	// next call through.
	Reason       Reason
	Since, Until time.Time
}

// Standing tells how the connection stands now.
func (b *Breaker) Standing() Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	standing := Standing{Answers: b.closed, Works: b.closed && b.worked && b.reopened == "", Since: b.opening.since,
		Until: b.opening.until}
	if blocked := b.opening.blocked; blocked != nil {
		standing.Reason = blocked.Reason
	}
	return standing
}

// TryNow ends the wait: the next call tries the connection.
func (b *Breaker) TryNow() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opening.until, b.opening.again = time.Time{}, time.Time{}
}

// pass makes one call when this breaker lets it.
func (b *Breaker) pass(ctx context.Context, mailbox string, ask func() error) error {
	leave, err := b.enter(ctx, mailbox)
	if err != nil {
		return err
	}
	defer leave()
	try, err := b.admit(ctx, mailbox)
	if err != nil {
		return err
	}
	o := outcome{mailbox: mailbox, try: try}
	finished := false
	defer func() {
		if !finished { // a call that panics proves nothing, but must not keep its turn
			_ = b.learn(o)
		}
	}()
	o.err = ask()
	finished = true
	o.answered = o.err == nil || ctx.Err() == nil && !isHeldBack(o.err)
	return b.learn(o)
}

// outcome is what became of a call.
type outcome struct {
	mailbox string
	// try says that the call was the one that tries the connection.
	try bool
	err error
	// answered is false when the provider was not asked or the caller gave up, which
	// proves nothing.
	answered bool
}

// enter takes a place. Nobody waits for one while the connection is blocked.
func (b *Breaker) enter(ctx context.Context, mailbox string) (leave func(), err error) {
	if b.places == nil {
		return func() {}, nil
	}
	b.mu.Lock()
	refusal := b.refusal(mailbox)
	b.mu.Unlock()
	if refusal != nil {
		return nil, refusal
	}
	return b.places.take(ctx, isBulk(ctx))
}

// refusal is the error to answer now, nil when there is none; b.mu is held.
func (b *Breaker) refusal(mailbox string) error {
	o := b.opening
	if o.blocked == nil {
		return nil
	}
	until, sure := o.until, !o.unclear || o.confirmed
	if o.refused[mailbox] {
		until, sure = o.again, true
	}
	if b.trying != nil && sure || b.opts.Now().Before(until) {
		return o.blocked
	}
	return nil
}

// admit lets a call pass; try says that it is the one that tries the connection.
// Before the first answer the others wait for it, as there is nothing yet to
// answer them with.
func (b *Breaker) admit(ctx context.Context, mailbox string) (try bool, err error) {
	for {
		try, wait, err := b.turn(mailbox)
		if wait == nil {
			return try, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// turn decides about one call: it passes, is refused, or waits for a channel.
func (b *Breaker) turn(mailbox string) (try bool, wait <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch refusal := b.refusal(mailbox); {
	case b.closed:
		return false, nil, nil
	case refusal != nil:
		return false, nil, refusal
	case b.trying != nil:
		return false, b.trying, nil
	}
	b.trying = make(chan struct{})
	return true, nil, nil
}

// learn takes the outcome of a call in and returns the error to answer.
func (b *Breaker) learn(o outcome) error {
	var woken Reason
	b.mu.Lock()
	blocked, _ := errors.AsType[*Blocked](o.err)
	switch {
	case blocked != nil && (blocked.Scope == ScopeConnection || blocked.Scope == ScopeUnclear):
		o.err = b.refuse(o, blocked)
	case o.answered && (o.try || b.closed):
		woken = b.close(o.err)
	case o.try:
		// It may have cost a login all the same.
		b.opening.until = b.opts.Now().Add(b.opts.FirstWait)
		b.opening.again = b.opening.until
	}
	if o.try {
		close(b.trying)
		b.trying = nil
	}
	b.mu.Unlock()
	if woken != "" {
		b.opts.OnClose(woken)
	}
	return o.err
}

// close closes the breaker: the connection answers. It returns why it was open
// when this is the first success since; b.mu is held.
func (b *Breaker) close(err error) (woken Reason) {
	if b.opening.blocked != nil {
		b.reopened = b.opening.blocked.Reason
	}
	b.closed, b.opening = true, opening{}
	if err != nil && !isGone(err) {
		return ""
	}
	b.worked = true
	clear(b.suspects)
	woken, b.reopened = b.reopened, ""
	return woken
}

// refuse takes a refusal in that may concern the whole connection and returns the
// error to answer; b.mu is held.
func (b *Breaker) refuse(o outcome, blocked *Blocked) error {
	if !o.try && !b.closed {
		// It passed before the connection was found blocked and says nothing new.
		return b.late(o.err, blocked)
	}
	if blocked.Scope == ScopeConnection {
		b.open(opening{blocked: blocked})
		return o.err
	}
	suspect, suspected := b.suspects[blocked.Reason]
	b.suspects[blocked.Reason] = o.mailbox
	second := suspected && suspect != o.mailbox
	if b.closed && b.worked && !second {
		return scoped(blocked, ScopeMailbox)
	}
	next := opening{blocked: scoped(blocked, ScopeConnection), unclear: true, confirmed: second}
	next.refused = map[string]bool{o.mailbox: true}
	if second {
		next.refused[suspect] = true
	}
	if last := b.opening; last.unclear && last.isFor(blocked.Reason) {
		maps.Copy(next.refused, last.refused)
		next.confirmed = second || last.confirmed
	}
	b.open(next)
	return next.blocked
}

// late is what a refusal means that comes when the breaker is open already.
func (b *Breaker) late(err error, blocked *Blocked) error {
	switch {
	case blocked.Scope == ScopeConnection:
		return err
	case b.opening.isFor(blocked.Reason):
		return scoped(blocked, ScopeConnection)
	default:
		return scoped(blocked, ScopeMailbox)
	}
}

// open opens the breaker, or leaves it open for longer; b.mu is held. What one
// mailbox was told and nothing confirms is tried with another mailbox at once.
func (b *Breaker) open(next opening) {
	next.wait, next.failures = b.opts.FirstWait, 1
	if last := b.opening; last.blocked != nil {
		next.wait = min(2*last.wait, b.opts.MaxWait)
		if last.isFor(next.blocked.Reason) {
			next.failures = last.failures + 1
		}
	}
	now, wait := b.opts.Now(), b.opts.Spread(next.wait)
	if next.isLogin() && (!b.worked || next.failures >= loginsAtMost) {
		wait = b.opts.Spread(b.opts.LoginWait)
	}
	next.since, next.until = now, now.Add(wait)
	next.again = next.until
	switch {
	case next.unclear && next.confirmed:
		next.again = next.until.Add(wait)
	case next.unclear:
		next.until = now
	}
	b.closed, b.opening = false, next
}

// loginsAtMost is how often a login may be refused in a row.
const loginsAtMost = 3

func (o opening) isFor(reason Reason) bool { return o.blocked != nil && o.blocked.Reason == reason }

// isLogin tells that the credentials themselves are refused.
func (o opening) isLogin() bool { return o.isFor(CredentialsRejected) && !o.unclear }

// scoped is the refusal with another scope.
func scoped(blocked *Blocked, scope Scope) *Blocked {
	changed := *blocked
	changed.Scope = scope
	return &changed
}
