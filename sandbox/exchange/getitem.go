package exchange

import "github.com/figgosync/figgosync/sandbox/mailboxes"

func (c *call) getItem() ([]*element, *fault) {
	s, wrong := c.itemShape(false)
	var messages []*element
	for _, id := range c.operation.Child("ItemIds").Children {
		var shown *element
		failed := wrong
		if failed == nil {
			failed = c.within(func(tx *mailboxes.Tx) *itemError {
				item, _, failed := c.item(tx, id)
				if failed == nil {
					shown = c.show(item, s)
				}
				return failed
			})
		}
		messages = append(messages, message("m:GetItemResponseMessage", failed, noItems(),
			[]*element{el("m:Items", shown)}))
	}
	return messages, nil
}
