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

func (c composer) loc(r settings.Recipient) texts.Localizer {
	return texts.Localizer{Lang: texts.Lang(r.Language), Now: c.now()}
}

func (c composer) url(path string) string {
	if c.publicURL == "" {
		return ""
	}
	return strings.TrimSuffix(c.publicURL, "/") + cmp.Or(path, "/")
}

// Sentence says in a sentence what is wrong, and what to do.
func Sentence(loc texts.Localizer, t Trouble) string {
	key := "alert.text." + string(t.Kind)
	if specific := key + "." + t.About; t.About != "" && loc.Has(specific) {
		key = specific
	}
	if none := key + ".none"; t.Count == 0 && loc.Has(none) {
		key = none
	}
	return loc.T(key, "name", cmp.Or(t.Label, t.Name), "count", t.Count)
}

// about tells of a trouble, or that it is over.
func (c composer) about(r settings.Recipient, one row, over bool) Notice {
	loc := c.loc(r)
	t := one.trouble
	title := loc.T("alert.kind." + string(t.Kind))
	if name := cmp.Or(t.Label, t.Name); name != "" {
		title = loc.T("alert.of", "what", title, "name", name)
	}
	n := Notice{
		Kind: string(t.Kind), About: t.About, Name: t.Name, Subject: title, Text: Sentence(loc, t),
		URL: c.url(t.Path),
		At:  one.opened, Resolved: over,
	}
	if over {
		n.At = one.seen
		n.Subject = loc.T("alert.over", "what", title)
		n.Text = loc.T("alert.over.text", "what", title, "since", loc.Moment(one.opened))
	}
	return n
}

// digest lists what is open.
func (c composer) digest(r settings.Recipient, open []row) Notice {
	loc := c.loc(r)
	n := Notice{
		Kind: KindDigest, Subject: loc.T("alert.digest", "count", len(open)), URL: c.url("/alerts"),
		At: c.now().UTC(),
	}
	lines := []string{loc.T("alert.digest.none")}
	if len(open) > 0 {
		lines = []string{loc.T("alert.digest.lead", "count", len(open))}
	}
	for _, one := range open {
		lines = append(lines, "- "+loc.T("alert.digest.line", "text", Sentence(loc, one.trouble),
			"since", loc.Moment(one.opened)))
	}
	n.Text = strings.Join(lines, "\n")
	return n
}

func (c composer) test(r settings.Recipient) Notice {
	loc := c.loc(r)
	return Notice{
		Kind: KindTest, Subject: loc.T("alert.test.subject"), Text: loc.T("alert.test.text"), URL: c.url("/alerts"),
		At: c.now().UTC(),
	}
}
