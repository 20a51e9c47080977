package absence

import (
	"cmp"
	"slices"
	"strings"
)

// AutomaticReplies is what mailboxes answer to mail while their owners are absent.
type AutomaticReplies struct {
	_ struct{} `doc:"Mail that arrives during an approved absence is answered by the mailbox. It is a grant of its own, and off by default."`
	// Enabled is the company's consent: without it nothing is read or written of
	// mailboxes' automatic replies.
	Enabled bool `json:"enabled,omitempty" doc:"Mailboxes answer mail during approved absences. It needs a grant of its own for the connection."`
	// Inside and Outside are the texts, in which ReplyPlaceholders stand for days;
	// DefaultReply where they are "".
	Inside  string `json:"inside,omitempty" rule:"file max=2000" hint:"write what colleagues are answered, such as \"I am back on {back}.\"" doc:"What people of the organization are answered, in which {until} stands for the last day and {back} for the first day back; a neutral text where it is missing."`
	Outside string `json:"outside,omitempty" rule:"file max=2000" hint:"write what others are answered, such as \"I am back on {back}.\"" doc:"What others are answered, with the same words in braces; a neutral text where it is missing."`
	// Audience is who outside the organization is answered; "" is ReplyNobody.
	Audience ReplyAudience `json:"audience,omitempty" choice:"nobody contacts everybody" doc:"Who outside the organization is answered; nobody where it is missing."`
}

// ReplyAudience is who outside the organization is answered.
type ReplyAudience string

// The audiences of automatic replies.
const (
	ReplyNobody ReplyAudience = "nobody"
	// ReplyContacts: whom the owner has among their contacts.
	ReplyContacts  ReplyAudience = "contacts"
	ReplyEverybody ReplyAudience = "everybody"
)

// ReplyPlaceholders lists what may stand in a text of an automatic reply. The absence type
// is not among them: a reply never tells it by itself.
func ReplyPlaceholders() []string { return []string{PlaceholderUntil, PlaceholderBack} }

// UnknownReplyPlaceholders are what stands in braces in a text of an automatic reply and
// is none of ReplyPlaceholders, lonely braces too.
func UnknownReplyPlaceholders(text string) []string { return unknownIn(text, ReplyPlaceholders()) }

// DefaultReply is the text where a policy has none.
func DefaultReply(language Language) string {
	if language == English {
		return "Hello,\n\nThank you for your message. I am out of the office and will be back on {back}.\n\nKind regards"
	}
	return "Bonjour,\n\nMerci pour votre message. Je ne suis pas au bureau et serai de retour le {back}.\n\nCordialement"
}

// Reply is one automatic reply: what a mailbox answers, and when.
type Reply struct {
	// Start is inclusive and End, when the owner is back, exclusive.
	Start, End LocalTime
	Inside     string
	// Outside is "" where nobody outside is answered.
	Outside  string
	Audience ReplyAudience
}

// Replies are the automatic replies to one person's absences, in time order and apart from
// each other: none where the policy has none. Only approved half-days count that are taken
// whole, and whose types' rules do not say otherwise; telework is no absence. Absences with
// nothing between them but days on which the person does not work are one reply, which
// ends when they are back: at the beginning of the next working day, or of its afternoon.
//
// A rule's own text is used where all of the reply is under it, and never for a sensitive
// type unless somebody confirmed that the policy shows it.
func Replies(absences []Absence, p Policy) []Reply {
	if !p.AutomaticReplies.Enabled {
		return nil
	}
	var all []repliedHalf
	off := map[Date]bool{}
	for _, a := range absences {
		all = append(all, p.repliedHalves(a)...)
		for _, day := range a.Off {
			off[day] = true
		}
	}
	slices.SortStableFunc(all, func(x, y repliedHalf) int { return compareHalfDays(x.half, y.half) })
	var replies []Reply
	for len(all) > 0 {
		n := 1
		for n < len(all) && joined(all[n-1].half, all[n].half, off) {
			n++
		}
		replies, all = append(replies, p.replyFor(all[:n], off)), all[n:]
	}
	return replies
}

// repliedHalf is a half-day with an automatic reply; text is its rule's own, "" for none.
type repliedHalf struct {
	half HalfDay
	text string
}

func (p Policy) repliedHalves(a Absence) []repliedHalf {
	var some []repliedHalf
	for _, half := range FillDays(a, p.Hours).HalfDays {
		if text, replies := p.repliesTo(a.typeOf(half)); replies && half.Confirmed && half.Minutes == 0 {
			some = append(some, repliedHalf{half, text})
		}
	}
	return some
}

// repliesTo tells whether there are replies during absences of a type, and their own text.
func (p Policy) repliesTo(t Type) (text string, replies bool) {
	if p.Undecided(t) {
		return "", false
	}
	at := p.RuleOf(t)
	if at < 0 {
		return "", true
	}
	rule := p.Rules[at]
	if rule.Write == WriteNever || rule.Telework != nil || rule.AutomaticReply != nil && !*rule.AutomaticReply {
		return "", false
	}
	if !p.mayTell(t, rule) {
		rule = p.discreet(rule)
	}
	return rule.ReplyText, true
}

// replyFor is the reply during half-days that follow each other.
func (p Policy) replyFor(halves []repliedHalf, off map[Date]bool) Reply {
	own := halves[0].text
	for _, one := range halves {
		if one.text != own {
			own = ""
		}
	}
	first, last := halves[0].half, halves[len(halves)-1].half
	reply := Reply{
		Start: p.beginningOf(first), Audience: cmp.Or(p.AutomaticReplies.Audience, ReplyNobody),
	}
	back := workedAfter(last, off)
	reply.End = p.beginningOf(back)
	fill := func(text string) string {
		return strings.NewReplacer(
			PlaceholderUntil, dayInWords(last.Date, p.Language), PlaceholderBack, dayInWords(back.Date, p.Language),
		).Replace(cmp.Or(strings.TrimSpace(own), strings.TrimSpace(text), DefaultReply(p.Language)))
	}
	reply.Inside = fill(p.AutomaticReplies.Inside)
	if reply.Audience != ReplyNobody {
		reply.Outside = fill(p.AutomaticReplies.Outside)
	}
	return reply
}

// beginningOf is midnight before a morning, and when the afternoon begins.
func (p Policy) beginningOf(h HalfDay) LocalTime {
	if h.Part == Morning {
		return LocalTime{Date: h.Date}
	}
	return LocalTime{Date: h.Date, Clock: p.Hours.AfternoonStart}
}
