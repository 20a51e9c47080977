package ews

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
)

// answer is the envelope a server sends back. Elements without a namespace here
// match any: servers put MessageXml's parts in different ones.
type answer struct {
	XMLName xml.Name `xml:"http://schemas.xmlsoap.org/soap/envelope/ Envelope"`
	Header  struct {
		Server serverVersion `xml:"http://schemas.microsoft.com/exchange/services/2006/types ServerVersionInfo"`
	} `xml:"http://schemas.xmlsoap.org/soap/envelope/ Header"`
	Body struct {
		Fault     *fault     `xml:"http://schemas.xmlsoap.org/soap/envelope/ Fault"`
		Responses []response `xml:",any"`
	} `xml:"http://schemas.xmlsoap.org/soap/envelope/ Body"`
}

// serverVersion tells the server's build; all are numbers.
type serverVersion struct {
	Major      string `xml:"MajorVersion,attr"`
	Minor      string `xml:"MinorVersion,attr"`
	MajorBuild string `xml:"MajorBuildNumber,attr"`
	MinorBuild string `xml:"MinorBuildNumber,attr"`
}

// fault is a whole request refused. Older schema faults have their code only in
// FaultCode, behind a prefix.
type fault struct {
	FaultCode string     `xml:"faultcode"`
	Code      string     `xml:"detail>ResponseCode"`
	Detail    messageXML `xml:"detail>MessageXml"`
}

type response struct {
	XMLName  xml.Name
	Messages struct {
		All []responseMessage `xml:",any"`
	} `xml:"http://schemas.microsoft.com/exchange/services/2006/messages ResponseMessages"`
	FreeBusy []freeBusyResponse `xml:"FreeBusyResponseArray>FreeBusyResponse"`
	// The operations on automatic replies have one message of their own.
	Own   []responseMessage `xml:"http://schemas.microsoft.com/exchange/services/2006/messages ResponseMessage"`
	Reply *answeredReply    `xml:"http://schemas.microsoft.com/exchange/services/2006/types OofSettings"`
}

// responseMessage is what became of one item or page. Its MessageText is not
// read: it can hold addresses.
type responseMessage struct {
	XMLName    xml.Name
	Class      string      `xml:"ResponseClass,attr"`
	Code       string      `xml:"http://schemas.microsoft.com/exchange/services/2006/messages ResponseCode"`
	Detail     messageXML  `xml:"MessageXml"`
	RootFolder *rootFolder `xml:"http://schemas.microsoft.com/exchange/services/2006/messages RootFolder"`
	Items      itemList    `xml:"http://schemas.microsoft.com/exchange/services/2006/messages Items"`
	// server stands in the envelope's header, hours and reply beside the message.
	server serverVersion
	hours  *workingHours
	reply  *answeredReply
}

// rootFolder is a page. Last is nil when the server did not say whether more
// follows; then the page must not be taken for all.
type rootFolder struct {
	NextOffset int      `xml:"IndexedPagingOffset,attr"`
	Last       *bool    `xml:"IncludesLastItemInRange,attr"`
	Items      itemList `xml:"http://schemas.microsoft.com/exchange/services/2006/types Items"`
}

type itemList struct {
	All []answerItem `xml:",any"`
}

type answerItem struct {
	XMLName xml.Name
	ItemID  struct {
		ID        string `xml:"Id,attr"`
		ChangeKey string `xml:"ChangeKey,attr"`
	} `xml:"http://schemas.microsoft.com/exchange/services/2006/types ItemId"`
	UID     string `xml:"http://schemas.microsoft.com/exchange/services/2006/types UID"`
	Created string `xml:"http://schemas.microsoft.com/exchange/services/2006/types DateTimeCreated"`
	// Categories are only asked for where ours changes.
	Categories []string `xml:"http://schemas.microsoft.com/exchange/services/2006/types Categories>String"`
	// The rest of an item's own fields is only asked for by List.
	Subject     string `xml:"http://schemas.microsoft.com/exchange/services/2006/types Subject"`
	Sensitivity string `xml:"http://schemas.microsoft.com/exchange/services/2006/types Sensitivity"`
	Start       string `xml:"http://schemas.microsoft.com/exchange/services/2006/types Start"`
	End         string `xml:"http://schemas.microsoft.com/exchange/services/2006/types End"`
	AllDay      *bool  `xml:"http://schemas.microsoft.com/exchange/services/2006/types IsAllDayEvent"`
	FreeBusy    string `xml:"http://schemas.microsoft.com/exchange/services/2006/types LegacyFreeBusyStatus"`
	Properties  []struct {
		Field struct {
			PropertySet string `xml:"PropertySetId,attr"`
			Name        string `xml:"PropertyName,attr"`
		} `xml:"http://schemas.microsoft.com/exchange/services/2006/types ExtendedFieldURI"`
		Value string `xml:"http://schemas.microsoft.com/exchange/services/2006/types Value"`
	} `xml:"http://schemas.microsoft.com/exchange/services/2006/types ExtendedProperty"`
}

