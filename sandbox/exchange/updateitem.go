package exchange

import (
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func (c *call) updateItem() ([]*element, *fault) {
	if c.operation.Child("SavedItemFolderId") != nil {
		return nil, notImitated("UpdateItem with SavedItemFolderId")
	}
	var messages []*element
	for _, change := range c.operation.Child("ItemChanges").Children {
		var updated mailboxes.Item
		failed := c.within(func(tx *mailboxes.Tx) (failed *itemError) {
			updated, failed = c.update(tx, change)
			return failed
		})
		conflicts := el("m:ConflictResults", text("t:Count", "0"))
		messages = append(messages, message("m:UpdateItemResponseMessage", failed, noItems(),
			[]*element{itemIDOnly(updated), conflicts}))
	}
	return messages, nil
}

func (c *call) update(tx *mailboxes.Tx, change *schema.Node) (mailboxes.Item, *itemError) {
	item, content, failed := c.forUpdate(tx, change.Child("ItemId"))
	if failed != nil {
		return item, failed
	}
	d := draft{calendarItem: content}
	for _, field := range change.Child("Updates").Children {
		if failed := d.apply(field); failed != nil {
			return item, failed
		}
	}
	// The zones of the whole request are known by now; its times are read once
	// more, one by one, with what IsAllDayEvent is at that point.
	if failed := d.replay(content, change.Child("Updates").Children, c.zone); failed != nil {
		return item, failed
	}
	d.modified = c.service.now().UTC()
	return put(tx, item.ID, d.calendarItem), nil
}

// forUpdate finds the item and checks the ChangeKey, which must be there even
// with AlwaysOverwrite
// (learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode).
func (c *call) forUpdate(tx *mailboxes.Tx, id *schema.Node) (mailboxes.Item, calendarItem, *itemError) {
	item, content, failed := c.item(tx, id)
	_, sending := c.operation.Attr("SendMeetingInvitationsOrCancellations")
	key := id.Value("ChangeKey")
	switch {
	case failed != nil:
	case !sending:
		failed = &itemError{code: "ErrorSendMeetingInvitationsOrCancellationsRequired",
			message: "The SendMeetingInvitationsOrCancellations attribute is required for calendar items."}
	case key == "":
		failed = &itemError{code: "ErrorChangeKeyRequiredForWriteOperations",
			message: "A change key is required for this operation."}
	case checkChangeKey(key) != nil:
		failed = checkChangeKey(key)
	case key != changeKey(item) && c.operation.Value("ConflictResolution") == "NeverOverwrite":
		// AutoResolve resolves: [MS-OXWSCORE] 3.1.4.9.4.1.
		failed = &itemError{code: "ErrorIrresolvableConflict",
			message: "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item."}
	}
	return item, content, failed
}

// item finds the item of an ItemId and lets it settle.
func (c *call) item(tx *mailboxes.Tx, id *schema.Node) (mailboxes.Item, calendarItem, *itemError) {
	if failed := checkItemID(id.Value("Id"), tx.Mailbox().Email); failed != nil {
		return mailboxes.Item{}, calendarItem{}, failed
	}
	item, ok := tx.Get(id.Value("Id"))
	if !ok {
		return item, calendarItem{}, notFound
	}
	item, content := settle(tx, item)
	return item, content, nil
}

// apply carries out one SetItemField or DeleteItemField.
func (d *draft) apply(field *schema.Node) *itemError {
	path := field.Children[0]
	if field.Name.Local == "DeleteItemField" {
		return d.clear(path)
	}
	given := field.Child("CalendarItem").Children
	if len(given) != 1 {
		return &itemError{code: "ErrorIncorrectUpdatePropertyCount",
			message: "An object within a change description must contain one and only one property to modify."}
	}
	mismatch := &itemError{code: "ErrorUpdatePropertyMismatch",
		message: "The property to be updated does not match the path that names it.", field: path.Value("FieldURI")}
	if path.Name.Local == "ExtendedFieldURI" {
		if given[0].Name.Local != "ExtendedProperty" {
			return mismatch
		}
		want, failed := parseKey(path)
		if failed != nil {
			return failed
		}
		if got, failed := parseKey(given[0].Child("ExtendedFieldURI")); failed != nil || got != want {
			return mismatch
		}
		return d.set(given[0])
	}
	if path.Value("FieldURI") != fieldURI(given[0].Name.Local) {
		return mismatch
	}
	return d.set(given[0])
}

func (d *draft) clear(path *schema.Node) *itemError {
	if path.Name.Local == "ExtendedFieldURI" {
		key, failed := parseKey(path)
		if failed == nil {
			d.extended = withoutProperty(d.extended, key)
		}
		return failed
	}
	uri := path.Value("FieldURI")
	_, name, _ := strings.Cut(uri, ":")
	clear, ok := clearers[name]
	if !ok || uri != fieldURI(name) {
		return &itemError{code: "ErrorInvalidPropertyDelete", message: "Delete action is invalid for property.",
			field: uri}
	}
	clear(d)
	return nil
}
