package alerts

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// DefaultEvery is how often troubles are looked for, and the longest that makes sense.
const DefaultEvery = time.Minute

const (
	// leaseTTL is how long the process that tells may be silent before another one does.
	leaseTTL = 3 * DefaultEvery
	// firstRetry doubles up to mostRetry, and after giveUp a message is left out.
	firstRetry = time.Minute
	mostRetry  = time.Hour
	giveUp     = 3 * 24 * time.Hour
	// digestHour is when the day's digest is made, in the time zone of the first
	// synchronization.
	digestHour = 8
	// awayLooks is how often in a row the database must not answer.
	awayLooks = 2
)

// Config is what Alerts need. DB, Settings, Source, HTTP and Log are required.
type Config struct {
	DB       *database.DB
	Settings settings.Store
	Source   Source
	// Mailer is nil without a mail server.
	Mailer *Mailer
	// HTTP reaches webhooks. It must obey the rules about outside addresses and follow
	// no redirect.
	HTTP *http.Client
	// PublicURL is where browsers reach figgosync, "" where that is not known.
	PublicURL string
	Log       *slog.Logger
	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// Every is how often it looks, DefaultEvery when 0.
	Every time.Duration
	// Settle is how long a trouble must be gone before its end is told; negative is not
	// at all, 0 three times Every.
	Settle time.Duration
}

// Alerts look for troubles and tell of them. They are safe for concurrent use.
type Alerts struct {
	config  Config
	book    book
	compose composer
	owner   string

	mu    sync.Mutex
	found Found
	// looked is true once found is something.
	looked bool
	// away counts looks in a row at a database that did not answer; announced is the trouble
	// that was sent of it.
	away      int
	announced *row
}

// New returns Alerts, which do nothing until Run.
func New(config Config) *Alerts {
	if config.Now == nil {
		config.Now = time.Now
	}
	config.Every = cmp.Or(config.Every, DefaultEvery)
	switch {
	case config.Settle == 0:
		config.Settle = 3 * config.Every
	case config.Settle < 0:
		config.Settle = 0
	}
	return &Alerts{
		config: config, book: book{config.DB}, compose: composer{config.PublicURL, config.Now}, owner: uuid.NewString(),
	}
}

