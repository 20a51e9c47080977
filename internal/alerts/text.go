package alerts

import (
	"cmp"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// Notice is what is sent to one recipient.
type Notice struct {
	// ID is the same for every try to send it.
	ID string
	// Kind is "digest" or "test" where it is about no one trouble.
	Kind        string
	About, Name string
	Subject     string
	Text        string
	// URL is the page that shows it, "" where figgosync does not know its own address.
	URL      string
	At       time.Time
	Resolved bool
}

// Kinds of a Notice that is about no one trouble.
const (
	KindDigest = "digest"
	KindTest   = "test"
)

// composer writes notices.
type composer struct {
	publicURL string
	now       func() time.Time
}

func (c composer) words(r settings.Recipient) texts.Words {
	return texts.Words{Lang: texts.Lang(r.Language), Now: c.now()}
}

func (c composer) url(path string) string {
	if c.publicURL == "" {
		return ""
	}
	return strings.TrimSuffix(c.publicURL, "/") + cmp.Or(path, "/")
}

// Sentence says in a sentence what is wrong, and what to do.
func Sentence(words texts.Words, t Trouble) string {
	key := "alert.text." + string(t.Kind)
	if specific := key + "." + t.About; t.About != "" && words.Has(specific) {
		key = specific
	}
	return words.T(key, "name", cmp.Or(t.Label, t.Name), "count", t.Count)
}

// about tells of a trouble, or that it is over.
func (c composer) about(r settings.Recipient, one row, over bool) Notice {
	words := c.words(r)
	t := one.trouble
	title := words.T("alert.kind." + string(t.Kind))
	if name := cmp.Or(t.Label, t.Name); name != "" {
		title = words.T("alert.of", "what", title, "name", name)
	}
	n := Notice{
		Kind: string(t.Kind), About: t.About, Name: t.Name, Subject: title, Text: Sentence(words, t),
		URL: c.url(t.Path),
		At:  one.opened, Resolved: over,
	}
	if over {
		n.At = one.seen
		n.Subject = words.T("alert.over", "what", title)
		n.Text = words.T("alert.over.text", "what", title, "since", words.Moment(one.opened))
	}
	return n
}

// digest lists what is open.
func (c composer) digest(r settings.Recipient, open []row) Notice {
	words := c.words(r)
	n := Notice{
		Kind: KindDigest, Subject: words.T("alert.digest", "count", len(open)), URL: c.url("/alerts"),
		At: c.now().UTC(),
	}
	lines := []string{words.T("alert.digest.none")}
	if len(open) > 0 {
		lines = []string{words.T("alert.digest.lead", "count", len(open))}
	}
	for _, one := range open {
		lines = append(lines, "- "+words.T("alert.digest.line", "text", Sentence(words, one.trouble),
			"since", words.Moment(one.opened)))
	}
	n.Text = strings.Join(lines, "\n")
	return n
}

func (c composer) test(r settings.Recipient) Notice {
	words := c.words(r)
	return Notice{
		Kind: KindTest, Subject: words.T("alert.test.subject"), Text: words.T("alert.test.text"), URL: c.url("/alerts"),
		At: c.now().UTC(),
	}
}
