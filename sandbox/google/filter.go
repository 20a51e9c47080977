package google

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// filter is which events a list shall show, and in which order.
type filter struct {
	showDeleted      bool
	timeMin, timeMax time.Time // zero: none
	iCalUID          string
	eventTypes       []string
	private, shared  []property
	orderBy          string
}

type property struct{ key, value string }

func parseFilter(c *call) (filter, error) {
	repeatable := []string{"privateExtendedProperty", "sharedExtendedProperty", "eventTypes"}
	err := c.allow(repeatable, "showDeleted", "singleEvents", "timeMin", "timeMax", "iCalUID", "orderBy",
		"maxResults", "pageToken", "timeZone", "maxAttendees", "alwaysIncludeEmail", "showHiddenInvitations")
	if err != nil {
		return filter{}, err
	}
	if err := c.oneOf("eventTypes", "birthday", defaultType, "focusTime", "fromGmail", outOfOffice,
		"workingLocation"); err != nil {
		return filter{}, err
	}
	if err := c.oneOf("orderBy", "startTime", "updated"); err != nil {
		return filter{}, err
	}
	f := filter{iCalUID: c.query.Get("iCalUID"), eventTypes: c.query["eventTypes"], orderBy: c.query.Get("orderBy")}
	singleEvents, err := c.boolean("singleEvents")
	if err != nil {
		return filter{}, err
	}
	if f.orderBy == "startTime" && !singleEvents {
		return filter{}, refuse(http.StatusBadRequest, "badRequest",
			"The requested ordering is not available for the particular query.").at("parameter", "orderBy")
	}
	if f.showDeleted, err = c.boolean("showDeleted"); err != nil {
		return filter{}, err
	}
	if f.private, err = c.properties("privateExtendedProperty"); err != nil {
		return filter{}, err
	}
	if f.shared, err = c.properties("sharedExtendedProperty"); err != nil {
		return filter{}, err
	}
	return f, f.times(c)
}

// times reads timeMin, a bound of ends, and timeMax, a bound of starts.
func (f *filter) times(c *call) (err error) {
	if f.timeMin, err = c.instant("timeMin"); err != nil {
		return err
	}
	if f.timeMax, err = c.instant("timeMax"); err != nil {
		return err
	}
	if !f.timeMin.IsZero() && !f.timeMax.IsZero() && !f.timeMin.Before(f.timeMax) {
		return timeRangeEmpty().at("parameter", "timeMax")
	}
	return nil
}

func (c *call) boolean(name string) (bool, error) {
	if err := c.oneOf(name, "true", "false"); err != nil {
		return false, err
	}
	return c.query.Get(name) == "true", nil
}

// instant reads an RFC 3339 time; the offset is mandatory, and milliseconds are
// ignored.
func (c *call) instant(name string) (time.Time, error) {
	if !c.query.Has(name) {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, c.query.Get(name))
	if err != nil {
		return time.Time{}, refuse(http.StatusBadRequest, "badRequest", "Bad Request").at("parameter", name)
	}
	return at.Truncate(time.Second), nil
}

// properties reads constraints written propertyName=value.
func (c *call) properties(name string) ([]property, error) {
	var list []property
	for _, text := range c.query[name] {
		key, value, found := strings.Cut(text, "=")
		if !found || key == "" {
			return nil, invalid("Invalid value %s for %s: write propertyName=value.", strconv.Quote(text),
				name).at("parameter", name)
		}
		list = append(list, property{key, value})
	}
	return list, nil
}

// matches tells whether an item is in the list. Of several property constraints
// all must match, as the method's reference says ("events that match all given
// constraints"); Google's guide to extended properties says they are OR'ed.
func (f filter) matches(item mailboxes.Item) bool {
	kept := item.Body.(stored)
	private, shared := map[string]string{}, map[string]string{}
	if kept.ExtendedProperties != nil {
		private, shared = kept.ExtendedProperties.Private, kept.ExtendedProperties.Shared
	}
	return (f.showDeleted || !item.Binned) &&
		(f.timeMin.IsZero() || kept.end.After(f.timeMin)) &&
		(f.timeMax.IsZero() || kept.start.Before(f.timeMax)) &&
		(f.iCalUID == "" || kept.ICalUID == f.iCalUID) &&
		(len(f.eventTypes) == 0 || slices.Contains(f.eventTypes, kept.EventType)) &&
		hasAll(private, f.private) && hasAll(shared, f.shared)
}

func hasAll(properties map[string]string, wanted []property) bool {
	for _, p := range wanted {
		if value, there := properties[p.key]; !there || value != p.value {
			return false
		}
	}
	return true
}

// sort puts items in the order that was asked for, else oldest first.
func (f filter) sort(items []mailboxes.Item) []mailboxes.Item {
	slices.SortStableFunc(items, func(a, b mailboxes.Item) int {
		x, y := a.Body.(stored), b.Body.(stored)
		switch f.orderBy {
		case "startTime":
			return x.start.Compare(y.start)
		case "updated":
			return x.updated.Compare(y.updated)
		}
		return 0
	})
	return items
}