// Run looks again and again until ctx ends. Then another process may tell at once.
func (a *Alerts) Run(ctx context.Context) {
	tick := time.NewTicker(a.config.Every)
	defer tick.Stop()
	defer a.resign(context.WithoutCancel(ctx))
	for {
		if err := a.Look(ctx); err != nil && ctx.Err() == nil {
			a.config.Log.Warn("alerts are late", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// resign gives the lease back; where that fails it ends by itself.
func (a *Alerts) resign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := a.book.resign(ctx, a.owner); err != nil {
		a.config.Log.Warn("the next process that tells alerts waits some minutes", "error", err)
	}
}

// Look looks once, and tells what is to be told unless another process does.
func (a *Alerts) Look(ctx context.Context) error {
	found := a.config.Source.Troubles(ctx)
	if ctx.Err() != nil {
		return ctx.Err() // what was not asked to the end says nothing
	}
	a.mu.Lock()
	a.found, a.looked = found, true
	a.mu.Unlock()
	recipients, err := a.config.Settings.Recipients(ctx)
	if err != nil {
		return err
	}
	if a.lookAtDatabase(ctx, found, recipients) {
		return nil
	}
	now := a.config.Now()
	if leads, err := a.book.lead(ctx, a.owner, now, leaseTTL); err != nil || !leads {
		return err
	}
	if err := a.book.update(ctx, withoutDatabase(found), recipients, now, a.config.Settle); err != nil {
		return err
	}
	if err := a.makeDigests(ctx, recipients, now); err != nil {
		return err
	}
	return errors.Join(a.deliver(ctx, recipients), a.book.forget(ctx, now))
}

func isDatabase(t Trouble) bool { return t.Kind == settings.TroubleDatabase }

func withoutDatabase(found Found) Found {
	found.Troubles = slices.DeleteFunc(slices.Clone(found.Troubles), isDatabase)
	return found
}

// lookAtDatabase tells of a database that does not answer, and that it answers again.
// What was told of it cannot be in the database: each process tells it for itself.
func (a *Alerts) lookAtDatabase(ctx context.Context, found Found, recipients []settings.Recipient) (away bool) {
	at := slices.IndexFunc(found.Troubles, isDatabase)
	a.mu.Lock()
	over, begins := a.announced, (*row)(nil)
	switch {
	case at < 0:
		a.away, a.announced = 0, nil
	default:
		over = nil
		if a.away++; a.away == awayLooks {
			begins = &row{id: uuid.NewString(), trouble: found.Troubles[at], opened: a.config.Now().UTC()}
			a.announced = begins
		}
	}
	a.mu.Unlock()
	for _, r := range recipients {
		if begins != nil && r.Wants(begins.trouble.Kind) {
			a.sendNow(ctx, r, *begins, false)
		}
		if over != nil && r.Wants(over.trouble.Kind) {
			over.seen = a.config.Now().UTC()
			a.sendNow(ctx, r, *over, true)
		}
	}
	return at >= 0
}

func (a *Alerts) sendNow(ctx context.Context, r settings.Recipient, one row, over bool) {
	n := a.compose.about(r, one, over)
	n.ID = messageID(message{recipient: r.Name, trouble: one.id, level: map[bool]int{false: 1, true: ended}[over]})
	if err := a.send(ctx, r, n); err != nil {
		a.config.Log.Warn("an alert was not sent", "recipient", r.Name, "kind", n.Kind, "reason", reasonOf(err))
	}
}

// makeDigests makes the day's digests once it is late enough.
func (a *Alerts) makeDigests(ctx context.Context, recipients []settings.Recipient, now time.Time) error {
	local := now.In(a.zone(ctx))
	if local.Hour() < digestHour {
		return nil
	}
	for _, r := range recipients {
		if !r.Digest {
			continue
		}
		if err := a.book.digest(ctx, r.Name, local.Format(time.DateOnly), now); err != nil {
			return err
		}
	}
	return nil
}

// zone is the time zone of the first synchronization, UTC without one.
func (a *Alerts) zone(ctx context.Context) *time.Location {
	all, err := a.config.Settings.Synchronizations(ctx)
	if err != nil || len(all) == 0 {
		return time.UTC
	}
	zone, err := time.LoadLocation(all[0].Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// deliver sends the messages whose time has come.
func (a *Alerts) deliver(ctx context.Context, recipients []settings.Recipient) error {
	due, err := a.book.due(ctx, a.config.Now())
	if err != nil {
		return err
	}
	batches, err := a.batches(ctx, due, recipients)
	if err != nil {
		return err
	}
	for _, some := range batches {
		// A slow server must not cost the lease, or two processes would tell.
		if leads, err := a.book.lead(ctx, a.owner, a.config.Now(), leaseTTL); err != nil || !leads {
			return err
		}
		if err := a.deliverBatch(ctx, some, recipients); err != nil {
			return err
		}
	}
	return nil
}

func (a *Alerts) deliverBatch(ctx context.Context, some []message, recipients []settings.Recipient) error {
	if len(some) == 1 {
		return a.deliverOne(ctx, some[0], recipients)
	}
	return a.deliverTogether(ctx, recipients[recipientOf(some[0], recipients)], some)
}

// recipientOf is the index of a message's recipient, negative of one who is no more.
func recipientOf(m message, recipients []settings.Recipient) int {
	return slices.IndexFunc(recipients, func(r settings.Recipient) bool { return r.Name == m.recipient })
}

func (a *Alerts) deliverOne(ctx context.Context, m message, recipients []settings.Recipient) error {
	now := a.config.Now()
	at := recipientOf(m, recipients)
	if at < 0 || now.Sub(m.made) > giveUp {
		return a.book.sent(ctx, m, now)
	}
	n, found, err := a.notice(ctx, m, recipients[at])
	if err != nil {
		return err
	}
	if !found {
		return a.book.sent(ctx, m, now)
	}
	if err := a.send(ctx, recipients[at], n); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		a.config.Log.Warn("an alert was not sent; it is tried again", "recipient", m.recipient, "kind", n.Kind,
			"reason", reasonOf(err))
		return a.book.later(ctx, m, now.Add(waitAfter(m.tries)))
	}
	a.config.Log.Info("an alert was sent", "recipient", m.recipient, "kind", n.Kind, "resolved", n.Resolved)
	return a.book.sent(ctx, m, now)
}

// waitAfter is how long a message waits after so many tries that failed before this
// one.
func waitAfter(tries int) time.Duration {
	wait := firstRetry
	for range min(tries, 10) {
		wait *= 2
	}
	return min(wait, mostRetry)
}

func (a *Alerts) notice(ctx context.Context, m message, r settings.Recipient) (n Notice, found bool, err error) {
	if isDigest(m.trouble) {
		open, err := a.book.open(ctx, a.config.DB)
		n = a.compose.digest(r, open)
		n.ID = messageID(m)
		return n, true, err
	}
	one, found, err := a.book.trouble(ctx, m.trouble)
	if err != nil || !found {
		return n, false, err
	}
	n = a.compose.about(r, one, m.level == ended)
	n.ID = messageID(m)
	return n, true, nil
}

// messageID is the same for every try of a message.
func messageID(m message) string {
	name := m.recipient + "\n" + m.trouble + "\n" + string(rune('0'+m.level%10))
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)).String()
}

func isDigest(trouble string) bool {
	return len(trouble) > len(digestPrefix) && trouble[:len(digestPrefix)] == digestPrefix
}

func (a *Alerts) send(ctx context.Context, r settings.Recipient, n Notice) error {
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	if r.Email != "" {
		return a.config.Mailer.send(ctx, r, n)
	}
	return post(ctx, a.config.HTTP, r, n)
}

// reasonOf is an error as logs may have it: servers quote addresses.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, ErrNoMail):
		return "no-mail-server"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "refused"
}

// Test sends a recipient a message that says that it is a test, now.
func (a *Alerts) Test(ctx context.Context, r settings.Recipient) error {
	n := a.compose.test(r)
	n.ID = uuid.NewString()
	return a.send(ctx, r, n)
}

// HasMail tells whether there is a mail server.
func (a *Alerts) HasMail() bool { return a.config.Mailer != nil }

// Open are the troubles that are open, the oldest first.
func (a *Alerts) Open(ctx context.Context) ([]Open, error) {
	rows, err := a.book.open(ctx, a.config.DB)
	if err != nil {
		return nil, err
	}
	var all []Open
	for _, one := range rows {
		all = append(all, Open{one.trouble, one.opened})
	}
	return sorted(all), nil
}
