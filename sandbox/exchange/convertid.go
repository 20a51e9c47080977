package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// idForms are the forms of an id the service converts between, all of them writings of
// the same bytes. An EwsId begins with what tells items from folders; the others are
// the entry id after it.
var idForms = map[string]struct {
	write func([]byte) string
	read  func(string) ([]byte, error)
	bare  bool
}{
	"EwsId":   {write: base64.StdEncoding.EncodeToString, read: base64.StdEncoding.DecodeString},
	"EntryId": {write: base64.StdEncoding.EncodeToString, read: base64.StdEncoding.DecodeString, bare: true},
	"HexEntryId": {write: func(raw []byte) string { return strings.ToUpper(hex.EncodeToString(raw)) },
		read: hex.DecodeString, bare: true},
}

// convertID writes ids in another form. Like Exchange it does not look whether there
// is such an item
// (learn.microsoft.com/exchange/client-developer/web-service-reference/convertid-operation).
func (c *call) convertID() ([]*element, *fault) {
	to := c.operation.Value("DestinationFormat")
	forms := []string{to}
	for _, n := range c.operation.Child("SourceIds").Children {
		if n.Name.Local != "AlternateId" {
			return nil, notImitated(n.Name.Local)
		}
		forms = append(forms, n.Value("Format"))
	}
	for _, form := range forms {
		if _, ok := idForms[form]; !ok {
			return nil, notImitated("ids of the form " + form)
		}
	}
	var messages []*element
	for _, n := range c.operation.Child("SourceIds").Children {
		id, failed := c.convert(n, to)
		converted := el("m:AlternateId").with("xmlns:xsi", schema.Instance).with("xsi:type", "t:AlternateIdType").
			with("Format", to).with("Id", id).with("Mailbox", n.Value("Mailbox"))
		messages = append(messages, message("m:ConvertIdResponseMessage", failed, nil, []*element{converted}))
	}
	return messages, nil
}

func (c *call) convert(n *schema.Node, to string) (string, *itemError) {
	address, id, from := n.Value("Mailbox"), n.Value("Id"), idForms[n.Value("Format")]
	if !strings.Contains(address, "@") {
		return "", &itemError{code: "ErrorInvalidSmtpAddress", message: "The SMTP address format is invalid."}
	}
	if box, ok := c.service.store.Lookup(address); !ok || box.System != mailboxes.Exchange {
		return "", &itemError{code: "ErrorNonExistentMailbox",
			message: "The SMTP address has no mailbox associated with it."}
	}
	if id == "" {
		return "", &itemError{code: "ErrorInvalidIdEmpty", message: "Id must be non-empty."}
	}
	raw, err := from.read(id)
	if err == nil && from.bare {
		raw = slices.Concat(prefixes[len(raw)], raw)
	}
	if err != nil || !isID(raw) {
		return "", malformed
	}
	if idForms[to].bare {
		raw = raw[prefixBytes:]
	}
	return idForms[to].write(raw), nil
}

// prefixes of ids by the length of the entry id they stand before.
var prefixes = map[int][]byte{
	itemIDBytes - prefixBytes:   itemPrefix,
	folderIDBytes - prefixBytes: folderPrefix,
}

func isID(raw []byte) bool {
	return len(raw) == itemIDBytes && bytes.HasPrefix(raw, itemPrefix) || len(raw) == folderIDBytes &&
		bytes.HasPrefix(raw, folderPrefix)
}
