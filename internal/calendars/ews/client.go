// Package ews writes absences into calendars of an Exchange server in the
// company (2010 SP2 to Subscription Edition) over Exchange Web Services.
//
// It signs in as one service account that may impersonate the mailboxes it
// writes to: learn.microsoft.com/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange.
// EWS in Exchange Online is being switched off; use package graph there.
package ews

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/mailboxzone"
)

// Calendar reaches the mailboxes of one Exchange server as one service account.
// It implements calendars.Calendar; make one with New.
//
// EWS has no token by which a server could tell a repeated CreateItem, and the UID
// that Create chooses is not checked for being unique, so Create ignores its token:
// the caller's Find before each Create is the guard. For the same reason Create is
// the one call never repeated here once its request may have arrived.
type Calendar struct {
	url      *url.URL
	username string
	password string
	basic    bool
	kerberos *kerberos // nil for other ways to sign in
	// transport makes a new one.
	transport func() *http.Transport
	timeout   time.Duration
	log       *slog.Logger
	slots     *pool
	versions  versions
	zones     *mailboxzone.Zones
	uids      uidHandling
	signIns   *signIns
	// worked says that a call in the name of a mailbox succeeded: see unclear.
	worked atomic.Bool
}

var (
	_ calendars.Calendar = (*Calendar)(nil)
	_ calendars.Limited  = (*Calendar)(nil)
)

// MaxConcurrent implements calendars.Limited.
func (c *Calendar) MaxConcurrent() int { return cap(c.slots.idle) }

// New makes a Calendar. It opens no connection: a wrong password or address
// shows in the first call. Settings that can never work are calendars.CannotWork.
func New(cfg Config) (*Calendar, error) {
	c, err := newCalendar(cfg)
	if err != nil {
		return nil, calendars.CannotWork(err)
	}
	return c, nil
}

func newCalendar(cfg Config) (*Calendar, error) {
	address, err := cfg.address()
	if err != nil {
		return nil, err
	}
	if err := cfg.checkCredentials(); err != nil {
		return nil, err
	}
	tlsConfig, err := cfg.tlsConfig()
	if err != nil {
		return nil, err
	}
	c := &Calendar{
		url:       address,
		username:  cfg.Username,
		password:  cfg.Password,
		basic:     cfg.Auth == AuthBasic,
		transport: transports(cfg, tlsConfig),
		timeout:   cfg.timeout(),
		log:       cfg.logger(),
		versions:  newVersions(),
		zones:     mailboxzone.New(),
		signIns:   newSignIns(cfg.SignIns, cfg.logger()),
	}
	if cfg.Auth == AuthKerberos {
		c.kerberos = newKerberos(cfg, address.Hostname())
	}
	c.slots = newPool(cfg.concurrency(), c.transport)
	return c, nil
}

// Close drops every connection. Calls under way end normally; later ones fail
// as Temporary. It may be called more than once.
func (c *Calendar) Close() {
	c.slots.close()
	if c.kerberos != nil {
		c.kerberos.close()
	}
}

