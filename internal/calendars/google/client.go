package google

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// What applies where Config says nothing.
const (
	DefaultCalendarURL   = "https://www.googleapis.com/calendar/v3/"
	DefaultGmailURL      = "https://gmail.googleapis.com/"
	DefaultMaxConcurrent = 16
	DefaultMaxClients    = 10_000
	DefaultTimeout       = 30 * time.Second
)

// Config is one connection to Google Calendar.
type Config struct {
	// KeyJSON is the service account's key file as Google hands it out.
	KeyJSON []byte
	// CalendarURL is the API's base address with its version and a slash at its
	// end, DefaultCalendarURL when "". https only, unless AllowInsecure.
	CalendarURL string
	// GmailURL is the base address of the Gmail API with a slash at its end,
	// DefaultGmailURL when "". Nothing is sent there unless a reply is asked for.
	GmailURL string
	// TokenURL replaces the key file's token_uri. Signed assertions go there, so
	// only https://oauth2.googleapis.com/token is accepted, unless AllowInsecure.
	TokenURL string
	// AllowInsecure accepts other addresses and plain http, for rehearsals.
	AllowInsecure bool
	// Scope is what is asked for, which must be granted in the Admin console letter
	// by letter. With "" the first of Scopes is asked for that is granted.
	Scope string
	// MaxConcurrent bounds the requests at once over the whole connection;
	// DefaultMaxConcurrent when 0.
	MaxConcurrent int
	// MaxClients bounds how many employees' clients, with their tokens, are kept;
	// the least recently used goes first. DefaultMaxClients when 0.
	MaxClients int
	// Timeout bounds one request and its answer, the token it may need included;
	// DefaultTimeout when 0. A wait for one of MaxConcurrent is not in it.
	Timeout time.Duration
	// WrapTransport, when set, gets each transport before its first use and returns the one
	// to use instead, such as egress.Policy.Transport.
	WrapTransport func(*http.Transport) *http.Transport
	// Logger gets what an operator may want to know, without names or addresses.
	// nil discards it.
	Logger *slog.Logger
}

// withDefaults fills what was left empty.
func (cfg Config) withDefaults() Config {
	if cfg.CalendarURL == "" {
		cfg.CalendarURL = DefaultCalendarURL
	}
	if cfg.GmailURL == "" {
		cfg.GmailURL = DefaultGmailURL
	}
	if cfg.MaxConcurrent <= 0 {
		cfg.MaxConcurrent = DefaultMaxConcurrent
	}
	if cfg.MaxClients <= 0 {
		cfg.MaxClients = DefaultMaxClients
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg
}

// Calendar is Google Calendar reached with one service account. Its methods are
// calendars.Calendar's; writes into one mailbox are done one after another, as
// Google may refuse quick successions of writes into one calendar
// (developers.google.com/workspace/calendar/api/guides/quota).
type Calendar struct {
	process   context.Context
	stop      context.CancelFunc
	transport *http.Transport
	clients   *clients
	slots     *semaphore.Weighted
	atOnce    int
	writers   *transport.Gate // one at a time in each mailbox
	zones     zones
	timeout   time.Duration
	logger    *slog.Logger
}

var (
	_ calendars.Calendar = (*Calendar)(nil)
	_ calendars.Limited  = (*Calendar)(nil)
)

// New opens a connection. It asks nothing of the network. A key file that cannot
// be used is Blocked with CredentialsRejected, an address that may not be used
// is Blocked with ServerUnreachable, both for the whole connection.
func New(cfg Config) (*Calendar, error) {
	cfg = cfg.withDefaults()
	if err := checkURL("calendar-url", cfg.CalendarURL, cfg.AllowInsecure); err != nil {
		return nil, err
	}
	if err := checkURL("gmail-url", cfg.GmailURL, cfg.AllowInsecure); err != nil {
		return nil, err
	}
	key, err := parseKey(cfg)
	if err != nil {
		return nil, err
	}
	process, stop := context.WithCancel(context.Background())
	shared := newTransport(cfg.MaxConcurrent, cfg.Timeout)
	if cfg.WrapTransport != nil {
		shared = cfg.WrapTransport(shared)
	}
	clients, err := newClients(process, key, cfg, shared)
	if err != nil {
		stop()
		return nil, err
	}
	zones, err := newZones(cfg.MaxClients)
	if err != nil {
		stop()
		return nil, err
	}
	return &Calendar{
		process: process, stop: stop, transport: shared, clients: clients, writers: transport.NewGate(1),
		zones:   zones,
		slots:   semaphore.NewWeighted(int64(cfg.MaxConcurrent)),
		atOnce:  cfg.MaxConcurrent,
		timeout: cfg.Timeout, logger: cfg.Logger,
	}, nil
}

// MaxConcurrent implements calendars.Limited: Config.MaxConcurrent.
func (c *Calendar) MaxConcurrent() int { return c.atOnce }

// Close ends calls under way, which then answer Temporary, and frees the
// connections. Later calls are Temporary too. It may be called more than once.
func (c *Calendar) Close() {
	c.stop()
	c.transport.CloseIdleConnections()
}

// maxPages bounds the pages of one search. Google may answer pages with no event
// on them, so their number says little.
const maxPages = 1000

// Find returns the live events of the primary calendar that carry key.
func (c *Calendar) Find(ctx context.Context, mailbox string, key calendars.Key) ([]calendars.Placed, error) {
	if err := checkNames(mailbox, key); err != nil {
		return nil, err
	}
	found := []calendars.Placed{}
	wanted := search{calendars.PropertyKey, key.String(), findFields}
	err := c.search(ctx, mailbox, wanted, func(event *calendar.Event) error {
		if carries(event, key) {
			found = append(found, placedOf(event, key))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// search reads all pages and calls take for each live event on them.
func (c *Calendar) search(ctx context.Context, mailbox string, wanted search, take func(*calendar.Event) error) error {
	var pageToken string
	for range maxPages {
		page, err := c.list(ctx, mailbox, wanted, pageToken)
		if err != nil {
			return mailboxError(err)
		}
		for _, event := range page.Items {
			if !isLive(event) {
				continue
			}
			if err := take(event); err != nil {
				return err
			}
		}
		if page.NextPageToken == "" {
			return nil
		}
		pageToken = page.NextPageToken
	}
	return &calendars.Temporary{Code: "endless-pages", Err: errUnexpectedAnswer}
}

// checkNames refuses what must not be sent. A token without a subject is the
// service account's own, and "primary" would then be its own calendar.
func checkNames(mailbox string, key calendars.Key) error {
	if strings.TrimSpace(mailbox) == "" {
		return &calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox, Code: "no-address"}
	}
	if len(key.String()) > maxPropertyValue {
		return &calendars.Invalid{Code: "key-too-long"}
	}
	return nil
}

// checkPlaced refuses an event without an id: its address would be that of the
// whole list.
func checkPlaced(mailbox string, placed calendars.Placed) error {
	if placed.ID == "" {
		return &calendars.Invalid{Code: "no-event-id"}
	}
	return checkNames(mailbox, placed.Marker.Key)
}
