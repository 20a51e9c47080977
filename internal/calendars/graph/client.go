package graph

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	khttp "github.com/microsoft/kiota-http-go"
	json "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/mailboxzone"
)

// Calendar is the Office 365 side of one connection: one Entra tenant reached
// as one application. It keeps one connection pool, one token and one limit of
// simultaneous requests for all its mailboxes.
type Calendar struct {
	users   *users.UsersRequestBuilder
	adapter abstractions.RequestAdapter
	base    *url.URL
	tokens  *tokens
	limits  *limiter
	timeout time.Duration
	// maxConcurrent is how many requests limits lets through over all mailboxes.
	maxConcurrent int
	log           *slog.Logger
	exchangeRoles exchangeRoles
	zones         *mailboxzone.Zones
	transport     *http.Transport
	// For Check: where the tenant describes itself, and the ends of our certificate
	// and of our secret, zero where there is none or nobody knows it.
	openID         string
	certificateEnd time.Time
	secretEnd      time.Time
}

var (
	_ calendars.Calendar = (*Calendar)(nil)
	_ calendars.Limited  = (*Calendar)(nil)
)

// New returns the calendar system cfg describes. It makes no request: wrong
// credentials show at the first call, as Blocked. Settings that can never work are
// calendars.CannotWork, which names the field of cfg and never its value.
func New(cfg Config) (*Calendar, error) {
	c, err := newCalendar(cfg, http.DefaultTransport.(*http.Transport).Clone())
	if err != nil {
		return nil, calendars.CannotWork(err)
	}
	return c, nil
}

func newCalendar(cfg Config, transport *http.Transport) (*Calendar, error) {
	cfg = cfg.withDefaults()
	base, authority, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	transport.MaxIdleConnsPerHost = cfg.MaxConcurrent
	if cfg.WrapTransport != nil {
		transport = cfg.WrapTransport(transport)
	}
	tokens, err := newTokens(cfg, base, authority, transport)
	if err != nil {
		return nil, err
	}
	adapter, err := newAdapter(cfg.GraphURL, tokens, transport)
	if err != nil {
		return nil, err
	}
	return &Calendar{
		users:   users.NewUsersRequestBuilderInternal(map[string]string{"baseurl": adapter.GetBaseUrl()}, adapter),
		adapter: adapter,
		base:    base,
		tokens:  tokens,
		limits:  newLimiter(cfg.MaxConcurrent),
		zones:   mailboxzone.New(),
		timeout: cfg.Timeout,

		maxConcurrent: cfg.MaxConcurrent,
		log:           cfg.Logger,
		transport:     transport,

		openID:         authority.JoinPath(cfg.TenantID, "v2.0", ".well-known", "openid-configuration").String(),
		certificateEnd: certificateEnd(cfg.CertificatePEM),
		secretEnd:      cfg.SecretEnd,
	}, nil
}

// newAdapter builds the SDK's request adapter with an explicit list of
// middleware. The SDK's default list is in random order and holds a compression
// handler that, after a retry, sends a plain body labelled gzip
// (github.com/microsoft/kiota-http-go/issues/183), a retry handler that repeats
// a POST of unknown outcome, and a redirect handler. Temporal retries here.
func newAdapter(baseURL string, tokens *tokens, transport http.RoundTripper) (*core.GraphRequestAdapterBase, error) {
	wire := &wire{base: transport, code: graphCode, prepare: setGraphHeaders}
	client := &http.Client{Transport: khttp.NewCustomTransportWithParentTransport(wire,
		khttp.NewParametersNameDecodingHandler())}
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		bearer{tokens}, core.GraphClientOptions{}, json.NewJsonParseNodeFactory(),
		json.NewJsonSerializationWriterFactory(), client)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	adapter.SetBaseUrl(strings.TrimRight(baseURL, "/"))
	return adapter, nil
}

// MaxConcurrent implements calendars.Limited.
func (c *Calendar) MaxConcurrent() int { return c.maxConcurrent }

// Close closes idle connections. Calls still running end normally.
func (c *Calendar) Close() { c.transport.CloseIdleConnections() }

