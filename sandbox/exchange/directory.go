package exchange

import (
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// getServerTimeZones answers names and ids of the zones asked for. Full
// definitions, the default of the attribute, are not imitated.
func (c *call) getServerTimeZones() ([]*element, *fault) {
	if full, given := c.operation.Attr("ReturnFullTimeZoneData"); !given || full == "true" || full == "1" {
		return nil, notImitated("GetServerTimeZones with ReturnFullTimeZoneData")
	}
	if c.operation.Child("Ids") == nil {
		return nil, notImitated("GetServerTimeZones without Ids")
	}
	list := el("m:TimeZoneDefinitions")
	for _, id := range c.operation.Child("Ids").Children {
		if _, failed := zone(id.Text); failed == nil {
			list.add(el("t:TimeZoneDefinition").with("Id", id.Text).with("Name", zoneName(id.Text)))
		}
	}
	return []*element{message("m:GetServerTimeZonesResponseMessage", nil, nil, []*element{list})}, nil
}

// zoneName is a display name after the fashion of Windows: the standard offset
// and the id.
func zoneName(id string) string {
	location, failed := zone(id)
	if failed != nil {
		return id
	}
	_, winter := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).In(location).Zone()
	_, summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).In(location).Zone()
	return "(UTC" + time.Unix(0, 0).In(time.FixedZone("", min(winter, summer))).Format("-07:00") + ") " + id
}

// resolveNames looks addresses and names up in the directory, which holds the
// mailboxes of this server.
func (c *call) resolveNames() ([]*element, *fault) {
	if full := c.operation.Value("ReturnFullContactData"); full == "true" || full == "1" {
		return nil, notImitated("ResolveNames with ReturnFullContactData")
	}
	const name = "m:ResolveNamesResponseMessage"
	entry := strings.ToLower(strings.TrimSpace(c.operation.Child("UnresolvedEntry").Text))
	if entry == "" || entry == "," || entry == "-" {
		return []*element{message(name, &itemError{code: "ErrorInvalidNameForNameResolution",
			message: "The specified name is invalid."}, nil, nil)}, nil
	}
	var hits []mailboxes.Mailbox
	if c.operation.Value("SearchScope") != "Contacts" {
		hits = c.lookUp(entry)
	}
	if len(hits) == 0 {
		return []*element{message(name, &itemError{code: "ErrorNameResolutionNoResults",
			message: "No results were found."}, nil, nil)}, nil
	}
	const most = 100
	set := el("m:ResolutionSet").with("TotalItemsInView", strconv.Itoa(len(hits))).with("IncludesLastItemInRange",
		strconv.FormatBool(len(hits) <= most))
	for _, box := range hits[:min(len(hits), most)] {
		set.add(el("t:Resolution", el("t:Mailbox", text("t:Name", box.Name), text("t:EmailAddress", box.Email),
			text("t:RoutingType", "SMTP"), text("t:MailboxType", "Mailbox"))))
	}
	if len(hits) == 1 {
		return []*element{message(name, nil, nil, []*element{set})}, nil
	}
	return []*element{el(name, text("m:MessageText", "Multiple results were found."),
		text("m:ResponseCode", "ErrorNameResolutionMultipleResults"),
		text("m:DescriptiveLinkKey", "0"), set).with("ResponseClass", "Warning")}, nil
}

// lookUp matches a whole address after "smtp:", else the beginning of a name or
// address.
func (c *call) lookUp(entry string) []mailboxes.Mailbox {
	address, exact := strings.CutPrefix(entry, "smtp:")
	var hits []mailboxes.Mailbox
	for _, box := range c.service.store.Mailboxes() {
		if box.System != mailboxes.Exchange {
			continue
		}
		if exact && box.Email == address || !exact &&
			(strings.HasPrefix(box.Email, entry) || strings.HasPrefix(strings.ToLower(box.Name), entry)) {
			hits = append(hits, box)
		}
	}
	return hits
}