// messageXML holds machine-readable details by name.
type messageXML struct {
	Values []struct {
		Name string `xml:"Name,attr"`
		Text string `xml:",chardata"`
	} `xml:",any"`
}

func (m messageXML) value(name string) string {
	for _, v := range m.Values {
		if v.Name == name {
			return strings.TrimSpace(v.Text)
		}
	}
	return ""
}

// onlyItem is the one calendar item of an answer about one item.
func (m *responseMessage) onlyItem() (answerItem, bool) {
	if len(m.Items.All) != 1 || m.Items.All[0].ItemID.ID == "" {
		return answerItem{}, false
	}
	return m.Items.All[0], true
}

// placed reads the item's marker; ok is false when it is not exactly key. The
// server's own comparison ignores case.
func (i answerItem) placed(key calendars.Key) (calendars.Placed, bool) {
	if i.XMLName.Local != "CalendarItem" || i.ItemID.ID == "" || i.property(calendars.PropertyKey) != key.String() {
		return calendars.Placed{}, false
	}
	text := i.property(calendars.PropertyRun)
	run, fingerprint, _ := calendars.ParseRunValue(text)
	marker := calendars.Marker{Key: key, Run: run}
	return calendars.Placed{
		Marker:      marker,
		ID:          i.ItemID.ID,
		Version:     packVersion(i.ItemID.ChangeKey, i.UID),
		Fingerprint: fingerprint,
		Identity:    identityOf(marker, text, i.UID),
		Category:    calendars.CategoryOf(text),
		CreatedAt:   createdAt(i.Created),
	}, true
}

func (i answerItem) property(name string) string {
	for _, p := range i.Properties {
		if p.Field.Name == name && strings.EqualFold(strings.Trim(p.Field.PropertySet, "{}"), calendars.PropertySet) {
			return p.Value
		}
	}
	return ""
}

// parse reads an answer's envelope. It refuses document types (and so every
// entity but XML's own five) and deep nesting.
func parse(document []byte) (*answer, error) {
	decoder := xml.NewTokenDecoder(&harmlessTokens{decoder: xml.NewDecoder(bytes.NewReader(document))})
	var parsed answer
	if err := decoder.Decode(&parsed); err != nil {
		return nil, err
	}
	return &parsed, nil
}

const maxDepth = 64

var (
	errDocumentType = errors.New("the answer has a document type")
	errTooDeep      = errors.New("the answer is nested too deeply")
)

// harmlessTokens passes tokens on while they are harmless.
type harmlessTokens struct {
	decoder *xml.Decoder
	depth   int
}

// Token returns the next raw token; the outer decoder resolves name spaces and
// matches ends.
func (g *harmlessTokens) Token() (xml.Token, error) {
	token, err := g.decoder.RawToken()
	if err != nil {
		return nil, err
	}
	switch token.(type) {
	case xml.Directive:
		return nil, errDocumentType
	case xml.StartElement:
		g.depth++
	case xml.EndElement:
		g.depth--
	}
	if g.depth > maxDepth {
		return nil, errTooDeep
	}
	return token, nil
}

var _ xml.TokenReader = (*harmlessTokens)(nil)

// message returns the response message of op's answer. Anything but exactly one
// is no answer.
func (a *answer) message(op operation) (*responseMessage, error) {
	if len(a.Body.Responses) != 1 {
		return nil, io.ErrUnexpectedEOF
	}
	r := &a.Body.Responses[0]
	if r.XMLName != (xml.Name{Space: messagesNamespace, Local: op.name + "Response"}) {
		return nil, io.ErrUnexpectedEOF
	}
	m := r.only(op)
	if m == nil || m.Class == "" {
		return nil, io.ErrUnexpectedEOF
	}
	m.Code, m.server = strings.TrimSpace(m.Code), a.Header.Server
	return m, nil
}

// only is the one response message of the operation, nil for none or several.
func (r *response) only(op operation) *responseMessage {
	switch {
	case op.name == opAvailability.name && len(r.FreeBusy) == 1:
		m := &r.FreeBusy[0].Message
		m.hours = r.FreeBusy[0].Hours
		return m
	case (op.name == opGetReply.name || op.name == opSetReply.name) && len(r.Own) == 1:
		m := &r.Own[0]
		m.reply = r.Reply
		return m
	case len(r.Messages.All) == 1 && r.Messages.All[0].XMLName.Local == op.name+"ResponseMessage":
		return &r.Messages.All[0]
	}
	return nil
}