// pageSize is how many events a page of an answer may hold; maxPages bounds a
// server that never stops offering a next page.
const (
	pageSize = int32(50)
	maxPages = 20
)

// Find implements calendars.Calendar. It searches /calendar/events, the default
// calendar only: the bin and other calendars are not in it.
// An answer that is not a list of events, or an event in it that does not show
// the property it was searched by, is Temporary and never an empty list.
func (c *Calendar) Find(ctx context.Context, mailbox string, key calendars.Key) ([]calendars.Placed, error) {
	if err := checkMailbox(mailbox); err != nil {
		return nil, err
	}
	var found []calendars.Placed
	err := c.search(ctx, mailbox, findQuery(key), func(event models.Eventable, value string) error {
		// Graph compares property values without regard to case
		// (learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get).
		if value == key.String() {
			found = append(found, decode(event, key))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// search reads all pages of a search by our key.
func (c *Calendar) search(
	ctx context.Context, mailbox string, query *users.ItemCalendarEventsRequestBuilderGetRequestConfiguration,
	take func(event models.Eventable, key string) error,
) error {
	page, err := call(ctx, c, request{mailbox: mailbox, operation: "find"},
		func(ctx context.Context) (models.EventCollectionResponseable, error) {
			return c.users.ByUserId(mailbox).Calendar().Events().Get(ctx, query)
		})
	for range maxPages {
		if err != nil {
			return err
		}
		if err := eachEvent(page, take); err != nil {
			return err
		}
		next := page.GetOdataNextLink()
		if next == nil || *next == "" {
			return nil
		}
		page, err = c.page(ctx, mailbox, *next)
	}
	return unexpectedAnswer("the list of events does not end")
}

// page reads a further page. It goes only to the server it was configured for:
// the link is the server's text and our token would go with the request.
func (c *Calendar) page(ctx context.Context, mailbox, link string) (models.EventCollectionResponseable, error) {
	target, err := url.Parse(link)
	if err != nil || target.Scheme != c.base.Scheme || target.Host != c.base.Host || target.User != nil {
		return nil, unexpectedAnswer("the next page is on another server")
	}
	return call(ctx, c, request{mailbox: mailbox, operation: "find"},
		func(ctx context.Context) (models.EventCollectionResponseable, error) {
			return users.NewItemCalendarEventsRequestBuilder(link, c.adapter).Get(ctx, nil)
		})
}

// Create implements calendars.Calendar. Graph answers a repeated transactionId
// with the event of the first request and makes no second one
// (learn.microsoft.com/graph/api/resources/event, transactionId). How long it
// remembers, and what it does when that event was deleted since, is nowhere
// written: use a new token for an event that is wanted again after a deletion.
func (c *Calendar) Create(ctx context.Context, mailbox string, marker calendars.Marker, event absence.Event,
	token string) (calendars.Placed, error) {
	if err := checkMailbox(mailbox); err != nil {
		return calendars.Placed{}, err
	}
	zone, guessed, err := c.zoneFor(ctx, mailbox, event)
	if err != nil {
		return calendars.Placed{}, err
	}
	marker.GuessedZone = guessed
	body := encodeNew(mailbox, zone, marker, event, token)
	created, err := call(ctx, c, request{mailbox: mailbox, operation: "create", writes: true},
		func(ctx context.Context) (models.Eventable, error) {
			return c.users.ByUserId(mailbox).Calendar().Events().Post(ctx, body, nil)
		})
	if err != nil {
		return calendars.Placed{}, err
	}
	// The answer of a POST does not show extended properties, not even those
	// just written
	// (learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-post-singlevalueextendedproperties).
	if created == nil || text(created.GetId()) == "" {
		return calendars.Placed{}, unexpectedAnswer("the created event has no id")
	}
	return calendars.Placed{
		Category: event.Category,
		Marker:   marker, ID: *created.GetId(), UID: text(created.GetICalUId()), CreatedAt: createdAt(created),
		Fingerprint: calendars.Fingerprint(event),
	}, nil
}

// Update implements calendars.Calendar.
//
// Call it only right after Find: an immutable id survives the move to Deleted
// Items (learn.microsoft.com/graph/outlook-immutable-id), so an update by an
// older id may quietly change an event in the bin instead of answering Gone.
func (c *Calendar) Update(ctx context.Context, mailbox string, placed calendars.Placed,
	event absence.Event) (calendars.Placed, error) {
	if err := checkPlace(mailbox, placed); err != nil {
		return calendars.Placed{}, err
	}
	marker := calendars.Marker{Key: placed.Marker.Key, Run: event.Run}
	zone, guessed, err := c.zoneFor(ctx, mailbox, event)
	if err != nil {
		return calendars.Placed{}, err
	}
	marker.GuessedZone = guessed
	body := encodeChanges(zone, marker, placed.UID, event)
	if event.Category != placed.Category {
		categories, err := c.categories(ctx, mailbox, placed)
		if err != nil {
			return calendars.Placed{}, err
		}
		body.SetCategories(calendars.Categories(categories, placed.Category, event.Category))
	}
	updated, err := call(ctx, c, request{mailbox: mailbox, operation: "update", item: true, writes: true},
		func(ctx context.Context) (models.Eventable, error) {
			return c.users.ByUserId(mailbox).Calendar().Events().ByEventId(placed.ID).Patch(ctx, body, nil)
		})
	if err != nil {
		return calendars.Placed{}, err
	}
	// The answer is 200 with the event or 204 with nothing.
	if updated != nil && text(updated.GetId()) == "" {
		return calendars.Placed{}, unexpectedAnswer("the updated event has no id")
	}
	placed.Category = event.Category
	placed.Marker, placed.Fingerprint, placed.Identity = marker, calendars.Fingerprint(event), calendars.IdentityUnknown
	if placed.UID != "" {
		placed.Identity = calendars.IdentityOwn
	}
	return placed, nil
}

// categories are those that the event at placed has now, its owner's and ours.
func (c *Calendar) categories(ctx context.Context, mailbox string, placed calendars.Placed) ([]string, error) {
	query := &users.ItemCalendarEventsEventItemRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemCalendarEventsEventItemRequestBuilderGetQueryParameters{
			Select: []string{"id", "categories"},
		},
	}
	of := request{mailbox: mailbox, operation: "read", item: true}
	event, err := call(ctx, c, of, func(ctx context.Context) (models.Eventable, error) {
		return c.users.ByUserId(mailbox).Calendar().Events().ByEventId(placed.ID).Get(ctx, query)
	})
	if err != nil {
		return nil, err
	}
	if event == nil || text(event.GetId()) == "" {
		return nil, unexpectedAnswer("the event has no id")
	}
	return event.GetCategories(), nil
}

// Delete implements calendars.Calendar. The event goes to Deleted Items.
// It has no attendees, so nobody is told, unless its owner invited some by
// hand: Graph then cancels and offers no way not to.
func (c *Calendar) Delete(ctx context.Context, mailbox string, placed calendars.Placed) error {
	if err := checkPlace(mailbox, placed); err != nil {
		return err
	}
	_, err := call(ctx, c, request{mailbox: mailbox, operation: "delete", item: true, writes: true},
		func(ctx context.Context) (struct{}, error) {
			return struct{}{}, c.users.ByUserId(mailbox).Calendar().Events().ByEventId(placed.ID).Delete(ctx, nil)
		})
	return err
}

// checkMailbox refuses what would change the meaning of the request's path.
// Everything else is percent-encoded.
func checkMailbox(mailbox string) error {
	if strings.Trim(mailbox, ". \t\r\n") == "" {
		return &calendars.Invalid{Code: "mailbox"}
	}
	return nil
}

// checkPlace also refuses an empty id: the path would be the whole collection's.
func checkPlace(mailbox string, placed calendars.Placed) error {
	if strings.Trim(placed.ID, ". \t\r\n") == "" {
		return &calendars.Invalid{Code: "event-id"}
	}
	return checkMailbox(mailbox)
}
