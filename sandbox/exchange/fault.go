package exchange

import (
	"strconv"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/imitation"
)

// fault is a refusal of the whole request: a SOAP fault.
type fault struct {
	code, message string
	// missing is what the service does not imitate, "" for every other refusal.
	missing string
	// violation is where the schema is broken, for ErrorSchemaValidation.
	violation *schema.Violation
}

// notImitated is the answer to a request that Exchange would serve. Its code is none of
// Exchange's, so that no client takes it for one.
func notImitated(what string) *fault {
	return &fault{code: imitation.Code, message: "Sandbox: not imitated: " + what, missing: what}
}

// refused is the answer to a request that Exchange would serve and nobody here
// should send.
func refused(what string) *fault {
	return &fault{code: "SandboxRefused", message: "Sandbox: refused: " + what}
}

func (f *fault) element() *element {
	if f.code == "VersionMismatch" {
		return el("s:Fault", text("faultcode", "s:VersionMismatch"), text("faultstring", f.message))
	}
	short := f.message
	if f.violation != nil {
		short = "The request failed schema validation."
	}
	detail := el("detail",
		text("e:ResponseCode", f.code).with("xmlns:e", schema.Errors),
		text("e:Message", short).with("xmlns:e", schema.Errors))
	if v := f.violation; v != nil {
		detail.add(el("t:MessageXml",
			text("t:LineNumber", strconv.Itoa(v.Line)),
			text("t:LinePosition", strconv.Itoa(v.Column)),
			text("t:Violation", v.Text)).with("xmlns:t", schema.Types))
	}
	return el("s:Fault",
		text("faultcode", "a:"+f.code).with("xmlns:a", schema.Types),
		text("faultstring", f.message).with("xml:lang", "en-US"),
		detail)
}

// itemError is the refusal of one item of a request: HTTP 200 and a response
// message of class Error.
type itemError struct {
	code, message string
	// field is the FieldURI at fault, "" for none.
	field string
}

// message is one response message: an error when failed is not nil, else
// success with the given content. An error still has to hold the elements the
// schema requires after the code.
func message(name string, failed *itemError, empty, content []*element) *element {
	if failed == nil {
		return el(name, text("m:ResponseCode", "NoError")).add(content...).with("ResponseClass", "Success")
	}
	m := el(name,
		text("m:MessageText", failed.message),
		text("m:ResponseCode", failed.code),
		text("m:DescriptiveLinkKey", "0")).with("ResponseClass", "Error")
	if failed.field != "" {
		m.add(el("m:MessageXml", el("t:FieldURI").with("FieldURI", failed.field)))
	}
	return m.add(empty...)
}
