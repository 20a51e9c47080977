package settings

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"slices"

	"github.com/figgosync/figgosync/internal/record"
)

// MaxRecipients bounds how many recipients of alerts there are.
const MaxRecipients = 50

// CodeBadEmail is the Problem of an e-mail address that is none, and CodeOnePlace of a
// recipient with none or both of an e-mail address and a webhook.
const (
	CodeBadEmail = "bad-email"
	CodeOnePlace = "one-place"
)

// TroubleKind is what an alert is about.
type TroubleKind string

// The kinds of trouble. Their ids never change.
const (
	// a calendar system or Lucca refuses what it is asked with
	TroubleConnectionRefused TroubleKind = "connection-refused"
	// Lucca sends nothing: the endpoint is suspended, inactive or gone
	TroubleWebhookSilent TroubleKind = "webhook-silent"
	TroubleDifferences   TroubleKind = "differences-found" // the last reconciliation found some
	TroubleApproval      TroubleKind = "approval-needed"   // a circuit breaker waits for a person
	TroubleBlocked       TroubleKind = "blocked-long"      // absences are blocked for more than a day
	TroubleExpiry        TroubleKind = "secret-expires"    // a secret, certificate or key ends soon
	TroubleWatch         TroubleKind = "watch-failed"      // a synthetic absence was not written, read and removed
	// a connection may not read or write automatic replies that a policy wants
	TroubleReplies  TroubleKind = "replies-refused"
	TroubleDisk     TroubleKind = "disk-nearly-full"
	TroubleTemporal TroubleKind = "temporal-away"
	TroubleDatabase TroubleKind = "database-away"
)

// TroubleKinds lists every kind.
func TroubleKinds() []TroubleKind {
	return []TroubleKind{
		TroubleConnectionRefused, TroubleWebhookSilent, TroubleDifferences, TroubleApproval, TroubleBlocked,
		TroubleExpiry, TroubleWatch,
		TroubleReplies, TroubleDisk, TroubleTemporal, TroubleDatabase,
	}
}

// Recipient is somebody who is told of troubles: a person by e-mail, or a program by a
// webhook.
type Recipient struct {
	Name string `json:"name" show:"never" doc:"Id of the recipient. Left out on PUT, it is made up for a new one."`
	// Email and Webhook exclude each other.
	Email string `json:"email,omitempty" rule:"word max=254" hint:"write an e-mail address" doc:"E-mail address of a person or a group."`
	// Webhook may have a query: some services have their key there.
	Webhook string `json:"webhook,omitempty" rule:"word max=2000" hint:"write an https address" doc:"https address that alerts are posted to as signed JSON."`
	// Language is that of the texts.
	Language string `json:"language" choice:"fr en" doc:"Language of the texts."`
	// Kinds are all where there are none.
	Kinds []string `json:"kinds,omitempty" rule:"word max=64 items=20" doc:"Kinds of trouble that are told; all where it is missing."`
	// Digest adds one message a day with all that is open.
	Digest bool `json:"digest" doc:"One message a day besides, with all that is open."`
	// Quiet are two times of day in Zone, or in that of the first synchronization,
	// between which only urgent kinds are told; the rest waits until they end.
	Quiet string `json:"quiet,omitempty" rule:"word max=11" hint:"write two times of day such as 20:00-07:00" doc:"Two times of day such as 20:00-07:00, between which only urgent troubles are told; the rest comes in one message when they end."`
	Zone  string `json:"zone,omitempty" rule:"word max=64" hint:"write an IANA time zone such as Europe/Paris" doc:"IANA time zone of the quiet hours; that of the first synchronization where it is missing."`
	// Secret signs what is sent to the webhook. It is made by figgosync, and shown
	// once.
	Secret Secret `json:"secret,omitempty" to:"webhook" doc:"Signs what is sent to the webhook; shown once."`
}

// Clone returns a copy that shares nothing with r.
func (r Recipient) Clone() Recipient {
	r.Kinds = slices.Clone(r.Kinds)
	return r
}

// Wants tells whether the recipient is told of a kind.
func (r Recipient) Wants(kind TroubleKind) bool {
	return len(r.Kinds) == 0 || slices.Contains(r.Kinds, string(kind))
}

// SecretsOf lists the recipient's secrets.
func (r *Recipient) SecretsOf() []SecretField { return secretsOf(r) }

