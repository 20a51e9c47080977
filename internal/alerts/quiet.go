package alerts

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// KindQuiet is the kind of the one Notice with all that waited for the end of quiet hours.
const KindQuiet = "quiet-hours"

// batches puts aside what is not to be told in its recipient's quiet hours, until they end,
// and answers what is to be sent now: each message by itself, and those of a recipient that
// waited as one. What waits is in the database.
func (a *Alerts) batches(ctx context.Context, due []message, recipients []settings.Recipient) (
	all [][]message, err error) {
	now, zone := a.config.Now(), a.zone(ctx)
	waited := map[string]int{} // the batch of each recipient
	for _, m := range due {
		at := recipientOf(m, recipients)
		if at < 0 || recipients[at].Quiet == "" || a.passes(ctx, m) {
			all = append(all, []message{m})
			continue
		}
		if end, quiet := recipients[at].QuietUntil(now, zone); quiet {
			if err := a.book.hold(ctx, m, end); err != nil {
				return nil, err
			}
			continue
		}
		_, made := recipients[at].QuietUntil(m.made, zone)
		batch, begun := waited[m.recipient]
		switch {
		case made && begun:
			all[batch] = append(all[batch], m)
			continue
		case made:
			waited[m.recipient] = len(all)
		}
		all = append(all, []message{m})
	}
	return all, nil
}

// passes tells whether a message is sent in quiet hours: a trouble that is urgent, and its
// end. What is not kept any more is left to its delivery.
func (a *Alerts) passes(ctx context.Context, m message) bool {
	if isDigest(m.trouble) {
		return false
	}
	one, found, err := a.book.trouble(ctx, m.trouble)
	return err != nil || !found || one.trouble.Kind.Urgent()
}

// deliverTogether sends one message for all of a recipient that waited.
func (a *Alerts) deliverTogether(ctx context.Context, r settings.Recipient, some []message) error {
	now := a.config.Now()
	var notices []Notice
	for _, m := range some {
		n, found, err := a.notice(ctx, m, r)
		if err != nil {
			return err
		}
		if found {
			notices = append(notices, n)
		}
	}
	settle := func(m message) error { return a.book.sent(ctx, m, now) }
	if len(notices) > 0 {
		if err := a.send(ctx, r, a.compose.together(r, notices)); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			a.config.Log.Warn("an alert was not sent; it is tried again", "recipient", r.Name, "kind", KindQuiet,
				"reason", reasonOf(err))
			settle = func(m message) error { return a.laterOrNever(ctx, m, now) }
		}
	}
	var failed []error
	for _, m := range some {
		failed = append(failed, settle(m))
	}
	return errors.Join(failed...)
}

// laterOrNever has a message tried again, but for one that was tried for too long.
func (a *Alerts) laterOrNever(ctx context.Context, m message, now time.Time) error {
	if now.Sub(m.made) > giveUp {
		return a.book.sent(ctx, m, now)
	}
	return a.book.later(ctx, m, now.Add(waitAfter(m.tries)))
}

// together is one notice of several.
func (c composer) together(r settings.Recipient, some []Notice) Notice {
	loc := c.loc(r)
	n := Notice{
		ID: some[0].ID, Kind: KindQuiet, Subject: loc.T("alert.quiet", "count", len(some)), URL: c.url("/alerts"),
		At: c.now().UTC(),
	}
	var lines []string
	for _, one := range some {
		lines = append(lines, one.Subject+"\n"+one.Text)
	}
	n.Text = strings.Join(lines, "\n\n")
	return n
}
