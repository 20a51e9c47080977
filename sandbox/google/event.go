package google

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// The values of an event's status, eventType and transparency that are used in
// more than one place.
const (
	confirmed   = "confirmed"
	tentative   = "tentative"
	cancelled   = "cancelled"
	defaultType = "default"
	outOfOffice = "outOfOffice"
	atLocation  = "workingLocation"
	opaque      = "opaque"
	transparent = "transparent"
)

// event is what a client may write of an event:
// developers.google.com/workspace/calendar/api/v3/reference/events
// Its JSON names are also the list of names that are accepted.
type event struct {
	ID                      string                 `json:"id,omitempty"`
	Status                  string                 `json:"status,omitempty"`
	Summary                 string                 `json:"summary,omitempty"`
	Description             string                 `json:"description,omitempty"`
	Location                string                 `json:"location,omitempty"`
	ColorID                 string                 `json:"colorId,omitempty"`
	Start                   *moment                `json:"start,omitempty"`
	End                     *moment                `json:"end,omitempty"`
	Transparency            string                 `json:"transparency,omitempty"`
	Visibility              string                 `json:"visibility,omitempty"`
	ICalUID                 string                 `json:"iCalUID,omitempty"`
	Sequence                int                    `json:"sequence"`
	GuestsCanInviteOthers   *bool                  `json:"guestsCanInviteOthers,omitempty"`
	GuestsCanModify         *bool                  `json:"guestsCanModify,omitempty"`
	GuestsCanSeeOtherGuests *bool                  `json:"guestsCanSeeOtherGuests,omitempty"`
	ExtendedProperties      *extendedProperties    `json:"extendedProperties,omitempty"`
	Reminders               *reminders             `json:"reminders,omitempty"`
	Source                  *source                `json:"source,omitempty"`
	EventType               string                 `json:"eventType,omitempty"`
	OutOfOfficeProperties   *outOfOfficeProperties `json:"outOfOfficeProperties,omitempty"`

	WorkingLocationProperties *workingLocationProperties `json:"workingLocationProperties,omitempty"`
}

// moment is a start or an end: a date, or a date and time with an offset or in a
// time zone.
type moment struct {
	Date     string `json:"date,omitempty"`
	DateTime string `json:"dateTime,omitempty"`
	TimeZone string `json:"timeZone,omitempty"`
}

type extendedProperties struct {
	Private map[string]string `json:"private,omitempty"`
	Shared  map[string]string `json:"shared,omitempty"`
}

type reminders struct {
	UseDefault *bool      `json:"useDefault,omitempty"`
	Overrides  []override `json:"overrides,omitempty"`
}

type override struct {
	Method  string `json:"method,omitempty"`
	Minutes *int   `json:"minutes,omitempty"`
}

type source struct {
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
}

type outOfOfficeProperties struct {
	AutoDeclineMode string `json:"autoDeclineMode,omitempty"`
	DeclineMessage  string `json:"declineMessage,omitempty"`
}

// workingLocationProperties have one of the three, which Type names.
type workingLocationProperties struct {
	Type           string          `json:"type,omitempty"`
	HomeOffice     any             `json:"homeOffice,omitempty"`
	CustomLocation *customLocation `json:"customLocation,omitempty"`
	OfficeLocation *officeLocation `json:"officeLocation,omitempty"`
}

type customLocation struct {
	Label string `json:"label,omitempty"`
}

type officeLocation struct {
	BuildingID     string `json:"buildingId,omitempty"`
	DeskID         string `json:"deskId,omitempty"`
	FloorID        string `json:"floorId,omitempty"`
	FloorSectionID string `json:"floorSectionId,omitempty"`
	Label          string `json:"label,omitempty"`
}

// stored is the Body of an Item: an event that was checked, with its times
// parsed. It is never changed once stored.
type stored struct {
	event
	start, end time.Time // all-day: midnights of the calendar's zone
	created    time.Time
	updated    time.Time
	byUser     bool // the tombstone was made by the person
	// guests (addresses) and files (names) the owner added; no client may send them.
	guests, files []string
}

// resource is an event as it is answered.
type resource struct {
	Kind      string  `json:"kind"`
	ETag      string  `json:"etag"`
	HTMLLink  string  `json:"htmlLink"`
	Created   string  `json:"created"`
	Updated   string  `json:"updated"`
	Creator   *person `json:"creator"`
	Organizer *person `json:"organizer"`
	event
	Attendees   []attendee   `json:"attendees,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
	// Nobody gives events these here; they may be asked for all the same.
	Recurrence     []string        `json:"recurrence,omitempty"`
	ConferenceData *conferenceData `json:"conferenceData,omitempty"`
}

type conferenceData struct {
	ConferenceID string `json:"conferenceId,omitempty"`
}

type attendee struct {
	Email          string `json:"email"`
	ResponseStatus string `json:"responseStatus"`
}

type attachment struct {
	Title   string `json:"title"`
	FileURL string `json:"fileUrl"`
}

type person struct {
	Email       string `json:"email"`
	DisplayName string `json:"displayName,omitempty"`
	Self        bool   `json:"self"`
}

// timestamp is how created and updated are written.
const timestamp = "2006-01-02T15:04:05.000Z"

// render is the event as its owner's client sees it. zone is that of the answer:
// Google shows times with the offset of the calendar's zone, or of the timeZone
// parameter, not with the one they were written with.
func render(item mailboxes.Item, box mailboxes.Mailbox, zone *time.Location) resource {
	kept := item.Body.(stored)
	owner := &person{Email: box.Email, DisplayName: box.Name, Self: true}
	shown := resource{
		Kind: "calendar#event", ETag: etag(item), HTMLLink: htmlLink(item.ID, box.Email),
		Created: kept.created.UTC().Format(timestamp), Updated: kept.updated.UTC().Format(timestamp),
		Creator: owner, Organizer: owner, event: kept.event,
	}
	shown.Start = kept.Start.in(zone, kept.start, box.Zone)
	shown.End = kept.End.in(zone, kept.end, box.Zone)
	for _, guest := range kept.guests {
		shown.Attendees = append(shown.Attendees, attendee{guest, "needsAction"})
	}
	for _, file := range kept.files {
		shown.Attachments = append(shown.Attachments,
			attachment{file, "https://drive.google.com/open?id=" + url.QueryEscape(file)})
	}
	return shown
}

func (m *moment) in(zone *time.Location, at time.Time, calendarZone string) *moment {
	if m.Date != "" {
		return m
	}
	shown := &moment{DateTime: at.In(zone).Format(time.RFC3339), TimeZone: m.TimeZone}
	if shown.TimeZone == "" {
		shown.TimeZone = calendarZone
	}
	return shown
}

// etag names one version of an item; it changes on each write, and is another one for
// the item of the same id in another calendar: Google makes it of the moment of the change.
func etag(item mailboxes.Item) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", item.ID, item.Version, item.Changed.UnixNano()))
	return strconv.Quote(strconv.FormatUint(binary.BigEndian.Uint64(sum[:8])>>12, 10))
}

func htmlLink(id, email string) string {
	return "https://www.google.com/calendar/event?eid=" + base64.RawURLEncoding.EncodeToString([]byte(id+" "+email))
}
