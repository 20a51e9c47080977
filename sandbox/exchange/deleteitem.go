package exchange

import (
	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func (c *call) deleteItem() ([]*element, *fault) {
	var messages []*element
	for _, id := range c.operation.Child("ItemIds").Children {
		failed := c.within(func(tx *mailboxes.Tx) *itemError { return c.delete(tx, id) })
		messages = append(messages, message("m:DeleteItemResponseMessage", failed, nil, nil))
	}
	return messages, nil
}

// delete needs no ChangeKey, but one that is given must look like one. Items in
// Deleted Items stay there when they are moved there once more.
func (c *call) delete(tx *mailboxes.Tx, id *schema.Node) *itemError {
	item, content, failed := c.item(tx, id)
	if failed != nil {
		return failed
	}
	if _, given := c.operation.Attr("SendMeetingCancellations"); !given {
		return &itemError{code: "ErrorSendMeetingCancellationsRequired",
			message: "The SendMeetingCancellations attribute is required for calendar items."}
	}
	if key := id.Value("ChangeKey"); key != "" {
		if failed := checkChangeKey(key); failed != nil {
			return failed
		}
	}
	if c.operation.Value("DeleteType") != "MoveToDeletedItems" {
		tx.Purge(item.ID)
	} else if content.folder != binFolder {
		move(tx, item, binFolder, c.service.now().UTC())
	}
	return nil
}