// Find returns the events of the mailbox's default calendar that carry key.
// It uses paging by index: a restriction cannot be combined with CalendarView.
// The server gives at most 250 items a page once a restriction is used:
// learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange.
func (c *Calendar) Find(ctx context.Context, mailbox string, key calendars.Key) ([]calendars.Placed, error) {
	if err := checkTarget(opFind, mailbox, key); err != nil {
		return nil, err
	}
	var found []calendars.Placed
	build := func(offset int) findItem { return newFindItem(key, offset) }
	err := c.search(ctx, mailbox, exchange2010SP2, build, func(item answerItem) error {
		if placed, ok := item.placed(key); ok {
			found = append(found, placed)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// search reads all pages of a FindItem and calls take for each item, once.
func (c *Calendar) search(
	ctx context.Context, mailbox string, want version, build func(offset int) findItem, take func(answerItem) error,
) error {
	seen := map[string]bool{}
	offset := 0
	for range maxPages {
		message, err := c.call(ctx, mailbox, opFind, want, fixed(build(offset)))
		if err != nil {
			return err
		}
		folder := message.RootFolder
		if folder == nil || folder.Last == nil {
			return temporary(opFind, codeUnreadable)
		}
		for _, item := range folder.Items.All {
			// A page can repeat an item when the folder changes meanwhile.
			if seen[item.ItemID.ID] {
				continue
			}
			seen[item.ItemID.ID] = true
			if err := take(item); err != nil {
				return err
			}
		}
		if *folder.Last {
			return nil
		}
		if folder.NextOffset <= offset {
			break
		}
		offset = folder.NextOffset
	}
	return temporary(opFind, "paging-stuck")
}

// Create adds the event. token is not used: see Calendar.
func (c *Calendar) Create(ctx context.Context, mailbox string, marker calendars.Marker, event absence.Event,
	_ string) (calendars.Placed, error) {
	if err := checkTarget(opCreate, mailbox, marker.Key); err != nil {
		return calendars.Placed{}, err
	}
	zone, guessed, err := c.zoneFor(ctx, opCreate, mailbox, event)
	if err != nil {
		return calendars.Placed{}, err
	}
	marker.GuessedZone = guessed
	uid := chosenUID(marker)
	if c.uids.state.Load() == uidReplaced {
		uid = ""
	}
	op := opCreate.in(zone)
	message, err := c.call(ctx, mailbox, op, wantedVersion(event), func(v version) any {
		return newCreateItem(marker, uid, event, zone, v)
	})
	if err != nil {
		return calendars.Placed{}, err
	}
	placed, err := written(op, message, marker, uid, event)
	if err != nil {
		return calendars.Placed{}, err
	}
	return c.proveUID(ctx, mailbox, placed, placed.Fingerprint), nil
}

// Update writes every field of the event that is ours, and the marker's
// fingerprint and binding, over what stands there.
//
// The server wants a current ChangeKey even with AlwaysOverwrite, and the one
// of a moment ago can already be stale because its own assistants touch items:
// a conflict is met by reading it again, once, and then is Temporary.
func (c *Calendar) Update(ctx context.Context, mailbox string, placed calendars.Placed,
	event absence.Event) (calendars.Placed, error) {
	marker := calendars.Marker{Key: placed.Marker.Key, Run: placed.Marker.Run}
	if marker.Run < 1 {
		marker.Run = event.Run
	}
	if err := checkPlaced(opUpdate, mailbox, placed); err != nil {
		return calendars.Placed{}, err
	}
	zone, guessed, err := c.zoneFor(ctx, opUpdate, mailbox, event)
	if err != nil {
		return calendars.Placed{}, err
	}
	marker.GuessedZone = guessed
	changeKey, uid := unpackVersion(placed.Version)
	id := itemID{ID: placed.ID, ChangeKey: changeKey}
	reread := placed.Version == ""
	var categories []string
	changesCategory := placed.Category != event.Category
	if changesCategory {
		present, err := c.categories(ctx, mailbox, placed)
		if err != nil {
			return calendars.Placed{}, err
		}
		categories = calendars.Categories(present, placed.Category, event.Category)
	}
	for attempt := 0; ; attempt++ {
		if reread {
			if id, uid, err = c.current(ctx, mailbox, placed); err != nil {
				return calendars.Placed{}, err
			}
		}
		op := opUpdate.in(zone)
		message, err := c.call(ctx, mailbox, op, wantedVersion(event), func(v version) any {
			run := calendars.WithCategory(marker.BoundRunValue(calendars.Fingerprint(event), uid), event.Category)
			u := newUpdateItem(id, run, event, zone, v)
			if changesCategory {
				u.setCategories(categories)
			}
			return u
		})
		if err == nil {
			return written(op, message, marker, uid, event)
		}
		if attempt > 0 || !isConflict(err) {
			return calendars.Placed{}, err
		}
		reread = true
	}
}

// Delete moves the event to Deleted Items, as a person's own deletion does.
// Without a Version it looks first whether the item still carries our key.
func (c *Calendar) Delete(ctx context.Context, mailbox string, placed calendars.Placed) error {
	err := checkPlaced(opDelete, mailbox, placed)
	if err == nil && placed.Version == "" {
		_, _, err = c.current(ctx, mailbox, placed)
	}
	if err == nil {
		_, err = c.call(ctx, mailbox, opDelete, exchange2010SP2, fixed(newDeleteItem(placed.ID)))
	}
	return err
}

// categories are those that the item has now, its owner's and ours.
func (c *Calendar) categories(ctx context.Context, mailbox string, placed calendars.Placed) ([]string, error) {
	message, err := c.call(ctx, mailbox, opGet, exchange2010SP2, fixed(newGetCategories(placed.ID)))
	if err != nil {
		return nil, err
	}
	item, ok := message.onlyItem()
	if !ok {
		return nil, temporary(opGet, codeUnreadable)
	}
	return item.Categories, nil
}

// current reads the item's ChangeKey and UID. Gone when the item is not there or does
// not carry placed's key: then it is no event of ours.
func (c *Calendar) current(ctx context.Context, mailbox string,
	placed calendars.Placed) (id itemID, uid string, err error) {
	message, err := c.call(ctx, mailbox, opGet, exchange2010SP2, fixed(newGetItem(placed.ID)))
	if err != nil {
		return itemID{}, "", err
	}
	item, ok := message.onlyItem()
	if !ok {
		return itemID{}, "", temporary(opGet, codeUnreadable)
	}
	if _, ours := item.placed(placed.Marker.Key); !ours {
		return itemID{}, "", &calendars.Gone{Code: "not-marked", Err: opGet.err()}
	}
	return itemID{ID: item.ItemID.ID, ChangeKey: item.ItemID.ChangeKey}, item.UID, nil
}

// written is what CreateItem and UpdateItem tell of the event they wrote.
func written(op operation, message *responseMessage, marker calendars.Marker, uid string,
	event absence.Event) (calendars.Placed, error) {
	item, ok := message.onlyItem()
	if !ok {
		return calendars.Placed{}, temporary(op, codeUnreadable)
	}
	fingerprint := calendars.Fingerprint(event)
	return calendars.Placed{
		Marker:      marker,
		ID:          item.ItemID.ID,
		Version:     packVersion(item.ItemID.ChangeKey, uid),
		Fingerprint: fingerprint,
		Identity:    identityOf(marker, marker.BoundRunValue(fingerprint, uid), uid),
		Category:    event.Category,
	}, nil
}
