package ews

import (
	"encoding/xml"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// The namespaces. Microsoft's samples write the first with https; servers know
// only the one of SOAP 1.1: www.w3.org/TR/2000/NOTE-SOAP-20000508.
const (
	soapNamespace     = "http://schemas.xmlsoap.org/soap/envelope/"
	typesNamespace    = "http://schemas.microsoft.com/exchange/services/2006/types"
	messagesNamespace = "http://schemas.microsoft.com/exchange/services/2006/messages"
)

// pageSize is what Exchange 2013 and later give at most with a restriction;
// maxPages stops a server that never comes to an end.
const (
	pageSize = 250
	maxPages = 100
)

type envelope struct {
	XMLName  xml.Name `xml:"soap:Envelope"`
	SOAP     string   `xml:"xmlns:soap,attr"`
	Types    string   `xml:"xmlns:t,attr"`
	Messages string   `xml:"xmlns:m,attr"`
	Header   header   `xml:"soap:Header"`
	Body     body     `xml:"soap:Body"`
}

// body holds one of the operations below; its element name is their XMLName's.
type body struct {
	Operation any
}

type header struct {
	Version struct {
		Version string `xml:"Version,attr"`
	} `xml:"t:RequestServerVersion"`
	Impersonation *impersonation   `xml:"t:ExchangeImpersonation"`
	TimeZone      *timeZoneContext `xml:"t:TimeZoneContext"`
}

type impersonation struct {
	Mailbox string `xml:"t:ConnectingSID>t:SmtpAddress"`
}

type timeZoneContext struct {
	Definition zoneID `xml:"t:TimeZoneDefinition"`
}

// newHeader impersonates by SmtpAddress, as Microsoft's own client does since
// 2010, and not by PrimarySmtpAddress: that one takes no other address of the
// mailbox, and the address Figgo knows may be an alias.
// learn.microsoft.com/exchange/client-developer/web-service-reference/primarysmtpaddress
func newHeader(v version, mailbox, zone string) header {
	h := header{}
	h.Version.Version = v.String()
	if mailbox != "" {
		h.Impersonation = &impersonation{mailbox}
	}
	if zone != "" {
		h.TimeZone = &timeZoneContext{zoneID{zone}}
	}
	return h
}

type itemID struct {
	ID        string `xml:"Id,attr"`
	ChangeKey string `xml:"ChangeKey,attr,omitempty"`
}

type fieldURI struct {
	Field string `xml:"FieldURI,attr"`
}

type distinguishedFolder struct {
	ID string `xml:"Id,attr"`
}

var calendarFolder = distinguishedFolder{"calendar"}

// itemShape asks for the id, the UID, the time of creation and our two properties,
// and so for nothing a person wrote.
type itemShape struct {
	Base   string `xml:"t:BaseShape"`
	Fields struct {
		Known    []fieldURI         `xml:"t:FieldURI"`
		Extended []extendedFieldURI `xml:"t:ExtendedFieldURI"`
	} `xml:"t:AdditionalProperties"`
}

func ourShape() itemShape {
	s := itemShape{Base: "IdOnly"}
	s.Fields.Known = []fieldURI{{"item:DateTimeCreated"}, {"calendar:UID"}}
	s.Fields.Extended = []extendedFieldURI{ourProperty(calendars.PropertyKey), ourProperty(calendars.PropertyRun)}
	return s
}

type findItem struct {
	XMLName   xml.Name  `xml:"m:FindItem"`
	Traversal string    `xml:"Traversal,attr"`
	Shape     itemShape `xml:"m:ItemShape"`
	View      struct {
		Max    int    `xml:"MaxEntriesReturned,attr"`
		Offset int    `xml:"Offset,attr"`
		Base   string `xml:"BasePoint,attr"`
	} `xml:"m:IndexedPageItemView"`
	Equal    *isEqualTo          `xml:"m:Restriction>t:IsEqualTo"`
	Contains *contains           `xml:"m:Restriction>t:Contains"`
	Folder   distinguishedFolder `xml:"m:ParentFolderIds>t:DistinguishedFolderId"`
}

type isEqualTo struct {
	Field    extendedFieldURI `xml:"t:ExtendedFieldURI"`
	Constant constant         `xml:"t:FieldURIOrConstant>t:Constant"`
}

type contains struct {
	Mode       string           `xml:"ContainmentMode,attr"`
	Comparison string           `xml:"ContainmentComparison,attr"`
	Field      extendedFieldURI `xml:"t:ExtendedFieldURI"`
	Constant   constant         `xml:"t:Constant"`
}

type constant struct {
	Value string `xml:"Value,attr"`
}

func newFindItem(key calendars.Key, offset int) findItem {
	f := findAt(offset)
	f.Equal = &isEqualTo{ourProperty(calendars.PropertyKey), constant{key.String()}}
	return f
}

// newListItems finds all items of a source, with what their owner sees of our own
// fields. FindItem does not give StartTimeZone.
func newListItems(source string, offset int) findItem {
	f := findAt(offset)
	for _, name := range []string{
		"item:Subject", "item:Sensitivity", "calendar:Start", "calendar:End", "calendar:IsAllDayEvent",
		"calendar:LegacyFreeBusyStatus",
	} {
		f.Shape.Fields.Known = append(f.Shape.Fields.Known, fieldURI{name})
	}
	f.Contains = &contains{"Prefixed", "Exact", ourProperty(calendars.PropertyKey),
		constant{calendars.SourcePrefix(source)}}
	return f
}

func findAt(offset int) findItem {
	f := findItem{Traversal: "Shallow", Shape: ourShape(), Folder: calendarFolder}
	f.View.Max, f.View.Offset, f.View.Base = pageSize, offset, "Beginning"
	return f
}

type getItem struct {
	XMLName xml.Name  `xml:"m:GetItem"`
	Shape   itemShape `xml:"m:ItemShape"`
	ID      itemID    `xml:"m:ItemIds>t:ItemId"`
}

// newGetCategories asks for an item's categories besides.
func newGetCategories(id string) getItem {
	g := newGetItem(id)
	g.Shape.Fields.Known = append(g.Shape.Fields.Known, fieldURI{"item:Categories"})
	return g
}

func newGetItem(id string) getItem { return getItem{Shape: ourShape(), ID: itemID{ID: id}} }

type createItem struct {
	XMLName xml.Name            `xml:"m:CreateItem"`
	Send    string              `xml:"SendMeetingInvitations,attr"`
	Folder  distinguishedFolder `xml:"m:SavedItemFolderId>t:DistinguishedFolderId"`
	Item    calendarItem        `xml:"m:Items>t:CalendarItem"`
}

// newCreateItem gives the item our UID, unless uid is "", and binds the marker to it.
func newCreateItem(marker calendars.Marker, uid string, event absence.Event, zone string, v version) createItem {
	item := newItem(event, zone, v)
	item.UID, item.ReminderIsSet, item.IsResponseRequested = uid, new(false), new(false)
	item.ExtendedProperties = []extendedProperty{
		{ourProperty(calendars.PropertyKey), marker.Key.String()},
		runProperty(calendars.WithCategory(marker.BoundRunValue(calendars.Fingerprint(event), uid), event.Category)),
	}
	if event.Category != "" {
		item.Categories = &categoryList{[]string{event.Category}}
	}
	return createItem{Send: "SendToNone", Folder: calendarFolder, Item: item}
}

type updateItem struct {
	XMLName     xml.Name `xml:"m:UpdateItem"`
	Conflict    string   `xml:"ConflictResolution,attr"`
	Disposition string   `xml:"MessageDisposition,attr"`
	Send        string   `xml:"SendMeetingInvitationsOrCancellations,attr"`
	Change      struct {
		ID      itemID            `xml:"t:ItemId"`
		Updates []setItemField    `xml:"t:Updates>t:SetItemField"`
		Clears  []deleteItemField `xml:"t:Updates>t:DeleteItemField"`
	} `xml:"m:ItemChanges>t:ItemChange"`
}

// setItemField sets one property: Item holds that one and nothing else.
type setItemField struct {
	Field    *fieldURI         `xml:"t:FieldURI"`
	Extended *extendedFieldURI `xml:"t:ExtendedFieldURI"`
	Item     calendarItem      `xml:"t:CalendarItem"`
}

// deleteItemField clears one property.
type deleteItemField struct {
	Field fieldURI `xml:"t:FieldURI"`
}

// setCategories has the update put these in the place of all categories of the item.
func (u *updateItem) setCategories(categories []string) {
	const field = "item:Categories"
	if len(categories) == 0 {
		u.Change.Clears = append(u.Change.Clears, deleteItemField{fieldURI{field}})
		return
	}
	u.Change.Updates = append([]setItemField{{
		Field: &fieldURI{field}, Item: calendarItem{Categories: &categoryList{categories}},
	}}, u.Change.Updates...)
}

// newBinding is an UpdateItem of the text of PropertyRun alone.
func newBinding(id itemID, run string) updateItem {
	u := updateItem{Conflict: "AlwaysOverwrite", Disposition: "SaveOnly", Send: "SendToNone"}
	u.Change.ID = id
	u.Change.Updates = []setItemField{{
		Extended: new(ourProperty(calendars.PropertyRun)),
		Item:     calendarItem{ExtendedProperties: []extendedProperty{runProperty(run)}},
	}}
	return u
}

// newUpdateItem sets the fields of ours and no other: whatever else the item has is
// its owner's. A server may let each take effect before it reads the next: so the
// zones come first, by which times are read, and then IsAllDayEvent: Start and End
// of an item that is still all-day are stretched to whole days, and a morning would
// become 24 hours long. The marker, which says what is written, comes last.
func newUpdateItem(id itemID, run string, event absence.Event, zone string, v version) updateItem {
	u := newBinding(id, run)
	binding := u.Change.Updates
	u.Change.Updates = nil
	all := newItem(event, zone, v)
	set := func(uri string, item calendarItem) {
		u.Change.Updates = append(u.Change.Updates, setItemField{Field: &fieldURI{uri}, Item: item})
	}
	set("item:Subject", calendarItem{Subject: all.Subject})
	set("item:Sensitivity", calendarItem{Sensitivity: all.Sensitivity})
	set("calendar:LegacyFreeBusyStatus", calendarItem{FreeBusy: all.FreeBusy})
	set("calendar:StartTimeZone", calendarItem{StartTimeZone: all.StartTimeZone})
	set("calendar:EndTimeZone", calendarItem{EndTimeZone: all.EndTimeZone})
	set("calendar:IsAllDayEvent", calendarItem{IsAllDayEvent: all.IsAllDayEvent})
	set("calendar:Start", calendarItem{Start: all.Start})
	set("calendar:End", calendarItem{End: all.End})
	u.Change.Updates = append(u.Change.Updates, binding...)
	return u
}

type deleteItem struct {
	XMLName xml.Name `xml:"m:DeleteItem"`
	Type    string   `xml:"DeleteType,attr"`
	Send    string   `xml:"SendMeetingCancellations,attr"`
	ID      itemID   `xml:"m:ItemIds>t:ItemId"`
}

func newDeleteItem(id string) deleteItem {
	return deleteItem{Type: "MoveToDeletedItems", Send: "SendToNone", ID: itemID{ID: id}}
}

// getServerTimeZones is the smallest request that needs no mailbox: only a
// sign-in.
type getServerTimeZones struct {
	XMLName xml.Name `xml:"m:GetServerTimeZones"`
	Full    bool     `xml:"ReturnFullTimeZoneData,attr"`
	Zone    string   `xml:"m:Ids>t:Id"`
}

func newGetServerTimeZones(zone string) getServerTimeZones { return getServerTimeZones{Zone: zone} }

type getFolder struct {
	XMLName xml.Name            `xml:"m:GetFolder"`
	Base    string              `xml:"m:FolderShape>t:BaseShape"`
	Folder  distinguishedFolder `xml:"m:FolderIds>t:DistinguishedFolderId"`
}

func newGetFolder() getFolder { return getFolder{Base: "IdOnly", Folder: calendarFolder} }