// WithSecret returns the recipient with a new secret of 256 random bits, where it needs
// one and has none.
func (r Recipient) WithSecret() Recipient {
	if r.Webhook == "" {
		r.Secret = ""
	} else if r.Secret == "" {
		bits := make([]byte, 32)
		_, _ = rand.Read(bits) // it never fails
		r.Secret = Secret(base64.RawURLEncoding.EncodeToString(bits))
	}
	return r
}

// WithDefaults returns the recipient with what was left out.
func (r Recipient) WithDefaults() Recipient {
	record.Defaults(&r)
	return r
}

// Check implements record.Checked.
func (r *Recipient) Check(c *record.Checker) {
	checkName(c, r.Name)
	switch {
	case (r.Email == "") == (r.Webhook == ""):
		c.Add("email", CodeOnePlace)
	case r.Email != "" && c.Good("email"):
		if !isMailAddress(r.Email) {
			c.Add("email", CodeBadEmail)
		}
	case r.Webhook != "" && c.Good("webhook"):
		checkWebhook(c, r.Webhook)
	}
	checkQuiet(c, *r)
	for _, kind := range r.Kinds {
		if !slices.Contains(TroubleKinds(), TroubleKind(kind)) {
			c.Replace("kinds", record.CodeBadChoice, "allowed", kindsText())
		}
	}
}

func kindsText() string {
	text := ""
	for _, kind := range TroubleKinds() {
		text += ", " + string(kind)
	}
	return text[2:]
}

func checkWebhook(c *record.Checker, text string) {
	at, err := url.Parse(text)
	switch {
	case err != nil || at.Hostname() == "":
		c.Add("webhook", record.CodeNotAddress)
	case at.Scheme == "http" && c.Rules.AllowInsecureEndpoints:
	case at.Scheme != "https":
		c.Add("webhook", record.CodeNotHTTPS)
	case at.User != nil:
		c.Add("webhook", record.CodeHasLogin)
	}
}

// ValidateRecipient returns all that is wrong with a recipient, nil when it is good.
func ValidateRecipient(r Recipient, rules Rules) []Problem { return record.Check("", &r, rules) }

// MovedRecipient does for a recipient what MovedSource does.
func MovedRecipient(from, to Recipient, given func(field string) bool) []Problem {
	return moved(record.Fields("", &from), record.Fields("", &to), given)
}

// Place is the address of a recipient as everybody may read it: of a webhook the server
// only, because some services have their key in the rest.
func (r Recipient) Place() string {
	if r.Webhook == "" {
		return r.Email
	}
	return serverOf(r.Webhook)
}

// serverOf is the scheme and the host of an address, "" for none.
func serverOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// RecipientChanges does what SourceChanges does; of the address of a webhook the server
// is told, see Place.
func RecipientChanges(from, to Recipient) []FieldChange {
	all := changes(recipientFields(&from), recipientFields(&to))
	for i, one := range all {
		if one.Field == "webhook" {
			all[i].From, all[i].To = serverOf(one.From), serverOf(one.To)
		}
	}
	return all
}

// recipientFields are none for a recipient that is not there.
func recipientFields(r *Recipient) []record.Field {
	if r.Name == "" {
		return nil
	}
	return fieldsOf(r)
}

// readRecipient reads one element of recipients.
func readRecipient(n node, known *names) Recipient {
	var recipient Recipient
	f := n.record(&recipient, "name")
	recipient.Name = known.read(f)
	record.Defaults(&recipient)
	all := record.Fields("", &recipient)
	f.report(ValidateRecipient(recipient, n.r.rules()), all)
	return recipient
}

func exportRecipient(r Recipient) block {
	b := mapping()
	b.name(r.Name, r.SecretsOf())
	b.fields(&r, nil)
	return b
}

func (p *planner) recipients() {
	k := kind[Recipient]{
		kind: KindRecipient, name: func(r Recipient) string { return r.Name }, validate: ValidateRecipient,
		compare: RecipientChanges, moved: MovedRecipient, secrets: (*Recipient).SecretsOf,
		set: func(e *Edit, r *Recipient) { e.Recipient = r },
		merge: func(from, to Recipient) Recipient {
			to = to.Clone()
			keepSecrets(from.SecretsOf(), to.SecretsOf())
			return to
		},
	}
	k.plan(p, p.old.Recipients, p.file.recipients)
}
