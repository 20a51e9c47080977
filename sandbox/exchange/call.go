package exchange

import (
	"errors"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// call is one valid request.
type call struct {
	service *Service
	account *account
	set     schema.Set
	version string // as declared, or first
	// as names the child of ConnectingSID, impersonated its value; both "" when
	// the account acts as itself.
	as, impersonated string
	// mailbox is the address the call works on, "" when there is none.
	mailbox string
	// zone is the Windows id of the TimeZoneContext, "" for none, and location
	// its clocks, UTC for none.
	zone      string
	location  *time.Location
	operation *schema.Node
}

// open checks the envelope and everything in it against the schema.
func (s *Service) open(envelope *schema.Node, a *account) (*call, *fault) {
	if envelope.Name.Space != schema.SOAP || envelope.Name.Local != "Envelope" {
		return nil, &fault{code: "VersionMismatch", message: "The envelope's namespace is not that of SOAP 1.1."}
	}
	parts := envelope.Children
	var header []*schema.Node
	if len(parts) > 0 && isSOAP(parts[0], "Header") {
		header, parts = parts[0].Children, parts[1:]
	}
	if len(parts) != 1 || !isSOAP(parts[0], "Body") || len(parts[0].Children) != 1 {
		return nil, invalid(&schema.Violation{Line: envelope.Line, Column: envelope.Column,
			Text: "The envelope must hold an optional Header and one Body with one element."})
	}
	c := &call{service: s, account: a, location: time.UTC, operation: parts[0].Children[0]}
	if refusal := c.readHeader(header); refusal != nil {
		return nil, refusal
	}
	known, err := c.set.Request(c.operation)
	if err != nil {
		return nil, invalid(err)
	}
	if found := tooNew(c.version, envelope); found != nil {
		return nil, invalid(&schema.Violation{Line: found.Line, Column: found.Column,
			Text: "The element '" + found.Name.Local + "' is newer than " + c.version + "."})
	}
	if !known {
		return nil, notImitated("the operation " + c.operation.Name.Local)
	}
	return c, nil
}

func isSOAP(n *schema.Node, local string) bool {
	return n.Name.Space == schema.SOAP && n.Name.Local == local
}

func invalid(err error) *fault {
	violation, ok := errors.AsType[*schema.Violation](err)
	if !ok {
		violation = &schema.Violation{Text: err.Error()}
	}
	return &fault{code: "ErrorSchemaValidation", message: "The request failed schema validation: " + violation.Text,
		violation: violation}
}

// readHeader reads the SOAP headers. The version comes first: it decides which
// schema all the others are checked by.
func (c *call) readHeader(header []*schema.Node) *fault {
	given := map[string]*schema.Node{}
	for _, n := range header {
		if given[n.Name.Local] != nil {
			return invalid(&schema.Violation{Line: n.Line, Column: n.Column,
				Text: "The header '" + n.Name.Local + "' is given twice."})
		}
		given[n.Name.Local] = n
	}
	c.version = first
	if declared := given["RequestServerVersion"]; declared != nil {
		c.version = declared.Value("Version")
	}
	var ok bool
	if c.set, ok = c.service.build.set(c.version); !ok {
		return &fault{code: "ErrorInvalidServerVersion", message: "The specified server version is invalid."}
	}
	for _, n := range header {
		if err := c.set.Header(n); err != nil {
			return invalid(err)
		}
	}
	if sid := given["ExchangeImpersonation"].Child("ConnectingSID"); sid != nil {
		c.as, c.impersonated = sid.Children[0].Name.Local, strings.TrimSpace(sid.Children[0].Text)
	}
	return c.readZone(given["TimeZoneContext"].Child("TimeZoneDefinition"))
}

func (c *call) readZone(definition *schema.Node) *fault {
	if definition == nil {
		return nil
	}
	if len(definition.Children) > 0 {
		return notImitated("a time zone that is not given by its id alone")
	}
	c.zone = definition.Value("Id")
	location, failed := zone(c.zone)
	if failed != nil {
		return &fault{code: failed.code, message: failed.message}
	}
	c.location = location
	return nil
}

// impersonate decides which mailbox the call works on
// (learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode).
func (c *call) impersonate() *fault {
	if c.as == "" {
		if box, ok := c.service.store.Lookup(c.account.UPN); ok && box.System == mailboxes.Exchange {
			c.mailbox = box.Email
		}
		return nil
	}
	if c.as == "SID" {
		return notImitated("impersonation by SID")
	}
	box, ok := c.service.store.Lookup(c.impersonated)
	if !ok || box.System != mailboxes.Exchange {
		if c.as == "PrincipalName" {
			return &fault{code: "ErrorInvalidUserPrincipalName", message: "The user principal name (UPN) is not valid."}
		}
		return &fault{code: "ErrorNonExistentMailbox", message: "The SMTP address has no mailbox associated with it."}
	}
	if c.as == "PrimarySmtpAddress" && !strings.EqualFold(c.impersonated, box.Email) {
		return &fault{code: "ErrorNonPrimarySmtpAddress",
			message: "The primary SMTP address must be specified when referencing a mailbox."}
	}
	// A missing role and a mailbox out of its scope are told alike since 2010
	// (github.com/OfficeDev/ews-managed-api/issues/223).
	if !c.account.Impersonate || !c.account.Scope(box.Email) {
		return &fault{code: "ErrorImpersonateUserDenied",
			message: "The account does not have permission to impersonate the requested user."}
	}
	c.mailbox = box.Email
	return nil
}

// run carries the operation out.
func (c *call) run() (*element, *fault) {
	operations := map[string]func() ([]*element, *fault){
		"CreateItem": c.createItem, "GetItem": c.getItem, "UpdateItem": c.updateItem, "DeleteItem": c.deleteItem,
		"FindItem": c.findItem, "GetFolder": c.getFolder, "ConvertId": c.convertID,
		"GetServerTimeZones": c.getServerTimeZones, "ResolveNames": c.resolveNames,
	}
	name := c.operation.Name.Local
	if refusal := c.refuseLoudly(); refusal != nil {
		return nil, refusal
	}
	switch name {
	case "GetUserAvailabilityRequest":
		return c.getUserAvailability()
	case "GetUserOofSettingsRequest":
		return c.getUserOofSettings()
	case "SetUserOofSettingsRequest":
		return c.setUserOofSettings()
	}
	messages, refusal := operations[name]()
	if refusal != nil {
		return nil, refusal
	}
	return el("m:"+name+"Response", el("m:ResponseMessages", messages...)).
		with("xmlns:m", schema.Messages).with("xmlns:t", schema.Types), nil
}

// within runs do on the call's mailbox. Without one, distinguished folders and
// items mean nothing.
func (c *call) within(do func(*mailboxes.Tx) *itemError) *itemError {
	if c.mailbox == "" {
		return &itemError{code: "ErrorMissingEmailAddress",
			message: "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP address for any distinguished folder Ids."}
	}
	var failed *itemError
	err := c.service.store.Within(mailboxes.Exchange, c.mailbox, func(tx *mailboxes.Tx) error {
		failed = do(tx)
		return nil
	})
	if err != nil {
		return &itemError{code: "ErrorNonExistentMailbox",
			message: "The SMTP address has no mailbox associated with it."}
	}
	return failed
}
