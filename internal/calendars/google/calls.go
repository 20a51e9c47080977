package google

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	calendar "google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"

	"github.com/figgosync/figgosync/internal/calendars"
)

// primary is the calendar of whoever the token is for: it cannot point into
// another mailbox, as an address could.
const primary = "primary"

// noMail: nobody is written to about our changes.
const noMail = "none"

const pageSize = 250

// What we need of an answer; the rest of an event is not ours to read.
const (
	findFields = "kind,timeZone,nextPageToken,items(id,etag,status,created,colorId,extendedProperties/private)"
	listFields = "kind,timeZone,nextPageToken,items(id,etag,status,created,colorId,extendedProperties/private," +
		"summary,start,end,transparency,visibility,eventType)"
	getFields     = "id,etag,status,sequence,colorId,extendedProperties/private"
	writtenFields = "id,etag,created"
)

// mailboxID names a mailbox in memory; addresses differ by case only on paper.
func mailboxID(mailbox string) string { return strings.ToLower(strings.TrimSpace(mailbox)) }

// quotaUser makes Google count a request for the employee: with delegation it
// would count for the service account, and everybody would share one person's
// quota. 40 characters at most, and not the address itself
// (developers.google.com/workspace/calendar/api/guides/quota).
func quotaUser(mailbox string) googleapi.CallOption {
	sum := sha256.Sum256([]byte(mailboxID(mailbox)))
	return googleapi.QuotaUser(hex.EncodeToString(sum[:16]))
}

// search is what to look for: the events with one private property, and which of
// their fields to read. It is one property only: Google's pages disagree whether
// several are joined by "and" or by "or".
type search struct {
	property, value string
	fields          googleapi.Field
}

// list reads one page.
func (c *Calendar) list(ctx context.Context, mailbox string, wanted search,
	pageToken string) (*calendar.Events, error) {
	var page *calendar.Events
	err := c.exchange(ctx, mailbox, func(ctx context.Context, events *calendar.EventsService) (err error) {
		call := events.List(primary).PrivateExtendedProperty(wanted.property + "=" + wanted.value).
			ShowDeleted(false).MaxResults(pageSize).Fields(wanted.fields)
		if pageToken != "" {
			call.PageToken(pageToken)
		}
		page, err = call.Context(ctx).Do(quotaUser(mailbox))
		if err == nil && !isPage(page, pageToken) {
			err = errUnexpectedAnswer
		}
		return err
	})
	if err == nil {
		c.zones.note(mailbox, page.TimeZone)
	}
	return page, err
}

// isPage tells whether a success is a page of events at all. The library takes any
// JSON for one, even null; a page that names itself as the next is none either.
func isPage(page *calendar.Events, pageToken string) bool {
	if page == nil || page.Kind != "calendar#events" || pageToken != "" && page.NextPageToken == pageToken {
		return false
	}
	return !slices.ContainsFunc(page.Items, func(event *calendar.Event) bool {
		return event == nil || event.Id == "" || event.Etag == ""
	})
}

// get reads an event. Google answers deleted ones too, as cancelled.
func (c *Calendar) get(ctx context.Context, mailbox, id string) (*calendar.Event, error) {
	return c.event(ctx, mailbox, id, func(ctx context.Context, events *calendar.EventsService) (answer, error) {
		return events.Get(primary, id).Fields(getFields).Context(ctx).Do(quotaUser(mailbox))
	})
}

func (c *Calendar) insert(ctx context.Context, mailbox, id string, body *calendar.Event) (answer, error) {
	named := *body
	named.Id = id
	return c.event(ctx, mailbox, id, func(ctx context.Context, events *calendar.EventsService) (answer, error) {
		call := events.Insert(primary, &named).SendUpdates(noMail).Fields(writtenFields)
		return call.Context(ctx).Do(quotaUser(mailbox))
	})
}

// patch changes the fields of body in the event if it is still that version.
func (c *Calendar) patch(
	ctx context.Context, mailbox, id, version string, body *calendar.Event, look look,
) (answer, error) {
	return c.event(ctx, mailbox, id, func(ctx context.Context, events *calendar.EventsService) (answer, error) {
		call := events.Patch(primary, id, patchOf(body, look)).SendUpdates(noMail).Fields(writtenFields)
		call.Header().Set("If-Match", version)
		return call.Context(ctx).Do(quotaUser(mailbox))
	})
}

// put replaces the tombstone current by body if it has not changed since it was read.
// A sequence lower than the stored one is refused, so it is carried over.
func (c *Calendar) put(ctx context.Context, mailbox string, current, body *calendar.Event) (answer, error) {
	replacement := *body
	replacement.Sequence = current.Sequence
	return c.event(ctx, mailbox, current.Id, func(ctx context.Context, events *calendar.EventsService) (answer, error) {
		call := events.Update(primary, current.Id, &replacement).SendUpdates(noMail).Fields(writtenFields)
		call.Header().Set("If-Match", current.Etag)
		return call.Context(ctx).Do(quotaUser(mailbox))
	})
}

func (c *Calendar) remove(ctx context.Context, mailbox, id, version string) error {
	return c.exchange(ctx, mailbox, func(ctx context.Context, events *calendar.EventsService) error {
		call := events.Delete(primary, id).SendUpdates(noMail)
		call.Header().Set("If-Match", version)
		return call.Context(ctx).Do(quotaUser(mailbox))
	})
}

// answer is an event as far as its fields were asked for.
type answer = *calendar.Event

// event does a call that answers the event with this id.
func (c *Calendar) event(ctx context.Context, mailbox, id string,
	call func(context.Context, *calendar.EventsService) (answer, error),
) (answer, error) {
	var event answer
	err := c.exchange(ctx, mailbox, func(ctx context.Context, events *calendar.EventsService) (err error) {
		event, err = call(ctx, events)
		if err == nil && (event == nil || event.Id != id || event.Etag == "") {
			err = errUnexpectedAnswer
		}
		return err
	})
	return event, err
}

// exchange does one call as the mailbox's owner. When Google calls the token
// invalid, token and client are dropped and the call is made once more: nothing
// was done, and a token may be revoked before it expires.
// Errors are *apiError, the port's, or ctx's own.
func (c *Calendar) exchange(
	ctx context.Context, mailbox string, call func(context.Context, *calendar.EventsService) error,
) error {
	return c.exchangeAs(ctx, mailbox, func(ctx context.Context, client *client) error {
		return call(ctx, client.events)
	})
}

// exchangeAs is exchange for calls to any of Google's services.
func (c *Calendar) exchangeAs(
	ctx context.Context, mailbox string, call func(context.Context, *client) error,
) error {
	var err error
	for range 2 {
		client, clientErr := c.clients.of(mailbox)
		if clientErr != nil {
			return clientErr
		}
		if err = c.once(ctx, client, call); !isUnauthorized(err) {
			return err
		}
		c.clients.drop(mailbox, client)
		c.logger.WarnContext(ctx, "access token refused, dropping it")
	}
	return err
}

// once does one call within MaxConcurrent and Timeout.
func (c *Calendar) once(
	ctx context.Context, client *client, call func(context.Context, *client) error,
) error {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer c.slots.Release(1)
	callCtx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	defer context.AfterFunc(c.process, cancel)()
	err := call(callCtx, client)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case c.process.Err() != nil:
		return &calendars.Temporary{Code: "closed", Err: errClosed}
	}
	return readError(err)
}
