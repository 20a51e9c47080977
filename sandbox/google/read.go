package google

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// get is events.get: developers.google.com/workspace/calendar/api/v3/reference/events/get
// It shows tombstones too, with status cancelled.
func get(c *call) (answer reply, err error) {
	if err := c.allow(nil, "timeZone", "maxAttendees", "alwaysIncludeEmail"); err != nil {
		return reply{}, err
	}
	err = c.within(func(tx *mailboxes.Tx) error {
		item, found := tx.Get(c.request.PathValue("eventId"))
		if !found {
			return notFound()
		}
		if known := c.request.Header.Get("If-None-Match"); known != "" && matches(known, etag(item)) {
			answer = reply{status: http.StatusNotModified}
			return nil
		}
		zone, err := c.answerZone(tx.Mailbox())
		if err != nil {
			return err
		}
		answer = reply{http.StatusOK, etag(item), render(item, tx.Mailbox(), zone)}
		return nil
	})
	return answer, err
}

// answerZone is the zone times are shown in: the timeZone parameter, else the
// calendar's.
func (c *call) answerZone(box mailboxes.Mailbox) (*time.Location, error) {
	if !c.query.Has("timeZone") {
		return zoneOf(box)
	}
	zone, err := loadZone(c.query.Get("timeZone"))
	if err != nil {
		return nil, invalid("Invalid time zone.").at("parameter", "timeZone")
	}
	return zone, nil
}

// listing is what events.list answers. There is no nextSyncToken, which Google's
// last page has: sync tokens are not imitated.
type listing struct {
	Kind             string     `json:"kind"`
	ETag             string     `json:"etag"`
	Summary          string     `json:"summary"`
	Description      string     `json:"description"`
	Updated          string     `json:"updated"`
	TimeZone         string     `json:"timeZone"`
	AccessRole       string     `json:"accessRole"`
	DefaultReminders []override `json:"defaultReminders"`
	NextPageToken    string     `json:"nextPageToken,omitempty"`
	Items            []resource `json:"items"`
}

// list is events.list: developers.google.com/workspace/calendar/api/v3/reference/events/list
func list(c *call) (answer reply, err error) {
	wanted, err := parseFilter(c)
	if err != nil {
		return reply{}, err
	}
	size, after, err := c.page()
	if err != nil {
		return reply{}, err
	}
	err = c.within(func(tx *mailboxes.Tx) error {
		box := tx.Mailbox()
		zone, err := c.answerZone(box)
		if err != nil {
			return err
		}
		items := wanted.sort(tx.Items())
		shown := listing{
			Kind: "calendar#events", Summary: box.Email, TimeZone: zone.String(), AccessRole: "owner",
			DefaultReminders: []override{{Method: "popup", Minutes: new(10)}}, Items: []resource{},
		}
		shown.ETag, shown.Updated = state(items, c.service.made)
		if items, err = following(items, after); err != nil {
			return err
		}
		items = slices.DeleteFunc(items, func(item mailboxes.Item) bool { return !wanted.matches(item) })
		if len(items) > size {
			items = items[:size]
			shown.NextPageToken = c.pageToken(items[size-1].ID)
		}
		for _, item := range items {
			shown.Items = append(shown.Items, render(item, box, zone))
		}
		answer = reply{http.StatusOK, shown.ETag, shown}
		return nil
	})
	return answer, err
}

// state is the etag and the last change of the whole calendar, which is its making
// where it is empty.
func state(items []mailboxes.Item, made time.Time) (etag, updated string) {
	var versions int64
	last := made
	for _, item := range items {
		versions += item.Version
		if at := item.Body.(stored).updated; at.After(last) {
			last = at
		}
	}
	return strconv.Quote("p" + strconv.FormatInt(versions, 32)), last.UTC().Format(timestamp)
}

// pagePlace is what a page token holds: the last event of the page before, and
// which list it is of.
type pagePlace struct {
	After string `json:"a"`
	List  string `json:"l"`
}

// page reads maxResults (250 unless told, at most 2500) and pageToken.
func (c *call) page() (size int, after string, err error) {
	size = 250
	if text := c.query.Get("maxResults"); c.query.Has("maxResults") {
		size, err = strconv.Atoi(text)
		if err != nil || size < 1 {
			return 0, "", refuse(http.StatusBadRequest, "invalidParameter",
				"Invalid value '"+text+"' for maxResults.").at("parameter", "maxResults")
		}
	}
	size = min(size, 2500)
	if !c.query.Has("pageToken") {
		return size, "", nil
	}
	var place pagePlace
	text, err := base64.RawURLEncoding.DecodeString(c.query.Get("pageToken"))
	if err != nil || json.Unmarshal(text, &place) != nil || place.List != c.listName() {
		return 0, "", invalidPage()
	}
	return size, place.After, nil
}

func invalidPage() *refusal {
	return invalid("Invalid page token value.").at("parameter", "pageToken")
}

func (c *call) pageToken(after string) string {
	text, _ := json.Marshal(pagePlace{after, c.listName()})
	return base64.RawURLEncoding.EncodeToString(text)
}

// listName tells lists apart: a page token is only good for the same parameters.
func (c *call) listName() string {
	same := url.Values{}
	for name, values := range c.query {
		if name != "pageToken" && name != "maxResults" && name != "fields" && name != "quotaUser" {
			same[name] = values
		}
	}
	sum := sha256.Sum256([]byte(c.grant.subject + "?" + same.Encode()))
	return hex.EncodeToString(sum[:8])
}

// following returns the items after the one with that id.
func following(items []mailboxes.Item, id string) ([]mailboxes.Item, error) {
	if id == "" {
		return items, nil
	}
	i := slices.IndexFunc(items, func(item mailboxes.Item) bool { return item.ID == id })
	if i < 0 {
		return nil, invalidPage()
	}
	return items[i+1:], nil
}
