package exchange

import (
	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// noItems is what the schema wants in a failed answer about an item.
func noItems() []*element { return []*element{el("m:Items")} }

// itemIDOnly is the answer about a written item.
func itemIDOnly(item mailboxes.Item) *element {
	return el("m:Items", el("t:CalendarItem", idElement(item)))
}

func idElement(item mailboxes.Item) *element {
	return el("t:ItemId").with("Id", item.ID).with("ChangeKey", changeKey(item))
}

func (c *call) createItem() ([]*element, *fault) {
	var messages []*element
	for _, n := range c.operation.Child("Items").Children {
		if n.Child("Start") == nil || n.Child("End") == nil {
			return nil, refused("a calendar item without Start and End gets whatever time it is")
		}
	}
	for _, n := range c.operation.Child("Items").Children {
		var created mailboxes.Item
		failed := c.within(func(tx *mailboxes.Tx) (failed *itemError) {
			created, failed = c.create(tx, n)
			return failed
		})
		messages = append(messages, message("m:CreateItemResponseMessage", failed, noItems(),
			[]*element{itemIDOnly(created)}))
	}
	return messages, nil
}

func (c *call) create(tx *mailboxes.Tx, n *schema.Node) (mailboxes.Item, *itemError) {
	if _, given := c.operation.Attr("SendMeetingInvitations"); !given {
		return mailboxes.Item{}, &itemError{code: "ErrorSendMeetingInvitationsRequired",
			message: "The SendMeetingInvitations attribute is required for calendar items."}
	}
	folder := calendarFolder
	if target := c.operation.Child("SavedItemFolderId"); target != nil {
		var failed *itemError
		if folder, failed = c.folder(target.Children[0]); failed != nil {
			return mailboxes.Item{}, failed
		}
		if !isCalendar(folder) {
			return mailboxes.Item{}, &itemError{code: "ErrorCannotCreateCalendarItemInNonCalendarFolder",
				message: "Calendar items can only be created in a calendar folder."}
		}
	}
	d := draft{calendarItem: newItem(c.service.now().UTC())}
	d.folder = folder
	for _, child := range n.Children {
		if failed := d.set(child); failed != nil {
			return mailboxes.Item{}, failed
		}
	}
	if failed := d.finish(c.zone); failed != nil {
		return mailboxes.Item{}, failed
	}
	if d.uid == "" {
		d.uid = newUID()
	}
	return put(tx, newItemID(tx.Mailbox().Email), d.calendarItem), nil
}
