package exchange

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// unknownFolder refuses the distinguished folders the room does not have.
func unknownFolder(n *schema.Node) *fault {
	id := n.Value("Id")
	if n.Name.Local == "DistinguishedFolderId" && id != calendarFolder && id != binFolder {
		return sandboxRefusal("the folder " + id + " is not imitated")
	}
	return nil
}

// folder reads a FolderId or DistinguishedFolderId of the call's mailbox.
func (c *call) folder(n *schema.Node) (string, *itemError) {
	id := n.Value("Id")
	if n.Name.Local == "DistinguishedFolderId" {
		if box := n.Child("Mailbox"); box != nil {
			if address := box.Child("EmailAddress"); address == nil || !strings.EqualFold(address.Text, c.mailbox) {
				return "", &itemError{code: "ErrorAccessDenied", message: "Access is denied. Check credentials and try again."}
			}
		}
		return id, nil
	}
	raw, err := base64.StdEncoding.DecodeString(id)
	if err != nil || !bytes.HasPrefix(raw, folderPrefix) {
		return "", &itemError{code: "ErrorInvalidIdMalformed", message: "Id is malformed."}
	}
	for _, folder := range []string{calendarFolder, binFolder, otherFolder} {
		if id == folderID(c.mailbox, folder) {
			return folder, nil
		}
	}
	return "", &itemError{code: "ErrorFolderNotFound", message: "The specified folder could not be found in the store."}
}

func (c *call) getFolder() ([]*element, *fault) {
	var messages []*element
	for _, n := range c.operation.Child("FolderIds").Children {
		if refusal := unknownFolder(n); refusal != nil {
			return nil, refusal
		}
		var shown *element
		failed := c.within(func(tx *mailboxes.Tx) *itemError {
			folder, failed := c.folder(n)
			if failed == nil {
				shown = c.showFolder(tx, folder)
			}
			return failed
		})
		messages = append(messages, message("m:GetFolderResponseMessage", failed, []*element{el("m:Folders")}, []*element{el("m:Folders", shown)}))
	}
	return messages, nil
}

// showFolder knows no additional properties: what was asked for and is not here
// is left out.
func (c *call) showFolder(tx *mailboxes.Tx, folder string) *element {
	total := 0
	for _, item := range tx.Items() {
		if item.Body.(calendarItem).folder == folder {
			total++
		}
	}
	e, name := el("t:CalendarFolder"), "Calendar"
	if folder == binFolder {
		e, name = el("t:Folder"), "Deleted Items"
	}
	e.add(el("t:FolderId").with("Id", folderID(c.mailbox, folder)).with("ChangeKey", "AQAAAA=="))
	if c.operation.Child("FolderShape").Child("BaseShape").Text == "IdOnly" {
		return e
	}
	e.add(text("t:DisplayName", name), text("t:TotalCount", strconv.Itoa(total)), text("t:ChildFolderCount", "0"))
	if folder == binFolder {
		e.add(text("t:UnreadCount", "0"))
	}
	return e
}
