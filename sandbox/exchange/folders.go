package exchange

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// folderKind is one folder of every mailbox. Ids are the names of distinguished
// folders, but for other.
type folderKind struct {
	id, parent  string // parent "" for the root
	name, class string // class "" for none
}

// folderKinds are the folders the service has, out of the many of a mailbox. Events are
// in those of calendars and in Deleted Items only.
var folderKinds = []folderKind{
	{id: "root", name: "Root"},
	{id: "msgfolderroot", parent: "root", name: "Top of Information Store"},
	{id: "inbox", parent: "msgfolderroot", name: "Inbox", class: "IPF.Note"},
	{id: calendarFolder, parent: "msgfolderroot", name: "Calendar", class: calendarClass},
	{id: binFolder, parent: "msgfolderroot", name: "Deleted Items", class: "IPF.Note"},
	{id: otherFolder, parent: calendarFolder, name: "Other", class: calendarClass},
}

const calendarClass = "IPF.Appointment"

// kindOfFolder returns the folder of a distinguished name, or other.
func kindOfFolder(id string) (folderKind, bool) {
	at := slices.IndexFunc(folderKinds, func(f folderKind) bool { return f.id == id })
	if at < 0 {
		return folderKind{}, false
	}
	return folderKinds[at], true
}

func isCalendar(folder string) bool {
	kind, _ := kindOfFolder(folder)
	return kind.class == calendarClass
}

// unknownFolder refuses the distinguished folders the service does not have.
func unknownFolder(n *schema.Node) *fault {
	id := n.Value("Id")
	if _, known := kindOfFolder(id); n.Name.Local == "DistinguishedFolderId" && !known {
		return notImitated("the folder " + id)
	}
	return nil
}

// folder reads a FolderId or DistinguishedFolderId of the call's mailbox.
func (c *call) folder(n *schema.Node) (string, *itemError) {
	id := n.Value("Id")
	if n.Name.Local == "DistinguishedFolderId" {
		if box := n.Child("Mailbox"); box != nil {
			if address := box.Child("EmailAddress"); address == nil || !strings.EqualFold(address.Text, c.mailbox) {
				return "", &itemError{code: "ErrorAccessDenied",
					message: "Access is denied. Check credentials and try again."}
			}
		}
		return id, nil
	}
	raw, err := base64.StdEncoding.DecodeString(id)
	if err != nil || !bytes.HasPrefix(raw, folderPrefix) {
		return "", malformed
	}
	for _, kind := range folderKinds {
		if id == folderID(c.mailbox, kind.id) {
			return kind.id, nil
		}
	}
	return "", &itemError{code: "ErrorFolderNotFound", message: "The specified folder could not be found in the store."}
}

func (c *call) getFolder() ([]*element, *fault) {
	names, refusal := c.folderShape()
	if refusal != nil {
		return nil, refusal
	}
	var messages []*element
	for _, n := range c.operation.Child("FolderIds").Children {
		if refusal := unknownFolder(n); refusal != nil {
			return nil, refusal
		}
		var shown *element
		failed := c.within(func(tx *mailboxes.Tx) *itemError {
			folder, failed := c.folder(n)
			if failed == nil {
				shown = c.showFolder(tx, folder, names)
			}
			return failed
		})
		messages = append(messages, message("m:GetFolderResponseMessage", failed, []*element{el("m:Folders")},
			[]*element{el("m:Folders", shown)}))
	}
	return messages, nil
}

// What the base shapes show of a folder
//
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/property-sets-and-response-shapes-in-ews-in-exchange).
var (
	defaultFolder = []string{"FolderId", "DisplayName", "UnreadCount", "TotalCount", "ChildFolderCount"}
	// wholeFolder lacks PermissionSet, which is shown when asked for by name alone.
	wholeFolder = append([]string{"ParentFolderId", "FolderClass", "EffectiveRights", "DistinguishedFolderId"},
		defaultFolder...)
	// absentFromFolders are what none of these folders has: Exchange leaves them out.
	absentFromFolders = []string{"SearchParameters", "ManagedFolderInformation", "PolicyTag", "ArchiveTag",
		"ReplicaList"}
)

// folderShape lists the properties that are asked for.
func (c *call) folderShape() (names []string, refusal *fault) {
	shape := c.operation.Child("FolderShape")
	switch shape.Child("BaseShape").Text {
	case "Default":
		names = slices.Clone(defaultFolder)
	case "AllProperties":
		names = slices.Clone(wholeFolder)
	default:
		names = []string{"FolderId"}
	}
	for _, path := range shape.Child("AdditionalProperties").All() {
		uri := path.Value("FieldURI")
		_, name, _ := strings.Cut(uri, ":")
		switch {
		case name == "PermissionSet" || slices.Contains(wholeFolder, name):
			names = append(names, name)
		case !slices.Contains(absentFromFolders, name):
			return nil, notImitated("the property " + uri + path.Value("PropertyTag") + path.Value("PropertyName") +
				" of a folder")
		}
	}
	return names, nil
}

// showFolder writes a folder in the order of the schema. Only the newer edition of
// that knows DistinguishedFolderId, and only folders of mail have unread items.
func (c *call) showFolder(tx *mailboxes.Tx, folder string, names []string) *element {
	kind, _ := kindOfFolder(folder)
	e := el("t:Folder")
	if isCalendar(folder) {
		e = el("t:CalendarFolder")
	}
	idOf := func(name, folder string) *element {
		return el(name).with("Id", folderID(c.mailbox, folder)).with("ChangeKey", "AQAAAA==")
	}
	show := func(name string, shown *element) {
		if slices.Contains(names, name) {
			e.add(shown)
		}
	}
	show("FolderId", idOf("t:FolderId", folder))
	if kind.parent != "" {
		show("ParentFolderId", idOf("t:ParentFolderId", kind.parent))
	}
	if kind.class != "" {
		show("FolderClass", text("t:FolderClass", kind.class))
	}
	show("DisplayName", text("t:DisplayName", kind.name))
	show("TotalCount", text("t:TotalCount", strconv.Itoa(itemsIn(tx, folder))))
	show("ChildFolderCount", text("t:ChildFolderCount", strconv.Itoa(childrenOf(folder))))
	show("EffectiveRights", everyRight())
	if folder != otherFolder && c.set == schema.ExchangeSE {
		show("DistinguishedFolderId", text("t:DistinguishedFolderId", folder))
	}
	show("PermissionSet", permissionSet(isCalendar(folder)))
	if !isCalendar(folder) {
		show("UnreadCount", text("t:UnreadCount", "0"))
	}
	return e
}

func itemsIn(tx *mailboxes.Tx, folder string) (total int) {
	for _, item := range tx.Items() {
		if item.Body.(calendarItem).folder == folder {
			total++
		}
	}
	return total
}

func childrenOf(folder string) (total int) {
	for _, kind := range folderKinds {
		if kind.parent == folder {
			total++
		}
	}
	return total
}
